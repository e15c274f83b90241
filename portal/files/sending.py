"""Answers that carry a document about somebody: kept by no cache on the way."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

PDF = "application/pdf"


def private_document(
    document: bytes, name: str = "", *, media_type: str = PDF, attached: bool = False
) -> HttpResponse:
    """The document to be looked at, or saved where `attached`, under a file name with its extension.

    The calling view has checked access and logs the look.
    """
    response = HttpResponse(document, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(attached, name) or "inline"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
