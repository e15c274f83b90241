"""准考证下载 for institutions: where each person of a filing stands, and their tickets to take home together."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import content_disposition_header

from applicants.institutions.models import Institution
from exams.filing.groups.access import FILLING_IN, own_filing, own_filings
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Status
from exams.tickets.access import own_pack
from exams.tickets.groups import (
    PLACES,
    Version,
    changed,
    counts_of,
    gates_of,
    lines_of,
    open_tickets,
    openings_of,
    recalls_of,
    takeable,
    taken_versions,
    tickets_in,
)
from exams.tickets.manifest import manifest
from exams.tickets.models import TicketPack
from exams.tickets.packs import A_PART, Parcel, take_again, take_tickets
from portal import clock
from portal.access import member
from portal.audit import trail
from portal.rules.findings import Refused

A_PAGE = 50
PACKS_SHOWN = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@member("GET")
def institution(request: HttpRequest) -> HttpResponse:
    """The institution's filings with somebody approved, and how many of their tickets may be had."""
    page = Paginator(_with_people(request.membership.institution), A_PAGE).get_page(request.GET.get("page"))
    context = {"member": request.membership, "page_obj": page, "rows": _rows(page.object_list)}
    return render(request, "exams/tickets/groups.html", context)


def _with_people(institution: Institution) -> QuerySet[GroupFiling]:
    approved = Count("entries", filter=Q(entries__application__status=Status.APPROVED))
    return own_filings(institution).annotate(approved=approved).filter(approved__gt=0)


def _rows(filings: Collection[GroupFiling]) -> list[tuple[GroupFiling, list[tuple[str, str]]]]:
    """Each filing with its tags (`status_tag`): tickets that may be had, and those that changed since some were taken."""
    having: dict[UUID, set[Version]] = defaultdict(set)
    found = open_tickets(clock.now()).filter(
        application__roster_entry__filing__in=[one.pk for one in filings]
    )
    for key, number, version in found.values_list("application__roster_entry__filing", "number", "version"):
        having[key].add((number, version))
    return [(filing, _tags(having[filing.pk], taken_versions(filing))) for filing in filings]


def _tags(having: set[Version], taken: set[Version]) -> list[tuple[str, str]]:
    if not having:
        return [("quiet", "现在没有可下载的")]
    tags = [("done", f"可以下载 {len(having)} 张")]
    if taken and (changes := len(having - taken)):
        tags.append(("attention", f"有变动 {changes} 张"))
    return tags


@member("GET")
def filing(request: HttpRequest, key: UUID) -> HttpResponse:
    """One filing: how many may be had, from when the others, what is missing; its people; what was taken."""
    one = own_filing(request.membership.institution, key)
    lines = lines_of(one)
    counts, taken = counts_of(lines), taken_versions(one)
    chosen = request.GET.get("place", "")
    shown = [line for line in lines if line.place == chosen] if chosen in PLACES else lines
    tickets = tickets_in(lines)
    context = {
        "filing": one,
        "member": request.membership,
        "may_take": request.membership.role in FILLING_IN,
        "people": len(lines),
        "counts": counts,
        "places": [(place, PLACES[place], number) for place, number in counts.items()],
        "place": chosen,
        "openings": openings_of(lines),
        "gates": gates_of(lines),
        "parts": _parts(len(tickets)),
        "changes": len(changed(tickets, taken)) if taken else 0,
        "a_part": A_PART,
        "recalls": recalls_of(one, taken, lines),
        "packs": one.ticket_packs.select_related("taken_by")[:PACKS_SHOWN],
        "page_obj": Paginator(shown, A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "exams/tickets/group.html", context)


def _parts(tickets: int) -> list[tuple[int, int, int]]:
    """(part, its first and its last ticket) for each file."""
    starts = range(0, tickets, A_PART)
    return [(place, start + 1, min(start + A_PART, tickets)) for place, start in enumerate(starts, 1)]


@member("POST", roles=FILLING_IN)
def take(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """A file of the filing's tickets: `form` merged or zip, `part` from 1, `changes` for what was not taken yet."""
    one = own_filing(request.membership.institution, key)
    part = request.POST.get("part", "1")
    try:
        parcel = take_tickets(
            actor=request.user,
            filing=one,
            form=_form(request),
            part=int(part) if part.isascii() and part.isdigit() and 0 < int(part) < 1000 else 1,
            only_changes="changes" in request.POST,
        )
    except Refused as refusal:
        return _refused(request, one, refusal)
    return _answer(request, parcel)


@member("POST", roles=FILLING_IN)
def again(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """An earlier pack once more, in the form asked for: what of it is still valid."""
    pack = own_pack(request.membership.institution, key)
    try:
        parcel = take_again(actor=request.user, pack=pack, form=_form(request))
    except Refused as refusal:
        return _refused(request, pack.filing, refusal)
    return _answer(request, parcel)


@member("GET", roles=FILLING_IN)
def sheet(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """The list of everybody whose ticket may be had, as .xlsx."""
    one = own_filing(request.membership.institution, key)
    trail.record_access("ticket_manifest.downloaded", actor=request.user, subject=one)
    document = manifest(one, takeable(one), taken_versions(one))
    response = HttpResponse(document, content_type=XLSX)
    return _kept_private(response, f"准考证名单 {one.number}.xlsx")


def _form(request: HttpRequest) -> str:
    zipped = request.POST.get("form") == TicketPack.Form.ZIP
    return TicketPack.Form.ZIP if zipped else TicketPack.Form.MERGED


def _answer(request: HttpRequest, parcel: Parcel) -> HttpResponseBase:
    if parcel.unreadable:
        sentence = "张准考证的文件读不出来，没有放进刚才的文件。协会会处理，好了以后列在变动里。"
        messages.warning(request, f"有 {parcel.unreadable} {sentence}")
    streamed = parcel.pack.form == TicketPack.Form.ZIP
    response = (StreamingHttpResponse if streamed else HttpResponse)(
        parcel.chunks, content_type=parcel.media_type
    )
    return _kept_private(response, parcel.file_name)


def _kept_private(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _refused(request: HttpRequest, filing: GroupFiling, refusal: Refused) -> HttpResponse:
    messages.error(request, str(refusal))
    return redirect("tickets:filing", filing.pk)


urlpatterns = [
    path("", institution, name="institution"),
    path("<uuid:key>/", filing, name="filing"),
    path("<uuid:key>/take/", take, name="take"),
    path("<uuid:key>/list.xlsx", sheet, name="manifest"),
    path("packs/<uuid:key>/take/", again, name="take-again"),
]
