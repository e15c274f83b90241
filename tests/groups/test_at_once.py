"""Two answers to one link, two clerks at one button: threads with connections of their own, on both databases."""

import re
from functools import partial

import pytest

from applicants.records.models import Consent, Person
from exams.filing.groups.models import Confirmation
from exams.filing.groups.people.confirming import confirm, decline, find_confirmation, send_links
from exams.filing.groups.rosters.files import set_portrait
from portal.files.intake import PhotoResult
from portal.files.models import StoredFile
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import load_catalogue, make_institution, make_member
from tests.filing.test_concurrency import at_once
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3


@pytest.fixture
def filing(transactional_db):
    load_catalogue()
    return make_filing(make_member(make_institution()))


def asked(filing, serial: int) -> Confirmation:
    phone = f"+861390000{serial:04d}"
    entry = make_entry(filing, f"王秀英{serial}", stage="confirm", phone=phone)
    send_links(actor=filing.opened_by, filing=filing, entries=[entry])
    (text,) = [one.text for one in Message.objects.all() if one.address == phone]
    found = find_confirmation(re.search(r"/c/([\w-]+)/", text)[1])
    assert found is not None
    return found


def test_a_double_tap_confirms_once(filing) -> None:
    for serial in range(ROUNDS):
        link = asked(filing, serial)
        results = at_once(*[partial(confirm, confirmation=link)] * 3)
        assert sum(isinstance(one, Refused) for one in results) == 2
    assert Person.objects.count() == ROUNDS
    assert Consent.objects.count() == ROUNDS * len(Consent.About.values)


def test_yes_and_no_at_once_is_one_of_them(filing) -> None:
    for serial in range(ROUNDS):
        link = asked(filing, serial)
        results = at_once(partial(confirm, confirmation=link), partial(decline, confirmation=link))
        assert sum(isinstance(one, Refused) for one in results) == 1
        link.refresh_from_db()
        assert (link.confirmed_at is None) != (link.declined_at is None)


def test_two_clerks_send_one_link(filing) -> None:
    for serial in range(4):
        make_entry(filing, f"王秀英{serial}", stage="confirm", phone=f"+861390000{serial:04d}")
    send = partial(send_links, actor=filing.opened_by, filing=filing)
    assert sorted(at_once(send, send)) == [0, 4]
    assert Message.objects.filter(event="confirm_filing").count() == 4


def test_two_portraits_at_once_leave_one(filing) -> None:
    entry = make_entry(filing, stage="portrait")
    shots = [
        PhotoResult("a.jpg", body, body[::-1], 590, 826, b"", 590, 826, (0, 0, 1, 1), ())
        for body in (b"one portrait", b"another portrait")
    ]
    at_once(*[partial(set_portrait, actor=filing.opened_by, entry=entry, checked=shot) for shot in shots])
    entry.refresh_from_db()
    in_use = StoredFile.objects.filter(discarded_at=None)
    assert set(in_use) == {entry.portrait, entry.portrait_print}
