"""A decision and what it changes at the same moment: one follows the other, and every effect finds what it ends."""

from datetime import timedelta
from functools import partial

import pytest

from applicants.standing.models import Bar
from certificates import invariants as of_certificates
from certificates.issuing import confirm_batch
from certificates.models import Certificate
from exams.arrangement.models import Session
from exams.conduct import invariants as of_conduct
from exams.conduct.deciding import decide, reverse_decision
from exams.conduct.models import Decision
from exams.passes.models import Pass
from exams.results import invariants as of_results
from exams.results.models import Score
from exams.results.publishing import publish_sheet
from exams.results.queries import live_cancellations
from portal import clock
from tests import factories
from tests.certificates.people import batch_of, passed
from tests.conduct.procedure import Hands, decided, notified, opened, stated
from tests.contention import at_once
from tests.results.world import EXAM_DAY, Team, candidates, checked_sheet, close, hold_session, seat_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def team(process_day) -> Team:
    process_day(clock.start_of(EXAM_DAY) + timedelta(hours=18))
    factories.load_catalogue()
    return Team()


@pytest.fixture
def hands(team) -> Hands:
    return Hands()


def ready(hands: Hands, seat, act: str = "A3-3.2"):
    return stated(hands, notified(hands, opened(hands, seat, act)))


def deciding(case, by):
    return partial(
        decide, actor=by, case=case, severity="", body="own", effective_on=clock.today(), reasons="证据确凿。"
    )


def nothing_is_broken() -> None:
    after_the_exam = (*of_results.INVARIANTS, *of_conduct.INVARIANTS, *of_certificates.INVARIANTS)
    assert {one.code: rows for one in after_the_exam if (rows := list(one.offenders()))} == {}


def test_a_case_decided_by_two_at_once_is_decided_once(hands: Hands):
    application = candidates("陈志远")[0]
    case = ready(hands, seat_of(application, hold_session([application])), "A3-3.1")
    outcomes = at_once(deciding(case, hands.decider), deciding(case, hands.reviewer))
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert Decision.objects.count() == Bar.objects.count() == 1


def test_a_decision_taken_back_by_two_at_once_is_taken_back_once(hands: Hands, team: Team):
    application = candidates("陈志远")[0]
    case = ready(hands, seat_of(application, hold_session([application])), "A3-3.1")
    decision = decided(hands, case)
    backs = (
        partial(reverse_decision, actor=by, decision=decision, reason="证据不足")
        for by in (hands.reviewer, team.third)
    )
    outcomes = at_once(*backs)
    assert outcomes.count("already_reversed") == 1
    assert Bar.objects.exclude(lifted_at=None).count() == 1


def test_a_decision_and_the_publication_at_once_leave_no_pass(hands: Hands, team: Team):
    """Published first, the score is cancelled; decided first, it is cancelled as soon as it is published."""
    people = candidates("陈志远", "吴梅")
    session = hold_session(people)
    close(session)
    session = Session.objects.get(pk=session.pk)
    case = ready(hands, seat_of(people[0], session))
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=80)
    at_once(deciding(case, hands.decider), partial(publish_sheet, actor=team.second, sheet=sheet))
    assert Decision.objects.count() == 1
    assert Score.objects.filter(application=people[1]).exists()
    assert live_cancellations(people[0]).exists()
    assert Pass.objects.get(cancelled_at=None).person == people[1].person
    nothing_is_broken()


def test_a_decision_and_the_issue_at_once_leave_no_valid_certificate(hands: Hands, team: Team):
    """Issued first, the certificate is void; decided first, the person is set aside with the reason."""
    cheat, honest = passed(team, "陈志远", "吴梅")
    case = ready(hands, cheat.seats.get(subject="theory"))
    batch = batch_of(team.maker, [cheat, honest])
    at_once(deciding(case, hands.decider), partial(confirm_batch, actor=team.second, batch=batch))
    (valid,) = Certificate.objects.filter(state="valid")
    assert valid.application == honest
    assert Certificate.objects.filter(application=cheat, state="void").exists() != batch.set_aside.exists()
    nothing_is_broken()


def test_a_reversal_and_the_issue_at_once_give_one_certificate_or_a_reason(hands: Hands, team: Team):
    """Reversed first, the person is due; issued first, they were set aside and are due again with the next batch."""
    cheat, honest = passed(team, "陈志远", "吴梅")
    batch = batch_of(team.maker, [cheat, honest])
    decision = decided(hands, ready(hands, cheat.seats.get(subject="theory")))
    reversed_, issued = at_once(
        partial(reverse_decision, actor=hands.reviewer, decision=decision, reason="证据不足"),
        partial(confirm_batch, actor=team.second, batch=batch),
    )
    assert (reversed_, issued) == ([], batch)
    got = Certificate.objects.filter(application=cheat, state="valid").count()
    assert got + batch.set_aside.count() == 1
    assert Certificate.objects.get(application=honest).state == "valid"
    assert Pass.objects.filter(person=cheat.person, cancelled_at=None).count() == 2
    nothing_is_broken()
