"""Drawing seats: first the list and the seed's hash are fixed and published, then the seed is revealed."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.draw import Place, assign, seed_hash
from exams.arrangement.halls import read_halls
from exams.arrangement.models import Room, Seat, SeatDraw, Session
from exams.arrangement.notices import ask_for_tickets
from exams.arrangement.queries import live_seats
from portal import clock
from portal.audit import trail
from portal.crypto import open_bytes, seal_bytes
from portal.rules.findings import Finding, Refused


def fix_candidates(*, actor: Account, session: Session) -> SeatDraw:
    """Fix who is drawn for which places, make a secret seed and publish its hash. Nobody can join until the draw.

    Places fill room by room, so that no more rooms are opened than needed.
    """
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=session.pk)
        if session.state != Session.State.PUBLISHED or session.starts_at <= clock.now():
            raise Refused(Finding("", "not_to_draw", "只有已公布、尚未开始的场次可以抽签。"))
        if session.draws.filter(ended_at=None, drawn_at=None).exists():
            raise Refused(Finding("", "draw_open", "本场的名单已经固定，请直接抽签。"))
        numbers = sorted(seat.application.number for seat in _undrawn(session))
        if not numbers:
            raise Refused(Finding("", "nobody", "本场没有待抽签的考生。"))
        (hall,) = read_halls([session])
        places: list[Place] = [(room.name, number) for room, free in hall.free.items() for number in free]
        draw = SeatDraw(
            id=uuid4(),
            session=session,
            candidates=numbers,
            places=[list(place) for place in places[: len(numbers)]],
            committed_at=clock.now(),
            committed_by=actor,
        )
        seed = secrets.token_hex(32)
        draw.seed_hash = seed_hash(seed)
        draw.sealed_seed = seal_bytes(seed.encode(), bound_to=f"draw.{draw.pk}")
        draw.save(force_insert=True)
        trail.record(
            "arrangement.draw_fixed",
            actor=actor,
            subject=draw,
            detail={"session": str(session.pk), "candidates": len(numbers), "seed_hash": draw.seed_hash},
        )
    return draw


def draw_seats(*, actor: Account, draw: SeatDraw) -> SeatDraw:
    """Reveal the seed and give everyone on the list their seat."""
    with transaction.atomic():
        Session.objects.select_for_update().get(pk=draw.session_id)
        draw = SeatDraw.objects.select_for_update(of=("self",)).select_related("session").get(pk=draw.pk)
        if draw.drawn_at is not None or draw.ended_at is not None:
            raise Refused(Finding("", "draw_over", "这次抽签已经完成，或已因场次变更作废。"))
        draw.seed = open_bytes(draw.sealed_seed, bound_to=f"draw.{draw.pk}").decode()
        places = [(str(room), int(number)) for room, number in draw.places]
        drawn = assign(draw.seed, draw.candidates, places)
        seats = {seat.application.number: seat for seat in _undrawn(draw.session)}
        rooms = {room.name: room for room in draw.session.rooms.all()}
        for number, (room, place) in drawn:
            # Who left after the list was fixed leaves a place empty; the rest of the draw stands as published.
            if number in seats:
                _give(seats[number], rooms[room], place)
        draw.result = [[number, room, place] for number, (room, place) in drawn]
        draw.drawn_at = clock.now()
        draw.save(update_fields=["seed", "result", "drawn_at"])
        trail.record(
            "arrangement.seats_drawn",
            actor=actor,
            subject=draw,
            detail={"session": str(draw.session_id), "seed": draw.seed},
        )
        ask_for_tickets()
    return draw


def publication(draw: SeatDraw) -> Mapping[str, Any]:
    """The draw as published: what `verify_draw` and anybody else needs to recompute it. No names."""
    return {
        "draw": str(draw.pk),
        "session": str(draw.session_id),
        "committed_at": draw.committed_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "candidates": draw.candidates,
        "places": draw.places,
        "seed_hash": draw.seed_hash,
        "seed": draw.seed,
        "result": draw.result,
    }


def _undrawn(session: Session) -> list[Seat]:
    rows = live_seats().select_for_update(of=("self",)).filter(session=session, number=None)
    return list(rows.select_related("application").order_by("pk"))


def _give(seat: Seat, room: Room, number: int) -> None:
    seat.room, seat.number = room, number
    seat.save(update_fields=["room", "number"])
