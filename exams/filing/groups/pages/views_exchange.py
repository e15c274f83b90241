"""The exchange with the city's self-service system: an approved filing's workbook and photos, and the answers to it."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from exams.filing.groups.access import FILLING_IN, own_filing
from exams.filing.groups.exchange.replies import latest_replies, shown_replies
from exams.filing.groups.exchange.workbooks import (
    Export,
    approved_entries,
    asked_export,
    downloads,
    export_photos,
    left_out,
    photo_parts,
)
from exams.filing.groups.models import RosterUpload
from exams.filing.groups.pages.views import page
from portal.access import member
from portal.files.sending import private_document
from portal.rules.findings import Refused

A_PAGE = 50


@member("GET")
def exchange(request: HttpRequest, key: UUID) -> HttpResponse:
    """Who can be exported, the answer sheets, and what was answered about each person."""
    filing = own_filing(request.membership.institution, key)
    approved = approved_entries(filing).count()
    replies = latest_replies(filing)
    shown = Paginator(replies, A_PAGE).get_page(request.GET.get("page"))
    uploads = filing.uploads.filter(kind=RosterUpload.Kind.REPLIES).select_related("file", "uploaded_by")
    return page(
        request,
        "exchange.html",
        filing=filing,
        approved=approved,
        left_out=left_out(filing),
        downloads=downloads(filing),
        parts=range(1, photo_parts(approved) + 1),
        uploads=uploads[:10],
        page_obj=shown,
        replies=shown_replies(shown),
    )


@member("GET", roles=FILLING_IN)
def export(request: HttpRequest, key: UUID, code: str) -> HttpResponse:
    """The workbook by a mapping; of one submission where `?act=` names its serial."""
    filing = own_filing(request.membership.institution, key)
    try:
        made = asked_export(actor=request.user, filing=filing, code=code, serial=request.GET.get("act", ""))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("groups:exchange", key)
    if made is None:
        raise Http404
    return attachment(made)


@member("GET", roles=FILLING_IN)
def photos(request: HttpRequest, key: UUID, part: int) -> HttpResponse:
    """One part of the photos beside the workbook."""
    filing = own_filing(request.membership.institution, key)
    try:
        return attachment(export_photos(actor=request.user, filing=filing, part=part))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("groups:exchange", key)


def attachment(made: Export) -> HttpResponse:
    """An export to be saved, and kept by nobody on the way."""
    return private_document(made.data, made.filename, media_type="application/octet-stream", attached=True)


urlpatterns = [
    path("<uuid:key>/exchange/", exchange, name="exchange"),
    path("<uuid:key>/exchange/<slug:code>.xlsx", export, name="export"),
    path("<uuid:key>/exchange/photos-<int:part>.zip", photos, name="export-photos"),
]
