"""What somebody whose session was called off or moved may choose: to wait, which is how it stays unless they act, or to
leave with the whole fee; once another subject has begun, to give up that one subject with its part of the fee instead.
The choice is read from the seats as they were given back or moved; nothing else records it.
"""

from dataclasses import dataclass

from exams.arrangement.models import Seat
from exams.arrangement.queries import ended_subjects, live_seats
from exams.arrangement.sessions import CALLED_OFF, MOVED
from exams.filing.models import Application, Status
from portal import clock


@dataclass(frozen=True)
class Offer:
    """`seat`: the place that was disturbed. `waits`: it was given back, and the offer stands until there is another.

    Else the session has a new time or site, and the offer stands until it starts.
    """

    seat: Seat
    waits: bool

    @property
    def called_off(self) -> bool:
        return self.seat.release_reason == CALLED_OFF


def has_begun(application: Application) -> bool:
    """Whether a subject has begun in which the application holds a seat: from then on nobody leaves as a whole."""
    return live_seats().filter(application=application, starts_at__lte=clock.now()).exists()


def offer_to_leave(application: Application) -> Offer | None:
    """The application's oldest offer that still stands, None where its sessions are as they were announced."""
    offers = _offers(application)
    return offers[0] if offers else None


def offers_to_give_up(application: Application) -> list[Offer]:
    """One for each subject that may be given up now, another having begun; the oldest first."""
    live = application.status == Status.APPROVED and application.concluded_at is None
    return _offers(application) if live and has_begun(application) else []


def _offers(application: Application) -> list[Offer]:
    newest: dict[str, Seat] = {}
    rows = Seat.objects.filter(application=application).select_related("session__site")
    for seat in rows.order_by("placed_at", "pk"):
        newest[seat.subject] = seat
    ended = ended_subjects([application.pk])[application.pk]
    open_ones = [seat for subject, seat in newest.items() if subject not in ended]
    return [offer for seat in open_ones if (offer := _offer(seat)) is not None]


def _offer(seat: Seat) -> Offer | None:
    if seat.released_at is not None:
        return Offer(seat, waits=True) if seat.release_reason in (CALLED_OFF, MOVED) else None
    moved = seat.session.rescheduled_at
    if moved is not None and moved > seat.placed_at and seat.starts_at > clock.now():
        return Offer(seat, waits=False)
    return None
