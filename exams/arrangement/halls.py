"""A session being filled: which places are free, and for whom a room must be chosen."""

from collections.abc import Sequence
from dataclasses import dataclass

from exams.arrangement.candidates import Need, room_needs
from exams.arrangement.models import Room, Session
from exams.arrangement.queries import live_seats

Place = tuple[Room, int]
"""A room and a seat number."""


@dataclass
class Hall:
    """`free` are the numbers nobody holds, by room; `undrawn` people are in the session but not yet drawn."""

    session: Session
    free: dict[Room, list[int]]
    undrawn: int = 0
    draw_open: bool = False

    def left(self) -> int:
        """For how many more there is a place."""
        return sum(len(numbers) for numbers in self.free.values()) - self.undrawn

    def place_for(self, needs: frozenset[str]) -> tuple[bool, Place | None]:
        """(is there room, the place kept for these needs or None: the draw will give one)."""
        if not needs:
            return self.left() > 0, None
        alone = Need.SEPARATE_ROOM in needs
        for room, numbers in self.free.items():
            if not needs <= set(room.meets) or not numbers or (alone and len(numbers) < room.seats):
                continue
            if self.left() >= (room.seats if alone else 1):
                return True, (room, numbers[0])
        return False, None

    def take(self, place: Place | None, needs: frozenset[str] = frozenset()) -> None:
        """Count one more person in; a separate room is taken whole."""
        if place is None:
            self.undrawn += 1
            return
        room, number = place
        alone = Need.SEPARATE_ROOM in needs
        self.free[room] = [] if alone else [free for free in self.free[room] if free != number]


def read_halls(sessions: Sequence[Session]) -> list[Hall]:
    """The sessions with what is free in them now."""
    halls = {
        session.pk: Hall(session, {room: list(range(1, room.seats + 1)) for room in _rooms(session)})
        for session in sessions
    }
    seats = live_seats().filter(session__in=halls).select_related("application__special_arrangement", "room")
    for seat in seats:
        place = (seat.room, seat.number) if seat.room is not None and seat.number is not None else None
        halls[seat.session_id].take(place, room_needs(seat.application))
    open_draws = Session.objects.filter(
        pk__in=halls, draws__ended_at=None, draws__drawn_at=None, draws__isnull=False
    )
    for session_id in open_draws.values_list("pk", flat=True):
        halls[session_id].draw_open = True
    return list(halls.values())


def _rooms(session: Session) -> list[Room]:
    return sorted(session.rooms.all(), key=lambda room: (room.name, room.pk))
