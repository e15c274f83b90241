"""证书 for institutions: their people's certificates, and the list with which they collect them together."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from applicants.identity.masks import mask_number
from applicants.institutions.models import Institution
from certificates.access import certificates_filed_by
from certificates.collecting import hand_overs_of, taken, to_collect
from certificates.collection_list import render_collection_list
from certificates.models import Certificate
from certificates.queries import live_certificates, printed
from exams.filing.groups.access import FILLING_IN, own_filing
from exams.filing.groups.models import GroupFiling
from portal import clock
from portal.access import member
from portal.audit import trail
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.wording import day_text
from portal.workbook.writing import Heading, write_sheet

A_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PLACES = {"waiting": "可以领取", "making": "正在印制", "taken": "已领取", "ended": "已作废或换发"}
HEADINGS = (
    Heading("序号", 6),
    Heading("姓名", 12),
    Heading("证件号码", 22),
    Heading("证书编号", 26),
    Heading("职业", 20),
    Heading("等级", 14),
    Heading("发证日期", 16),
    Heading("申报号", 15),
    Heading("领取", 34),
)


@member("GET")
def institution(request: HttpRequest) -> HttpResponse:
    """Certificates by what becomes of them; of one filing where `?filing=` names it."""
    ours, filing = _asked(request)
    chosen = request.GET.get("place", "")
    places = {code: _in_place(ours, code) for code in PLACES}
    rows = places.get(chosen, ours)
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    if shown.object_list:
        _log(request, shown.object_list, "certificate.viewed")
    context = {
        "member": request.membership,
        "may_take": request.membership.role in FILLING_IN,
        "filing": filing,
        "all": ours.count(),
        "places": [(code, PLACES[code], found.count()) for code, found in places.items()],
        "place": chosen,
        "waiting": places["waiting"].count(),
        "page_obj": shown,
        "rows": _with_holders(shown.object_list, waiting=places["waiting"]),
    }
    return render(request, "certificates/institution.html", context)


@member("GET", roles=FILLING_IN)
def collection_list(request: HttpRequest) -> HttpResponse:
    """The list to take to the counter: everything that can be collected now, as PDF."""
    ours, _ = _asked(request)
    rows = list(_in_place(ours, "waiting"))
    if not rows:
        messages.error(request, "现在没有可以领取的证书，没有清单可以下载。")
        return redirect("certificates:institution")
    _log(request, rows, "collection_list.downloaded")
    try:
        document = render_collection_list(rows, whose=request.membership.institution.name)
    except MissingGlyph as fault:
        messages.error(request, f"清单打印不出来：{fault}。请致电窗口，也可以下载表格。")
        return redirect("certificates:institution")
    return private_document(document, f"证书领取清单 {clock.today():%Y%m%d}.pdf", attached=True)


@member("GET", roles=FILLING_IN)
def sheet(request: HttpRequest) -> HttpResponse:
    """Everybody's certificate as .xlsx, document numbers masked."""
    ours, _ = _asked(request)
    rows = list(ours)
    _log(request, rows, "collection_list.downloaded")
    lines = _with_holders(rows, waiting=_in_place(ours, "waiting"))
    document = write_sheet(
        HEADINGS,
        [_cells(place, *line) for place, line in enumerate(lines, 1)],
        title=f"证书名单 {request.membership.institution.name}",
        sheet="证书名单",
    )
    name = f"证书名单 {clock.today():%Y%m%d}.xlsx"
    return private_document(document, name, media_type=XLSX, attached=True)


def _asked(request: HttpRequest) -> tuple[QuerySet[Certificate], GroupFiling | None]:
    """The institution's certificates, and the filing they are narrowed to; another's filing is 404."""
    ours: Institution = request.membership.institution
    rows = certificates_filed_by(ours)
    try:
        key = UUID(request.GET.get("filing", ""))
    except ValueError:
        return rows, None
    filing = own_filing(ours, key)
    return rows.filter(application__roster_entry__filing=filing), filing


def _in_place(rows: QuerySet[Certificate], place: str) -> QuerySet[Certificate]:
    match place:
        case "waiting":
            return rows.filter(pk__in=to_collect().values("pk"))
        case "taken":
            return rows.filter(taken(), pk__in=live_certificates().values("pk"))
        case "making":
            return rows.filter(pk__in=live_certificates().values("pk")).exclude(pk__in=printed().values("pk"))
    return rows.exclude(pk__in=live_certificates().values("pk"))


def _with_holders(
    rows: Any, *, waiting: QuerySet[Certificate]
) -> list[tuple[Certificate, tuple[str, str], str]]:
    """Each certificate with its tag (`status_tag`) and a word on who has it."""
    rows = list(rows)
    holders = hand_overs_of(rows)
    waits = set(waiting.filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    found = []
    for one in rows:
        tag, note = ("active", "正在印制"), ""
        if one.state != Certificate.State.VALID:
            assert one.ended_at is not None
            tag = ("refused", one.get_state_display())
            note = day_text(clock.local_day(one.ended_at))
        elif given := holders.get(one.pk):
            tag = ("done", "已领取")
            note = f"{day_text(clock.local_day(given.given_at))}，{given.received_by}"
        elif one.pk in waits:
            tag = ("attention", "可以领取")
        found.append((one, tag, note))
    return found


def _cells(place: int, one: Certificate, tag: tuple[str, str], note: str) -> tuple[str, ...]:
    face = one.face
    return (
        str(place),
        face["name"],
        mask_number(face["document_number"]),
        one.number,
        face["occupation"],
        face["grade"],
        day_text(one.issued_on),
        one.application.number,
        f"{tag[1]}（{note}）" if note else tag[1],
    )


def _log(request: HttpRequest, rows: Any, kind: str) -> None:
    looked_at = [(one, one.person_id, one.person.birth_date) for one in rows]
    trail.record_accesses(kind, actor=request.user, looked_at=looked_at)


urlpatterns = [
    path("", institution, name="institution"),
    path("list.pdf", collection_list, name="institution-list"),
    path("list.xlsx", sheet, name="institution-sheet"),
]
