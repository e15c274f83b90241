"""A ticket as PDF, and as a picture for phones that will not keep a PDF.

Tickets are rendered one by one. Laying out twenty as one document and writing each page apart was measured at a tenth
less time, for more memory and for one bad face stopping nineteen good ones; splitting the written document
afterwards gained no more and left every file with the others' letters in its fonts. What makes it quick is a
warm process: fonts, style sheets and template are read once.
"""

import io

import segno
from django.conf import settings
from PIL import Image

from exams.tickets import payload
from exams.tickets.face import TicketFace
from portal import pdf

TEMPLATE = "exams/tickets/ticket.html"
DOOR_PATH = "/door"
PICTURE_DPI = 200  # fewer, and the code on it is no longer read


def render_ticket(face: TicketFace) -> bytes:
    """The ticket's PDF, one page in all but the most crowded cases; the same face gives the same bytes.

    Raises `portal.pdf.MissingGlyph` for a name (or anything else on it) that no font prints, and what else
    `portal.pdf.render` raises.
    """
    return pdf.render(TEMPLATE, context(face), title=f"准考证 {face.number}", images=pictures(face))


def picture(document: bytes) -> bytes:
    """A ticket's first page as PNG, 1654×2339 pixels: sharp on a phone, code included."""
    return pdf.to_png(document, dpi=PICTURE_DPI)[0]


def door_address(face: TicketFace) -> str:
    """What the QR code says: the door page with the signed payload where no server sees it."""
    return f"{settings.PUBLIC_BASE_URL}{DOOR_PATH}#{payload.sign(face)}"


def context(face: TicketFace) -> dict[str, object]:
    """What the template is given."""
    return {"face": face, "verify_at": f"{settings.PUBLIC_BASE_URL}{DOOR_PATH}"}


def pictures(face: TicketFace) -> dict[str, bytes]:
    """The pictures the template names."""
    return {"photo": face.photo, "code": code_picture(door_address(face))}


def code_picture(text: str) -> bytes:
    """A QR code at error level M as PNG, four pixels a module; the quiet zone is the page's.

    The mask is given because looking for the best of eight costs more than all the rest of the code, and a signed
    payload looks random under any. A picture of pixels is drawn in a tenth of the time that an SVG takes; with one
    pixel a module some viewers smooth it.
    """
    modules = segno.make_qr(text, error="m", mask=2).matrix
    grey = bytes(0 if dark else 255 for row in modules for dark in row)
    png = io.BytesIO()
    side = len(modules)
    one_to_one = Image.frombytes("L", (side, side), grey)
    one_to_one.resize((side * 4, side * 4), Image.Resampling.NEAREST).save(png, "PNG")
    return png.getvalue()
