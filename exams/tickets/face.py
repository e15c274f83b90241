"""What an admission ticket says: frozen, complete, and independent of the rows it came from (N2026-2.5)."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Sitting:
    """One subject's place and time. `subject` is theory, practical or review; times are aware."""

    subject: str
    starts_at: datetime
    ends_at: datetime
    site: str
    address: str
    room: str
    seat: int


@dataclass(frozen=True, slots=True)
class Contact:
    """A line of the ticket's foot: whom to ring, the number as people dial it, and when (may be empty)."""

    name: str
    phone: str
    hours: str = ""


@dataclass(frozen=True, slots=True)
class TicketFace:
    """Everything printed on a ticket.

    `document_kind` is the Chinese name of the document and `document_number` the whole number: the page exists for
    it. `retake` tells 补考 from 正考. `institution` is empty for individual filings. `photo` is the print copy (JPEG,
    413×579, at most 30 KB). `opens_on` is the first day of download, `issued_at` the moment this version was made.
    """

    number: str
    version: int
    name: str
    sex: str
    document_kind: str
    document_number: str
    occupation: str
    grade: int
    retake: bool
    institution: str
    sittings: tuple[Sitting, ...]
    contacts: tuple[Contact, ...]
    opens_on: date
    issued_at: datetime
    photo: bytes

    def as_record(self) -> dict[str, Any]:
        """The face as JSON values, the photo as its SHA-256 (hex): what is stored with the ticket."""
        record = asdict(replace(self, photo=b""))
        record["photo"] = hashlib.sha256(self.photo).hexdigest()
        record["opens_on"] = self.opens_on.isoformat()
        record["issued_at"] = self.issued_at.isoformat()
        for sitting in record["sittings"]:
            sitting["starts_at"] = sitting["starts_at"].isoformat()
            sitting["ends_at"] = sitting["ends_at"].isoformat()
        return json.loads(json.dumps(record))

    @classmethod
    def from_record(cls, record: dict[str, Any], *, photo: bytes) -> "TicketFace":
        """The face that `as_record` wrote. Raises ValueError where `photo` is another than the recorded one."""
        if hashlib.sha256(photo).hexdigest() != record["photo"]:
            raise ValueError("the photo is not the one on the ticket")
        sittings = tuple(
            Sitting(
                **{
                    **sitting,
                    "starts_at": _moment(sitting["starts_at"]),
                    "ends_at": _moment(sitting["ends_at"]),
                }
            )
            for sitting in record["sittings"]
        )
        return cls(
            **{
                **record,
                "sittings": sittings,
                "contacts": tuple(Contact(**contact) for contact in record["contacts"]),
                "opens_on": date.fromisoformat(record["opens_on"]),
                "issued_at": _moment(record["issued_at"]),
                "photo": photo,
            }
        )

    def facts(self) -> bytes:
        """What the ticket took from live rows, as canonical bytes: number, version and time of making left out.

        A keyed digest of it, stored with the ticket, tells later whether the rows still say the same.
        """
        record = self.as_record()
        for made in ("number", "version", "issued_at"):
            del record[made]
        return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
