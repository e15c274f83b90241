"""An application with all a ticket needs, three weeks before its sessions."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from applicants.portraits import portrait
from applicants.records.models import Photo
from exams.arrangement.models import Room, Seat, Session
from exams.filing.models import Application
from portal import clock
from portal.files import store
from tests import factories
from tests.groups.factories import make_entry, make_filing

EVE = date(2026, 9, 28)
OPENING = date(2026, 9, 29)


@dataclass
class Seated:
    """An application seated in theory and practical on 12 October 2026; its ticket opens on 29 September."""

    application: Application
    theory: Session
    practical: Session


def at(day: date, hour: int = 9) -> datetime:
    return clock.start_of(day) + timedelta(hours=hour)


def give_photo(person) -> None:
    """The print copy of a photo, as a checked upload would leave it."""
    file = store.keep(portrait(1), kind="photo", media_type="image/jpeg", display_name="照片.jpg")
    person.photo = Photo.objects.create(person=person, file=file, print_copy=file, added_at=clock.now())
    person.save(update_fields=["photo"])


@pytest.fixture
def september(frozen_day):
    frozen_day(date(2026, 9, 10))
    return frozen_day


@pytest.fixture
def sessions(september):
    offering = factories.load_catalogue()
    return (
        factories.make_session(offering, "theory", at(date(2026, 10, 12), 9)),
        factories.make_session(offering, "practical", at(date(2026, 10, 12), 13)),
    )


@pytest.fixture
def seat_someone(sessions):
    """`seat_someone(name="…", number=3)`: approved, paid, photographed, seated and drawn."""
    theory, practical = sessions
    taken = iter(range(1, 31))

    def make(name: str = "陈志远", **fields) -> Seated:
        person = factories.make_person(name, **fields)
        give_photo(person)
        application = factories.make_application(person)
        factories.pay(application)
        number = next(taken)
        for session in (theory, practical):
            factories.seat(application, session, number)
        return Seated(application, theory, practical)

    return make


@pytest.fixture
def filing(sessions):
    """An institution's open filing, opened by its filer."""
    return make_filing()


@pytest.fixture
def seat_one(sessions, filing):
    """`seat_one(name, number, room=…)`: a person of the filing with all a ticket needs, at that seat of both sessions."""

    def make(name: str, number: int, *, room: Room | None = None, into=None) -> Application:
        entry = make_entry(into or filing, name, stage="approved")
        give_photo_of_filing(entry)
        factories.pay(entry.application)
        for session in sessions:
            seated = factories.seat(entry.application, session, number)
            if room is not None:
                Seat.objects.filter(pk=seated.pk).update(room=room)
        return entry.application

    return make


def give_photo_of_filing(entry) -> None:
    """A picture that prints, in place of the factory's."""
    give_photo(entry.person)
    picture = entry.person.photo
    type(picture).objects.filter(pk=entry.photo_id).update(file=picture.file, print_copy=picture.print_copy)
