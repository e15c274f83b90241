"""Public verification: what anybody who knows a certificate's number and its holder's name may ask (N2026-5).

Both must fit. Whoever has only one of them learns nothing: an unknown number and a wrong name have the same answer. A
right pair is told what was certified, the holder's data masked, or since when the certificate no longer counts; never
why, and never the number that replaced it.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.conf import settings

from applicants.identity.masks import mask_name, mask_number
from applicants.identity.text import compact
from certificates.models import Certificate
from portal import clock
from portal.audit import trail

VERIFY_PATH = "/verify/"


class Standing(StrEnum):
    """What verification answers."""

    VALID = "valid"
    VOID = "void"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Certified:
    """What a valid certificate says, as a stranger may see it: name and document number masked."""

    number: str
    name: str
    document_kind: str
    document_number: str
    occupation: str
    direction: str
    grade: str
    issued_on: date
    body: str


@dataclass(frozen=True)
class Answer:
    """`certified` for a valid certificate; `since`, the day in Shanghai, for a void or replaced one."""

    standing: Standing
    certified: Certified | None = None
    since: date | None = None


def address_of(number: str) -> str:
    """What a certificate's QR code says: the verification page with the number where no server's log sees it."""
    return f"{settings.PUBLIC_BASE_URL}{VERIFY_PATH}#{number}"


def verify(number: str, name: str) -> Answer:
    """Answer for a number and a name as somebody typed them. A hit is logged, so that the holder can see it."""
    certificate = Certificate.objects.select_related("person").filter(number=compact(number)).first()
    if certificate is None or _letters(certificate.face["name"]) != _letters(name):
        return Answer(Standing.UNKNOWN)
    trail.record_access(
        "certificate.verified",
        actor=None,
        subject=certificate,
        person_id=certificate.person_id,
        birth_date=certificate.person.birth_date,
    )
    if certificate.state == Certificate.State.VALID:
        return Answer(Standing.VALID, _certified(certificate))
    assert certificate.ended_at is not None, "the database holds it: an ended certificate says when"
    return Answer(Standing(certificate.state), since=clock.local_day(certificate.ended_at))


def _certified(certificate: Certificate) -> Certified:
    face = certificate.face
    return Certified(
        number=certificate.number,
        name=mask_name(face["name"]),
        document_kind=face["document_kind"],
        document_number=mask_number(face["document_number"]),
        occupation=face["occupation"],
        direction=face["direction"],
        grade=face["grade"],
        issued_on=certificate.issued_on,
        body=face["body"],
    )


def _letters(name: str) -> str:
    """A name without what people type differently: spaces and the case of letters."""
    return re.sub(r"\s", "", name).casefold()
