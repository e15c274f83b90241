"""One application waiting for seats, with all that decides where it may sit, read once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from applicants.standing.models import Bar
from exams.arrangement.models import Session
from exams.arrangement.queries import ended_subjects, live_seats
from exams.catalogue.models import Subject
from exams.filing.models import Application, Kind, SpecialArrangement
from exams.passes.queries import retake_possibility
from exams.payments.queries import completed_at
from portal import clock
from portal.rules.findings import Finding
from portal.rules.seating import retake_findings, session_findings
from portal.rules.validity import Period
from portal.rules.wording import day_text

Need = SpecialArrangement.Need
ROOM_NEEDS = frozenset({Need.WHEELCHAIR, Need.GROUND_FLOOR, Need.EXTRA_TIME, Need.SEPARATE_ROOM})
"""Needs that only some rooms meet; the others are met by what is brought to the seat."""


@dataclass
class Candidate:
    """`spans` are the times at which this person already sits somewhere, in any application.

    `kept_passes`, of a retake: by subject the pass it stands on (N2026-4.1); None for a regular application.
    """

    application: Application
    completed_on: date | None
    needs: frozenset[str]
    bars: list[Bar]
    kept_passes: tuple[Period, ...] | None
    settled: frozenset[str]
    undecided: bool
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """Subjects that wait for a seat, theory first."""
        return [
            name for name in Subject.values if name in self.application.subjects and name not in self.settled
        ]

    def findings(self, session: Session, *, ignore_dates: bool = False) -> list[Finding]:
        """Everything that speaks against this person in this session but the number of places.

        `ignore_dates` leaves out the rank's day and A2's last day, which staff may override with a reason.
        """
        if self.completed_on is None:
            return [Finding("N2026-2.5", "not_complete", "申报尚未审核通过或尚未缴清费用，不能安排座位。")]
        day = clock.local_day(session.starts_at)
        found: list[Finding] = []
        if self.application.assess_by and not ignore_dates:
            found += session_findings(
                session_on=day, completed_on=self.completed_on, assess_by=self.application.assess_by
            )
        for bar in self.bars:
            if bar.barred_from <= day <= bar.barred_until:
                sentence = f"考核日在禁考期内（至 {day_text(bar.barred_until)}）。"
                found.append(Finding(bar.clause, "barred", sentence))
        if self.undecided:
            found.append(Finding("", "arrangement_open", "合理便利还没有决定，决定以后再安排座位。"))
        if self.kept_passes is not None:
            found += retake_findings(session_on=day, kept_passes=self.kept_passes)
        if overlaps(session, self.spans):
            found.append(Finding("", "overlap", "与本人的另一场考试时间重叠。"))
        return found


def read_candidate(application: Application) -> Candidate:
    """The candidate as the database has it now."""
    seats = list(live_seats().filter(person=application.person_id))
    complete = getattr(application, "completed_at", None) or completed_at(application)
    return Candidate(
        application=application,
        completed_on=clock.local_day(complete) if complete else None,
        needs=room_needs(application),
        bars=list(Bar.objects.filter(person=application.person_id, lifted_at=None)),
        kept_passes=_kept_passes(application) if application.kind == Kind.RETAKE else None,
        settled=frozenset(
            {seat.subject for seat in seats if seat.application_id == application.pk}
            | ended_subjects([application.pk])[application.pk]
        ),
        undecided=_arrangement(application, SpecialArrangement.Decision.OPEN) is not None,
        spans=[(seat.starts_at, seat.ends_at) for seat in seats],
    )


def _kept_passes(application: Application) -> tuple[Period, ...]:
    """What the retake stands on, as it was submitted: passes that ended since still bind it, cancelled ones are gone."""
    filed_on = clock.local_day(application.submitted_at or application.created_at)
    possible = retake_possibility(application.person, application.offering, filed_on)
    return tuple(possible.kept_periods.values())


def room_needs(application: Application) -> frozenset[str]:
    """The granted needs that bind the choice of a room."""
    granted = _arrangement(application, SpecialArrangement.Decision.GRANTED)
    return ROOM_NEEDS & set(granted.granted_needs) if granted else frozenset()


def _arrangement(application: Application, decision: str) -> SpecialArrangement | None:
    """What was asked for with the application, where it was decided so."""
    asked: SpecialArrangement | None = getattr(application, "special_arrangement", None)
    return asked if asked is not None and asked.decision == decision else None


def overlaps(session: Session, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    """Whether the session shares any moment with one of the spans (start, end)."""
    return any(starts < session.ends_at and ends > session.starts_at for starts, ends in spans)
