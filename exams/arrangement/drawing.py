"""Drawing seats: first the list and the seed's hash are fixed and published, then the seed is revealed."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.apart import Place, letters
from exams.arrangement.draw import assign, read_lists, seed_hash
from exams.arrangement.halls import Hall, read_halls
from exams.arrangement.models import Room, Seat, SeatDraw, Session
from exams.arrangement.notices import ask_for_tickets
from exams.arrangement.queries import live_seats
from portal import clock
from portal.audit import trail
from portal.crypto import open_bytes, seal_bytes
from portal.rules.findings import Finding, Refused


def fix_candidates(*, actor: Account, session: Session, keep_apart: bool = False) -> SeatDraw:
    """Fix who is drawn for which places, make a secret seed and publish its hash. Nobody can join until the draw.

    Places fill room by room, so that no more rooms are opened than needed. `keep_apart` has people of one institution
    sit on neighbouring places only where it cannot be helped; empty places of the rooms opened may then part them.
    """
    with transaction.atomic():
        session = Session.objects.select_for_update().get(pk=session.pk)
        if session.state != Session.State.PUBLISHED or session.starts_at <= clock.now():
            raise Refused(Finding("", "not_to_draw", "只有已公布、尚未开始的场次可以抽签。"))
        if session.draws.filter(ended_at=None, drawn_at=None).exists():
            raise Refused(Finding("", "draw_open", "本场的名单已经固定，请直接抽签。"))
        waiting = {seat.application.number: seat.application for seat in _undrawn(session)}
        numbers = sorted(waiting)
        if not numbers:
            raise Refused(Finding("", "nobody", "本场没有待抽签的考生。"))
        (hall,) = read_halls([session])
        places = _places(hall, len(numbers))
        groups: dict[str, str] = {}
        seated: list[list[Any]] = []
        if keep_apart:
            institutions = {
                number: one.institution_id
                for number, one in waiting.items()
                if one.institution_id is not None
            }
            groups = letters(numbers, institutions)
            letter_of = {institutions[number]: letter for number, letter in groups.items()}
            seated = _seated(session, {room for room, _ in places}, letter_of)
        draw = SeatDraw(
            id=uuid4(),
            session=session,
            candidates=numbers,
            places=[list(place) for place in (places if keep_apart else places[: len(numbers)])],
            keeps_apart=keep_apart,
            groups=groups,
            seated=seated,
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
            detail={
                "session": str(session.pk),
                "candidates": len(numbers),
                "seed_hash": draw.seed_hash,
                "keeps_apart": keep_apart,
            },
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
        drawn = assign(draw.seed, read_lists(publication(draw)))
        seats = {seat.application.number: seat for seat in _undrawn(draw.session)}
        rooms = {room.name: room for room in draw.session.rooms.all()}
        if renamed := sorted({room for _, (room, _) in drawn} - rooms.keys()):
            sentence = f"名单固定以后改了考场名称，请先改回“{'”“'.join(renamed)}”再抽签。"
            raise Refused(Finding("", "room_renamed", sentence))
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
    published = {
        "draw": str(draw.pk),
        "session": str(draw.session_id),
        "committed_at": draw.committed_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "candidates": draw.candidates,
        "places": draw.places,
        "seed_hash": draw.seed_hash,
        "seed": draw.seed,
        "result": draw.result,
    }
    # Only where it binds: the presence of `groups` tells which of the two ways of seating is recomputed.
    return {**published, "groups": draw.groups, "seated": draw.seated} if draw.keeps_apart else published


def _places(hall: Hall, count: int) -> list[Place]:
    """The free places, in order, of the first rooms that have enough of them."""
    found: list[Place] = []
    for room, free in hall.free.items():
        if len(found) >= count:
            break
        found += [(room.name, number) for number in free]
    return found


def _seated(session: Session, rooms: set[str], letter_of: Mapping[object, str]) -> list[list[Any]]:
    """[room name, seat number, letter] of those who sit in the rooms already and share a candidate's institution."""
    rows = (
        live_seats()
        .filter(session=session, room__name__in=rooms, application__institution__in=letter_of)
        .order_by("room__name", "number")
        .values_list("room__name", "number", "application__institution")
    )
    return [[room, number, letter_of[institution]] for room, number, institution in rows]


def _undrawn(session: Session) -> list[Seat]:
    rows = live_seats().select_for_update(of=("self",)).filter(session=session, number=None)
    return list(rows.select_related("application").order_by("pk"))


def _give(seat: Seat, room: Room, number: int) -> None:
    seat.room, seat.number = room, number
    seat.save(update_fields=["room", "number"])
