"""A decision is made by a second person, on what the person was told, with every effect seen first; and taken back."""

from datetime import date, timedelta

import pytest

from applicants.standing.models import Bar
from exams.conduct import effects as conduct_effects
from exams.conduct.cases import give_notice, uphold_decision
from exams.conduct.deciding import decide, preview_effects, reverse_decision
from exams.conduct.models import AppliedEffect, Case, Decision
from exams.conduct.queries import Stage, stage_of
from exams.results.models import Cancellation
from portal import clock, registry
from portal.audit.models import AuditEntry
from portal.models import Message
from portal.rules.findings import Refused
from tests import factories
from tests.conduct.procedure import (
    FACTS,
    decided,
    incident_of,
    notified,
    opened,
    review_asked,
    sat,
    stated,
)
from tests.results.world import EXAM_DAY


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


@pytest.fixture
def seat(hands):
    return sat("陈志远")[1][0]


@pytest.fixture
def ripe(hands, seat):
    """A case the person has spoken to, ready for its decision."""

    def make(act: str = "A3-3.2", *, severity: str = "", **values) -> Case:
        return stated(hands, notified(hands, opened(hands, seat, act, **values), severity=severity))

    return make


def choose(hands, case, **values):
    given = {
        "actor": hands.decider,
        "case": case,
        "severity": "",
        "body": "own",
        "effective_on": EXAM_DAY,
        "reasons": "陈述不予采纳。",
    }
    return decide(**(given | values))


def test_the_preview_writes_nothing_and_is_kept_with_the_decision(hands, ripe):
    case = ripe()
    seen = preview_effects(case, "", "own", EXAM_DAY)
    assert [title for title, _ in seen] == ["成绩", "禁考期"]
    assert not Decision.objects.exists()
    assert not Cancellation.objects.exists()
    assert not Bar.objects.exists()
    decision = choose(hands, case, seen=seen)
    kept = Decision.objects.get(pk=decision.pk)
    assert kept.preview == [[title, sentences] for title, sentences in seen]
    assert kept.effects["barred_until"] == "2026-12-31"


def test_what_changed_since_the_preview_is_seen_again(hands, ripe):
    case = ripe()
    seen = preview_effects(case, "", "own", EXAM_DAY)
    factories.make_application(case.person, factories.Offering.objects.get(grade=3))
    with pytest.raises(Refused) as refusal:
        choose(hands, case, seen=seen)
    assert codes(refusal) == ["preview_changed"]
    assert not Decision.objects.exists()


def test_not_by_who_opened_it(hands, ripe):
    with pytest.raises(Refused) as refusal:
        choose(hands, ripe(), actor=hands.opener)
    assert codes(refusal) == ["second_person_needed"]


@pytest.mark.parametrize("prepare", [opened, lambda hands, seat: notified(hands, opened(hands, seat))])
def test_not_before_the_person_was_told_and_heard(hands, seat, prepare):
    with pytest.raises(Refused) as refusal:
        choose(hands, prepare(hands, seat))
    assert codes(refusal) == ["wrong_stage"]


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"severity": "serious"}, ["severity"]),
        ({"body": "nobody"}, ["body"]),
        ({"effective_on": EXAM_DAY - timedelta(days=1)}, ["effective_on"]),
        ({"effective_on": EXAM_DAY + timedelta(days=31)}, ["effective_on"]),
        ({"reasons": " "}, ["reasons"]),
    ],
)
def test_what_a_decision_must_say(hands, ripe, values, fields):
    with pytest.raises(Refused) as refusal:
        choose(hands, ripe(), **values)
    assert [one.field for one in refusal.value.findings] == fields
    assert not Decision.objects.exists()


def test_a_grave_act_needs_its_severity_and_no_graver_one_than_was_told(hands, ripe):
    case = ripe("A3-4.5", severity="minor")
    for severity, code in (("", "no_severity"), ("serious", "graver_than_told")):
        with pytest.raises(Refused) as refusal:
            choose(hands, case, severity=severity)
        assert codes(refusal) == [code]
    give_notice(actor=hands.opener, case=case, facts=FACTS, reasons="查明系组织者", severity="serious")
    with pytest.raises(Refused) as refusal:
        choose(hands, case, severity="serious")
    assert codes(refusal) == ["wrong_stage"], "the new notice gives a new term"
    stated(hands, case)
    assert choose(hands, case, severity="serious").effects["refer"]


def test_a_lighter_severity_than_told_is_no_surprise(hands, ripe):
    decision = choose(hands, ripe("A3-4.5", severity="serious"), severity="minor")
    assert decision.effects["barred_until"] == "2028-10-12"


def test_a_warning_taken_back_is_no_warning_any_more(hands, seat):
    """The record is read again at the decision."""
    incident = incident_of(hands, seat.session, seat, warned=True)
    case = stated(hands, notified(hands, opened(hands, seat, "A3-2.1", incident=incident)))
    incident.persons.update(went_on=False)
    with pytest.raises(Refused) as refusal:
        choose(hands, case)
    assert codes(refusal) == ["no_warning"]


def test_a_case_is_decided_once(hands, ripe):
    case = ripe()
    choose(hands, case)
    with pytest.raises(Refused) as refusal:
        choose(hands, case)
    assert codes(refusal) == ["wrong_stage"]


def test_nothing_is_applied_by_halves(hands, ripe, monkeypatch):
    def fail(decision):
        raise RuntimeError("the last effect breaks")

    last = registry.decision_effects[-1]
    monkeypatch.setattr(type(last), "apply", lambda self, decision: fail(decision))
    case = ripe()
    with pytest.raises(RuntimeError):
        choose(hands, case)
    for model in (Decision, Bar, Cancellation, AppliedEffect):
        assert not model.objects.exists()
    assert not Message.objects.filter(event="decision_made").exists()


def test_effects_stand_in_the_written_order():
    codes = [effect.code for effect in registry.decision_effects]
    assert codes[:6] == [effect.code for effect in conduct_effects.EFFECTS]
    assert codes[:6] == ["scores", "admission", "bar", "seats", "tickets", "fees"]
    assert len(set(codes)) == len(codes)


class TestReversal:
    @pytest.fixture
    def decision(self, hands, ripe):
        return decided(hands, ripe())

    def test_by_another_person_with_a_reason(self, hands, decision):
        for actor, reason, code in (
            (hands.decider, "认定有误", "second_person_needed"),
            (hands.reviewer, " ", "no_reason"),
        ):
            with pytest.raises(Refused) as refusal:
                reverse_decision(actor=actor, decision=decision, reason=reason)
            assert codes(refusal) == [code]
        assert Bar.objects.get().lifted_at is None

    def test_leaves_nothing_in_force_and_says_so(self, hands, decision):
        reverse_decision(actor=hands.reviewer, decision=decision, reason="监控录像显示没有抄看")
        decision.refresh_from_db()
        assert decision.reversed_by == hands.reviewer
        assert not decision.applied.filter(reversed_at=None).exists()
        assert Bar.objects.get().lifted_at is not None
        assert stage_of(decision.case) == Stage.REVERSED
        assert Message.objects.filter(event="decision_reversed", channel="sms").count() == 1
        assert AuditEntry.objects.filter(action="conduct.reverse_decision").count() == 1

    def test_once(self, hands, decision):
        reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
        with pytest.raises(Refused) as refusal:
            reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
        assert codes(refusal) == ["already_reversed"]

    def test_in_answer_to_a_review_by_neither_opener_nor_decider(self, hands, decision):
        review_asked(decision.case)
        with pytest.raises(Refused) as refusal:
            reverse_decision(actor=hands.opener, decision=decision, reason="认定有误")
        assert codes(refusal) == ["had_a_hand"]
        reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
        with pytest.raises(Refused) as refusal:
            uphold_decision(actor=hands.reviewer, case=decision.case, text="维持")
        assert codes(refusal) == ["wrong_stage"]

    def test_afterwards_the_act_can_be_taken_up_anew(self, hands, decision, seat):
        reverse_decision(actor=hands.reviewer, decision=decision, reason="告知的事实有误")
        case = stated(hands, notified(hands, opened(hands, seat)))
        assert decided(hands, case).pk != decision.pk


@pytest.mark.parametrize(
    ("act", "act_on", "effective_on", "until"),
    [
        ("A3-3.1", date(2026, 10, 12), date(2026, 12, 31), date(2026, 12, 31)),
        ("A3-3.1", date(2026, 10, 12), date(2027, 1, 1), None),
        ("A3-4.4", date(2026, 10, 12), date(2028, 2, 29), date(2030, 2, 28)),
    ],
)
def test_a_bar_ends_where_the_rules_say(hands, seat, evening, act, act_on, effective_on, until):
    severity = "minor" if act.startswith("A3-4") else ""
    case = stated(hands, notified(hands, opened(hands, seat, act), severity=severity))
    evening(clock.start_of(effective_on) + timedelta(hours=9))
    decision = choose(hands, case, severity=severity, effective_on=effective_on)
    bar = Bar.objects.filter(decision_id=decision.pk).first()
    assert (bar and bar.barred_until) == until
    told = dict(decision.preview)["禁考期"]
    assert ("不再禁考" in told[0]) == (until is None)
