"""Which tickets are due, which no longer say what is so, and which may be had from today: the sweep.

It looks at the state of the rows, never at a timer set in advance, so that a missed run, a second run or a killed worker
changes nothing in the end. A day counted through an unpublished holiday arrangement is acted on as it stands; when
the arrangement arrives, tickets not yet opened follow it, and an opened one stays open.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from exams.arrangement.queries import live_seats
from exams.filing.models import Application, Status
from exams.filing.telling import tell
from exams.tickets.ending import LIVE, end_if_live
from exams.tickets.group_notices import tell_institutions
from exams.tickets.making import make_chunk
from exams.tickets.models import Ticket
from exams.tickets.sources import Source, face_of, facts_digest, read_sources, with_sources
from portal import clock, workdays
from portal.audit import trail
from portal.rules.wording import day_text
from portal.rules.workdays import Calendar

LEAD = timedelta(days=1)
"""Tickets are made this long before they open, so that opening is only a date passing."""
READ_AT_ONCE = 200


def sweep(*, now: datetime | None = None) -> dict[str, int]:
    """Do everything that is due: end tickets whose sources changed, add what is missing, make, open, tell.

    Returns how many of each. `now` is the clock's unless given.
    """
    now = now or clock.now()
    counts = {"ended": review_live(now), "added": add_due(now), "made": 0, "held": 0}
    room = True
    while room and (done := make_chunk(now)) is not None:
        made, held, room = done
        counts["made"] += made
        counts["held"] += held
    # Also without room: what was made before opens, and the counter shows the others as due and missing.
    counts["opened"] = open_due(now)
    tell_institutions(now)
    return counts


def review_live(now: datetime) -> int:
    """End tickets that no longer say what is so, and move the opening day of unopened ones; returns how many ended.

    A changed source supersedes the ticket (the next version follows); a lost admission voids it.
    """
    ended = 0
    keys = Ticket.objects.filter(state__in=LIVE).order_by("pk").values_list("pk", flat=True)
    for batch in _batches(list(keys)):
        tickets = list(Ticket.objects.filter(pk__in=batch).select_related("photo"))
        ended += len(tickets) - len(standing(tickets, now))
    return ended


def still_stands(ticket: Ticket, now: datetime) -> bool:
    """Whether this ticket says what is so, ending it where it does not: download and door wait for no sweep."""
    return bool(standing([ticket], now))


def standing(tickets: Sequence[Ticket], now: datetime) -> list[Ticket]:
    """The live ones of these tickets that say what is so, in the order given; the others are ended."""
    live = [ticket for ticket in tickets if ticket.state in LIVE]
    applications = with_sources(Application.objects).in_bulk([ticket.application_id for ticket in live])
    sources = read_sources([applications[ticket.application_id] for ticket in live])
    is_working_day = workdays.current()
    return [
        ticket
        for ticket, source in zip(live, sources, strict=True)
        if (source.seats and source.is_over(now)) or not _review(ticket, source, is_working_day)
    ]


def add_due(now: datetime) -> int:
    """Make a row for every application whose ticket is due and which has none; returns how many."""
    is_working_day = workdays.current()
    added = 0
    for batch in _batches(list(_without_ticket(now))):
        applications = with_sources(Application.objects).filter(pk__in=batch)
        for source in read_sources(list(applications)):
            if source.gates or source.is_over(now):
                continue
            opens = source.opening(is_working_day)
            if now >= clock.start_of(opens.day) - LEAD:
                added += _add(source, now, opens.day, provisional=opens.provisional)
    return added


def open_due(now: datetime) -> int:
    """Mark ready tickets whose day has come as opened and tell their people; returns how many."""
    due = Ticket.objects.filter(state=Ticket.State.READY, opened_at=None, opens_on__lte=clock.local_day(now))
    opened = 0
    for key in due.values_list("pk", flat=True):
        with transaction.atomic():
            ticket = (
                Ticket.objects.select_for_update()
                .filter(pk=key, state=Ticket.State.READY, opened_at=None)
                .first()
            )
            if ticket is None:
                continue
            ticket.opened_at = now
            ticket.save(update_fields=["opened_at"])
            first = min(ticket.face["sittings"], key=lambda sitting: sitting["starts_at"])
            tell(
                ticket.application,
                "ticket_open",
                key=f"{ticket.number}:{ticket.version}",
                first_session=_moment_text(datetime.fromisoformat(first["starts_at"])),
            )
        opened += 1
    return opened


def _without_ticket(now: datetime) -> QuerySet[Application, UUID]:
    live = Ticket.objects.filter(application=OuterRef("pk"), state__in=LIVE)
    coming = live_seats().filter(application=OuterRef("pk"), ends_at__gt=now)
    return (
        Application.objects.filter(Exists(coming), ~Exists(live), status=Status.APPROVED, concluded_at=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _review(ticket: Ticket, source: Source, is_working_day: Calendar) -> int:
    """1 where the ticket was ended, 0 where it stands."""
    if source.gates:
        waits = all(finding.code in {"not_seated", "not_drawn"} for finding in source.gates)
        state = Ticket.State.SUPERSEDED if waits else Ticket.State.VOID
        return end_if_live(ticket, state, source.gates[0].sentence)
    assert source.photo is not None
    face = face_of(
        source,
        number=ticket.number,
        version=ticket.version,
        opens_on=ticket.opens_on,
        issued_at=clock.now(),
    )
    if facts_digest(face, source.photo) != ticket.face_digest:
        return end_if_live(ticket, Ticket.State.SUPERSEDED, "考试安排或个人信息有变更")
    opens = source.opening(is_working_day)
    if ticket.opened_at is None and (opens.day, opens.provisional) != (ticket.opens_on, ticket.provisional):
        # The day printed on it is part of the ticket: unless only the provisional mark fell away, print it anew.
        if opens.day != ticket.opens_on:
            return end_if_live(ticket, Ticket.State.SUPERSEDED, "开放下载日有变更")
        Ticket.objects.filter(pk=ticket.pk, opened_at=None).update(provisional=opens.provisional)
    return 0


def _add(source: Source, now: datetime, opens_on: date, *, provisional: bool) -> int:
    """Make the row; 0 where another sweep was quicker."""
    application = source.application
    assert source.photo is not None
    last = Ticket.objects.filter(application=application).order_by("-version").first()
    ticket = Ticket(
        id=uuid4(),
        application=application,
        number=last.number if last else _new_number(application, now),
        version=last.version + 1 if last else 1,
        opens_on=opens_on,
        provisional=provisional,
        photo=source.photo,
        due_at=now,
    )
    face = face_of(source, number=ticket.number, version=ticket.version, opens_on=opens_on, issued_at=now)
    ticket.face_digest = facts_digest(face, source.photo)
    ticket.face = face.as_record() | {"photo": source.photo.sha256}
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
            trail.record(
                "tickets.ticket_due",
                actor=None,
                subject=ticket,
                person_id=application.person_id,
                detail={"number": ticket.number, "version": ticket.version},
            )
    except IntegrityError:
        return 0
    return 1


def _new_number(application: Application, now: datetime) -> str:
    """Year, grade and seven digits drawn by chance: nobody's number tells another's."""
    return f"{clock.local_day(now).year}{application.offering.grade}{secrets.randbelow(10**7):07d}"


def _moment_text(moment: datetime) -> str:
    local = moment.astimezone(clock.SHANGHAI)
    return f"{day_text(local.date(), weekday=True)}{local:%-H:%M} "


def _batches(keys: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [keys[start : start + READ_AT_ONCE] for start in range(0, len(keys), READ_AT_ONCE)]
