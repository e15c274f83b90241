"""What a year's notice fixes as data, and the policies whose values the association sets itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.rules.counter import CounterHours, Line
from portal.rules.dated import Dated
from portal.rules.fees import FeeSchedule
from portal.rules.timetable import Window

TIERS = {"A3-1": "conditions", "A3-2": "subject", "A3-3": "year", "A3-4": "years"}
"""Tier by section of Annex 3: what its acts cost."""

NUMBER_POLICIES = {
    "mend_working_days": "working_days",
    "pay_by_working_days": "working_days",
    "statement_working_days": "working_days",
    "review_working_days": "working_days",
    "recheck_working_days": "working_days",
    "excuse_working_days": "working_days",
    "withdrawal_working_days": "working_days",
    "validity_first_reminder_days": "days",
    "validity_last_reminder_days": "days",
}
CHOICE_POLICIES = {
    "validity_first_day": "day_of_publication",
    "validity_last_day": "corresponding_day",
    "bar_first_day": "day_decision_takes_effect",
    "bar_last_day": "corresponding_day",
    "recheck_scope": "adding_up_and_carrying_over",
    "called_off": "requeue_or_full_refund",
    "called_off_half_sat": "requeue_or_subject_refund",
    "subject_given_up": "retake",
    "absence_with_cause": "requeue",
    "own_withdrawal": "full_refund_in_time",
}
"""Readings the notice leaves open, and the one value the rules know how to apply."""


@dataclass(frozen=True)
class Occupation:
    """An occupation; the lists widen what counts as related work, related major and approved major."""

    code: str
    name: str
    minimum_education: str
    standard_grades: tuple[int, ...]
    related_occupations: tuple[str, ...]
    majors: tuple[str, ...]
    related_majors: tuple[str, ...]
    approved_majors: tuple[str, ...]
    citation: str


@dataclass(frozen=True)
class Offering:
    """An occupation at a grade, open for filing from a day; `closes_on` (included) None: until further notice."""

    occupation: str
    grade: int
    opens_on: date
    closes_on: date | None
    citation: str


@dataclass(frozen=True)
class Subject:
    """A subject of a scheme: minutes, the highest mark, and the mark from which it is passed."""

    subject: str
    minutes: int
    maximum: int
    pass_mark: int


@dataclass(frozen=True)
class Scheme:
    """How an offering is assessed from a day on."""

    occupation: str
    grade: int
    effective_from: date
    subjects: tuple[Subject, ...]
    citation: str


@dataclass(frozen=True)
class Act:
    """A listed act of Annex 3, in our words; `needs_warning`: punished only after an ignored warning."""

    clause: str
    tier: str
    text: str
    needs_warning: bool


@dataclass(frozen=True)
class Link:
    """An official look-up: a web address, or the path to it inside an app (exactly one of the two)."""

    name: str
    url: str | None
    path: str | None
    citation: str


@dataclass(frozen=True)
class Contacts:
    """Where and how people reach the association."""

    organisation: str
    address: str
    phone: str
    website: str
    wechat_account: str
    wechat_app: str
    citation: str


@dataclass(frozen=True)
class Notice:
    """All a notice fixes as data. `policies` maps a policy's name to its dated value."""

    year: int
    title: str
    document: str
    published_on: date
    occupations: tuple[Occupation, ...]
    offerings: tuple[Offering, ...]
    schemes: tuple[Scheme, ...]
    fees: tuple[FeeSchedule, ...]
    windows: tuple[Window, ...]
    counter: CounterHours
    contacts: Contacts
    lines: tuple[Line, ...]
    links: tuple[Link, ...]
    acts: tuple[Act, ...]
    policies: dict[str, Dated[int | str]]
