"""Decide, then reverse, in any order and overlap: everything is as it was, but for seats, which return to the queue.

From every state of an application: handed in, returned, unpaid, waiting, seated, one subject sat, one or both
published, with a certificate. After every single step what must always hold, holds.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applicants.standing.models import Bar
from certificates.models import Certificate
from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats, queue
from exams.catalogue.models import ListedAct, Offering
from exams.conduct.cases import open_case
from exams.conduct.deciding import reverse_decision
from exams.conduct.invariants import INVARIANTS
from exams.conduct.models import Decision
from exams.filing.models import Application, Status
from exams.passes.models import Pass
from exams.payments.models import NoRefund
from exams.payments.queries import completed_at, refundable_fen
from exams.results.models import Cancellation
from exams.results.queries import results_of
from exams.tickets.ending import LIVE as LIVE_TICKETS
from exams.tickets.models import Ticket
from portal import clock, registry
from tests import factories
from tests.certificates.world import make_certificate
from tests.conduct.procedure import FACTS, Hands, decided, notified, stated
from tests.results.world import EXAM_DAY, Team, hold_session, published

STATES = ("submitted", "returned", "unpaid", "waiting", "seated", "sat", "half", "published", "certified")
ACTS = (("A3-1", ""), ("A3-2.4", ""), ("A3-3.2", ""), ("A3-4.5", "minor"), ("A3-4.2", "serious"))


@dataclass
class World:
    """The application the acts are about, and another of the same person at grade 3 with a seat in ten weeks."""

    application: Application
    other: Application
    seats: dict[str, Seat]


@pytest.fixture
def team(evening) -> Team:
    return Team()


def build(state: str, points: tuple[int, int], team: Team) -> World:
    person = factories.make_person("陈志远")
    status = Status(state) if state in Status.values else Status.APPROVED
    application = factories.make_application(person, Offering.objects.get(grade=4), status=status)
    other = factories.make_application(person, Offering.objects.get(grade=3))
    factories.pay(other)
    hold_session([other], day=EXAM_DAY + timedelta(days=70))
    if state in Status.values or state == "unpaid":
        return World(application, other, {})
    factories.pay(application)
    if state == "waiting":
        return World(application, other, {})
    theory = hold_session([application], day=EXAM_DAY + timedelta(days=7) if state == "seated" else EXAM_DAY)
    both = state in ("published", "certified")
    practical = hold_session(
        [application], "practical", day=EXAM_DAY + timedelta(days=0 if both else 10), hour=14
    )
    if state in ("half", "published", "certified"):
        published(theory, team, 陈志远=90 if state == "certified" else points[0])
    if both:
        published(practical, team, 陈志远=90 if state == "certified" else points[1])
    if state == "certified":
        certificate = make_certificate(application)
        certificate.passes.set(Pass.objects.filter(application_id=application.pk))
    seats = {seat.subject: seat for seat in application.seats.all()}
    return World(Application.objects.get(pk=application.pk), other, seats)


def snapshot(world: World) -> dict[str, Any]:
    """All that a reversal gives back exactly."""
    application = Application.objects.get(pk=world.application.pk)
    person = application.person
    return {
        "status": application.status,
        "mend_until": application.mend_until,
        "concluded": application.concluded_at is not None,
        "results": [
            (row.subject, row.passed, row.score and row.score.points) for row in results_of(application)
        ],
        "passes": list(Pass.objects.filter(person=person).order_by("pk").values()),
        "cancellations": list(Cancellation.objects.filter(lifted_at=None).values_list("subject")),
        "bars": Bar.objects.filter(person=person, lifted_at=None).count(),
        "money": (refundable_fen(application), NoRefund.objects.filter(lifted_at=None).count()),
        "quotes": list(application.quotes.order_by("pk").values("pk", "ended_at", "pay_by")),
        "rank": (completed_at(application), completed_at(world.other)),
        "certificates": list(Certificate.objects.filter(person=person).values_list("state", "ended_at")),
    }


def decide(world: World, hands: Hands, which: int) -> Decision:
    """The act numbered so, of a day of its own, decided now."""
    act, severity = ACTS[which]
    case = open_case(
        actor=hands.opener,
        application=world.application,
        act=ListedAct.objects.get(pk=act),
        act_on=EXAM_DAY,
        facts=FACTS,
        seat=world.seats.get("theory"),
    )
    return decided(hands, stated(hands, notified(hands, case, severity=severity)), severity=severity)


def offenders() -> dict[str, set[str]]:
    """By check, the keys of what breaks it; an application made as rows lacks what filing would have left.

    Without the check of waiting messages: nothing sends them here.
    """
    checks = [one for one in registry.invariants if one.code != "old_message"]
    return {one.code: {str(key) for key in one.offenders()} for one in checks}


def assert_sound(before: dict[str, set[str]]) -> None:
    """Nothing breaks a check of any slice that did not before the first decision."""
    assert {code: new for code, keys in offenders().items() if (new := keys - before[code])} == {}


@st.composite
def plans(draw) -> tuple[str, tuple[int, int], list[int]]:
    """A state, the points of what is published, and acts in the order in which they are decided and reversed.

    Each act stands in the list twice: the first time it is decided, the second time that decision is reversed.
    """
    state = draw(st.sampled_from(STATES))
    points = draw(st.tuples(st.sampled_from((59, 60, 88)), st.sampled_from((59, 60))))
    seated = state not in ("submitted", "returned", "unpaid", "waiting")
    possible = [index for index, (act, _) in enumerate(ACTS) if seated or not act.startswith("A3-2")]
    acts = draw(st.lists(st.sampled_from(possible), min_size=1, max_size=3, unique=True))
    return state, points, draw(st.permutations(acts * 2))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans())
def test_decided_and_reversed_is_as_it_was(evening, hands, team, plan):
    state, points, steps = plan
    with transaction.atomic():
        world = build(state, points, team)
        before, known, decisions = snapshot(world), offenders(), {}
        for which in steps:
            if which in decisions:
                reverse_decision(actor=hands.reviewer, decision=decisions.pop(which), reason="认定有误")
            else:
                decisions[which] = decide(world, hands, which)
            assert_sound(known)
        assert snapshot(world) == before
        assert not Ticket.objects.filter(state__in=LIVE_TICKETS).exists()
        application = Application.objects.get(pk=world.application.pk)
        seated = set(live_seats().filter(application=application).values_list("subject", flat=True))
        if completed_at(application) and not seated >= set(application.subjects):
            assert application in queue(application.offering)
        transaction.set_rollback(True)


@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_built_and_is_sound(evening, team, state):
    world = build(state, (60, 60), team)
    assert [code for one in INVARIANTS if offenders()[code := one.code]] == []
    assert snapshot(world)["status"] == (state if state in Status.values else "approved")


def test_the_day_after_the_decision_took_effect_changes_nothing_of_it(evening, hands, team):
    """Reversed half a year later: the same, though a seat was given away and a session is past."""
    world = build("sat", (60, 60), team)
    before, known = snapshot(world), offenders()
    decision = decide(world, hands, 2)
    evening(clock.start_of(EXAM_DAY + timedelta(days=150)))
    told = reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    assert snapshot(world) == before
    assert any("不再占回" in sentence for sentence in told)
    assert_sound(known)
