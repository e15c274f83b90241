"""Reading and checking the notices of portal/notices, one TOML file a year.

`load` refuses loudly: a misspelt key, a missing act or a fee for a subject the scheme lacks never passes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from portal.rules.counter import CounterHours, Line
from portal.rules.dated import Dated
from portal.rules.facts import EDUCATIONS, GRADES
from portal.rules.fees import SUBJECTS, FeeSchedule
from portal.rules.findings import Refused
from portal.rules.notice_model import (
    CHOICE_POLICIES,
    NUMBER_POLICIES,
    TIERS,
    Act,
    Contacts,
    Link,
    Notice,
    Occupation,
    Offering,
    Scheme,
    Subject,
)
from portal.rules.reading import Reader, bad_input
from portal.rules.sanctions import ACTS, AFTER_WARNING
from portal.rules.timetable import Window

__all__ = [
    "Act",
    "Contacts",
    "Link",
    "Notice",
    "NoticeError",
    "Occupation",
    "Offering",
    "Scheme",
    "Subject",
    "load",
    "shipped",
]

SHIPPED = Path(__file__).resolve().parent.parent / "notices"
"""The notices that come with the portal, one file a year."""


class NoticeError(ValueError):
    """A notice file that cannot be trusted; the message names file, key and fault."""


def load(path: Path) -> Notice:
    """Read one notice. Raises `NoticeError` for a file that is missing, unreadable or wrong in any place."""
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
        notice = _notice(_TomlReader(table))
        _check(notice)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NoticeError(f"{path.name}: {error}") from error
    except Refused as refusal:
        finding = refusal.findings[0]
        raise NoticeError(f"{path.name}: {finding.field}: {finding.sentence}") from refusal
    return notice


def shipped() -> tuple[Notice, ...]:
    """Every notice that comes with the portal, by year."""
    notices = [load(path) for path in sorted(SHIPPED.glob("*.toml"))]
    return tuple(sorted(notices, key=lambda notice: notice.year))


class _TomlReader(Reader):
    """TOML knows days and times of its own."""

    def text(self, field: str) -> str:
        value = self.take(field)
        if not isinstance(value, str) or not value.strip():
            raise bad_input(self.name(field), f"“{field}”应为文字，且不能为空。")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        values = self._as_list(field, self.take(field))
        if not all(isinstance(value, str) and value for value in values):
            raise bad_input(self.name(field), f"“{field}”应为文字的列表。")
        return tuple(str(value) for value in values)

    def whole(self, field: str) -> int:
        value = self.take(field)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise bad_input(self.name(field), f"“{field}”应为正整数。")
        return value

    def clock(self, field: str) -> time:
        value = self.take(field)
        if not isinstance(value, time):
            raise bad_input(self.name(field), f"“{field}”应为时刻，写作 09:30:00 的样子。")
        return value

    def table(self, field: str) -> _TomlReader:
        return _TomlReader(self.take(field), self.name(field))


def _notice(reader: _TomlReader) -> Notice:
    head = reader.table("notice")
    policies = reader.each("policies", _policy)
    _no_doubles("policies", [name for name, _ in policies])
    counter = reader.table("counter")
    contacts = reader.table("contacts")
    notice = Notice(
        year=head.whole("year"),
        title=head.text("title"),
        document=head.text("document"),
        published_on=head.day("published_on"),
        occupations=reader.each("occupations", _occupation),
        offerings=reader.each("offerings", _offering),
        schemes=reader.each("schemes", _scheme),
        fees=reader.each("fees", _fee),
        windows=reader.each("windows", _window),
        counter=CounterHours(
            counter.day("effective_from"),
            tuple(_WEEKDAYS.index(name) for name in counter.choices("weekdays", _WEEKDAYS)),
            counter.clock("opens"),
            counter.clock("closes"),
            counter.text("citation"),
        ),
        contacts=Contacts(**{field: contacts.text(field) for field in Contacts.__dataclass_fields__}),
        lines=reader.each("lines", _line),
        links=reader.each("links", _link),
        acts=reader.each("acts", _act),
        policies=dict(policies),
    )
    for part in (head, counter, contacts, reader):
        part.finish()
    return notice


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _occupation(value: object, path: str) -> Occupation:
    reader = _TomlReader(value, path)
    occupation = Occupation(
        code=reader.text("code"),
        name=reader.text("name"),
        minimum_education=reader.choice("minimum_education", EDUCATIONS),
        standard_grades=_grades(reader, "standard_grades"),
        related_occupations=reader.texts("related_occupations"),
        majors=reader.texts("majors"),
        related_majors=reader.texts("related_majors"),
        approved_majors=reader.texts("approved_majors"),
        citation=reader.text("citation"),
    )
    reader.finish()
    return occupation


def _grades(reader: _TomlReader, field: str) -> tuple[int, ...]:
    values = reader.take(field)
    if not isinstance(values, list) or not values or any(value not in GRADES for value in values):
        raise bad_input(reader.name(field), f"“{field}”应为等级数字的列表。")
    return tuple(values)


def _offering(value: object, path: str) -> Offering:
    reader = _TomlReader(value, path)
    offering = Offering(
        reader.text("occupation"),
        reader.number("grade", GRADES),
        reader.day("opens_on"),
        reader.optional_day("closes_on"),
        reader.text("citation"),
    )
    reader.finish()
    return offering


def _scheme(value: object, path: str) -> Scheme:
    reader = _TomlReader(value, path)
    scheme = Scheme(
        reader.text("occupation"),
        reader.number("grade", GRADES),
        reader.day("effective_from"),
        reader.each("subjects", _subject),
        reader.text("citation"),
    )
    reader.finish()
    return scheme


def _subject(value: object, path: str) -> Subject:
    reader = _TomlReader(value, path)
    subject = Subject(
        reader.choice("subject", SUBJECTS),
        reader.whole("minutes"),
        reader.whole("maximum"),
        reader.whole("pass_mark"),
    )
    reader.finish()
    return subject


def _fee(value: object, path: str) -> FeeSchedule:
    reader = _TomlReader(value, path)
    prices = reader.table("fen")
    schedule = FeeSchedule(
        reader.text("occupation"),
        reader.number("grade", GRADES),
        reader.day("effective_from"),
        tuple((subject, prices.whole(subject)) for subject in SUBJECTS if prices.has(subject)),
        reader.text("citation"),
    )
    prices.finish()
    reader.finish()
    return schedule


def _window(value: object, path: str) -> Window:
    reader = _TomlReader(value, path)
    opens, closes, assess_by = (reader.day(field) for field in ("opens", "closes", "assess_by"))
    if not opens <= closes <= assess_by:
        raise bad_input(path, "起止日期与评价截止日期的先后不对。")
    window = Window(
        opens, closes, assess_by, reader.flag("may_follow_next_plan", default=False), reader.text("citation")
    )
    reader.finish()
    return window


def _line(value: object, path: str) -> Line:
    reader = _TomlReader(value, path)
    line = Line(
        reader.text("name"), reader.text("phone"), reader.each("hours", _hours), reader.text("citation")
    )
    reader.finish()
    return line


def _hours(value: object, path: str) -> tuple[time, time]:
    reader = _TomlReader(value, path)
    hours = reader.clock("opens"), reader.clock("closes")
    reader.finish()
    return hours


def _link(value: object, path: str) -> Link:
    reader = _TomlReader(value, path)
    link = Link(
        reader.text("name"),
        reader.text("url") if reader.has("url") else None,
        reader.text("path") if reader.has("path") else None,
        reader.text("citation"),
    )
    if (link.url is None) == (link.path is None):
        raise bad_input(path, "“url”和“path”须填且只填一项。")
    reader.finish()
    return link


def _act(value: object, path: str) -> Act:
    reader = _TomlReader(value, path)
    clause = reader.choice("clause", ACTS)
    act = Act(
        clause,
        reader.choice("tier", (TIERS[clause[:4]],)),
        reader.text("text"),
        reader.flag("needs_warning", default=False),
    )
    if act.needs_warning != (clause in AFTER_WARNING):
        raise bad_input(reader.name("needs_warning"), "附件3 二第1至3项、且仅此三项以提醒无效为前提。")
    reader.finish()
    return act


def _policy(value: object, path: str) -> tuple[str, Dated[int | str]]:
    reader = _TomlReader(value, path)
    name = reader.choice("name", (*NUMBER_POLICIES, *CHOICE_POLICIES))
    policy: Dated[int | str]
    stated: int | str
    if name in NUMBER_POLICIES:
        reader.choice("unit", (NUMBER_POLICIES[name],))
        stated = reader.whole("value")
    else:
        stated = reader.choice("value", (CHOICE_POLICIES[name],))
    policy = Dated(reader.day("effective_from"), stated, reader.text("citation"))
    reader.finish()
    return name, policy


def _check(notice: Notice) -> None:
    """What no single row can know: names refer, nothing is listed twice, nothing is left out."""
    codes = [occupation.code for occupation in notice.occupations]
    _no_doubles("occupations", codes)
    named = [one.occupation for one in notice.offerings]
    named += [one.occupation for one in notice.schemes] + [one.occupation for one in notice.fees]
    for occupation in named:
        if occupation not in codes:
            raise bad_input("occupation", f"职业 {occupation} 不在本通知的职业之列。")
    schemes = {
        (one.occupation, one.grade, one.effective_from): {part.subject for part in one.subjects}
        for one in notice.schemes
    }
    _no_doubles("schemes", [(one.occupation, one.grade, one.effective_from) for one in notice.schemes])
    _no_doubles("fees", [(one.occupation, one.grade, one.effective_from) for one in notice.fees])
    for fee in notice.fees:
        subjects = schemes.get((fee.occupation, fee.grade, fee.effective_from))
        if subjects is not None and subjects != {subject for subject, _ in fee.prices}:
            raise bad_input("fees", f"{fee.grade} 级的收费科目与评价科目不一致。")
    _no_doubles("acts", [act.clause for act in notice.acts])
    _complete("acts", [act.clause for act in notice.acts], ACTS)
    _complete("policies", notice.policies, (*NUMBER_POLICIES, *CHOICE_POLICIES))
    windows = sorted(notice.windows, key=lambda window: window.opens)
    for earlier, later in pairwise(windows):
        if later.opens <= earlier.closes:
            raise bad_input("windows", f"自 {later.opens} 起的申报时间与前一段重叠。")


def _no_doubles(field: str, keys: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for key in keys:
        if key in seen:
            raise bad_input(field, f"{key} 列了两次。")
        seen.add(key)


def _complete(field: str, given: Iterable[str], expected: Iterable[str]) -> None:
    missing = sorted(set(expected) - set(given))
    if missing:
        raise bad_input(field, f"缺少：{'、'.join(missing)}。")
