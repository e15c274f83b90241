"""我的资料: the overview, the identity document, general education, and what every page of the record shares."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from applicants.identity.documents import DocumentKind, parse
from applicants.identity.masks import mask_number
from applicants.records.access import own_person
from applicants.records.actions import claim_document, state_education
from applicants.records.consents import DOCUMENT
from applicants.records.forms import EducationForm, IdentityForm
from applicants.records.kinds import IDENTITY_PAPER, KINDS
from applicants.records.models import DocumentClaim, Person
from applicants.records.queries import counts_of_entries, has_agreed, live_document, personal_evidence
from portal import clock
from portal.access import signed_in
from portal.rules.findings import Refused


def way_back(request: HttpRequest) -> str:
    """The page of ours that sent the person here (`next`), to which they return when done; else empty."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else ""


def onward(request: HttpRequest, name: str, *args: Any) -> str:
    """A page of the record, keeping the way back."""
    back = way_back(request)
    return reverse(name, args=args, query={"next": back} if back else None)


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the POST, however empty, or nothing."""
    return request.POST if request.method == "POST" else None


def page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the record; a form with errors answers 422."""
    form = context.get("form")
    if form is not None and form.errors:
        status = 422
    return render(
        request, f"applicants/records/{template}", {"back": way_back(request), **context}, status=status
    )


@signed_in("GET")
def overview(request: HttpRequest) -> HttpResponse:
    person = own_person(request.user)
    counts = counts_of_entries(person)
    return page(
        request,
        "overview.html",
        person=person,
        document=live_document(person),
        kinds=[(kind, *counts[kind.slug]) for kind in KINDS.values()],
    )


@signed_in("GET")
def identity(request: HttpRequest) -> HttpResponse:
    """What is known of the person and their document, masked; the way to the form where nothing is known yet."""
    person = own_person(request.user)
    document = live_document(person)
    if document is None:
        return redirect(onward(request, "records:identity-form"))
    return page(
        request,
        "identity.html",
        person=person,
        rows=_identity_rows(person, document),
        verified=document.state == DocumentClaim.State.VERIFIED,
        files=personal_evidence(person, IDENTITY_PAPER.code),
    )


@signed_in("GET", "POST")
def identity_form(request: HttpRequest) -> HttpResponse:
    person = own_person(request.user)
    document = live_document(person)
    initial: dict[str, Any] = {"name": person.name}
    if document is not None:
        # What the number tells is not filled in: it would contradict a corrected number.
        told = parse(document.kind, document.number, on=clock.today())
        initial["kind"] = document.kind
        initial["sex"] = "" if told.sex else person.sex
        initial["birth_date"] = None if told.birth_date else person.birth_date
    form = IdentityForm(sent(request), initial=initial, earlier=document, agreed=has_agreed(person, DOCUMENT))
    if request.method == "POST" and form.is_valid():
        try:
            claim_document(
                actor=request.user,
                person=person,
                document=form.cleaned_data["document"],
                name=form.cleaned_data["name"],
                sex=form.cleaned_data["sex"],
                birth_date=form.cleaned_data["birth_date"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            for note in form.notes:
                messages.info(request, note)
            messages.success(request, "证件信息已保存。审核时由窗口核对原件。")
            return redirect(onward(request, "records:identity"))
    refused = document is None and person.documents.filter(state=DocumentClaim.State.REFUSED).exists()
    return page(request, "identity_form.html", form=form, refused=refused)


@signed_in("GET", "POST")
def education(request: HttpRequest) -> HttpResponse:
    person = own_person(request.user)
    form = EducationForm(sent(request), initial={"general_education": person.general_education})
    if request.method == "POST" and form.is_valid():
        state_education(actor=request.user, person=person, **form.cleaned_data)
        return redirect(onward(request, "records:entries", "schooling"))
    return page(request, "education.html", form=form)


def _identity_rows(person: Person, document: DocumentClaim) -> list[dict[str, Any]]:
    born = person.birth_date
    return [
        {"key": "证件类型", "value": DocumentKind(document.kind).label},
        {"key": "证件号码", "value": mask_number(document.number)},
        {"key": "姓名", "value": document.name},
        {"key": "性别", "value": person.get_sex_display()},
        {"key": "出生日期", "value": f"{born.year}年{born.month}月{born.day}日" if born else ""},
        {"key": "核对", "value": document.get_state_display()},
    ]
