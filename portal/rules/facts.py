"""The facts a person states about themselves, as the routes of Annex 1 read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.rules.reading import Reader, bad_input

GRADES = (5, 4, 3, 2, 1)
"""Skill grades from the lowest to the highest; the smaller the number, the higher the grade."""

RELATIONS = ("same", "related", "other")
RANKS = ("junior", "intermediate", "senior")
SCHOOLS = (
    "technical_school",
    "senior_technical_school",
    "technician_college",
    "secondary_vocational",
    "higher_vocational",
    "university",
    "general",
)
PROGRAMMES = (
    "intermediate_class",
    "senior_class",
    "preparatory_technician_class",
    "technician_class",
    "secondary_vocational",
    "higher_vocational",
    "junior_college",
    "bachelor",
    "postgraduate",
    "junior_high",
    "senior_high",
)
STATUSES = ("graduated", "final_year", "studying")
EDUCATIONS = ("none", "primary", "junior_high", "senior_high", "junior_college", "bachelor", "postgraduate")
"""General education in rising order."""

EDUCATION_EQUALS = {
    "secondary_vocational": "senior_high",
    "technical_school": "senior_high",
    "higher_vocational": "junior_college",
}
"""Schooling outside the ladder of general education, and the step it counts as (同等学力 is senior_high)."""


@dataclass(frozen=True)
class Job:
    """A spell of work. `to_day` is the last day worked; None: still employed."""

    relation: str
    from_day: date
    to_day: date | None = None

    def __post_init__(self) -> None:
        if self.to_day is not None and self.to_day < self.from_day:
            raise ValueError("a job cannot end before it begins")

    def to_json(self) -> dict[str, Any]:
        return {"relation": self.relation, "from": _iso(self.from_day), "to": _iso(self.to_day)}


@dataclass(frozen=True)
class Credential:
    """A skill certificate (职业资格证书 or 职业技能等级证书)."""

    relation: str
    grade: int
    issued_on: date

    def to_json(self) -> dict[str, Any]:
        return {"relation": self.relation, "grade": self.grade, "issued_on": _iso(self.issued_on)}


@dataclass(frozen=True)
class Title:
    """A 职称 or 专业技术人员职业资格; `corresponds`: its field answers to the occupation."""

    rank: str
    corresponds: bool
    obtained_on: date

    def to_json(self) -> dict[str, Any]:
        return {"rank": self.rank, "corresponds": self.corresponds, "obtained_on": _iso(self.obtained_on)}


@dataclass(frozen=True)
class Schooling:
    """A course of schooling; `on` is the day of graduation, or the day it is due (never read by a rule)."""

    school: str
    programme: str
    major: str
    approved: bool
    status: str
    on: date | None

    def __post_init__(self) -> None:
        if self.status == "graduated" and self.on is None:
            raise ValueError("a graduation needs its day")

    def to_json(self) -> dict[str, Any]:
        return {
            "school": self.school,
            "programme": self.programme,
            "major": self.major,
            "approved": self.approved,
            "status": self.status,
            "on": _iso(self.on),
        }


@dataclass(frozen=True)
class Facts:
    """All a verdict reads. `minimum_education` belongs to the occupation and is frozen here with the rest."""

    birth_date: date
    general_education: str
    minimum_education: str
    intends_to_work: bool = False
    jobs: tuple[Job, ...] = ()
    credentials: tuple[Credential, ...] = ()
    titles: tuple[Title, ...] = ()
    schooling: tuple[Schooling, ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Facts:
        """Read facts strictly; `Refused` names the field of anything unknown, missing or impossible."""
        reader = Reader(value)
        facts = cls(
            birth_date=reader.day("birth_date"),
            general_education=_education(reader, "general_education"),
            minimum_education=_education(reader, "minimum_education"),
            intends_to_work=reader.flag("intends_to_work", default=False),
            jobs=reader.each("jobs", _job),
            credentials=reader.each("credentials", _credential),
            titles=reader.each("titles", _title),
            schooling=reader.each("schooling", _schooling),
        )
        reader.finish()
        return facts

    def to_json(self) -> dict[str, Any]:
        return {
            "birth_date": _iso(self.birth_date),
            "general_education": self.general_education,
            "minimum_education": self.minimum_education,
            "intends_to_work": self.intends_to_work,
            "jobs": [job.to_json() for job in self.jobs],
            "credentials": [credential.to_json() for credential in self.credentials],
            "titles": [title.to_json() for title in self.titles],
            "schooling": [schooling.to_json() for schooling in self.schooling],
        }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _education(reader: Reader, field: str) -> str:
    stated = reader.choice(field, (*EDUCATIONS, *EDUCATION_EQUALS))
    return EDUCATION_EQUALS.get(stated, stated)


def _job(value: object, path: str) -> Job:
    reader = Reader(value, path)
    relation = reader.choice("relation", RELATIONS)
    from_day, to_day = reader.day("from"), reader.optional_day("to")
    reader.finish()
    if to_day is not None and to_day < from_day:
        raise bad_input(reader.name("to"), "工作的结束日期早于开始日期，请核对。")
    return Job(relation, from_day, to_day)


def _credential(value: object, path: str) -> Credential:
    reader = Reader(value, path)
    credential = Credential(
        reader.choice("relation", RELATIONS), reader.number("grade", GRADES), reader.day("issued_on")
    )
    reader.finish()
    return credential


def _title(value: object, path: str) -> Title:
    reader = Reader(value, path)
    title = Title(
        reader.choice("rank", RANKS), reader.flag("corresponds", default=False), reader.day("obtained_on")
    )
    reader.finish()
    return title


def _schooling(value: object, path: str) -> Schooling:
    reader = Reader(value, path)
    school, programme = reader.choice("school", SCHOOLS), reader.choice("programme", PROGRAMMES)
    major, approved = reader.choice("major", RELATIONS), reader.flag("approved", default=False)
    status = reader.choice("status", STATUSES)
    on = reader.day("on") if status == "graduated" else reader.optional_day("on")
    reader.finish()
    return Schooling(school, programme, major, approved, status, on)
