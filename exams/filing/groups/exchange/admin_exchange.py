"""The counter's side of the exchange with the city's system: the institution's workbook, photos and answers."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from exams.filing.groups.exchange.replies import counts_in_words, latest_replies, shown_replies
from exams.filing.groups.exchange.workbooks import (
    approved_entries,
    asked_export,
    downloads,
    export_photos,
    left_out,
    photo_parts,
)
from exams.filing.groups.models import GroupFiling, RosterUpload
from exams.filing.groups.pages.forms import UploadForm
from exams.filing.groups.pages.views_exchange import attachment
from exams.filing.groups.rosters.leases import WORKING
from exams.filing.groups.rosters.uploads import MOST_BYTES, receive_upload
from portal.access import staff
from portal.audit import trail
from portal.counter.acting import data, page
from portal.counter.rows import A_PAGE
from portal.files.intake import display_name
from portal.limits import takes
from portal.rules.findings import Refused

REVIEW = "exams.review_groupfiling"
FORM_BYTES = 64 * 1024
"""What a body carries beside its file."""
_REPLIES = RosterUpload.Kind.REPLIES


def _filing(key: UUID) -> GroupFiling:
    return get_object_or_404(GroupFiling.objects.select_related("institution", "occupation"), pk=key)


def _address(filing: GroupFiling) -> str:
    return reverse("admin:exchange_filing", args=[filing.pk])


@staff(REVIEW, "GET", "POST")
@takes(MOST_BYTES[_REPLIES] + FORM_BYTES)
def exchange_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """What can be exported, the answer sheets, and every person's latest answer: the look is logged."""
    filing = _filing(key)
    form = UploadForm(data(request), request.FILES or None, kind=_REPLIES)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        name = display_name(file.name)
        try:
            receive_upload(
                actor=request.user, filing=filing, kind=_REPLIES, data=file.chunks(), filename=name
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已收到“{name}”，正在逐行导入。")
            return redirect(_address(filing))
    approved = approved_entries(filing).count()
    shown = Paginator(latest_replies(filing), A_PAGE).get_page(request.GET.get("page"))
    if shown.object_list:
        trail.record_access("view_replies", actor=request.user, subject=filing)
    uploads = list(filing.uploads.filter(kind=_REPLIES).select_related("file", "uploaded_by")[:10])
    response = page(
        request,
        "admin/exams/groups/exchange.html",
        title=f"市自助经办系统：{filing.number}",
        filing=filing,
        form=form,
        approved=approved,
        left_out=left_out(filing),
        downloads=downloads(filing),
        parts=range(1, photo_parts(approved) + 1),
        uploads=[(one, counts_in_words(one)) for one in uploads],
        page_obj=shown,
        replies=shown_replies(shown),
        back=reverse("admin:exams_groupfiling_change", args=[filing.pk]),
    )
    if request.method == "GET" and any(one.state in WORKING for one in uploads):
        response["Refresh"] = "3"
    return response


@staff(REVIEW, "GET")
def export_page(request: HttpRequest, key: UUID, code: str) -> HttpResponse:
    """The workbook by a mapping; of one submission where `?act=` names its serial."""
    filing = _filing(key)
    try:
        made = asked_export(actor=request.user, filing=filing, code=code, serial=request.GET.get("act", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address(filing))
    if made is None:
        raise Http404
    return attachment(made)


@staff(REVIEW, "GET")
def photos_page(request: HttpRequest, key: UUID, part: int) -> HttpResponse:
    """One part of the photos beside the workbook."""
    filing = _filing(key)
    try:
        return attachment(export_photos(actor=request.user, filing=filing, part=part))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(_address(filing))


@staff(REVIEW, "GET")
def misfits_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The rows of an answer sheet that fit nobody."""
    rows = RosterUpload.objects.filter(kind=_REPLIES).select_related("filing", "file", "uploaded_by")
    upload = get_object_or_404(rows, pk=key)
    trail.record_access("view_replies", actor=request.user, subject=upload)
    return page(
        request,
        "admin/exams/groups/exchange_misfits.html",
        title="对不上的回执",
        upload=upload,
        filing=upload.filing,
        counts=counts_in_words(upload),
        report=Paginator(upload.report or [], A_PAGE).get_page(request.GET.get("page")),
        back=_address(upload.filing),
    )
