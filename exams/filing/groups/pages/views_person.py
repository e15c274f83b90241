"""One person of a group filing: what is filed, photo and scans, the link, the preliminary review, taking out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from applicants.records.upload_forms import PhotoForm
from applicants.records.views import sent
from exams.filing.groups.access import FILLING_IN, own_entry
from exams.filing.groups.models import RosterEntry, RosterFile
from exams.filing.groups.pages.forms_people import ReviewForm, ScanForm
from exams.filing.groups.pages.views import add_errors, page
from exams.filing.groups.people import person as shown
from exams.filing.groups.people.confirming import send_links
from exams.filing.groups.people.reviewing import remove_entry, review_entry
from exams.filing.groups.queries import STAGES, WITH_THE_INSTITUTION, staged
from exams.filing.groups.rosters.files import add_file, remove_file, set_portrait
from exams.filing.groups.way import STAGE_KINDS
from exams.filing.models import Status
from portal.access import member
from portal.audit.trail import record_access
from portal.files import store
from portal.rules.findings import Refused

REVIEWER = ("reviewer",)


@member("GET")
def person(request: HttpRequest, key: UUID) -> HttpResponse:
    """Everything the institution filed of somebody, with the number whole: the look is logged."""
    entry = _entry(request, key)
    _log(request, "view_entry", entry)
    return _page(request, entry)


@member("GET")
def portrait(request: HttpRequest, key: UUID) -> HttpResponse:
    """The fitted portrait itself."""
    entry = _entry(request, key)
    if entry.portrait is None:
        raise Http404
    _log(request, "view_photo", entry)
    return store.respond(entry.portrait)


@member("GET")
def scan(request: HttpRequest, key: UUID) -> HttpResponse:
    """A scan the institution added; the look is logged."""
    file = _file(request, key)
    _log(request, "view_evidence", file.entry)
    return store.respond(file.file)


@member("POST", roles=FILLING_IN)
def upload_portrait(request: HttpRequest, key: UUID) -> HttpResponse:
    entry = _entry(request, key)
    form = PhotoForm(sent(request), request.FILES or None, agreed=True)
    if form.is_valid():
        try:
            set_portrait(actor=request.user, entry=entry, checked=form.cleaned_data["file"])
        except Refused as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, f"{entry.row.name}的照片已保存。")
            return redirect("groups:person", key)
    return _page(request, entry, photo_form=form)


@member("POST", roles=FILLING_IN)
def upload_scan(request: HttpRequest, key: UUID) -> HttpResponse:
    entry = _entry(request, key)
    form = ScanForm(sent(request), request.FILES or None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            added = add_file(actor=request.user, entry=entry, code=data["code"], checked=data["file"])
        except Refused as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, "材料已保存。" if added else "这个文件已经在了，没有重复保存。")
            return redirect("groups:person", key)
    return _page(request, entry, scan_form=form)


@member("POST", roles=FILLING_IN)
def remove_scan(request: HttpRequest, key: UUID) -> HttpResponse:
    file = _file(request, key)
    try:
        remove_file(actor=request.user, file=file)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"已删除文件：{file.file.display_name}")
    return redirect("groups:person", file.entry_id)


@member("POST", roles=FILLING_IN)
def ask(request: HttpRequest, key: UUID) -> HttpResponse:
    """Send the link, or send it again."""
    entry = _entry(request, key)
    try:
        send_links(actor=request.user, filing=entry.filing, entries=[entry])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"确认链接已发给{entry.row.name}。")
    return redirect("groups:person", key)


@member("POST", roles=REVIEWER)
def review(request: HttpRequest, key: UUID) -> HttpResponse:
    """The preliminary review of one person; a refusal stands at its field, and nothing ticked is lost."""
    entry = _entry(request, key)
    codes = shown.codes_of(entry, shown.verdict_of(entry))
    form = ReviewForm(sent(request), codes=codes)
    if form.is_valid():
        data = form.cleaned_data
        try:
            review_entry(
                actor=request.user, entry=entry, result=data["result"], seen=data["seen"], note=data["note"]
            )
        except Refused as refusal:
            add_errors(form, refusal)
        else:
            word = "初审通过" if data["result"] == "passed" else "已退回"
            messages.success(request, f"{entry.row.name}{word}。")
            return redirect("groups:person", key)
    return _page(request, entry, review_form=form)


@member("GET", "POST", roles=FILLING_IN)
def remove(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say what taking out means, then take out."""
    entry = _entry(request, key)
    if request.method == "POST":
        try:
            remove_entry(actor=request.user, entry=entry)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("groups:person", key)
        messages.success(request, f"{entry.row.name}已移出这批申报。")
        return redirect("groups:people", entry.filing_id)
    return page(request, "person_remove.html", filing=entry.filing, entry=entry)


def _page(request: HttpRequest, entry: RosterEntry, **forms: Form) -> HttpResponse:
    """The person's page, with the form that was sent and refused in the place of the empty one."""
    known = shown.facts(entry)
    mine = entry.stage in WITH_THE_INSTITUTION and entry.filing.closed_at is None
    wrong = next(iter(forms.values()), None)
    context: dict[str, Any] = {
        "photo_form": PhotoForm(agreed=True, auto_id="photo_%s"),
        "scan_form": ScanForm(auto_id="scan_%s"),
        "review_form": ReviewForm(codes=known["codes"]),
        **forms,
    }
    application = entry.application
    return page(
        request,
        "person.html",
        form=wrong,
        filing=entry.filing,
        entry=entry,
        row=entry.row,
        stage=(STAGE_KINDS[entry.stage], STAGES[entry.stage]),
        mine=mine,
        removable=mine and (application is None or application.status == Status.DRAFT),
        waits_for_forfeiture=any(one["code"] == "forfeiture_not_confirmed" for one in entry.obstacles),
        forfeited=application is not None and application.forfeitures.exists(),
        **known,
        **context,
    )


def _entry(request: HttpRequest, key: UUID) -> RosterEntry:
    """A person still in one of the institution's filings, with the stage."""
    own = own_entry(request.membership.institution, key)
    rows = staged(RosterEntry.objects.filter(pk=own.pk, removed_at=None)).select_related(
        "row__made_by",
        "filing__institution",
        "filing__occupation",
        "portrait",
        "handed_in_by",
        "application",
        "person",
    )
    entry = rows.first()
    if entry is None:
        raise Http404
    return entry


def _file(request: HttpRequest, key: UUID) -> RosterFile:
    own = RosterFile.objects.filter(
        removed_at=None,
        entry__removed_at=None,
        entry__filing__institution=request.membership.institution,
    )
    file = own.select_related("file", "entry__filing", "entry__person").filter(pk=key).first()
    if file is None:
        raise Http404
    return file


def _log(request: HttpRequest, kind: str, entry: RosterEntry) -> None:
    record_access(
        kind,
        actor=request.user,
        subject=entry,
        person_id=entry.person_id,
        birth_date=entry.person.birth_date if entry.person else None,
    )


urlpatterns = [
    path("people/<uuid:key>/", person, name="person"),
    path("people/<uuid:key>/portrait/", portrait, name="portrait"),
    path("people/<uuid:key>/portrait/upload/", upload_portrait, name="upload-portrait"),
    path("people/<uuid:key>/scans/", upload_scan, name="upload-scan"),
    path("people/<uuid:key>/ask/", ask, name="ask"),
    path("people/<uuid:key>/review/", review, name="review"),
    path("people/<uuid:key>/remove/", remove, name="remove"),
    path("scans/<uuid:key>/", scan, name="scan"),
    path("scans/<uuid:key>/remove/", remove_scan, name="remove-scan"),
]
