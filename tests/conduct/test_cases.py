"""The procedure of a case: who may do which step, when, and what is refused in which words (A3)."""

from datetime import date, timedelta

import pytest

from exams.catalogue.models import ListedAct
from exams.conduct.cases import (
    ask_review,
    drop_case,
    give_notice,
    open_case,
    record_service,
    take_statement,
    uphold_decision,
)
from exams.conduct.models import Case, CaseStep, Decision
from exams.conduct.queries import Stage, cases_of, deadline_of, open_cases, stage_of
from exams.filing.models import Status
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
    served,
    stated,
)
from tests.results.world import EXAM_DAY

TERM_ENDS = date(2026, 10, 19)
"""The fifth working day after Monday 12 October 2026."""
REVIEW_ENDS = date(2026, 10, 26)
"""The tenth."""


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def events() -> list[str]:
    return list(Message.objects.filter(channel="sms").order_by("created_at").values_list("event", flat=True))


@pytest.fixture
def seat(hands):
    return sat("陈志远")[1][0]


def stage(case: Case) -> Stage:
    return stage_of(Case.objects.get(pk=case.pk))


def test_the_whole_way_and_what_the_person_hears(hands, seat, evening):
    case = opened(hands, seat)
    assert stage(case) == Stage.OPENED
    assert events() == []
    assert not cases_of(seat.person)
    notified(hands, case)
    assert stage(case) == Stage.NOTIFIED
    assert (deadline_of(case), list(cases_of(seat.person))) == (TERM_ENDS, [case])
    stated(hands, case)
    assert stage(case) == Stage.TO_DECIDE
    assert deadline_of(case) is None
    decided(hands, case)
    assert stage(case) == Stage.DECIDED
    served(hands, case)
    assert (stage(case), deadline_of(Case.objects.get())) == (Stage.SERVED, REVIEW_ENDS)
    review_asked(case)
    assert stage(case) == Stage.REVIEW
    uphold_decision(actor=hands.reviewer, case=case, text="录像与记录相符，维持。")
    assert stage(case) == Stage.FINAL
    assert open_cases() == []
    assert events() == ["case_notice", "decision_made", "decision_served", "review_answered"]


def test_no_message_names_the_misconduct(hands, seat):
    case = stated(hands, notified(hands, opened(hands, seat)))
    decided(hands, case)
    served(hands, case)
    texts = "".join(message.text for message in Message.objects.all())
    assert "禁" not in texts
    assert "违" not in texts
    assert "抄" not in texts


def test_silence_lets_the_term_pass(hands, seat, evening):
    case = notified(hands, opened(hands, seat))
    evening(TERM_ENDS)
    with pytest.raises(Refused) as refusal:
        decided(hands, case)
    assert codes(refusal) == ["wrong_stage"]
    evening(TERM_ENDS + timedelta(days=1))
    assert stage(case) == Stage.TO_DECIDE
    decided(hands, case)


def test_a_new_notice_asks_the_person_anew(hands, seat, evening):
    case = stated(hands, notified(hands, opened(hands, seat)))
    evening(EXAM_DAY + timedelta(days=1))
    notified(hands, case)
    assert stage(case) == Stage.NOTIFIED
    assert deadline_of(case) == TERM_ENDS + timedelta(days=1)


def test_a_notice_that_was_brought_earlier_counts_from_its_day(hands, seat, evening):
    case = opened(hands, seat)
    evening(EXAM_DAY + timedelta(days=2))
    step = give_notice(
        actor=hands.opener, case=case, facts=FACTS, reasons="见记录", on=EXAM_DAY, how="当面送交"
    )
    assert (step.on, step.due_on) == (EXAM_DAY, TERM_ENDS)
    for day in (EXAM_DAY - timedelta(days=1), EXAM_DAY + timedelta(days=3)):
        with pytest.raises(Refused) as refusal:
            give_notice(actor=hands.opener, case=case, facts=FACTS, reasons="见记录", on=day)
        assert refusal.value.findings[0].field == "on"


def test_a_late_statement_is_still_heard_before_the_decision(hands, seat, evening):
    case = notified(hands, opened(hands, seat))
    evening(TERM_ENDS + timedelta(days=3))
    assert stated(hands, case).steps.filter(kind="statement").count() == 1


def test_nothing_is_said_to_a_notice_that_was_not_given(hands, seat):
    with pytest.raises(Refused) as refusal:
        take_statement(actor=seat.person.account, case=opened(hands, seat), text="我没有抄。")
    assert codes(refusal) == ["wrong_stage"]


def test_empty_words_are_refused_at_their_fields(hands, seat):
    case = opened(hands, seat)
    with pytest.raises(Refused) as refusal:
        give_notice(actor=hands.opener, case=case, facts=" ", reasons="", severity="minor")
    assert {one.field for one in refusal.value.findings} == {"facts", "reasons", "severity"}
    with pytest.raises(Refused) as refusal:
        drop_case(actor=hands.opener, case=case, reason=" ")
    assert codes(refusal) == ["no_reason"]
    assert not CaseStep.objects.exists()


def test_a_grave_act_needs_its_severity_told(hands, seat):
    case = opened(hands, seat, "A3-4.5")
    with pytest.raises(Refused) as refusal:
        notified(hands, case)
    assert codes(refusal) == ["no_severity"]


def test_dropped_cases_are_over_and_the_person_hears_of_it_if_they_knew(hands, seat):
    unknown, known = opened(hands, seat), notified(hands, opened(hands, seat, "A3-3.5"))
    for case in (unknown, known):
        drop_case(actor=hands.opener, case=case, reason="经查不属实")
        assert stage(case) == Stage.DROPPED
    assert events() == ["case_notice", "case_dropped"]
    with pytest.raises(Refused):
        stated(hands, known)


class TestOpening:
    def open(self, hands, sitting, **values):
        given = {
            "actor": hands.opener,
            "application": sitting.application,
            "act": ListedAct.objects.get(pk=values.pop("act_code", "A3-3.2")),
            "act_on": EXAM_DAY,
            "facts": FACTS,
        }
        return open_case(**(given | values))

    def test_numbers_are_case_numbers(self, hands, seat):
        case = self.open(hands, seat)
        assert case.number.startswith("W26")
        assert len(case.number) == 11

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"facts": " "}, "no_facts"),
            ({"act_on": EXAM_DAY + timedelta(days=1)}, "in_future"),
            ({"act_code": "A3-2.4"}, "no_seat"),
        ],
    )
    def test_what_is_missing_is_named(self, hands, seat, values, code):
        with pytest.raises(Refused) as refusal:
            self.open(hands, seat, **values)
        assert codes(refusal) == [code]
        assert not Case.objects.exists()

    def test_a_draft_is_no_sitting_yet(self, hands, seat):
        draft = factories.make_application(status=Status.DRAFT)
        with pytest.raises(Refused) as refusal:
            self.open(hands, seat, application=draft)
        assert codes(refusal) == ["not_submitted"]

    def test_somebody_elses_seat_is_refused(self, hands, seat):
        _, (other,) = sat("林晓梅", subject="practical")
        with pytest.raises(Refused) as refusal:
            self.open(hands, seat, seat=other)
        assert codes(refusal) == ["other_seat"]

    @pytest.mark.parametrize("act", ["A3-2.1", "A3-2.2", "A3-2.3"])
    def test_breaking_the_rules_of_the_room_needs_a_warning_that_was_ignored(self, hands, seat, act):
        silent = incident_of(hands, seat.session, seat)
        for incident in (None, silent):
            with pytest.raises(Refused) as refusal:
                self.open(hands, seat, act_code=act, seat=seat, incident=incident)
            assert codes(refusal) == ["no_warning"]
        warned = incident_of(hands, seat.session, seat, warned=True)
        assert self.open(hands, seat, act_code=act, seat=seat, incident=warned).act_id == act

    def test_the_record_must_be_of_this_person_and_day(self, hands, seat):
        session, (other,) = sat("林晓梅", subject="practical")
        incident = incident_of(hands, session, other)
        with pytest.raises(Refused) as refusal:
            self.open(hands, seat, seat=seat, incident=incident, act_on=EXAM_DAY - timedelta(days=1))
        assert set(codes(refusal)) == {"not_in_record", "other_day"}

    def test_the_same_act_is_opened_once(self, hands, seat):
        first = self.open(hands, seat, seat=seat)
        with pytest.raises(Refused) as refusal:
            self.open(hands, seat, seat=seat)
        assert codes(refusal) == ["already_open"]
        drop_case(actor=hands.opener, case=first, reason="立错了人")
        assert self.open(hands, seat, seat=seat).pk != first.pk


class TestReview:
    @pytest.fixture
    def case(self, hands, seat):
        case = stated(hands, notified(hands, opened(hands, seat)))
        decided(hands, case)
        return case

    def ask(self, case, **values):
        return ask_review(actor=case.person.account, case=case, text="没有抄", **values)

    def test_within_the_term_to_its_last_day(self, hands, case, evening):
        served(hands, case)
        evening(REVIEW_ENDS)
        assert self.ask(case).on == REVIEW_ENDS

    def test_not_after_it(self, hands, case, evening):
        served(hands, case)
        evening(REVIEW_ENDS + timedelta(days=1))
        assert stage(case) == Stage.FINAL
        with pytest.raises(Refused) as refusal:
            self.ask(case)
        assert codes(refusal) == ["too_late"]

    def test_asked_in_time_though_written_down_later(self, hands, case, evening):
        served(hands, case)
        evening(REVIEW_ENDS + timedelta(days=1))
        self.ask(case, on=REVIEW_ENDS, how="来信")
        assert stage(case) == Stage.REVIEW

    def test_before_the_service_there_is_no_end(self, case, evening):
        evening(REVIEW_ENDS + timedelta(days=30))
        self.ask(case)

    def test_once(self, hands, case):
        review_asked(case)
        with pytest.raises(Refused) as refusal:
            review_asked(case)
        assert codes(refusal) == ["wrong_stage"]

    def test_by_neither_opener_nor_decider(self, hands, case):
        review_asked(case)
        for hand in (hands.opener, hands.decider):
            with pytest.raises(Refused) as refusal:
                uphold_decision(actor=hand, case=case, text="维持")
            assert codes(refusal) == ["had_a_hand"]

    def test_service_says_how_and_not_before_the_decision(self, hands, case):
        with pytest.raises(Refused) as refusal:
            record_service(actor=hands.opener, case=case, how="", on=EXAM_DAY - timedelta(days=1))
        assert {one.field for one in refusal.value.findings} == {"how", "on"}
        assert Decision.objects.get().reversed_at is None


def test_open_cases_come_by_what_is_due(hands, evening):
    seats = sat("陈志远", "林晓梅", "赵文博")[1]
    waiting = notified(hands, opened(hands, seats[0]))
    evening(EXAM_DAY + timedelta(days=1))
    later = notified(hands, opened(hands, seats[1]))
    new = opened(hands, seats[2])
    assert open_cases() == [new, waiting, later]
