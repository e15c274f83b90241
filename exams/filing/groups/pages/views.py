"""机构办理: what an institution files, from its list of filings to one filing's way."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from applicants.institutions.models import Institution, InstitutionMember
from applicants.records.views import sent
from exams.catalogue.queries import filing_windows
from exams.filing.groups.access import FILLING_IN, own_filing, own_filings
from exams.filing.groups.models import GroupFiling, RosterEntry, RosterUpload
from exams.filing.groups.opening import close_filing, open_filing, rename_filing, reopen_filing
from exams.filing.groups.pages.forms import OpenForm, TitleForm
from exams.filing.groups.queries import STAGES, WITH_THE_INSTITUTION, counts_by_filing, counts_by_stage
from exams.filing.groups.rosters.leases import WORKING
from exams.filing.groups.todo import Todo, todo
from exams.filing.groups.way import STAGE_KINDS, GroupStep, people_in, way_of
from exams.filing.models import Status
from exams.filing.prices import priced_offerings
from portal import clock
from portal.access import member
from portal.rules.findings import Refused
from portal.rules.timetable import next_window, window_open

A_PAGE = 50
SORTS = {"": "-opened_at", "opened": "opened_at", "title": "title", "-title": "-title"}
MAY = {
    InstitutionMember.Role.FILER: "您可以建立申报、上传花名册和材料、发确认短信；初审和提交由初审人办理。",
    InstitutionMember.Role.REVIEWER: "您可以办理全部事项，包括资格初审和提交。",
    InstitutionMember.Role.VIEWER: "您可以查看本机构的全部申报，不能修改。",
}

UNDECIDED = Q(state=RosterUpload.State.CHECKED) & (Q(counts__new__gt=0) | Q(counts__changed__gt=0))
"""Checked rosters with something to take; one without asks for no decision."""


def page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of 机构办理; a form with errors answers 422."""
    form = context.get("form")
    context = {
        "member": request.membership,
        "may_fill_in": request.membership.role in FILLING_IN,
        "may_review": request.membership.role == InstitutionMember.Role.REVIEWER,
        **context,
    }
    if form is not None and form.errors:
        status = 422
    return render(request, f"exams/filing/groups/{template}", context, status=status)


def add_errors(form: Any, refusal: Refused) -> None:
    """Put each finding of a refusal at its field, or above the form."""
    for finding in refusal.findings:
        form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)


@member("GET")
def home(request: HttpRequest) -> HttpResponse:
    """What needs the institution now over all its open filings, and the filings as a list."""
    institution = request.membership.institution
    waiting = _waiting(institution)
    filings, chosen = _filtered(request, institution, waiting)
    shown = Paginator(filings, A_PAGE).get_page(request.GET.get("page"))
    counts = counts_by_filing(RosterEntry.objects.filter(filing__in=[filing.pk for filing in shown]))
    rows = [
        (filing, people_in(found), _tags(found)) for filing in shown for found in [counts.get(filing.pk, {})]
    ]
    totals = institution.filings.aggregate(
        open=Count("pk", filter=Q(closed_at=None)), closed=Count("pk", filter=~Q(closed_at=None))
    )
    today, windows = clock.today(), filing_windows()
    return page(
        request,
        "home.html",
        may=MAY[request.membership.role],
        todos=_todos(request, waiting),
        previews=_previews(institution),
        page_obj=shown,
        rows=rows,
        totals=totals,
        window=window_open(today, windows),
        coming=next_window(today, windows),
        **chosen,
    )


def _waiting(institution: Institution) -> dict[UUID, dict[str, int]]:
    """Who of its open filings waits for the institution, by filing and stage; nobody the association has is read."""
    with_us = Q(application=None) | Q(application__status__in=[Status.RETURNED, Status.DRAFT])
    people = RosterEntry.objects.filter(with_us, filing__institution=institution, filing__closed_at=None)
    return counts_by_filing(people)


def _todos(request: HttpRequest, waiting: dict[UUID, dict[str, int]]) -> list[dict[str, Any]]:
    """Each thing to do over all filings, with where: the people of the one filing concerned, or the filings concerned."""
    sums: dict[str, int] = {}
    where: dict[str, list[UUID]] = {}
    for filing, counts in waiting.items():
        for stage, number in counts.items():
            sums[stage] = sums.get(stage, 0) + number
            where.setdefault(stage, []).append(filing)
    rows = []
    for one in todo(sums):
        filings = where[one.stage]
        several = reverse("groups:home", query={"stage": one.stage}) + "#filings"
        url = people_url(filings[0], one.stage) if len(filings) == 1 else several
        rows.append(_todo_row(request, one, url) | {"filings": len(filings)})
    return rows


def _todo_row(request: HttpRequest, one: Todo, url: str) -> dict[str, Any]:
    mine = one.is_for(request.membership.role)
    who = "由您办理" if mine else f"由{InstitutionMember.Role(one.role).label}办理"
    title = f"{one.people} 人{one.title}"
    return {"todo": one, "title": title, "url": url, "mine": mine, "who": who}


def _previews(institution: Institution) -> QuerySet[RosterUpload]:
    """Rosters that were checked and wait for the decision whether to take them."""
    return RosterUpload.objects.filter(
        UNDECIDED, filing__institution=institution, filing__closed_at=None
    ).select_related("filing", "file")


def _filtered(
    request: HttpRequest, institution: Institution, waiting: dict[UUID, dict[str, int]]
) -> tuple[QuerySet[GroupFiling], dict[str, str]]:
    """The filings the address asks for, and what it asks: state (open, closed), stage, q (title or number), sort."""
    chosen = {name: request.GET.get(name, "").strip() for name in ("state", "stage", "q", "sort")}
    filings = own_filings(institution)
    filings = (
        filings.filter(closed_at=None) if chosen["state"] != "closed" else filings.exclude(closed_at=None)
    )
    if chosen["stage"] in WITH_THE_INSTITUTION:
        filings = filings.filter(pk__in=[key for key, counts in waiting.items() if chosen["stage"] in counts])
        chosen["stage_word"] = STAGES[chosen["stage"]]
    if chosen["q"]:
        words = chosen["q"]
        filings = filings.filter(Q(title__icontains=words) | Q(number__iexact=words))
    return filings.order_by(SORTS.get(chosen["sort"], "-opened_at"), "pk"), chosen


def _tags(counts: dict[str, int]) -> list[tuple[str, str]]:
    """(kind, word with its count) for `status_tag`, in the order of the way."""
    return [(STAGE_KINDS[stage], f"{STAGES[stage]} {number}") for stage, number in counts.items()]


def people_url(filing: UUID, stage: str = "") -> str:
    """The people of a filing, those at one stage where it is named."""
    return reverse("groups:people", args=[filing], query={"stage": stage} if stage else None)


@member("GET", "POST", roles=FILLING_IN)
def open_one(request: HttpRequest) -> HttpResponse:
    """What one needs at hand, what it costs, until when; then a title, and the filing is there."""
    today, windows = clock.today(), filing_windows()
    fees = priced_offerings(today)
    occupations = list({row.offering.occupation_id: row.offering.occupation for row in fees}.values())
    form = OpenForm(sent(request), occupations=occupations)
    if request.method == "POST" and occupations and form.is_valid():
        try:
            filing = open_filing(
                actor=request.user,
                institution=request.membership.institution,
                occupation=form.occupation,
                title=form.cleaned_data["title"],
            )
        except Refused as refusal:
            add_errors(form, refusal)
        else:
            return redirect("groups:filing", filing.pk)
    return page(
        request,
        "open.html",
        form=form,
        fees=fees,
        occupations=occupations,
        window=window_open(today, windows),
        coming=next_window(today, windows),
    )


@member("GET")
def filing(request: HttpRequest, key: UUID) -> HttpResponse:
    """One filing: what to do next, its way with counts, its uploads."""
    one = own_filing(request.membership.institution, key)
    counts = counts_by_stage(one)
    today, windows = clock.today(), filing_windows()
    open_uploads = one.uploads.filter(Q(state__in=WORKING) | UNDECIDED).select_related("file")
    todos = [_todo_row(request, item, _doing_url(one, item)) for item in todo(counts)]
    if one.closed_at is not None:
        todos = []
    first = next((row for row in todos if row["mine"]), None)
    return page(
        request,
        "filing.html",
        filing=one,
        people=people_in(counts),
        steps=[(step, _stage_links(one, step)) for step in way_of(one, counts, today)],
        first=first,
        todos=[row for row in todos if row is not first],
        open_uploads=open_uploads,
        uploads=Paginator(one.uploads.select_related("file", "uploaded_by"), A_PAGE).get_page(
            request.GET.get("page")
        ),
        people_url=people_url(one.pk),
        window=window_open(today, windows),
        coming=next_window(today, windows),
    )


def _doing_url(filing: GroupFiling, item: Todo) -> str:
    """Where a thing to do is done for all at once; else the people it is about."""
    if item.stage == "portrait":
        return reverse("groups:upload-files", args=[filing.pk])
    if item.stage == "ready":
        return reverse("groups:submit", args=[filing.pk])
    return people_url(filing.pk, item.stage)


def _stage_links(filing: GroupFiling, step: GroupStep) -> list[tuple[str, str, str]]:
    """(kind of tag, word with its count, the people behind it) for each stage held up at the step."""
    return [
        (STAGE_KINDS[stage], f"{STAGES[stage]} {number}", people_url(filing.pk, stage))
        for stage, number in step.stages
    ]


@member("GET", "POST", roles=FILLING_IN)
def rename(request: HttpRequest, key: UUID) -> HttpResponse:
    one = own_filing(request.membership.institution, key)
    form = TitleForm(sent(request), initial={"title": one.title})
    if request.method == "POST" and form.is_valid():
        try:
            rename_filing(actor=request.user, filing=one, title=form.cleaned_data["title"])
        except Refused as refusal:
            add_errors(form, refusal)
        else:
            return redirect("groups:filing", key)
    return page(request, "rename.html", form=form, filing=one)


@member("GET", "POST", roles=FILLING_IN)
def close(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say what closing means for whoever is still in it, then close."""
    one = own_filing(request.membership.institution, key)
    if request.method == "POST":
        try:
            close_filing(actor=request.user, filing=one)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{one.title}”已关闭。要继续办理，可以随时重新开放。")
        return redirect("groups:filing", key)
    counts = counts_by_stage(one)
    staying = sum(number for stage, number in counts.items() if stage in WITH_THE_INSTITUTION)
    return page(request, "close.html", filing=one, staying=staying)


@member("POST", roles=FILLING_IN)
def reopen(request: HttpRequest, key: UUID) -> HttpResponse:
    one = own_filing(request.membership.institution, key)
    try:
        reopen_filing(actor=request.user, filing=one)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("groups:filing", key)


urlpatterns = [
    path("", home, name="home"),
    path("new/", open_one, name="open"),
    path("<uuid:key>/", filing, name="filing"),
    path("<uuid:key>/rename/", rename, name="rename"),
    path("<uuid:key>/close/", close, name="close"),
    path("<uuid:key>/reopen/", reopen, name="reopen"),
]
