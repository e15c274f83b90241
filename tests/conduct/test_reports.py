"""What the authorities must be told: a referral, ended certificates, results sent in; and what they were (A3-end)."""

from datetime import timedelta

import pytest

from certificates.ending import ask_ending, confirm_ending
from certificates.models import Certificate, OutcomeExport
from exams.conduct.deciding import reverse_decision
from exams.conduct.models import Telling, ToldItem
from exams.conduct.telling import mark_told, open_items, tellings, withdraw_told
from exams.filing.groups.models import ColumnMapping
from exams.filing.models import Status
from exams.passes.models import Pass
from portal import clock
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from portal.rules.wording import day_text
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


def to_tell() -> list[str]:
    return [one.text for one in open_items()]


def tell_all(actor, **fields: object) -> Telling:
    values = {"office": "市职业技能鉴定中心", "reference": "沪健促 2026 年第 18 号", "told_on": clock.today()}
    return mark_told(actor=actor, keys=[one.key for one in open_items()], **(values | fields))


@pytest.mark.parametrize(
    ("act", "severity", "referred"),
    [("A3-4.5", "serious", True), ("A3-4.5", "minor", False), ("A3-3.1", "", False)],
)
def test_only_grave_acts_are_referred(hands, seat, act, severity, referred):
    decide(hands, seat, act, severity)
    assert ["移送" in sentence for sentence in to_tell()] == [True] * referred


@pytest.fixture
def certificate(seat, evening) -> Certificate:
    """Issued on the scores of the exam day, forty days later."""
    evening(EXAM_DAY + timedelta(days=40))
    certificate = make_certificate(seat.application)
    certificate.passes.set(Pass.objects.all())
    return certificate


def test_what_was_told_leaves_the_list_and_stands_in_the_other(hands, seat):
    case = decide(hands, seat, "A3-4.5", "serious").case
    (item,) = open_items()
    assert (item.duty.case, item.duty.person, item.reversal) == (case, case.person, False)
    telling = tell_all(hands.opener)
    assert to_tell() == []
    (row,) = telling.items.all()
    assert row.text == f"案件 {case.number}：{item.text}"
    assert (telling.recorded_by, telling.reference) == (hands.opener, "沪健促 2026 年第 18 号")
    assert list(tellings()) == [telling]
    entry = AuditEntry.objects.get(action="conduct.told")
    assert entry.person_id == str(case.person_id)
    assert entry.detail["reference"] == telling.reference


def test_a_certificate_found_undeserved_afterwards_is_void_and_told_and_told_again(hands, seat, certificate):
    decision = decide(hands, seat, "A3-3.2")
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.VOID
    assert to_tell() == ["2026年11月21日 作废，报告主管部门撤销已上网的证书数据（附件3 末段）。"]
    tell_all(hands.opener)
    reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    (item,) = open_items()
    assert item.reversal
    assert item.text == "证书于 2026年11月21日 恢复有效，报告主管部门恢复证书数据。"
    tell_all(hands.opener)
    assert to_tell() == []
    assert ToldItem.objects.count() == 2


@pytest.mark.parametrize(("act", "severity"), [("A3-4.5", "serious"), ("A3-3.2", "")])
def test_what_was_reversed_before_anybody_was_told_is_told_to_nobody(hands, seat, certificate, act, severity):
    decision = decide(hands, seat, act, severity)
    assert to_tell()
    reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    assert to_tell() == []


def test_a_referral_that_was_told_is_told_as_reversed_until_it_was(hands, seat):
    decision = decide(hands, seat, "A3-4.5", "serious")
    tell_all(hands.opener)
    reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    assert to_tell() == [f"处理决定已于 {day_text(clock.today())} 撤销，此前的移送一并撤回。"]
    tell_all(hands.opener, reference="沪健促 2026 年第 19 号")
    assert to_tell() == []


def test_a_certificate_that_stays_void_though_the_decision_fell_is_still_told(hands, seat, certificate):
    decision = decide(hands, seat, "A3-3.2")
    certificate.passes.update(given_up_at=clock.now())
    reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.VOID
    (sentence,) = to_tell()
    assert "撤销已上网的证书数据" in sentence


@pytest.mark.parametrize(("kind", "words"), [("void", "作废"), ("reissue", "换发为")])
def test_what_staff_ended_is_told_too(hands, seat, certificate, kind, words):
    ending = ask_ending(actor=hands.opener, certificate=certificate, kind=kind, reason="遗失")
    assert to_tell() == [], "nothing ended yet"
    confirm_ending(actor=hands.decider, ending=ending)
    (sentence,) = to_tell()
    assert words in sentence
    tell_all(hands.opener)
    assert to_tell() == []


def test_results_sent_in_before_the_decision_are_cancelled_there(hands, seat, evening):
    mapping = ColumnMapping.objects.create(
        name="成绩",
        purpose="outcomes",
        columns=[],
        sheet="成绩",
        changed_by=hands.opener,
        changed_at=clock.now(),
    )
    export = OutcomeExport.objects.create(
        about="scores",
        since=clock.today(),
        until=clock.today(),
        mapping=mapping,
        columns=[],
        rows=1,
        made_by=hands.opener,
        made_at=clock.now() - timedelta(hours=1),
    )
    export.applications.set([seat.application])
    decide(hands, seat, "A3-3.1")
    assert to_tell() == [
        f"申报 {seat.application.number} 的成绩已经报送，报告主管部门予以取消（附件3 末段）。"
    ]


def refusal(act, *args, **fields) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **fields)
    return refused.value.findings[0].code


def test_what_cannot_be_told_is_refused_in_a_sentence(hands, seat):
    decide(hands, seat, "A3-4.5", "serious")
    keys = [one.key for one in open_items()]
    assert refusal(tell_all, hands.opener, office=" ") == "no_office"
    assert refusal(tell_all, hands.opener, reference=" ") == "no_reference"
    assert refusal(tell_all, hands.opener, told_on=clock.today() + timedelta(days=1)) == "in_future"
    assert refusal(tell_all, hands.opener, told_on=clock.today() - timedelta(days=1)) == "too_early"
    assert refusal(tell_all, seat.person.account) == "own_report"
    assert not Telling.objects.exists()
    tell_all(hands.opener)
    assert refusal(tell_all, hands.opener) == "none_chosen"
    again = {"office": "鉴定中心", "reference": "19", "told_on": clock.today()}
    assert refusal(mark_told, actor=hands.opener, keys=keys, **again) == "not_open"


def test_an_entry_made_by_mistake_is_taken_back_and_the_item_is_to_be_told_again(hands, seat):
    decision = decide(hands, seat, "A3-4.5", "serious")
    item = tell_all(hands.opener).items.get()
    assert refusal(withdraw_told, actor=hands.opener, item=item, reason=" ") == "no_reason"
    assert refusal(withdraw_told, actor=seat.person.account, item=item, reason="点错") == "own_report"
    reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
    reversal = tell_all(hands.opener).items.get()
    assert refusal(withdraw_told, actor=hands.opener, item=item, reason="点错") == "reversal_told"
    withdraw_told(actor=hands.opener, item=reversal, reason="点错了")
    assert [one.reversal for one in open_items()] == [True]
    withdraw_told(actor=hands.opener, item=item, reason="点错了")
    assert open_items() == [], "never told, and reversed since"
    assert refusal(withdraw_told, actor=hands.opener, item=item, reason="点错") == "withdrawn"


def test_a_certificate_of_a_later_application_that_rests_on_the_score_falls_too(hands, seat):
    """Theory of this sitting, practical of a retake: the certificate is the retake's."""
    retake = factories.make_application(
        factories.make_person("林晓梅"), status=Status.APPROVED, concluded_at=clock.now()
    )
    certificate = make_certificate(retake)
    certificate.passes.set(Pass.objects.filter(subject="theory"))
    decide(hands, seat, "A3-3.2")
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.VOID
    assert [one.duty.title for one in open_items()] == [f"证书 {certificate.number}"]


def test_a_list_of_many_needs_no_more_queries(hands, evening, django_assert_max_num_queries):
    for number, name in enumerate(("陈志远", "林晓梅", "吴梅")):
        (application,) = candidates(name)
        session = hold_session([application], hour=9 + number)
        decide(hands, seat_of(application, session), "A3-4.5", "serious")
    with django_assert_max_num_queries(5):
        assert len(open_items()) == 3
