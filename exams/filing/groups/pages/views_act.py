"""Submitting a group, its receipt and progress, its forms in one document, and the signed originals."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from applicants.institutions.models import Institution
from applicants.records.views import sent, way_back
from exams.catalogue.queries import filing_windows
from exams.filing.groups.access import FILLING_IN, own_filing
from exams.filing.groups.models import GroupFiling, GroupSubmission, RosterEntry
from exams.filing.groups.pages.forms_people import SubmitForm
from exams.filing.groups.pages.views import add_errors, page, people_url
from exams.filing.groups.people.originals import (
    A_PART,
    PAPERS,
    STILL_PRINTING,
    forms_of,
    group_form_pdf,
    hand_in,
    originals_of,
    parts_of,
    take_back,
)
from exams.filing.groups.people.submitting import submission_preview, submit_filing
from exams.filing.groups.people.working_off import waiting
from exams.filing.groups.queries import STAGES, entries_of
from exams.filing.groups.way import STAGE_KINDS
from portal.access import member
from portal.files.sending import private_document
from portal.rules.findings import Refused
from portal.rules.timetable import next_window

A_PAGE = 50
PAPER_KINDS = {"due": "todo", "handed": "active", "confirmed": "done"}


@member("GET", "POST", roles=("reviewer",))
def submit(request: HttpRequest, key: UUID) -> HttpResponse:
    """Who goes, who stays, what it costs; then submit. A second click finds the act of the first."""
    filing = own_filing(request.membership.institution, key)
    form = SubmitForm(sent(request))
    if request.method == "POST" and form.is_valid():
        if done := _done_before(request, filing, form.cleaned_data["serial"]):
            return redirect("groups:submission", done.pk)
        try:
            act = submit_filing(
                actor=request.user, filing=filing, expected_persons=form.cleaned_data["persons"]
            )
        except Refused as refusal:
            if done := _done_before(request, filing, form.cleaned_data["serial"]):
                return redirect("groups:submission", done.pk)
            add_errors(form, refusal)
        else:
            return redirect("groups:submission", act.pk)
    found = submission_preview(filing)
    shown = SubmitForm(initial={"persons": found.persons, "serial": filing.submissions.count() + 1})
    return page(
        request,
        "submit.html",
        filing=filing,
        form=form,
        fresh=shown,
        found=found,
        coming=next_window(found.on, filing_windows()),
        staying=[
            (STAGE_KINDS[code], STAGES[code], number, people_url(filing.pk, code))
            for code, number in found.staying.items()
            if code not in ("filing", "submitted", "approved", "ended")
        ],
        acts=list(filing.submissions.select_related("by").order_by("-serial")),
    )


def _done_before(request: HttpRequest, filing: GroupFiling, serial: int) -> GroupSubmission | None:
    return filing.submissions.filter(serial=serial, by=request.user).first()


@member("GET")
def submission(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt of an act: its totals, how far it is filed, who could not be, what comes next."""
    act = _act(request.membership.institution, key)
    people = entries_of(act.filing).filter(submission=act).defer("row__content")
    not_filed = Paginator(people.exclude(obstacles=[]), A_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        "submission.html",
        filing=act.filing,
        act=act,
        fen=sum(row["fen"] for row in act.totals),
        progress=_progress(act),
        page_obj=not_filed,
        parts=_parts(act),
    )


@member("GET")
def progress(request: HttpRequest, key: UUID) -> JsonResponse:
    """What the bar shows, asked for each second by static/js/progress.js."""
    return JsonResponse(_progress(_act(request.membership.institution, key)))


@member("GET")
def forms(request: HttpRequest, key: UUID, part: int) -> HttpResponse:
    """One part of an act's application forms, behind the list of its people; each look is logged."""
    act = _act(request.membership.institution, key)
    try:
        document = group_form_pdf(actor=request.user, submission=act, part=part)
    except Refused as refusal:
        if refusal.findings[0].code != STILL_PRINTING:
            raise Http404 from None
        messages.info(request, str(refusal))
        return redirect("groups:originals", act.filing_id)
    return private_document(document, f"报名表-{act.filing.number}-第{act.serial}次-第{part}册.pdf")


@member("GET")
def originals(request: HttpRequest, key: UUID) -> HttpResponse:
    """Whose signed form is due, handed in, or confirmed by the counter; what is ticked goes to `mark_originals`."""
    filing = own_filing(request.membership.institution, key)
    found = originals_of(filing).defer("row__content")
    counts = {code: found.filter(paper=code).count() for code in PAPERS}
    paper = request.GET.get("paper", "")
    name = request.GET.get("q", "").strip()[:50]
    if paper in PAPERS:
        found = found.filter(paper=paper)
    if name:
        found = found.filter(row__name__icontains=name)
    shown = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    acts = filing.submissions.order_by("serial")
    return page(
        request,
        "originals.html",
        filing=filing,
        page_obj=shown,
        rows=[(entry, PAPER_KINDS[entry.paper], PAPERS[entry.paper]) for entry in shown],
        tabs=[(code, word, counts[code]) for code, word in PAPERS.items()],
        everybody=sum(counts.values()),
        due=counts["due"],
        paper=paper if paper in PAPERS else "",
        q=name,
        prints=[(act, _parts(act)) for act in acts],
    )


@member("POST", roles=FILLING_IN)
def mark_originals(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark the ticked people's forms, or all that are due, as handed in; or undo it."""
    filing = own_filing(request.membership.institution, key)
    keys = _keys(request)
    try:
        match request.POST.get("do"):
            case "all":
                number = hand_in(actor=request.user, filing=filing, entries=None)
                messages.success(request, f"已登记交出 {number} 份签名的报名表，等窗口确认。")
            case "hand_in":
                number = hand_in(actor=request.user, filing=filing, entries=keys)
                messages.success(request, f"已登记交出 {number} 份签名的报名表，等窗口确认。")
            case "take_back":
                number = take_back(actor=request.user, filing=filing, entries=keys)
                messages.success(request, f"已撤销 {number} 份的登记。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(way_back(request) or reverse("groups:originals", args=[filing.pk]))


def _keys(request: HttpRequest) -> list[UUID]:
    keys = []
    for text in request.POST.getlist("entries")[:A_PAGE]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys


def _act(institution: Institution, key: UUID) -> GroupSubmission:
    rows = GroupSubmission.objects.filter(pk=key, filing__institution=institution)
    act = rows.select_related("filing__institution", "filing__occupation", "by", "window").first()
    if act is None:
        raise Http404
    return act


def _parts(act: GroupSubmission) -> list[tuple[int, int, int]]:
    """(part, first place, last place) of the documents an act's forms come in."""
    number = forms_of(act).count()
    return [
        (part, (part - 1) * A_PART + 1, min(part * A_PART, number)) for part in range(1, parts_of(act) + 1)
    ]


def _progress(act: GroupSubmission) -> dict[str, Any]:
    """`done` and `refused` of `total` people; working until everybody was looked at."""
    refused = RosterEntry.objects.filter(submission=act, removed_at=None).exclude(obstacles=[]).count()
    left = waiting(act).count() if act.filed_at is None else 0
    return {
        "label": "正在逐人建档" if act.filed_at is None else "已全部处理",
        "working": act.filed_at is None,
        "done": max(act.persons - left, 0),
        "total": act.persons,
        "refused": refused,
    }


urlpatterns = [
    path("<uuid:key>/submit/", submit, name="submit"),
    path("submissions/<uuid:key>/", submission, name="submission"),
    path("submissions/<uuid:key>/progress.json", progress, name="submission-progress"),
    path("submissions/<uuid:key>/forms-<int:part>.pdf", forms, name="forms"),
    path("<uuid:key>/originals/", originals, name="originals"),
    path("<uuid:key>/originals/mark/", mark_originals, name="mark-originals"),
]
