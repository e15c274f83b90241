"""Photos and evidence beside the facts at the counter: every look is logged, PDF pages come as pictures."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from applicants.records.models import Evidence, Photo
from portal.access import staff
from portal.audit.trail import record_access
from portal.files import store
from portal.files.intake import UnusableFile, draw_first_page


@staff("exams.unmask_person", "GET")
def photo_file(request: HttpRequest, key: UUID) -> HttpResponse:
    shown = get_object_or_404(Photo.objects.select_related("file", "person"), pk=key)
    _log(request, shown, "view_photo")
    return store.respond(shown.file)


@staff("exams.unmask_person", "GET")
def evidence_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The file as it was handed in."""
    shown = _evidence(key)
    _log(request, shown, "view_evidence")
    return store.respond(shown.file)


@staff("exams.unmask_person", "GET")
def evidence_picture(request: HttpRequest, key: UUID) -> HttpResponse:
    """The picture, or the first page of a PDF as a picture, to stand beside the fact."""
    shown = _evidence(key)
    _log(request, shown, "view_evidence")
    if shown.file.media_type != "application/pdf":
        return store.respond(shown.file)
    try:
        picture = draw_first_page(store.read(shown.file))
    except UnusableFile as refusal:
        raise Http404(refusal.sentence) from None
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = "private, no-store"
    return response


def _evidence(key: UUID) -> Evidence:
    """Removed ones too: an earlier submission may rest on them."""
    return get_object_or_404(Evidence.objects.select_related("file", "person"), pk=key)


def _log(request: HttpRequest, shown: Photo | Evidence, kind: str) -> None:
    person = shown.person
    record_access(kind, actor=request.user, subject=shown, person_id=person.pk, birth_date=person.birth_date)
