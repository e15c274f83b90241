"""Putting a year's notice into the catalogue: idempotent, and it can say beforehand what it would change.

Rows are found by their key and brought to what the notice says; rows the notice does not name are left alone,
because old prices, schemes and windows still explain old cases.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any

from django.db import models, transaction

from exams.catalogue.models import (
    FeeLine,
    FeeSchedule,
    FilingWindow,
    ListedAct,
    Notice,
    Occupation,
    Offering,
    PolicyValue,
    Scheme,
    SchemeSubject,
)
from portal import clock
from portal.audit import trail
from portal.rules import notice as notices

REHEARSAL = "演示数据"


@dataclass(frozen=True)
class Change:
    """One row added or one field changed; `before` is None for an added row."""

    table: str
    row: str
    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        if self.before is None and not self.field:
            return f"＋ {self.table}：{self.row}"
        return f"～ {self.table}：{self.row} 的{self.field}：{self.before} → {self.after}"


class _DryRun(Exception):
    """Carries nothing: it only rolls the transaction back."""


def load_notice(
    notice: notices.Notice, *, actor: models.Model | None = None, dry_run: bool = False
) -> list[Change]:
    """Bring the catalogue to what `notice` says; returns what changed, in order. With `dry_run` nothing is kept."""
    changes: list[Change] = []
    try:
        with transaction.atomic():
            for model, key, values in _rows(notice):
                changes += _bring(model, key, values)
            row = Notice.objects.get(year=notice.year)
            if changes:
                trail.record(
                    "catalogue.notice_loaded",
                    actor=actor,
                    subject=row,
                    detail={"changes": [str(c) for c in changes]},
                )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return changes


def copy_notice_into_year(year: int) -> list[FilingWindow]:
    """For rehearsals: give a year without a timetable that of the latest year that has one, marked 演示数据.

    Returns the windows made; none where the year has its own. Windows are whole months in it.
    """
    if FilingWindow.objects.filter(opens_on__year=year).exists():
        return []
    latest = FilingWindow.objects.order_by("-opens_on").first()
    if latest is None:
        return []
    shift = year - latest.opens_on.year
    made = []
    with transaction.atomic():
        if source := Notice.objects.filter(year=latest.opens_on.year).first():
            Notice.objects.create(
                year=year,
                title=f"{source.title}（{REHEARSAL}，沿用至 {year} 年）",
                published_on=date(year, 1, 1),
                contents=source.contents,
                loaded_at=clock.now(),
                rehearsal=True,
            )
        for row in FilingWindow.objects.filter(opens_on__year=latest.opens_on.year).order_by("opens_on"):
            opens_on = _in_year(row.opens_on.replace(day=1), shift)
            made.append(
                FilingWindow.objects.create(
                    opens_on=opens_on,
                    closes_on=_month_end(_in_year(row.closes_on.replace(day=1), shift)),
                    assess_by=_month_end(_in_year(row.assess_by.replace(day=1), shift)),
                    may_follow_next_plan=row.may_follow_next_plan,
                    citation=f"{REHEARSAL}：照 {latest.opens_on.year} 年{row.citation}",
                )
            )
    return made


def _rows(notice: notices.Notice) -> Iterator[tuple[type[models.Model], dict[str, Any], dict[str, Any]]]:
    """Every row the notice fixes: (model, its key, its other fields). Later rows find earlier ones saved."""
    for one in notice.occupations:
        yield (
            Occupation,
            {"code": one.code},
            {
                "name": one.name,
                "minimum_education": one.minimum_education,
                "related_occupations": list(one.related_occupations),
                "related_majors": [*one.majors, *one.related_majors],
                "approved_majors": list(one.approved_majors),
                "citation": one.citation,
            },
        )
    for offering in notice.offerings:
        yield (
            Offering,
            {"occupation_id": offering.occupation, "grade": offering.grade},
            {
                "opened_on": offering.opens_on,
                "closed_on": offering.closes_on,
                "citation": offering.citation,
            },
        )
    for scheme in notice.schemes:
        key = {"offering": _offering(scheme), "effective_from": scheme.effective_from}
        yield Scheme, key, {"citation": scheme.citation}
        parent = Scheme.objects.get(**key)
        for position, subject in enumerate(scheme.subjects, start=1):
            values = asdict(subject)
            yield (
                SchemeSubject,
                {"scheme": parent, "subject": values.pop("subject")},
                {"position": position, **values},
            )
    for fee in notice.fees:
        key = {"offering": _offering(fee), "effective_from": fee.effective_from}
        yield FeeSchedule, key, {"citation": fee.citation}
        schedule = FeeSchedule.objects.get(**key)
        for name, fen in fee.prices:
            yield FeeLine, {"schedule": schedule, "subject": name}, {"fen": fen}
    for window in notice.windows:
        yield (
            FilingWindow,
            {"opens_on": window.opens},
            {
                "closes_on": window.closes,
                "assess_by": window.assess_by,
                "may_follow_next_plan": window.may_follow_next_plan,
                "citation": window.citation,
            },
        )
    for code, policy in notice.policies.items():
        yield (
            PolicyValue,
            {"code": code, "effective_from": policy.effective_from},
            {
                "value": policy.value,
                "citation": policy.citation,
            },
        )
    for act in notice.acts:
        yield ListedAct, {"clause": act.clause}, {"title": act.text, "needs_warning": act.needs_warning}
    yield (
        Notice,
        {"year": notice.year},
        {
            "title": notice.title,
            "published_on": notice.published_on,
            "contents": {
                "document": notice.document,
                "contacts": asdict(notice.contacts),
                "counter": _plain(asdict(notice.counter)),
                "lines": [_plain(asdict(line)) for line in notice.lines],
                "links": [asdict(link) for link in notice.links],
            },
        },
    )


def _offering(row: notices.Scheme | notices.FeeSchedule) -> Offering:
    return Offering.objects.get(occupation_id=row.occupation, grade=row.grade)


def _bring(model: type[models.Model], key: dict[str, Any], values: dict[str, Any]) -> list[Change]:
    """Make the row, or change the fields that differ."""
    table = str(model._meta.verbose_name)
    row = model._default_manager.filter(**key).first()
    if row is None:
        made_now = {"loaded_at": clock.now()} if model is Notice else {}
        row = model._default_manager.create(**key, **values, **made_now)
        return [Change(table, str(row), "", None, None)]
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    changes = [
        Change(table, str(row), str(model._meta.get_field(name).verbose_name), getattr(row, name), value)
        for name, value in changed.items()
    ]
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=list(changed))
    return changes


def _plain(value: Any) -> Any:
    """Days and times as ISO text, tuples as lists: what a JSON column gives back."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def _in_year(first_of_month: date, shift: int) -> date:
    return first_of_month.replace(year=first_of_month.year + shift)


def _month_end(first_of_month: date) -> date:
    following = first_of_month.replace(day=28).toordinal() + 4
    day = date.fromordinal(following).replace(day=1)
    return date.fromordinal(day.toordinal() - 1)
