"""The questions of `manage.py rules TOPIC`: one strict JSON object in, one answer out.

A topic reads every field it knows, refuses the rest by name, and asks the rules. It gets the shipped
notices and the calendar as arguments.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from portal.rules import counter, fees, sanctions, scores, tickets, timetable, validity
from portal.rules.eligibility import judge
from portal.rules.facts import GRADES, Facts
from portal.rules.findings import Refused
from portal.rules.notice_model import Notice
from portal.rules.reading import Reader, bad_input
from portal.rules.workdays import Calendar


@dataclass(frozen=True)
class Sources:
    """What the answers rest on: notices by year, earliest first (at least one), and the working-day calendar."""

    notices: Sequence[Notice]
    is_working_day: Calendar


def answer_line(topic: str, line: bytes, sources: Sources) -> dict[str, Any]:
    """The answer to one line of input, or `{"error": {"field", "message"}}`. KeyError: no such topic."""
    ask = TOPICS[topic]
    try:
        return ask(Reader(_parse(line)), sources)
    except Refused as refusal:
        finding = refusal.findings[0]
        return {"error": {"field": finding.field, "message": finding.sentence}}


def eligibility(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-2.1, TR2023: every route of the grade on the day."""
    grade, on = reader.number("grade", GRADES), reader.day("on")
    return judge(Facts.from_json(reader.rest()), grade=grade, on=on).to_json()


def filing(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-2.3, A2: the window in which an application of that day lies."""
    filed_on = reader.day("filed_on")
    reader.finish()
    windows = [window for notice in sources.notices for window in notice.windows]
    with _about("filed_on"):
        window = timetable.window_for(filed_on, windows)
    return {
        "window_opens": window.opens.isoformat(),
        "window_closes": window.closes.isoformat(),
        "assess_by": window.assess_by.isoformat(),
        "may_follow_next_plan": window.may_follow_next_plan,
    }


def ticket(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-2.5: from which day the admission ticket may be had."""
    session_on = reader.day("session_on")
    reader.finish()
    with _about("session_on"):
        opens_on, provisional = tickets.opening(session_on, sources.is_working_day)
    return {"opens_on": opens_on.isoformat(), "provisional": provisional}


def scores_due(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-3: by when the scores are published."""
    last_subject_on, inspected = reader.day("last_subject_on"), reader.flag("inspected")
    reader.finish()
    with _about("last_subject_on"):
        due_on, provisional = scores.due(last_subject_on, sources.is_working_day, inspected=inspected)
    return {"due_on": due_on.isoformat(), "provisional": provisional}


def counter_status(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-6.2: is the counter open that day, and when next."""
    on = reader.day("on")
    reader.finish()
    hours = [notice.counter for notice in sources.notices]
    with _about("on"):
        return counter.status(on, hours=hours, is_working_day=sources.is_working_day).to_json()


def fee(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-2.4: what an application of that day costs."""
    grade, on = reader.number("grade", GRADES), reader.day("on")
    passes = reader.choices("valid_passes", fees.SUBJECTS)
    known = [one for notice in sources.notices for one in notice.occupations]
    codes = {called: one.code for one in known for called in (one.code, one.name)}
    occupation = codes.get(reader.optional_choice("occupation", codes) or "")
    reader.finish()
    if occupation is None:
        if len(set(codes.values())) > 1:
            raise bad_input("occupation", "现有多个职业，请写明职业编码或名称。")
        occupation = known[0].code
    schedules = [schedule for notice in sources.notices for schedule in notice.fees]
    schedule = fees.schedule_for(schedules, occupation=occupation, grade=grade, on=on)
    return fees.price(schedule, passes).to_json()


def validity_period(reader: Reader, sources: Sources) -> dict[str, Any]:
    """N2026-4.1: first and last day on which a passed subject counts."""
    grade, published_on = reader.number("grade", GRADES), reader.day("published_on")
    reader.finish()
    with _about("published_on"):
        first_day, last_day = validity.period(grade, published_on)
    return {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}


def sanction(reader: Reader, sources: Sources) -> dict[str, Any]:
    """A3: what follows from a listed act."""
    clause = reader.choice("clause", sanctions.ACTS)
    severity = reader.optional_choice("severity", sanctions.SEVERITIES)
    act_on, effective_on = reader.day("act_on"), reader.day("effective_on")
    reader.finish()
    with _about("effective_on"):
        return sanctions.effects(
            clause, severity=severity, act_on=act_on, effective_on=effective_on
        ).to_json()


@contextmanager
def _about(field: str) -> Iterator[None]:
    """A refusal that names no field is about this one."""
    try:
        yield
    except Refused as refusal:
        raise Refused(*(replace(one, field=one.field or field) for one in refusal.findings)) from refusal


def _parse(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise bad_input(None, "这一行不是 UTF-8 编码的文字。") from None
    except (ValueError, RecursionError):
        raise bad_input(None, "这一行不是正确的 JSON，请检查括号、引号和逗号。") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)
        raise bad_input(double, f"字段“{double}”写了两次，请只保留一次。")
    return value


def _no_number(literal: str) -> object:
    raise ValueError(literal)


Topic = Callable[[Reader, Sources], dict[str, Any]]

TOPICS: dict[str, Topic] = {
    "eligibility": eligibility,
    "filing": filing,
    "ticket": ticket,
    "scores-due": scores_due,
    "counter": counter_status,
    "fee": fee,
    "validity": validity_period,
    "sanction": sanction,
}
