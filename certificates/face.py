"""What a certificate says: frozen when it is issued, with a keyed digest by which any later change shows (N2026-5)."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from portal.crypto import blind_index
from portal.rules.wording import GRADE_FULL_NAMES

TITLE = "职业技能等级证书"
NO_DIRECTION = "--"
_PURPOSE = "certificate-face"


@dataclass(frozen=True, slots=True)
class CertificateFace:
    """Everything printed, in the words and the order of the official arrangement.

    `issued_on` is the 发证日期 as an ISO date, `grade` reads 三级/高级工, `photo` is the SHA-256 (hex) of the print copy
    (JPEG, 413×579).
    """

    title: str
    statement: str
    body: str
    issued_on: str
    name: str
    document_kind: str
    document_number: str
    occupation: str
    direction: str
    grade: str
    number: str
    photo: str

    def as_record(self) -> dict[str, Any]:
        """The face as JSON values: what is stored, sealed, with the certificate."""
        return asdict(self)


def new_face(
    *,
    number: str,
    issued_on: str,
    name: str,
    document_kind: str,
    document_number: str,
    occupation: str,
    grade: int,
    photo: str,
) -> CertificateFace:
    """The face of a first certificate, in the wording in use today."""
    body = settings.ASSOCIATION_NAME
    return CertificateFace(
        title=TITLE,
        statement=f"本证书由{body}颁发，表明持证人通过本机构组织的职业技能等级认定，具备该职业（工种）相应技能等级水平。",
        body=body,
        issued_on=issued_on,
        name=name,
        document_kind=document_kind,
        document_number=document_number,
        occupation=occupation,
        direction=NO_DIRECTION,
        grade=GRADE_FULL_NAMES[grade],
        number=number,
        photo=photo,
    )


def digest_of(record: dict[str, Any], *, like: str = "") -> str:
    """The keyed digest (`key id:hex`) of a stored face; `like` an earlier digest: under the key that one names."""
    canonical = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blind_index(canonical, purpose=_PURPOSE, key_id=like.partition(":")[0] or None)
