"""A ticket as PDF, and as a picture for phones that will not keep a PDF."""

import io
from collections.abc import Sequence

import segno
from django.conf import settings

from exams.tickets import payload
from exams.tickets.face import TicketFace
from portal import pdf

TEMPLATE = "exams/tickets/ticket.html"
DOOR_PATH = "/door"
TOGETHER = 20  # laid out as one document; more gains nothing
PICTURE_DPI = 150


def render_tickets(faces: Sequence[TicketFace]) -> list[bytes]:
    """The PDF of each face, in order; each is a whole document of its own.

    Faces are laid out together, twenty at a time, which costs half of doing it one by one. Where one of the twenty
    needs a second page, or cannot be printed, they are made singly. Raises what `portal.pdf.render` raises, for
    the first face at fault: a caller that has to go on with the others renders them one by one.
    """
    documents: list[bytes] = []
    for start in range(0, len(faces), TOGETHER):
        some = faces[start : start + TOGETHER]
        documents += _render_together(some) or [render_ticket(face) for face in some]
    return documents


def render_ticket(face: TicketFace) -> bytes:
    """One ticket's PDF. Raises MissingGlyph for a name no font prints, and what else `portal.pdf.render` raises."""
    context, images = _context([face])
    return pdf.render(TEMPLATE, context, title=_title(face), images=images)


def picture(document: bytes) -> bytes:
    """A ticket's first page as PNG, 1240×1754 pixels: the size phones show and keep."""
    return pdf.to_png(document, dpi=PICTURE_DPI)[0]


def door_address(face: TicketFace) -> str:
    """What the QR code says: the door page with the signed payload where no server sees it."""
    return f"{settings.PUBLIC_BASE_URL}{DOOR_PATH}#{payload.sign(face)}"


def _render_together(faces: Sequence[TicketFace]) -> list[bytes] | None:
    context, images = _context(faces)
    return pdf.render_pages(TEMPLATE, context, titles=[_title(face) for face in faces], images=images)


def _context(faces: Sequence[TicketFace]) -> tuple[dict[str, object], dict[str, bytes]]:
    images: dict[str, bytes] = {}
    for index, face in enumerate(faces):
        images[f"photo-{index}"] = face.photo
        images[f"code-{index}"] = _code(door_address(face))
    return {
        "faces": faces,
        "verify_at": f"{settings.PUBLIC_BASE_URL}{DOOR_PATH}",
        "one_page": len(faces) > 1,
    }, images


def _code(text: str) -> bytes:
    """A QR code at error level M without a quiet zone, which the page leaves around it."""
    svg = io.BytesIO()
    segno.make_qr(text, error="m").save(svg, kind="svg", xmldecl=False, svgns=True, border=0, omitsize=True)
    return svg.getvalue()


def _title(face: TicketFace) -> str:
    return f"准考证 {face.number}"
