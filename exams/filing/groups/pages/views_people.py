"""The people of a group filing: the list by stage, and what is done about many of them at once."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from applicants.records.views import sent, way_back
from exams.filing.groups.access import FILLING_IN, own_filing
from exams.filing.groups.models import GroupFiling, RosterEntry
from exams.filing.groups.pages import views_act, views_person
from exams.filing.groups.pages.forms_people import ManyForm
from exams.filing.groups.pages.views import page, people_url
from exams.filing.groups.people.confirming import send_links
from exams.filing.groups.people.reviewing import Outcome, remove_entry, review_entries
from exams.filing.groups.queries import STAGES, counts_by_stage, entries_of
from exams.filing.groups.rosters.rows import codes_to_see, judge_row
from exams.filing.groups.way import STAGE_KINDS
from exams.filing.models import Kind
from portal import clock
from portal.access import member
from portal.rules.findings import Refused
from portal.rules.wording import EVIDENCE_NAMES, ROUTE_TITLES

A_PAGE = 50
REVIEWER = ("reviewer",)


@member("GET")
def people(request: HttpRequest, key: UUID) -> HttpResponse:
    """Fifty a page, by stage and part of a name; what is ticked goes to `act`."""
    filing = own_filing(request.membership.institution, key)
    counts = counts_by_stage(filing)
    stage = request.GET.get("stage", "")
    name = request.GET.get("q", "").strip()[:50]
    found = entries_of(filing).defer("row__content")
    if stage in STAGES:
        found = found.filter(stage=stage)
    if name:
        found = found.filter(row__name__icontains=name)
    shown = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return page(
        request,
        "people.html",
        filing=filing,
        page_obj=shown,
        rows=[(entry, STAGE_KINDS[entry.stage], STAGES[entry.stage]) for entry in shown],
        tabs=[(code, STAGES[code], number) for code, number in counts.items()],
        everybody=sum(counts.values()),
        stage=stage if stage in STAGES else "",
        q=name,
        to_ask=counts.get("confirm", 0) + counts.get("portrait", 0),
    )


@member("POST", roles=FILLING_IN)
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """Send links to the ticked people, or go on to reviewing or taking them out, each of which asks once more."""
    filing = own_filing(request.membership.institution, key)
    match request.POST.get("do"):
        case "ask_all":
            return _ask(request, filing, None)
        case "ask":
            return _ask(request, filing, _ticked(request, filing))
        case "review" | "remove" as what:
            return _ask_again(request, filing, what, _ticked(request, filing))
    return redirect(_back(request, filing))


@member("POST", roles=REVIEWER)
def review_many(request: HttpRequest, key: UUID) -> HttpResponse:
    """Pass the named people together; who could not be passed is listed with the reasons."""
    filing = own_filing(request.membership.institution, key)
    entries, form = _ticked(request, filing), ManyForm(sent(request))
    if not form.is_valid():
        return _ask_again(request, filing, "review", entries, form)
    try:
        outcome = review_entries(actor=request.user, entries=entries, seen_all=form.cleaned_data["seen_all"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_back(request, filing))
    if outcome.refused:
        return page(
            request, "people_reviewed.html", filing=filing, outcome=outcome, back=_back(request, filing)
        )
    messages.success(request, _passed(outcome))
    return redirect(_back(request, filing))


@member("POST", roles=FILLING_IN)
def remove_many(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the named people out; who was filed already stays, with the reason said."""
    filing = own_filing(request.membership.institution, key)
    removed = 0
    for entry in _ticked(request, filing):
        try:
            remove_entry(actor=request.user, entry=entry)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            removed += 1
    if removed:
        messages.success(request, f"已移出 {removed} 人。要再加入的，重新上传花名册即可。")
    return redirect(_back(request, filing))


def _ask(request: HttpRequest, filing: GroupFiling, entries: list[RosterEntry] | None) -> HttpResponse:
    try:
        if entries is not None and not entries:
            messages.error(request, "请先勾选人员。")
        elif number := send_links(actor=request.user, filing=filing, entries=entries):
            messages.success(request, f"确认链接已发给 {number} 人。本人点开核对后，这里会显示结果。")
        else:
            messages.info(request, "没有需要发送链接的人员：都已确认，或链接刚发过。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(_back(request, filing))


def _ask_again(
    request: HttpRequest,
    filing: GroupFiling,
    what: str,
    entries: list[RosterEntry],
    form: ManyForm | None = None,
) -> HttpResponse:
    if not entries:
        messages.error(request, "请先勾选人员。")
        return redirect(_back(request, filing))
    context: dict[str, Any] = {"filing": filing, "entries": entries, "back": _back(request, filing)}
    if what == "remove":
        return page(request, "people_remove.html", **context)
    if request.membership.role not in REVIEWER:
        messages.error(request, "资格初审由本机构的初审人办理。")
        return redirect(_back(request, filing))
    return page(
        request, "people_review.html", **context, form=form or ManyForm(), groups=_by_route(filing, entries)
    )


def _by_route(filing: GroupFiling, entries: list[RosterEntry]) -> list[dict[str, Any]]:
    """The people under the condition they are filed by, with the originals it asks for."""
    today = clock.today()
    groups: dict[str, dict[str, Any]] = {}
    for entry in entries:
        row = entry.row
        route = "" if row.kind == Kind.RETAKE else row.route
        title = ROUTE_TITLES.get(
            route, "补考，条件已由原申报审核" if row.kind == Kind.RETAKE else "没有选定申报条件"
        )
        group = groups.setdefault(route, {"title": title, "people": [], "papers": []})
        group["people"].append(entry)
        try:
            codes = codes_to_see(row, judge_row(row, filing.occupation, today))
        except (Refused, KeyError):  # said when they are reviewed
            continue
        for code in codes:
            if EVIDENCE_NAMES[code] not in group["papers"]:
                group["papers"].append(EVIDENCE_NAMES[code])
    return list(groups.values())


def _ticked(request: HttpRequest, filing: GroupFiling) -> list[RosterEntry]:
    """The named people of this filing, at most a page of them."""
    keys = []
    for text in request.POST.getlist("entries")[:A_PAGE]:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return list(_whole(filing).filter(pk__in=keys))


def _whole(filing: GroupFiling) -> QuerySet[RosterEntry]:
    return entries_of(filing).select_related("filing__institution", "filing__occupation")


def _passed(outcome: Outcome) -> str:
    return f"{len(outcome.passed)} 人初审通过。"


def _back(request: HttpRequest, filing: GroupFiling) -> str:
    return way_back(request) or people_url(filing.pk)


urlpatterns = [
    path("<uuid:key>/people/", people, name="people"),
    path("<uuid:key>/people/act/", act, name="people-act"),
    path("<uuid:key>/people/review/", review_many, name="people-review"),
    path("<uuid:key>/people/remove/", remove_many, name="people-remove"),
    *views_person.urlpatterns,
    *views_act.urlpatterns,
]
