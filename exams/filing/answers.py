"""What an applicant answers: read from the record, frozen by a submission, digested for paper, turned into facts.

One path leads from the record to a verdict: record → answers (plain JSON) → facts → `portal.rules.eligibility`. A
submission keeps the answers, so that its facts, its printed form and its digest all come from the same bytes.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import models

from applicants.records.issued import issued_for
from applicants.records.models import Person
from applicants.records.queries import live_document
from exams.catalogue.models import Occupation
from exams.filing.models import Application
from portal.crypto import keyed_digest
from portal.rules.eligibility import Facts
from portal.rules.findings import Finding, Refused, canonical_json

IDENTITY_FIELDS = ("name", "sex", "birth_date", "general_education", "intends_to_work")
ROW_FIELDS = {
    "jobs": ("employer", "position", "relation", "started_on", "left_on", "witness_name", "witness_phone"),
    "credentials": ("occupation_name", "relation", "grade", "number", "issued_on", "issuer"),
    "titles": ("name", "rank", "corresponds", "obtained_on", "number"),
    "schooling": ("school_name", "school", "programme", "major_name", "major", "approved", "status", "on"),
}
"""The fields of each kind of fact, in the order in which forms show them; the keys are Person's reverse names."""


def read_record(person: Person, occupation: Occupation) -> dict[str, Any]:
    """The part of the answers that stands in the person's record, for one occupation; days are ISO text."""
    claim = live_document(person)
    record: dict[str, Any] = {"identity": _fields(person, IDENTITY_FIELDS)}
    record["identity"] |= {
        "document_kind": claim.kind if claim else "",
        "document_number": claim.number if claim else "",
    }
    for kind, fields in ROW_FIELDS.items():
        rows = getattr(person, kind).filter(occupation_code=occupation.code)
        record[kind] = [{"id": str(row.pk), **_fields(row, fields)} for row in rows]
    return record


def build_answers(application: Application) -> dict[str, Any]:
    """The whole form as it stands now: from the person's record, or from the roster row they were filed with."""
    person, offering = application.person, application.offering
    arrangement = getattr(application, "special_arrangement", None)
    entry = getattr(application, "roster_entry", None)
    return {
        **(_of_the_person(person, offering.occupation) if entry is None else _of_the_roster(entry)),
        "application": {
            "number": application.number,
            "occupation": offering.occupation_id,
            "occupation_name": offering.occupation.name,
            "minimum_education": offering.occupation.minimum_education,
            "grade": offering.grade,
            "kind": application.kind,
            "route": application.route,
            "subjects": application.subjects,
            "institution": str(application.institution_id or ""),
        },
        "special_arrangement": {"needs": arrangement.needs, "note": arrangement.note or ""}
        if arrangement
        else None,
        "forfeitures": [
            {"subject": row.given_up.subject, "valid_until": row.given_up.valid_until.isoformat()}
            for row in application.forfeitures.select_related("given_up").order_by("given_up__subject")
        ],
        "undertaking": application.undertaking_version,
    }


def _of_the_person(person: Person, occupation: Occupation) -> dict[str, Any]:
    return {
        **read_record(person, occupation),
        "phone": (person.account.phone or "") if person.account else "",
        "photo": str(person.photo_id or ""),
        "evidence": _files(person.evidence.filter(removed_at=None, institution=None)),
        **_issued(person, occupation),
    }


def _issued(person: Person, occupation: Occupation) -> dict[str, Any]:
    """The certificates of the association's own among the credentials, each its own proof while it is valid; nothing
    where there is none (docs/adr/0089)."""
    keys = person.credentials.filter(occupation_code=occupation.code).values_list("pk", flat=True)
    found = sorted((one for one in issued_for(list(keys)).values() if one.valid), key=lambda one: one.number)
    return {"issued": [{"id": str(one.entry), "number": one.number} for one in found]} if found else {}


def _of_the_roster(entry: Any) -> dict[str, Any]:
    """A row keeps its own facts and never overwrites the person's record; `seen` are the originals the institution
    saw (resting on its preliminary review, N2026-2.2)."""
    review = entry.reviews.filter(row=entry.row_id).last()
    content = entry.row.content
    return {
        **content["record"],
        "phone": content["phone"],
        "photo": str(entry.photo_id or ""),
        "evidence": _files(entry.files.filter(removed_at=None)),
        "seen": sorted(review.seen) if review else [],
    }


def _files(rows: models.QuerySet) -> list[dict[str, str]]:
    return [{"id": str(row.pk), "code": row.code, "file": str(row.file_id)} for row in rows]


def digest(answers: Mapping[str, Any]) -> str:
    """The keyed digest printed on the form: 16 hex digits."""
    return keyed_digest(canonical_json(dict(answers)), purpose="application-form")


def facts_of(record: Mapping[str, Any], minimum_education: str) -> Facts:
    """The rules' facts in a record or in frozen answers. Raises `Refused` naming what is not filled in."""
    identity = record["identity"]
    missing = [
        Finding("N2026-2.1", f"no_{field}", sentence, field=field)
        for field, sentence in (
            ("birth_date", "请先填写出生日期，年龄条件要用到它。"),
            ("general_education", "请先选择普通受教育程度，学历条件要用到它。"),
        )
        if not identity[field]
    ]
    if missing:
        raise Refused(*missing)
    return Facts.from_json(
        {
            "birth_date": identity["birth_date"],
            "general_education": identity["general_education"],
            "minimum_education": minimum_education,
            "intends_to_work": identity["intends_to_work"],
            "jobs": [
                {"relation": row["relation"], "from": row["started_on"], "to": row["left_on"]}
                for row in record["jobs"]
            ],
            "credentials": [_only(row, "relation", "grade", "issued_on") for row in record["credentials"]],
            "titles": [_only(row, "rank", "corresponds", "obtained_on") for row in record["titles"]],
            "schooling": [
                _only(row, "school", "programme", "major", "approved", "status", "on")
                for row in record["schooling"]
            ],
        }
    )


def _only(row: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    return {field: row[field] for field in fields}


def _fields(row: models.Model, fields: tuple[str, ...]) -> dict[str, Any]:
    return {field: plain(getattr(row, field)) for field in fields}


def plain(value: Any) -> Any:
    """A field's value as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value
