"""Three people, four of staff, one offering, and a clock: what the rules of every part of the machine act on."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from applicants.accounts.models import Account
from certificates.making import make_certificates
from exams.arrangement.models import Session
from exams.catalogue.models import Offering
from exams.filing.actions import quoting
from exams.filing.models import Application
from exams.results.models import Score
from exams.results.queries import standing_scores
from exams.tickets.due import sweep
from portal import clock, registry
from portal.messages.outbox import send_waiting
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import add_evidence
from tests.tickets.conftest import give_photo

Row = TypeVar("Row")
START = datetime(2026, 3, 2, 10, tzinfo=clock.SHANGHAI)
NAMES = ("陈志远", "吴梅", "欧阳若兰")
STAFF = ("周敏", "顾晓峰", "蒋文", "沈岚")
index = st.integers(0, 11)
hand = st.integers(0, len(STAFF) - 1)


def pick(rows: Sequence[Row], number: int) -> Row | None:
    """One of the rows by a drawn number; None where there is none."""
    return rows[number % len(rows)] if rows else None


class World(RuleBasedStateMachine):
    """Time, and how a deed is tried. The rules know nothing of what is allowed: a refusal is an answer, too."""

    def make(self, hour: int) -> None:
        """Lay the world in a transaction of its own, which the end of the life takes back.

        Days pass whole: the hour (of Shanghai) says whether an exam day is looked at before, amid or after its exams.
        """
        self.stack = ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.stack.callback(transaction.set_rollback, True)
        self.stack.enter_context(clock.rehearse(START.replace(hour=hour)))
        self.offering: Offering = factories.load_catalogue()
        self.staff: list[Account] = [factories.make_staff(name) for name in STAFF]
        self.people = []
        for name in NAMES:
            person = factories.make_person(name)
            give_photo(person)
            add_evidence(person, "identity_document", "work_proof")
            self.people.append(person)
        self.papers = 0

    def teardown(self) -> None:
        self.stack.close()

    @invariant()
    def nothing_is_broken(self) -> None:
        """Once the background has had its minute: tickets follow what changed in a task of their own."""
        self._work_in_the_background()
        broken = {one.code: rows for one in registry.invariants if (rows := list(one.offenders()))}
        assert not broken, broken

    @rule(days=st.sampled_from((1, 3, 7, 30)))
    def time_passes(self, days: int) -> None:
        self.go_to(clock.now() + timedelta(days=days))

    def go_to(self, moment: datetime) -> None:
        """Day by day, so that the background does its work in time."""
        while (now := clock.now()) < moment:
            self.stack.enter_context(clock.rehearse(min(now + timedelta(days=1), moment)))
            self._work_in_the_background()

    def attempt(self, act: Callable[[], Any]) -> None:
        """Do it, or be refused in a sentence; anything else is a fault of ours. Half an act is never left behind."""
        refused: Refused | None = None
        try:
            with transaction.atomic():
                act()
        except Refused as refusal:
            refused = refusal
        assert refused is None or all(one.sentence for one in refused.findings)

    def next_paper(self) -> str:
        """A receipt or transaction number that was not used before."""
        self.papers += 1
        return f"R{self.papers:06d}"

    def applications(self, *statuses: str) -> list[Application]:
        """In the order in which they were begun, as all that the rules choose from."""
        rows = Application.objects.order_by("created_at")
        return list(rows.filter(status__in=statuses) if statuses else rows)

    def sessions(self) -> list[Session]:
        return list(Session.objects.filter(state=Session.State.PUBLISHED).order_by("starts_at"))

    def scores(self) -> list[Score]:
        return list(standing_scores().order_by("published_at", "subject"))

    def _work_in_the_background(self) -> None:
        """What beat would have done by now."""
        quoting.lapse_unpaid_quotes()
        sweep()
        make_certificates()
        send_waiting()
