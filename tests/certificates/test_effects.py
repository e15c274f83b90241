"""After-the-fact findings: a certificate that rests on a cancelled score is void, and valid again when none stands."""

from datetime import timedelta
from uuid import uuid4

import pytest

from applicants.records.models import Credential
from certificates.ending import ask_ending, confirm_ending
from certificates.invariants import INVARIANTS
from certificates.models import Certificate, Ending
from exams.conduct.deciding import preview_effects, reverse_decision
from exams.conduct.models import Case
from exams.passes.actions import give_up_passes
from exams.results.correcting import ask_correction, confirm_correction
from exams.results.models import Score
from exams.results.queries import live_cancellations
from portal import clock
from portal.models import Message
from tests.certificates.people import give_photo, issued, passed, sat
from tests.certificates.test_due import retake_of
from tests.conduct.procedure import Hands, decided, notified, opened, stated
from tests.results.world import EXAM_DAY, Team, candidates

pytestmark = pytest.mark.django_db


@pytest.fixture
def hands(evening) -> Hands:
    return Hands()


@pytest.fixture
def certificate(team: Team) -> Certificate:
    (one,) = issued(team, *passed(team, "陈志远"))
    return one


def ready(hands: Hands, seat, act: str, severity: str = "") -> Case:
    return stated(hands, notified(hands, opened(hands, seat, act), severity=severity))


def seat_in(certificate: Certificate, subject: str):
    return certificate.application.seats.get(subject=subject)


def state_of(certificate: Certificate) -> tuple[object, ...]:
    fresh = Certificate.objects.get(pk=certificate.pk)
    credential = Credential.objects.filter(pk=certificate.pk).values().first()
    return fresh.state, fresh.ended_at, fresh.end_reason, fresh.credential_id, credential


def test_a_decision_voids_what_rests_on_it_and_says_what_to_report(hands: Hands, certificate: Certificate):
    case = ready(hands, seat_in(certificate, "theory"), "A3-3.2")
    preview = dict(preview_effects(case=case, severity="", body="own", effective_on=clock.today()))
    assert any(f"证书 {certificate.number}" in sentence for sentence in preview["证书"])
    assert any("须报告主管部门" in sentence for sentence in preview["证书"])
    decision = decided(hands, case)
    certificate.refresh_from_db()
    assert certificate.state == "void"
    assert "违纪违规处理" in certificate.end_reason
    ending = certificate.endings.get()
    assert (ending.kind, ending.decision_id) == ("decision", decision.pk)
    assert ending.asked_by != ending.confirmed_by
    assert not Credential.objects.exists()
    assert certificate.number in Message.objects.get(event="certificate_void").text


@pytest.mark.parametrize(("act", "severity"), [("A3-1", ""), ("A3-3.1", ""), ("A3-4.1", "serious")])
def test_reversal_gives_back_the_same_certificate(hands: Hands, certificate: Certificate, act, severity):
    before = state_of(certificate)
    decision = decided(
        hands, ready(hands, seat_in(certificate, "practical"), act, severity), severity=severity
    )
    assert state_of(certificate)[0] == "void"
    told = reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    assert state_of(certificate) == before
    assert not any("证书" in sentence for sentence in told)


def test_a_certificate_resting_on_an_earlier_application_falls_with_it(hands: Hands, team: Team, evening):
    """A retake's certificate also rests on the theory passed before: that sitting cancelled, it is void."""
    (first,) = candidates("陈志远")
    give_photo(first)
    sat(team, [first], practical=40)
    evening(EXAM_DAY + timedelta(days=60))
    retake = retake_of(first)
    sat(team, [retake], day=clock.today(), theory=None)
    (certificate,) = issued(team, retake)
    decided(hands, ready(hands, first.seats.get(subject="theory"), "A3-3.2"))
    certificate.refresh_from_db()
    assert certificate.state == "void"
    assert not live_cancellations(retake).exists(), "the passes of the other sitting stand"


def test_a_failed_sitting_cancelled_touches_no_certificate(hands: Hands, team: Team, evening):
    (first,) = candidates("陈志远")
    give_photo(first)
    sat(team, [first], practical=40)
    evening(EXAM_DAY + timedelta(days=60))
    retake = retake_of(first)
    sat(team, [retake], day=clock.today(), theory=None)
    (certificate,) = issued(team, retake)
    case = ready(hands, first.seats.get(subject="practical"), "A3-2.4")
    decided(hands, case)
    certificate.refresh_from_db()
    assert certificate.state == "valid"


def test_two_decisions_must_both_fall(hands: Hands, certificate: Certificate):
    first = decided(hands, ready(hands, seat_in(certificate, "theory"), "A3-3.2"))
    second = decided(hands, ready(hands, seat_in(certificate, "practical"), "A3-3.1"))
    told = reverse_decision(actor=hands.reviewer, decision=first, reason="证据不足")
    assert f"证书 {certificate.number} 仍因另一项处理决定作废，不恢复。" in told
    assert state_of(certificate)[0] == "void"
    reverse_decision(actor=hands.reviewer, decision=second, reason="证据不足")
    assert state_of(certificate)[0] == "valid"


def test_what_staff_voided_is_not_restored(hands: Hands, team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    confirm_ending(actor=team.second, ending=ending)
    decision = decided(hands, ready(hands, seat_in(certificate, "theory"), "A3-3.2"))
    reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    assert state_of(certificate)[0] == "void"


def test_a_certificate_issued_since_stays_the_one(
    hands: Hands, team: Team, certificate: Certificate, evening
):
    """Void by decision, passed again by a fresh application, certified again; then the decision falls."""
    decision = decided(hands, ready(hands, seat_in(certificate, "theory"), "A3-2.4"))
    evening(EXAM_DAY + timedelta(days=60))
    retake = retake_of(certificate.application)
    retake.subjects = ["theory"]
    retake.save()
    sat(team, [retake], day=clock.today(), practical=None)
    retake.refresh_from_db()
    (fresh,) = issued(team, retake)
    told = reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    assert f"证书 {certificate.number} 不恢复：其后已签发 {fresh.number}。" in told
    assert [state_of(one)[0] for one in (certificate, fresh)] == ["void", "valid"]


def give_up_the_other_subject(team: Team, certificate: Certificate) -> None:
    """A fresh regular application was approved while the certificate was void."""
    give_up_passes(
        actor=team.maker, passes=certificate.passes.filter(subject="practical"), application_id=uuid4()
    )


def correct_the_other_subject(team: Team, certificate: Certificate) -> None:
    score = Score.objects.get(application=certificate.application, subject="practical")
    asked = ask_correction(actor=team.maker, score=score, points=40, reason="登分有误")
    confirm_correction(actor=team.outsider, correction=asked)


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [(give_up_the_other_subject, "重新申报而不再保留"), (correct_the_other_subject, "已更正或撤回")],
    ids=["given_up", "corrected"],
)
def test_a_certificate_that_rests_on_passes_no_more_stays_void(
    hands: Hands, team: Team, certificate: Certificate, meanwhile, why
):
    decision = decided(hands, ready(hands, seat_in(certificate, "theory"), "A3-2.4"))
    meanwhile(team, certificate)
    told = reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    (sentence,) = [one for one in told if "证书" in one]
    assert f"证书 {certificate.number} 不恢复" in sentence
    assert why in sentence
    state, ended_at, reason, _, credential = state_of(certificate)
    assert (state, credential) == ("void", None)
    assert ended_at is not None
    assert "处理决定已撤销" in reason
    assert certificate.endings.get().undone_at is None, "it was never valid again"
    assert [one.code for one in INVARIANTS if list(one.offenders())] == []


def test_what_was_given_up_while_it_was_valid_took_nothing_from_it(
    hands: Hands, team: Team, certificate: Certificate
):
    give_up_the_other_subject(team, certificate)
    before = state_of(certificate)
    decision = decided(hands, ready(hands, seat_in(certificate, "theory"), "A3-2.4"))
    assert not any(
        "证书" in one for one in reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    )
    assert state_of(certificate) == before
    assert [one.code for one in INVARIANTS if list(one.offenders())] == []


def test_a_replacement_falls_and_returns(hands: Hands, team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    fresh = confirm_ending(actor=team.second, ending=ending)
    before = state_of(fresh)
    decision = decided(hands, ready(hands, seat_in(certificate, "theory"), "A3-3.2"))
    assert [state_of(one)[0] for one in (certificate, fresh)] == ["replaced", "void"]
    reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    assert state_of(fresh) == before
    assert Ending.objects.filter(kind="decision").count() == 1
