"""The page behind the link on a person's phone: what an institution filled in for them, and their yes or no.

Opening the link answers nothing: messengers and scanners open links, too. Used, past and unknown links look the same.
"""

import base64
from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path

from applicants.records.consents import ConsentText
from exams.catalogue.queries import filing_windows
from exams.filing.forms import NeedsForm
from exams.filing.groups.models import Confirmation
from exams.filing.groups.people.confirming import (
    CONSENTS,
    LONGEST_NOTE,
    confirm,
    confirm_by,
    decline,
    earlier_arrangement,
    filed_elsewhere,
    find_confirmation,
    offering_of,
)
from exams.filing.groups.people.person import masked_sections
from exams.filing.summary import evidence_rows
from exams.filing.undertaking import CURRENT
from portal.access import public
from portal.audit.trail import record_access
from portal.files import store
from portal.rules.findings import Refused
from portal.views import too_many_requests

ANSWERED = "confirmation"


class ConfirmForm(forms.Form):
    """Each consent is a box of its own; the version is that of the undertaking shown."""

    prefix = "confirm"
    version = forms.CharField(widget=forms.HiddenInput, initial=CURRENT.version, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for text in CONSENTS:
            refusal = f"没有勾选“{text.label}”的，不能确认。"
            self.fields[text.about] = forms.BooleanField(
                label=text.label, error_messages={"required": refusal}
            )

    def consents(self) -> list[tuple[ConsentText, forms.BoundField]]:
        return [(text, self[text.about]) for text in CONSENTS]


class AskForm(NeedsForm):
    """合理便利, for whoever needs it. `asked_before`: with an earlier row, which stands unless withdrawn or replaced."""

    prefix = "arrangement"
    field_order = ("withdrawn", "needs", "note")
    withdrawn = forms.BooleanField(label="不再需要以前提出的特别安排", required=False)

    def __init__(self, *args: Any, asked_before: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asked_before:
            del self.fields["withdrawn"]

    def unfolded(self) -> bool:
        """Whether something was typed that must not be hidden."""
        return self.is_bound and (bool(self.errors) or self.has_changed())


class DeclineForm(forms.Form):
    prefix = "decline"
    note = forms.CharField(
        label="哪里不对",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea({"rows": 3, "maxlength": LONGEST_NOTE}),
        help_text="例如：没有在这家机构报名；出生日期写错了。请不要写证件号码。",
        error_messages={"max_length": f"说明最多 {LONGEST_NOTE} 个字，请写短一些。"},
    )


@public("GET", "POST")
def page(request: HttpRequest, code: str) -> HttpResponse:
    """What was filled in, the undertaking, the consents; a POST confirms, or says that it is not so."""
    confirmation = find_confirmation(code)
    if confirmation is None:
        return _gone(request)
    if request.method == "GET":
        return _page(request, confirmation, ConfirmForm(), DeclineForm(), _asking(confirmation))
    if "decline" in request.POST:
        return _declined(request, confirmation)
    form, asking = ConfirmForm(request.POST), _asking(confirmation, request.POST)
    if not all([form.is_valid(), asking.is_valid()]):  # both say what is wrong with them
        return _page(request, confirmation, form, DeclineForm(), asking, status=422)
    try:
        confirm(
            confirmation=confirmation,
            undertaking_version=form.cleaned_data["version"],
            needs=asking.cleaned_data["needs"],
            note_text=asking.cleaned_data["note"],
            withdrawn=asking.cleaned_data.get("withdrawn", False),
        )
    except Refused as refusal:
        if find_confirmation(code) is None:
            return _gone(request)
        form.add_error(None, str(refusal))
        return _page(request, confirmation, form, DeclineForm(), asking, status=422)
    return _answered(request, confirmation)


def _asking(confirmation: Confirmation, data: QueryDict | None = None) -> AskForm:
    return AskForm(data, asked_before=earlier_arrangement(confirmation.entry) is not None)


def _declined(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, confirmation, ConfirmForm(), form, _asking(confirmation), status=422)
    try:
        decline(confirmation=confirmation, note=form.cleaned_data["note"])
    except Refused:
        return _gone(request)
    return _answered(request, confirmation)


def _answered(request: HttpRequest, confirmation: Confirmation) -> HttpResponse:
    """The receipt belongs to this browser; the link itself is spent."""
    request.session[ANSWERED] = str(confirmation.pk)
    return redirect("confirm:receipt")


@public("GET")
def receipt(request: HttpRequest) -> HttpResponse:
    """What was answered, and what comes next."""
    rows = Confirmation.objects.select_related("row", "entry__filing__institution", "entry__person")
    confirmation = rows.filter(pk=request.session.get(ANSWERED)).first()
    if confirmation is None:
        return _gone(request)
    entry = confirmation.entry
    context = {
        "confirmation": confirmation,
        "institution": entry.filing.institution,
        "offering": offering_of(confirmation),
        "twice": confirmation.confirmed_at is not None and filed_elsewhere(entry),
        "without_account": entry.person is not None and entry.person.account_id is None,
    }
    return _private(render(request, "exams/filing/confirm/receipt.html", context))


def _page(
    request: HttpRequest,
    confirmation: Confirmation,
    form: ConfirmForm,
    declining: DeclineForm,
    asking: AskForm,
    status: int = 200,
) -> HttpResponse:
    entry, row = confirmation.entry, confirmation.row
    portrait = entry.portrait_print
    if portrait is not None:
        record_access(
            "view_photo",
            actor=None,
            subject=entry,
            person_id=entry.person_id,
            birth_date=entry.person.birth_date if entry.person else None,
        )
    context = {
        "form": form,
        "declining": declining,
        "asking": asking,
        "has_errors": bool(form.errors or declining.errors or asking.errors),
        "confirmation": confirmation,
        "confirm_by": confirm_by(confirmation, filing_windows()),
        "row": row,
        "institution": entry.filing.institution,
        "offering": offering_of(confirmation),
        "sections": [(section, "") for section in masked_sections(entry)],
        "evidence": evidence_rows({"evidence": entry.files.filter(removed_at=None).values("code")}),
        "portrait": base64.b64encode(store.read(portrait)).decode() if portrait else "",
        "undertaking": CURRENT,
    }
    return _private(render(request, "exams/filing/confirm/page.html", context, status=status))


def _gone(request: HttpRequest) -> HttpResponse:
    """One page for used, past, replaced and unknown links. Wrong ones are counted by address, good ones never."""
    # The library's public function lets every GET pass.
    if not ratelimit.consume(request, app="allauth.account", action="wrong_confirmation", limit_get=True):
        return too_many_requests(request)
    return _private(render(request, "exams/filing/confirm/gone.html", status=404))


def _private(answer: HttpResponse) -> HttpResponse:
    """The address is a key and the page personal: no cache keeps it, no search engine lists it, no log of ours has it."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    # Else the framework logs the address of every refusal.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


urlpatterns = [
    path("done/", receipt, name="receipt"),
    path("<slug:code>/", page, name="page"),
]
