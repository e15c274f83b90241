"""The list on which certificates are signed for, as PDF: before a hand-over, or of one that was noted."""

from collections.abc import Sequence
from typing import Any

from applicants.identity.masks import mask_number
from certificates.models import Certificate, HandOver
from portal import clock, pdf

TEMPLATE = "certificates/collection_list.html"
TITLE = "证书领取签收表"


def render_collection_list(
    certificates: Sequence[Certificate], *, whose: str, given: HandOver | None = None
) -> bytes:
    """A line to sign for each certificate. `whose`: the institution or the person, in the running foot.

    `given`: the hand-over it is of, whose names and day are printed in; without one they are lines to write on.
    """
    return pdf.render(
        TEMPLATE,
        {
            "lines": [_line(one) for one in certificates],
            "whose": whose,
            "given": given,
            "printed_at": clock.now(),
        },
        title=TITLE,
    )


def _line(certificate: Certificate) -> dict[str, Any]:
    face = certificate.face
    return {
        "name": face["name"],
        "document": mask_number(face["document_number"]),
        "number": certificate.number,
        "certified": f"{face['occupation']} {face['grade']}",
    }
