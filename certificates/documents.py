"""A certificate as PDF in the official arrangement: one A4 page, photo and code, nothing that is not on the face."""

from datetime import date

from certificates.face import CertificateFace
from certificates.verification import address_of
from exams.tickets.documents import code_picture
from portal import pdf

TEMPLATE = "certificates/certificate.html"


def render_certificate(face: CertificateFace, photo: bytes) -> bytes:
    """The certificate's PDF; the same face and photo (JPEG) give the same bytes.

    Raises `portal.pdf.MissingGlyph` for a name that no font prints.
    """
    return pdf.render(
        TEMPLATE,
        {"face": face, "issued_on": date.fromisoformat(face.issued_on)},
        title=f"{face.title} {face.number}",
        images={"photo": photo, "code": code_picture(address_of(face.number))},
    )
