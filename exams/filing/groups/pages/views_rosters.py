"""Rosters and packed photos: the template, the upload, its progress, the preview and what is decided on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import content_disposition_header

from applicants.records.views import sent, way_back
from exams.filing.groups.access import FILLING_IN, own_filing, own_row, own_upload
from exams.filing.groups.exchange.replies import counts_in_words
from exams.filing.groups.models import RosterEntry, RosterRow, RosterUpload
from exams.filing.groups.pages.forms import RowForm, UploadForm, typed_cells
from exams.filing.groups.pages.views import add_errors, page, people_url
from exams.filing.groups.rosters.checking import read_context
from exams.filing.groups.rosters.columns import problem_text, route_label
from exams.filing.groups.rosters.files import OUTCOMES
from exams.filing.groups.rosters.leases import WORKING
from exams.filing.groups.rosters.mending import mend_row
from exams.filing.groups.rosters.retention import kept_until
from exams.filing.groups.rosters.staging import PHONE
from exams.filing.groups.rosters.taking import GOOD
from exams.filing.groups.rosters.template import MOST_ANNOTATED, annotated_workbook, template_workbook
from exams.filing.groups.rosters.uploads import MOST_BYTES, discard_upload, receive_upload, take_rows
from portal import clock
from portal.access import member
from portal.audit import trail
from portal.files.intake import display_name
from portal.limits import takes
from portal.rules.findings import Refused

A_PAGE = 50
FORM_BYTES = 64 * 1024
"""What a body carries beside its file."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Kind, _State, _Outcome = RosterUpload.Kind, RosterUpload.State, RosterRow.Outcome
_AGAIN = {
    _Kind.ROSTER: "upload-roster",
    _Kind.FILES: "upload-files",
    _Kind.REPLIES: "upload-replies",
}
"""Where another file of the kind is uploaded."""


@member("GET")
def template(request: HttpRequest, key: UUID) -> HttpResponse:
    """The empty roster for the filing's occupation."""
    filing = own_filing(request.membership.institution, key)
    name = f"{filing.occupation.name}团体申报花名册.xlsx"
    return _workbook(template_workbook(filing.occupation), name)


@member("GET", "POST", roles=FILLING_IN)
@takes(MOST_BYTES[_Kind.ROSTER] + FORM_BYTES)
def upload_roster(request: HttpRequest, key: UUID) -> HttpResponse:
    return _upload(request, key, _Kind.ROSTER, "upload_roster.html")


@member("GET", "POST", roles=FILLING_IN)
@takes(MOST_BYTES[_Kind.FILES] + FORM_BYTES)
def upload_files(request: HttpRequest, key: UUID) -> HttpResponse:
    return _upload(request, key, _Kind.FILES, "upload_files.html")


@member("GET", "POST", roles=FILLING_IN)
@takes(MOST_BYTES[_Kind.REPLIES] + FORM_BYTES)
def upload_replies(request: HttpRequest, key: UUID) -> HttpResponse:
    return _upload(request, key, _Kind.REPLIES, "exchange_upload.html")


def _upload(request: HttpRequest, key: UUID, kind: str, template_name: str) -> HttpResponse:
    filing = own_filing(request.membership.institution, key)
    form = UploadForm(sent(request), request.FILES or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = receive_upload(
                actor=request.user,
                filing=filing,
                kind=kind,
                data=file.chunks(),
                filename=display_name(file.name),
            )
        except Refused as refusal:
            add_errors(form, refusal)
        else:
            return redirect("groups:upload", upload.pk)
    return page(request, template_name, form=form, filing=filing)


@member("GET")
def upload(request: HttpRequest, key: UUID) -> HttpResponse:
    """One upload wherever it stands: the bar, why it is of no use, the preview, or what became of it."""
    one = own_upload(request.membership.institution, key)
    again = reverse(f"groups:{_AGAIN[_Kind(one.kind)]}", args=[one.filing_id])
    context = {"upload": one, "filing": one.filing, "report": one.report or [], "again": again}
    if one.state in WORKING:
        return page(request, "progress.html", **context, progress=_progress(one))
    if one.state == _State.FAILED:
        return page(request, "failed.html", **context, kept_until=kept_until(one))
    if one.state == _State.DISCARDED:
        return page(request, "discarded.html", **context)
    if one.kind == _Kind.ROSTER:
        return page(request, "preview.html", **context, **_preview(request, one))
    trail.record_access("file_report", actor=request.user, subject=one)
    context["report"] = Paginator(context["report"], A_PAGE).get_page(request.GET.get("page"))
    if one.kind == _Kind.REPLIES:
        return page(request, "exchange_report.html", **context, counts=counts_in_words(one))
    return page(
        request,
        "report.html",
        **context,
        counts=_file_counts(one),
        refused=one.counts.get("refused", 0),
        people_url=people_url(one.filing_id),
    )


@member("GET")
def progress(request: HttpRequest, key: UUID) -> JsonResponse:
    """What the bar shows, asked for each second by static/js/progress.js."""
    return JsonResponse(_progress(own_upload(request.membership.institution, key)))


def _progress(one: RosterUpload) -> dict[str, Any]:
    """`total` is 0 while it is not known how much there is; taking is one step, without a measure."""
    taking = one.state == _State.TAKING
    return {
        "state": one.state,
        "label": one.get_state_display(),
        "working": one.state in WORKING,
        "done": 0 if taking else one.done,
        "total": 0 if taking else one.total,
        "refused": one.counts.get(_Outcome.REFUSED, 0),
    }


def _file_counts(one: RosterUpload) -> list[tuple[str, int]]:
    """What became of a ZIP's files, in words."""
    return [(word, one.counts[outcome]) for outcome, word in OUTCOMES.items() if one.counts.get(outcome)]


def _preview(request: HttpRequest, one: RosterUpload) -> dict[str, Any]:
    """A page of the rows that the address asks for: `outcome` (or all), `q` a part of a name.

    However many rows there are, only those of the page are read; how many there are was counted while checking.
    """
    counts = {outcome: one.counts.get(outcome, 0) for outcome in _Outcome.values}
    outcome = request.GET.get("outcome", "")
    if not outcome and counts[_Outcome.REFUSED] and one.state == _State.CHECKED:
        outcome = _Outcome.REFUSED
    name = request.GET.get("q", "").strip()
    found = RosterRow.objects.filter(upload=one).order_by("line")
    known = sum(counts.values())
    if outcome in counts:
        found, known = found.filter(outcome=outcome), counts[outcome]
    shown = Paginator(found.filter(name__icontains=name) if name else found, A_PAGE)
    if not name:
        shown.count = known  # type: ignore[misc]  # else the database would count them anew for every page
    rows = shown.get_page(request.GET.get("page"))
    prices = _prices(one) if one.state == _State.CHECKED else []
    return {
        "counts": counts,
        "shared_phones": any(line["name"] == PHONE.title for line in one.report or []),
        "outcome": outcome,
        "q": name,
        "page_obj": rows,
        "rows": [_shown(row) for row in rows],
        "good": counts[_Outcome.NEW] + counts[_Outcome.CHANGED],
        "prices": prices,
        "total_fen": sum(line["fen"] for line in prices),
        "annotated_all": one.total <= MOST_ANNOTATED,
        "list_changed": one.state == _State.CHECKED and _list_changed(one),
    }


def _list_changed(one: RosterUpload) -> bool:
    """Whether the filing's people changed since the file came: a roster taken, somebody added, corrected or removed."""
    since, own = one.uploaded_at, {"filing": one.filing_id}
    return (
        RosterUpload.objects.filter(
            **own, kind=_Kind.ROSTER, state=_State.TAKEN, decided_at__gt=since
        ).exists()
        or RosterEntry.objects.filter(Q(added_at__gt=since) | Q(removed_at__gt=since), **own).exists()
        or RosterRow.objects.filter(**own, upload=None, accepted_at__gt=since).exists()
    )


def _shown(row: RosterRow) -> dict[str, Any]:
    """A row for the table; of the notes on a good one, those that say more than the condition beside them."""
    route = route_label(row.route) if row.route and row.eligible else ""
    notes = [] if row.problems else row.content.get("notes", [])
    return {
        "row": row,
        "route": route,
        "problems": [problem_text(problem) for problem in row.problems],
        "notes": [note for note in notes if not route or route not in note],
    }


def _prices(one: RosterUpload) -> list[dict[str, Any]]:
    """What the good rows come to, by grade, kind and price a person (fen); read from an index, not from the rows."""
    good = RosterRow.objects.filter(upload=one, outcome__in=GOOD).order_by("-grade", "-kind", "-price_fen")
    found = good.values("grade", "kind", "price_fen").annotate(persons=Count("*"))
    return [{**line, "fen": line["price_fen"] * line["persons"]} for line in found]


@member("POST", roles=FILLING_IN)
def take(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the good rows; a worker does it, and the bar tells when it is done."""
    one = own_upload(request.membership.institution, key)
    try:
        take_rows(actor=request.user, upload=one)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("groups:upload", key)


@member("GET", "POST", roles=FILLING_IN)
def discard(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take nothing of it, said with its consequence first."""
    one = own_upload(request.membership.institution, key)
    if request.method == "GET":
        return page(request, "discard.html", upload=one, filing=one.filing)
    try:
        discard_upload(actor=request.user, upload=one)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("groups:upload", key)
    messages.success(request, f"“{one.file.display_name}”没有采用，已经删除。")
    return redirect("groups:filing", one.filing_id)


@member("GET")
def annotated(request: HttpRequest, key: UUID) -> HttpResponse:
    """The roster back, its bad cells marked; it can be corrected and uploaded as it is."""
    one = own_upload(request.membership.institution, key)
    if one.kind != _Kind.ROSTER or one.state not in (_State.CHECKED, _State.TAKING, _State.TAKEN):
        return redirect("groups:upload", key)
    trail.record_access("annotated_roster", actor=request.user, subject=one)
    stem = one.file.display_name.rpartition(".")[0] or one.file.display_name
    return _workbook(annotated_workbook(one), f"{stem}（已标注）.xlsx")


def _workbook(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


@member("GET", "POST", roles=FILLING_IN)
def row(request: HttpRequest, key: UUID) -> HttpResponse:
    """One row as a form, everything wrong with it at its fields: of a preview, or what counts of somebody now."""
    one = own_row(request.membership.institution, key)
    entry = getattr(one, "entry", None)
    back = way_back(request) or _home_of(one, entry)
    if one.accepted_at is not None and (entry is None or entry.removed_at is not None):
        messages.error(request, "这一行已经更正过了，下面是现在的内容。")
        return redirect(back)
    columns = read_context(one.filing.occupation, clock.today()).columns.values()
    typed = typed_cells(request.POST, columns) if request.method == "POST" else None
    form = RowForm(columns, one.content["cells"] if typed is None else typed)
    if typed is None:
        trail.record_access("roster_row", actor=request.user, subject=one)
        form.show((problem["column"], problem["sentence"]) for problem in one.problems)
        return _row_page(request, one, entry, form, back)
    try:
        mended = mend_row(actor=request.user, row=one, cells=typed)
    except Refused as refusal:
        form.show((finding.field, finding.sentence) for finding in refusal.findings)
        return _row_page(request, one, entry, form, back, status=422)
    messages.success(request, _mended(one, mended, entry))
    return redirect(back)


def _row_page(
    request: HttpRequest,
    one: RosterRow,
    entry: RosterEntry | None,
    form: RowForm,
    back: str,
    status: int = 200,
) -> HttpResponse:
    return page(
        request,
        "row.html",
        row=one,
        entry=entry,
        filing=one.filing,
        row_form=form,
        has_errors=bool(form.summary),
        back=back,
        status=status,
    )


def _home_of(one: RosterRow, entry: RosterEntry | None) -> str:
    """Where a row is looked at: the person it is about, the preview it waits in, else its filing."""
    if entry is not None:
        return reverse("groups:person", args=[entry.pk])
    if one.upload_id is not None:
        return reverse("groups:upload", args=[one.upload_id])
    return reverse("groups:filing", args=[one.filing_id])


def _mended(before: RosterRow, after: RosterRow, entry: RosterEntry | None) -> str:
    if entry is not None:
        same = after.pk == before.pk
        return "内容没有变化。" if same else f"{after.name}的内容已更正。请本人重新确认，再重新初审。"
    named = f"第 {after.line} 行（{after.name}）"
    if after.outcome == _Outcome.SAME:
        return f"{named}已改好，与名单里已有的内容相同，不用采用。"
    if before.upload.state == _State.TAKEN:
        return f"{named}已改好，并已加入名单。"
    return f"{named}已改好，采用时一并加入名单。"


urlpatterns = [
    path("<uuid:key>/template.xlsx", template, name="template"),
    path("<uuid:key>/roster/", upload_roster, name="upload-roster"),
    path("<uuid:key>/files/", upload_files, name="upload-files"),
    path("<uuid:key>/exchange/replies/", upload_replies, name="upload-replies"),
    path("uploads/<uuid:key>/", upload, name="upload"),
    path("uploads/<uuid:key>/progress.json", progress, name="progress"),
    path("uploads/<uuid:key>/take/", take, name="take"),
    path("uploads/<uuid:key>/discard/", discard, name="discard"),
    path("uploads/<uuid:key>/annotated.xlsx", annotated, name="annotated"),
    path("rows/<uuid:key>/", row, name="row"),
]
