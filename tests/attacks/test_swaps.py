"""What was checked at the counter cannot be exchanged behind its back."""

from datetime import date

import pytest

from applicants.identity.documents import DocumentKind, parse
from applicants.portraits import portrait
from applicants.records.actions import claim_document, use_photo
from applicants.records.claims import verify_document
from applicants.records.models import Photo
from applicants.records.queries import live_document
from exams.filing.models import Status
from exams.tickets import due
from exams.tickets.models import Ticket
from portal import clock
from portal.files import store
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import add_photo, approve, ready_person, submitted
from tests.tickets.conftest import at


def _another_photo(person) -> Photo:
    file = store.keep(portrait(7), kind="photo", media_type="image/jpeg", display_name="替考人.jpg")
    return Photo.objects.create(person=person, file=file, print_copy=file, added_at=clock.now())


def test_the_ticket_carries_the_photo_the_counter_saw(offering, person, frozen_day) -> None:
    """Else one files with one's own face, is approved, and sends somebody else to sit."""
    frozen_day(date(2026, 9, 7))
    add_photo(person, portrait(1))
    seen = person.photo.print_copy
    application = approve(submitted(person, offering), factories.make_staff())
    factories.pay(application)
    for subject, hour in (("theory", 9), ("practical", 13)):
        factories.seat(
            application, factories.make_session(offering, subject, at(date(2026, 10, 12), hour)), 1
        )
    use_photo(actor=person.account, photo=_another_photo(person))
    due.add_due(at(date(2026, 9, 29)))
    assert Ticket.objects.get(application=application).photo == seen


def test_an_open_ticket_does_not_follow_a_later_photo(offering, person, frozen_day) -> None:
    frozen_day(date(2026, 9, 7))
    add_photo(person, portrait(1))
    application = approve(submitted(person, offering), factories.make_staff())
    factories.pay(application)
    for subject, hour in (("theory", 9), ("practical", 13)):
        factories.seat(
            application, factories.make_session(offering, subject, at(date(2026, 10, 12), hour)), 1
        )
    due.add_due(at(date(2026, 9, 29)))
    use_photo(actor=person.account, photo=_another_photo(person))
    assert due.review_live(at(date(2026, 9, 30))) == 0


@pytest.mark.parametrize("born", [date(2011, 5, 1), date(1990, 3, 6)])
def test_a_document_exchanged_after_submission_is_not_approved_under_the_old_answers(offering, born) -> None:
    """The verdict was reached with the first birth date; the original at the counter says another."""
    person = ready_person(verified=False)
    application = submitted(person, offering)
    number = factories.resident_id(born)
    document = parse(DocumentKind.RESIDENT_ID, number, on=clock.today())
    claim_document(
        actor=person.account,
        person=person,
        document=document,
        name=person.name,
        sex=document.sex,
        birth_date=born,
    )
    staff = factories.make_staff()
    verify_document(actor=staff, claim=live_document(person))
    with pytest.raises(Refused) as refused:
        approve(application, staff)
    assert {finding.code for finding in refused.value.findings} == {"identity_differs"}
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
