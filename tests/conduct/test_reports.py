"""What the authorities must be told of a decision: a referral, void certificates, results sent in (A3-4, A3-end)."""

from datetime import timedelta

import pytest

from certificates.models import Certificate
from exams.conduct.deciding import reverse_decision
from exams.conduct.queries import to_report
from exams.filing.models import Status
from exams.passes.models import Pass
from portal import clock
from tests import factories
from tests.certificates.world import make_certificate
from tests.conduct.procedure import decided, notified, opened, stated
from tests.results.world import EXAM_DAY, Team, candidates, hold_session, published, seat_of


@pytest.fixture
def seat(evening):
    """Both subjects passed and published on the exam day."""
    (application,) = candidates("陈志远")
    theory, practical = hold_session([application]), hold_session([application], "practical", hour=14)
    published(theory, Team(), 陈志远=80)
    published(practical, Team(), 陈志远=70)
    return seat_of(application, theory)


def decide(hands, seat, act: str, severity: str = ""):
    return decided(
        hands, stated(hands, notified(hands, opened(hands, seat, act), severity=severity)), severity=severity
    )


def told(decision) -> list[str]:
    return [sentence for _, sentences in to_report([decision]) for sentence in sentences]


@pytest.mark.parametrize(
    ("act", "severity", "referred"),
    [("A3-4.5", "serious", True), ("A3-4.5", "minor", False), ("A3-3.1", "", False)],
)
def test_only_grave_acts_are_referred(hands, seat, act, severity, referred):
    sentences = told(decide(hands, seat, act, severity))
    assert ["移送" in sentence for sentence in sentences] == [True] * referred


def test_a_certificate_found_undeserved_afterwards_is_void_and_reported(hands, seat, evening):
    evening(EXAM_DAY + timedelta(days=40))
    certificate = make_certificate(seat.application)
    certificate.passes.set(Pass.objects.all())
    decision = decide(hands, seat, "A3-3.2")
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.VOID
    assert told(decision) == [
        f"证书 {certificate.number} 已作废，报告主管部门撤销已上网的证书数据（附件3 末段）。"
    ]
    reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    decision.refresh_from_db()
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.VALID
    assert told(decision) == ["处理决定已于 2026年11月21日 撤销。此前移送、报告过的，一并告知撤销。"]


def test_a_certificate_of_a_later_application_that_rests_on_the_score_falls_too(hands, seat):
    """Theory of this sitting, practical of a retake: the certificate is the retake's."""
    retake = factories.make_application(
        factories.make_person("林晓梅"), status=Status.APPROVED, concluded_at=clock.now()
    )
    certificate = make_certificate(retake)
    certificate.passes.set(Pass.objects.filter(subject="theory"))
    decision = decide(hands, seat, "A3-3.2")
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.VOID
    assert certificate.number in told(decision)[0]


def test_a_list_of_many_needs_no_more_queries(hands, seat, django_assert_num_queries):
    decision = decide(hands, seat, "A3-4.5", "serious")
    for rows in ([decision], [decision] * 50):
        with django_assert_num_queries(2):
            assert len(to_report(rows)) == len(rows)
