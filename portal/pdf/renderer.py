"""From a template to a PDF, in a warm process: fonts, style sheets and templates are read once."""

import gc
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from PIL import ImageFile
from weasyprint import CSS, HTML, Document
from weasyprint.urls import FatalURLFetchingError

from portal.pdf.faces import FIRST, FURTHER, Faces
from portal.pdf.problems import MissingGlyph, RenderingFault
from portal.pdf.sealed import SealedFetcher

# WeasyPrint lets every user of Pillow in the process accept truncated pictures; uploads must not be.
ImageFile.LOAD_TRUNCATED_IMAGES = False

# Pango and the font configuration are one per process and not made for threads.
_lock = threading.Lock()
_logger = logging.getLogger("weasyprint")


def render(
    template_name: str, context: Mapping[str, Any], *, title: str, images: Mapping[str, bytes] | None = None
) -> bytes:
    """One document as PDF/UA-1.

    `title` is the document's name in viewers and in the running head; the template sees it as `title`, and the
    association's name as `association`. `images` are JPEG, PNG or SVG by the name that `image:NAME` uses.
    Raises MissingGlyph (a character no font of ours prints), RefusedAddress (anything asked for but those images)
    and RenderingFault (whatever else the renderer complains of: bad CSS, a picture broken or without alt text).
    """
    with _undisturbed():
        return _write(_lay_out(template_name, context, title=title, images=images or {}))


def _lay_out(
    template_name: str, context: Mapping[str, Any], *, title: str, images: Mapping[str, bytes]
) -> Document:
    template = get_template(template_name)
    page = template.render({"association": settings.ASSOCIATION_NAME, "title": title, **context})
    faces = _faces()
    faces.prepare(unescape(page))
    with _no_complaints():
        html = HTML(string=page, url_fetcher=SealedFetcher(images))
        return html.render(font_config=faces.configuration, stylesheets=_style_sheets(template_name))


def _write(document: Document) -> bytes:
    with _no_complaints():
        content = document.write_pdf(pdf_variant="pdf/ua-1")
        # The text was checked before; this is the renderer's own record of boxes drawn, in case CSS brought any.
        if missing := {chr(point) for font in document.fonts.values() for point in font.missing}:
            raise MissingGlyph(missing)
        return content


@cache
def _faces() -> Faces:
    return Faces()


@cache
def _style_sheets(template_name: str) -> list[CSS]:
    """`pdf/base.css` and the sheet that lies beside the template, if there is one."""
    beside = str(PurePosixPath(template_name).with_suffix(".css"))
    sheets = []
    for name in ("pdf/base.css", beside):
        try:
            text = get_template(name).render({"families": _families()})
        except TemplateDoesNotExist:
            if name != beside:
                raise
            continue
        sheets.append(CSS(string=text, url_fetcher=SealedFetcher({}), font_config=_faces().configuration))
    return sheets


def _families() -> str:
    return ", ".join(f'"{family}"' for family in dict.fromkeys(family for family, _, _ in (*FIRST, *FURTHER)))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """One thread at a time, and no garbage collection over what the process already held.

    A layout is a great knot of objects: left alone, Python walks the whole process again and again while it grows (a
    fifth of the time), and the dead knots pile up. So what lived before is set aside, and the knot is cleared at
    the end of each render.
    """
    with _lock:
        gc.freeze()
        try:
            yield
        finally:
            gc.collect()
            gc.unfreeze()


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _no_complaints() -> Iterator[None]:
    """WeasyPrint logs what it cannot do and goes on; here its first complaint ends the render."""
    complaints = _Complaints()
    level, propagate = _logger.level, _logger.propagate
    _logger.addHandler(complaints)
    _logger.setLevel(logging.WARNING)
    _logger.propagate = False
    try:
        yield
    except FatalURLFetchingError as fault:
        if isinstance(fault.__cause__, RenderingFault):
            raise fault.__cause__ from None
        raise RenderingFault(str(fault)) from fault
    finally:
        _logger.removeHandler(complaints)
        _logger.setLevel(level)
        _logger.propagate = propagate
    if complaints.messages:
        raise RenderingFault("; ".join(complaints.messages))
