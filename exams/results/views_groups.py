"""成绩 for institutions: how the people of each filing did, as a page and a sheet, and the roster of their retakes."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from exams.filing.groups.access import FILLING_IN, own_filing, own_filings
from exams.filing.groups.models import GroupFiling
from exams.results.groups import PLACES, counts_of, retake_roster, rows_of, score_sheet
from portal import clock
from portal.access import member
from portal.audit import trail
from portal.files.sending import private_document

A_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@member("GET")
def institution(request: HttpRequest) -> HttpResponse:
    """The institution's filings with a published score, and how many of their people are through."""
    scored = Count("entries", filter=Q(entries__application__scores__isnull=False), distinct=True)
    over = Count("entries", filter=Q(entries__application__concluded_at__isnull=False), distinct=True)
    filings = own_filings(request.membership.institution).annotate(scored=scored, over=over)
    page = Paginator(filings.filter(scored__gt=0), A_PAGE).get_page(request.GET.get("page"))
    context = {"member": request.membership, "page_obj": page, "section": "institution"}
    return render(request, "exams/results/groups.html", context)


@member("GET")
def filing(request: HttpRequest, key: UUID) -> HttpResponse:
    """One filing: where its people stand, each subject of each, and what to do for those who may retake."""
    one = own_filing(request.membership.institution, key)
    rows = rows_of(one, clock.today())
    counts = counts_of(rows)
    chosen = request.GET.get("place", "")
    shown = [row for row in rows if row.place == chosen] if chosen in PLACES else rows
    _log(request, one, "score_list.viewed")
    context = {
        "filing": one,
        "section": "institution",
        "member": request.membership,
        "may_take": request.membership.role in FILLING_IN,
        "people": len(rows),
        "places": [(place, PLACES[place], number) for place, number in counts.items()],
        "place": chosen,
        "retakes": counts.get("retake", 0),
        "last_day": min((row.last_day for row in rows if row.last_day), default=None),
        "page_obj": Paginator(shown, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "exams/results/group.html", context)


@member("GET", roles=FILLING_IN)
def sheet(request: HttpRequest, key: UUID) -> HttpResponse:
    """Everybody's subjects as .xlsx."""
    one = own_filing(request.membership.institution, key)
    _log(request, one, "score_list.downloaded")
    document = score_sheet(one, rows_of(one, clock.today()))
    return private_document(document, f"成绩名单 {one.number}.xlsx", media_type=XLSX, attached=True)


@member("GET", roles=FILLING_IN)
def roster(request: HttpRequest, key: UUID) -> HttpResponse:
    """The roster of those who may retake, filled in beforehand, as .xlsx."""
    one = own_filing(request.membership.institution, key)
    rows = rows_of(one, clock.today())
    if not any(row.place == "retake" for row in rows):
        messages.error(request, "这批申报现在没有可以补考的人，没有花名册可以下载。")
        return redirect("results:filing", one.pk)
    _log(request, one, "retake_roster.downloaded")
    document = retake_roster(one, rows)
    return private_document(document, f"补考花名册 {one.number}.xlsx", media_type=XLSX, attached=True)


def _log(request: HttpRequest, filing: GroupFiling, kind: str) -> None:
    trail.record_access(kind, actor=request.user, subject=filing)


urlpatterns = [
    path("", institution, name="institution"),
    path("<uuid:key>/", filing, name="filing"),
    path("<uuid:key>/scores.xlsx", sheet, name="sheet"),
    path("<uuid:key>/retake.xlsx", roster, name="retake-roster"),
]
