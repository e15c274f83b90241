"""Two workers on one submission, and two clicks at once: each person is filed once, the act is made once."""

import threading
from datetime import datetime

import pytest
from django.db import connections

from exams.filing.groups.models import GroupSubmission, RosterEntry
from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import _work, waiting
from exams.filing.models import Application
from portal.clock import SHANGHAI
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import make_member
from tests.groups.factories import make_entry, make_filing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def at_once(*actions):
    """Run them together, each on a connection of its own; what they returned or raised, in their order."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place, action):
        try:
            start.wait()
            results[place] = action()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def filing(process_day):
    process_day(datetime(2026, 3, 10, 12, tzinfo=SHANGHAI))
    return make_filing()


def test_two_workers_without_any_lease_file_each_person_once(filing):
    reviewer = make_member(filing.institution, "reviewer").account
    for number in range(12):
        make_entry(filing, f"学员{'甲乙丙丁戊己庚辛壬癸子丑'[number]}")
    act = submit_filing(actor=reviewer, filing=filing, expected_persons=12)
    filed = at_once(*[lambda: _work(act, float("inf"))] * 2)
    assert sum(filed) == 12
    assert Application.objects.count() == 12
    assert not waiting(act).exists()
    assert Message.objects.filter(event="group_application_submitted").count() == 12
    act.refresh_from_db()
    assert act.filed_at is not None


def test_two_clicks_at_once_make_one_act(filing):
    reviewer = make_member(filing.institution, "reviewer").account
    for name in ("王秀英", "赵国强"):
        make_entry(filing, name)
    results = at_once(*[lambda: submit_filing(actor=reviewer, filing=filing, expected_persons=2)] * 2)
    assert [type(one) for one in sorted(results, key=lambda one: isinstance(one, Refused))] == [
        GroupSubmission,
        Refused,
    ]
    assert GroupSubmission.objects.count() == 1
    assert RosterEntry.objects.filter(submission=GroupSubmission.objects.get()).count() == 2
