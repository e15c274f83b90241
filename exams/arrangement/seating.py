"""Seating the queue (N2026-2.3, A2: filed together, seated in order) and giving seats back.

Applications are taken in the order in which they became complete. Each gets all its missing subjects at once, in
the earliest sessions that suit, or nothing; who is skipped keeps the rank, and the reason is kept and shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from uuid import UUID

from django.db import models, transaction

from applicants.accounts.models import Account
from exams.arrangement.candidates import Candidate, overlaps, read_candidate
from exams.arrangement.halls import Hall, Place, read_halls
from exams.arrangement.models import ArrangementRun, Seat, Session
from exams.arrangement.notices import tell_seated
from exams.arrangement.queries import queue, sessions_to_fill
from exams.catalogue.models import Offering, Subject
from exams.filing.models import Application
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused

Choice = list[tuple[Hall, Place | None]]
"""A hall for each subject, with the place kept there or None for the draw."""


@dataclass
class Plan:
    """What a run does: who is placed where, who is skipped and why."""

    placed: list[tuple[Application, Choice]] = field(default_factory=list)
    skipped: list[tuple[Application, Finding]] = field(default_factory=list)


def preview_arrangement(*, offering: Offering, on: date) -> Plan:
    """What `arrange` would do on the day, for staff to see before they do it."""
    return _plan(queue(offering), list(sessions_to_fill(on).filter(offering=offering)))


def arrange(*, actor: Account | None, offering: Offering) -> ArrangementRun:
    """Seat the queue of an offering in its published sessions, from today on; tells those who got their seats."""
    with transaction.atomic():
        _lock(Application, [application.pk for application in queue(offering)])
        sessions = list(sessions_to_fill(clock.today()).filter(offering=offering))
        _lock(Session, [session.pk for session in sessions])
        # Read again under the locks: somebody may have paid, left or been seated in between.
        plan = _plan(queue(offering), sessions)
        for application, choice in plan.placed:
            for hall, place in choice:
                _seat(application, hall.session, place)
            tell_seated(application)
        run = ArrangementRun.objects.create(
            offering=offering,
            run_by=actor,
            run_at=clock.now(),
            placed=[str(application.pk) for application, _ in plan.placed],
            skipped=[
                {"application": str(application.pk), "code": finding.code, "sentence": finding.sentence}
                for application, finding in plan.skipped
            ],
        )
        trail.record(
            "arrangement.queue_arranged",
            actor=actor,
            subject=run,
            detail={"placed": run.placed, "skipped": run.skipped},
        )
    return run


def place_by_hand(
    *, actor: Account, application: Application, session: Session, reason: str, override_dates: bool = False
) -> Seat:
    """Seat one application in one published session out of turn, with a reason.

    `override_dates` sets aside the dates of A2, never capacity, payment, bars or overlapping sessions. Raises Refused.
    """
    if not reason.strip():
        raise Refused(Finding("", "reason_missing", "请写明单独安排的理由。", field="reason"))
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=application.pk)
        session = Session.objects.select_for_update().get(pk=session.pk)
        candidate = read_candidate(application)
        if session.state != Session.State.PUBLISHED or session.offering_id != application.offering_id:
            raise Refused(Finding("", "wrong_session", "这一场次没有公布，或不属于该申报的评价项目。"))
        if session.subject not in candidate.missing:
            raise Refused(Finding("", "subject_not_needed", "该申报不需要这个科目，或这个科目已有座位。"))
        (hall,) = read_halls([session])
        refusal = _refusal(candidate, hall, ignore_dates=override_dates)
        if refusal:
            raise Refused(refusal)
        _, place = hall.place_for(candidate.needs)
        seat = _seat(application, session, place)
        trail.record(
            "arrangement.placed_by_hand",
            actor=actor,
            subject=seat,
            person_id=application.person_id,
            detail={"override_dates": override_dates},
            personal={"reason": reason.strip()},
        )
        tell_seated(application)
    return seat


def release_seats(seats: Iterable[Seat], *, actor: Account | None, reason: str) -> int:
    """Give seats back; the rows stay as history and the rank is not touched. Call it inside a transaction."""
    given_back = list(seats)
    for seat in given_back:
        seat.released_at, seat.release_reason = clock.now(), reason[:100]
        seat.save(update_fields=["released_at", "release_reason"])
        trail.record(
            "arrangement.seat_released",
            actor=actor,
            subject=seat,
            person_id=seat.person_id,
            detail={"reason": reason, "session": str(seat.session_id)},
        )
    return len(given_back)


def _plan(waiting: Sequence[Application], sessions: Sequence[Session]) -> Plan:
    plan = Plan()
    halls = read_halls(sessions)
    # One person may wait with two applications: what is promised to the first binds the second.
    promised: dict[UUID, list[Session]] = {}
    for application in waiting:
        candidate = read_candidate(application)
        mine = promised.setdefault(application.person_id, [])
        candidate.spans += [(session.starts_at, session.ends_at) for session in mine]
        choice = _choose(candidate, halls)
        if isinstance(choice, Finding):
            plan.skipped.append((application, choice))
            continue
        for hall, place in choice:
            hall.take(place, candidate.needs)
            mine.append(hall.session)
        plan.placed.append((application, choice))
    return plan


def _choose(candidate: Candidate, halls: Sequence[Hall]) -> Choice | Finding:
    """The sessions, one a missing subject, that suit, do not overlap and end earliest; else why there are none."""
    options: list[Choice] = []
    for subject in candidate.missing:
        offered = [hall for hall in halls if hall.session.subject == subject]
        refusals = [(hall, _refusal(candidate, hall)) for hall in offered]
        suitable = [
            (hall, hall.place_for(candidate.needs)[1]) for hall, refusal in refusals if refusal is None
        ]
        if not suitable:
            reasons = [refusal for _, refusal in refusals if refusal]
            sentence = f"{Subject(subject).label}尚无可安排的场次。"
            return reasons[0] if reasons else Finding("N2026-2.3", "no_session", sentence)
        options.append(suitable)
    fitting = [
        list(choice) for choice in product(*options) if _compatible([hall.session for hall, _ in choice])
    ]
    if not fitting:
        return Finding("", "overlap", "各科目现有场次的时间互相重叠，无法同时安排。")
    return min(fitting, key=lambda choice: max(hall.session.ends_at for hall, _ in choice))


def _refusal(candidate: Candidate, hall: Hall, *, ignore_dates: bool = False) -> Finding | None:
    """Why this candidate cannot be put in this hall; None where nothing stands against it."""
    against = candidate.findings(hall.session, ignore_dates=ignore_dates)
    if against:
        return against[0]
    if hall.draw_open:
        sentence = f"{_named(hall.session)}的抽签名单已经固定，抽签完成后才能再安排。"
        return Finding("", "draw_open", sentence)
    if hall.place_for(candidate.needs)[0]:
        return None
    if candidate.needs:
        sentence = f"{_named(hall.session)}没有能满足所批准合理便利的空位。"
        return Finding("N2026-2.3", "no_suitable_place", sentence)
    return Finding("N2026-2.3", "full", f"{_named(hall.session)}座位已满。")


def _seat(application: Application, session: Session, place: Place | None) -> Seat:
    room, number = place if place else (None, None)
    return Seat.objects.create(
        session=session,
        application=application,
        person_id=application.person_id,
        subject=session.subject,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        room=room,
        number=number,
        placed_at=clock.now(),
    )


def _compatible(sessions: Sequence[Session]) -> bool:
    spans = [(session.starts_at, session.ends_at) for session in sessions]
    return not any(overlaps(session, spans[:index]) for index, session in enumerate(sessions))


def _lock(model: type[models.Model], keys: Sequence[UUID]) -> None:
    """Row locks in key order, so that two runs never wait for each other in a ring."""
    rows = model._default_manager.select_for_update().filter(pk__in=keys).order_by("pk")
    list(rows.values_list("pk", flat=True))


def _named(session: Session) -> str:
    starts = session.starts_at.astimezone(clock.SHANGHAI)
    return f"{starts.month}月{starts.day}日 {starts:%-H:%M} {Subject(session.subject).label}场次"
