"""Two at once: threads with connections of their own, on both databases."""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from django.db import connection

from exams.filing.actions import drafting, leaving, quoting, reviewing, submitting
from exams.filing.models import Application, Quote, Status, Submission
from portal.clock import SHANGHAI
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import approve, draft, pass_checks, ready_person, submitted

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


@pytest.fixture
def catalogue(transactional_db, process_day):
    """Grade 4, the clock of all threads set to October 2026."""
    process_day(datetime(2026, 10, 12, 12, tzinfo=SHANGHAI))
    return factories.load_catalogue()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads that start together; for each its result, or the refusal it met."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            results[place] = act()
        except Refused as refused:
            results[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_five_tabs_start_one_application(catalogue):
    person = factories.make_person()
    start = partial(drafting.start_application, actor=person.account, person=person, offering=catalogue)
    started = at_once(*[start] * 5)
    assert len({one.pk for one in started}) == 1
    assert Application.objects.count() == 1


def test_a_double_click_submits_once(catalogue):
    for _ in range(ROUNDS):
        application = draft(ready_person(), catalogue)
        account = application.person.account
        submit = partial(submitting.submit_application, actor=account, application=application)
        results = at_once(submit, submit)
        assert sum(isinstance(one, Refused) for one in results) == 1
        assert Submission.objects.filter(application=application).count() == 1


def test_withdrawing_while_staff_approve_leaves_one_sound_end(catalogue):
    staff = factories.make_staff()
    for _ in range(ROUNDS):
        application = submitted(ready_person(), catalogue)
        account = application.person.account
        pass_checks(application, staff)
        approved, withdrawn = at_once(
            partial(reviewing.approve_application, actor=staff, application=application, seen_serial=1),
            partial(leaving.withdraw_application, actor=account, application=application),
        )
        # Whoever came second met what the first had done: a withdrawn application is not approved, an approved and
        # unpaid one may still be withdrawn. Either way it ends withdrawn, with nothing left to pay.
        assert isinstance(withdrawn, Application)
        application.refresh_from_db()
        assert application.status == Status.WITHDRAWN
        assert not Quote.objects.filter(application=application, ended_at=None).exists()
        steps = [row.after for row in application.transitions.all()]
        expected = ["draft", "submitted", "withdrawn"]
        if not isinstance(approved, Refused):
            expected.insert(2, "approved")
        assert steps == expected


def test_two_reviewers_decide_once(catalogue):
    first, second = factories.make_staff("周敏"), factories.make_staff("吴越")
    for _ in range(ROUNDS):
        application = submitted(ready_person(), catalogue)
        pass_checks(application, first)
        results = at_once(
            partial(reviewing.approve_application, actor=first, application=application, seen_serial=1),
            partial(
                reviewing.reject_application,
                actor=second,
                application=application,
                clause="A3-1",
                reason="材料不实",
            ),
        )
        assert sum(isinstance(one, Refused) for one in results) == 1
        application.refresh_from_db()
        assert application.transitions.count() == 3


def test_two_sweeps_lapse_and_remind_once(catalogue, process_day):
    staff = factories.make_staff()
    applications = [approve(submitted(ready_person(), catalogue), staff) for _ in range(3)]
    process_day(datetime(2026, 10, 20, 9, tzinfo=SHANGHAI))
    assert sum(at_once(quoting.remind_unpaid, quoting.remind_unpaid)) == 3
    process_day(datetime(2026, 10, 27, 0, tzinfo=SHANGHAI))
    assert sum(at_once(quoting.lapse_unpaid_quotes, quoting.lapse_unpaid_quotes)) == 3
    for application in applications:
        application.refresh_from_db()
        assert [row.after for row in application.transitions.all()][-2:] == ["approved", "lapsed"]
