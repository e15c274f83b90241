"""No path through filing breaks a rule (R12): random walks over its actions, the invariants checked at each step."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exams.filing.actions import amending, drafting, leaving, quoting, reviewing, submitting
from exams.filing.checks import latest_submission
from exams.filing.invariants import INVARIANTS
from exams.filing.models import Application
from exams.passes.queries import valid_passes
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import pass_checks, ready_person
from tests.passes.test_queries import make_pass


class Walk:
    """One person, two clerks, whatever happens next."""

    def __init__(self, offering) -> None:
        self.offering = offering
        self.person = ready_person()
        self.held = make_pass(self.person, offering, "theory", published_on=date(2026, 3, 2))
        self.clerks = (factories.make_staff("周敏"), factories.make_staff("吴越"))
        self.application: Application | None = None
        self.moment = clock.start_of(date(2026, 10, 12))

    def start(self) -> None:
        self.application = drafting.start_application(
            actor=self.person.account, person=self.person, offering=self.offering
        )

    def choose_regular(self) -> None:
        drafting.choose(
            actor=self.person.account, application=self.application, kind="regular", route="TR2023-2.1"
        )

    def choose_retake(self) -> None:
        drafting.choose(actor=self.person.account, application=self.application, kind="retake")

    def promise(self) -> None:
        drafting.give_undertaking(actor=self.person.account, application=self.application)

    def forfeit(self) -> None:
        at_stake = [row.pk for row in valid_passes(self.person, self.offering, clock.today())]
        drafting.confirm_forfeiture(actor=self.person.account, application=self.application, passes=at_stake)

    def submit(self) -> None:
        submitting.submit_application(actor=self.person.account, application=self.application)

    def prepare_and_submit(self) -> None:
        for step in (self.choose_regular, self.forfeit, self.promise, self.submit):
            step()

    def withdraw(self) -> None:
        leaving.withdraw_application(actor=self.person.account, application=self.application)

    def discard(self) -> None:
        drafting.discard_draft(actor=self.person.account, application=self.application)

    def check(self) -> None:
        if latest_submission(self.application):
            pass_checks(self.application, self.clerks[0])

    def approve(self) -> None:
        self.check()
        submission = latest_submission(self.application)
        reviewing.approve_application(
            actor=self.clerks[0],
            application=self.application,
            seen_serial=submission.serial if submission else 0,
        )

    def send_back(self) -> None:
        reviewing.return_application(
            actor=self.clerks[1], application=self.application, reasons=[{"code": "photo_unfit"}]
        )

    def reject(self) -> None:
        reviewing.reject_application(
            actor=self.clerks[1], application=self.application, clause="A3-1", reason="材料不实"
        )

    def reopen(self) -> None:
        reviewing.reopen_rejected(actor=self.clerks[0], application=self.application, reason="点错")

    def revoke(self) -> None:
        reviewing.revoke_approval(actor=self.clerks[0], application=self.application, reason="点错")

    def cancel(self) -> None:
        leaving.cancel_application(actor=self.clerks[1], application=self.application, reason="重复")

    def correct(self) -> None:
        job = self.person.jobs.get()
        amending.amend_field(
            actor=self.clerks[1],
            application=self.application,
            field=f"jobs.{job.pk}.started_on",
            value=job.started_on + timedelta(days=1),
            reason="社保记录",
        )

    def pay(self) -> None:
        if self.application.quotes.filter(ended_at=None, payments=None).exists():
            factories.pay(self.application)

    def wait_a_week(self) -> None:
        self.moment += timedelta(days=7)

    def sweep(self) -> None:
        quoting.remind_unpaid()
        quoting.lapse_unpaid_quotes()


STEPS = [name for name in vars(Walk) if not name.startswith("_")]


@pytest.mark.django_db
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(st.sampled_from(STEPS), min_size=4, max_size=14))
def test_no_path_breaks_an_invariant(offering, names):
    with transaction.atomic():
        walk = Walk(offering)
        for name in ["start", *names]:
            before = walk.application
            walk.moment += timedelta(minutes=10)
            with clock.rehearse(walk.moment), transaction.atomic():
                try:
                    getattr(walk, name)()
                except Refused:
                    transaction.set_rollback(True)
                    walk.application = before
            with clock.rehearse(walk.moment):
                broken = {one.code: list(one.offenders()) for one in INVARIANTS}
            assert {code: keys for code, keys in broken.items() if keys} == {}, name
        transaction.set_rollback(True)
