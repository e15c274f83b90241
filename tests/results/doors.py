"""A session about to begin whose people hold tickets, and the codes their tickets carry."""

from datetime import timedelta

from exams.arrangement.models import Seat, Session
from exams.filing.models import Application
from exams.tickets import payload
from exams.tickets.due import add_due
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal import clock
from portal.files import store
from tests.results.world import EXAM_DAY, candidates, hold_session
from tests.tickets.conftest import give_photo

NAMES = ("陈志远", "林晓梅", "赵文博")
BEFORE_THE_DOOR_OPENS = clock.start_of(EXAM_DAY) + timedelta(hours=8, minutes=30)


def hold_session_with_tickets(*names: str) -> Session:
    """The theory session of the exam day; the same people sit the practical one in the afternoon.

    Tickets are not printed: their faces are frozen, which is what a door asks for.
    """
    with clock.rehearse(clock.start_of(EXAM_DAY) - timedelta(days=12)):
        applications = candidates(*(names or NAMES))
        for application in applications:
            give_photo(application.person)
        session = hold_session(applications)
        hold_session(applications, "practical", hour=13)
        add_due(clock.now())
    return session


def seat_named(session: Session, name: str) -> Seat:
    return session.seats.select_related("application", "person").get(person__name=name)


def ticket_of(application: Application) -> Ticket:
    return Ticket.objects.filter(application=application).latest("version")


def code_of(ticket: Ticket) -> str:
    """What the ticket's QR code says."""
    return payload.sign(TicketFace.from_record(ticket.face, photo=store.read(ticket.photo)))
