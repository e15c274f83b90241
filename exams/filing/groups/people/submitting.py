"""The submission of a group as one act (N2026-2.2): who goes now, who stays behind and why, at what price."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from applicants.accounts.models import Account
from exams.catalogue.models import FilingWindow
from exams.catalogue.queries import fee_schedules, filing_windows, open_offerings
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import GroupFiling, GroupSubmission, RosterEntry
from exams.filing.groups.people.reviewing import live_filing
from exams.filing.groups.queries import counts_by_stage, entries_of
from exams.filing.groups.rosters.rows import price_of, row_findings, said_of
from exams.filing.models import Status
from portal import clock
from portal.audit import trail
from portal.celery_app import nudge
from portal.rules import fees
from portal.rules.findings import Finding, Refused
from portal.rules.timetable import Window, window_for
from portal.rules.wording import GRADE_NAMES

Held = tuple[RosterEntry, tuple[Finding, ...]]


@dataclass(frozen=True)
class Preview:
    """What a submission would do on the day `on`.

    `window` takes those filed for the first time; closed, `closed` says so and from when the next one is, and only
    `mended` go: returned people whose day to mend has not passed, who keep the window they had. `held` were passed and
    confirmed, but cannot go today; `waiting` is how many wait for a window. `staying`: {stage: people} with others.
    """

    on: date
    window: Window | None
    closed: Finding | None
    persons: int
    mended: int
    totals: list[dict[str, Any]]
    held: list[Held]
    waiting: int
    staying: dict[str, int]

    @property
    def fen(self) -> int:
        return sum(row["fen"] for row in self.totals)


def submission_preview(filing: GroupFiling) -> Preview:
    """Who would be submitted now; rows judged on an earlier day are judged again. Nothing is changed."""
    on = clock.today()
    window, closed = _window(on)
    held = list(_held(filing, on))
    going = _going(filing, on, window, held)
    staying = counts_by_stage(filing)
    ready = staying.pop("ready", 0)
    persons = going.count()
    return Preview(
        on=on,
        window=window,
        closed=closed,
        persons=persons,
        mended=going.filter(_mended(on)).count(),
        totals=_totals(filing, going, on),
        held=held,
        waiting=ready - persons - len(held),
        staying=staying,
    )


def submit_filing(*, actor: Account, filing: GroupFiling, expected_persons: int) -> GroupSubmission:
    """Submit everybody who is ready, as one act with its totals by grade; a worker files them one by one after it.

    `expected_persons` is what the page showed: where it has changed since, nobody is submitted. Those not ready stay
    and come with a later act. Raises `Refused`; outside every window with the next one named (A2).
    """
    now = clock.now()
    on = clock.local_day(now)
    window, closed = _window(on)
    held = list(_held(filing, on))  # judging takes its time, so before anything is locked
    with transaction.atomic():
        filing = (
            GroupFiling.objects.select_for_update(of=("self",))
            .select_related("institution", "occupation")
            .get(pk=filing.pk)
        )
        demand_role(actor, filing.institution, "reviewer")
        live_filing(filing)
        submission = GroupSubmission.objects.create(
            id=uuid4(),
            filing=filing,
            serial=filing.submissions.count() + 1,
            at=now,
            by=actor,
            window=FilingWindow.objects.get(opens_on=window.opens) if window else None,
            persons=expected_persons,
            totals=[],
        )
        going = _going(filing, on, window, held)
        taken = RosterEntry.objects.filter(pk__in=going.order_by().values("pk")).update(submission=submission)
        if taken == 0:
            nobody = Finding("N2026-2.2", "nobody_ready", "现在没有可以提交的人员。", field="persons")
            raise Refused(closed or nobody)
        if taken != expected_persons:
            sentence = (
                f"页面打开后有变化：现在可以提交 {taken} 人，当时是 {expected_persons} 人。请核对后再提交。"
            )
            raise Refused(Finding("", "changed", sentence, expected_persons, taken, "persons"))
        submission.totals = _totals(filing, entries_of(filing).filter(submission=submission), on)
        submission.save(update_fields=["totals"])
        detail = {"serial": submission.serial, "persons": taken, "totals": submission.totals}
        trail.record("groups.submit_filing", actor=actor, subject=submission, detail=detail)
        transaction.on_commit(partial(nudge, "exams.tasks.file_submissions"))
    return submission


def _window(on: date) -> tuple[Window | None, Finding | None]:
    try:
        return window_for(on, filing_windows()), None
    except Refused as refusal:
        return None, refusal.findings[0]


def _mended(on: date) -> Q:
    """Returned, and the day named in the return has not passed: they keep their window (N2026-2.3)."""
    return Q(
        application__status=Status.RETURNED,
        application__window__isnull=False,
        application__mend_until__gte=on,
    )


def _going(
    filing: GroupFiling, on: date, window: Window | None, held: Sequence[Held]
) -> QuerySet[RosterEntry]:
    ready = entries_of(filing).filter(stage="ready").exclude(pk__in=[entry.pk for entry, _ in held])
    return ready if window else ready.filter(_mended(on))


def _held(filing: GroupFiling, on: date) -> Iterator[Held]:
    """Whoever is ready but may not be filed on the day: the grade is not offered, or the facts no longer suffice.

    What was judged today stands, as a row never changes.
    """
    ready = entries_of(filing).filter(stage="ready")
    grades = set(ready.order_by().values_list("row__grade", flat=True).distinct())
    shut = {grade: finding for grade in grades if (finding := _why_shut(filing, grade, on))}
    for entry in ready.filter(row__grade__in=shut).defer("row__content"):
        yield entry, (shut[entry.row.grade],)
    for entry in ready.exclude(row__grade__in=shut).exclude(row__judged_on=on).iterator(500):
        if findings := row_findings(entry.row, filing.occupation, on):
            yield entry, tuple(said_of(one) for one in findings)


def _why_shut(filing: GroupFiling, grade: int, on: date) -> Finding | None:
    """Why nobody can be filed for the grade on the day: it is not offered, or has no price."""
    occupation = filing.occupation
    if not open_offerings(on).filter(occupation=occupation, grade=grade).exists():
        sentence = f"{occupation.name}{GRADE_NAMES[grade]}目前不受理申报。"
        return Finding("N2026-7", "not_offered", sentence)
    try:
        fees.schedule_for(fee_schedules(), occupation=occupation.code, grade=grade, on=on)
    except Refused as refusal:
        return refusal.findings[0]
    return None


def _totals(filing: GroupFiling, entries: QuerySet[RosterEntry], on: date) -> list[dict[str, Any]]:
    """How many of which grade and kind, and what they cost by the schedule of the day (fen)."""
    schedules = fee_schedules()
    found: dict[tuple[int, str], dict[str, Any]] = {}
    rows = entries.order_by().values("row__grade", "row__kind", "row__subjects").annotate(people=Count("pk"))
    for row in rows.order_by("-row__grade", "row__kind"):
        grade, kind = row["row__grade"], row["row__kind"]
        each = price_of(
            schedules, occupation=filing.occupation_id, grade=grade, subjects=row["row__subjects"], on=on
        )
        total = found.setdefault((grade, kind), {"grade": grade, "kind": kind, "persons": 0, "fen": 0})
        total["persons"] += row["people"]
        total["fen"] += row["people"] * each
    return list(found.values())
