"""A published score put right by two people; its pass comes, goes or stays; and a second look the person asked for."""

from datetime import date

import pytest
from django.db import transaction

from exams.passes.models import Pass
from exams.results.cancelling import cancel_scores
from exams.results.correcting import ask_correction, confirm_correction, drop_correction
from exams.results.models import Correction, Recheck, Score
from exams.results.publishing import retract_sheet
from exams.results.queries import open_corrections, open_rechecks, results_of, standing_scores
from exams.results.rechecks import answer_recheck, ask_recheck, recheck_until
from portal import clock
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests import factories
from tests.results.world import EXAM_DAY, candidates, hold_session, published

NEXT_WEEK = date(2026, 10, 19)
DECISION = "6b0f0a58-7c8e-4e0e-9d64-0c9d4a3f2c11"


@pytest.fixture
def score(evening, team):
    """`score(55)`: 陈志远's published theory; None for absence."""

    def make(points: int | None) -> Score:
        session = hold_session(candidates("陈志远"))
        return published(session, team, **({} if points is None else {"陈志远": points}))["陈志远"]

    return make


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def correct(team, score: Score, points: int | None) -> Score:
    asked = ask_correction(actor=team.maker, score=score, points=points, reason="合分有误")
    return confirm_correction(actor=team.second, correction=asked)


def validity() -> list[tuple[date, date]]:
    return [(row.published_on, row.valid_until) for row in Pass.objects.all()]


@pytest.mark.parametrize(
    ("points", "reason", "code"),
    [
        (70, " ", "no_reason"),
        (101, "合分有误", "out_of_range"),
        (-1, "合分有误", "out_of_range"),
        (55, "合分有误", "nothing_changed"),
    ],
)
def test_what_cannot_be_asked_for(score, team, points, reason, code):
    with pytest.raises(Refused) as refused:
        ask_correction(actor=team.maker, score=score(55), points=points, reason=reason)
    assert codes(refused) == [code]
    assert not Correction.objects.exists()


def test_nothing_changes_until_another_person_confirms(score, team):
    before = score(55)
    asked = ask_correction(actor=team.maker, score=before, points=66, reason="合分有误")
    assert standing_scores().get() == before
    assert results_of(before.application)[0].frozen
    with pytest.raises(Refused) as refused:
        confirm_correction(actor=team.maker, correction=asked)
    assert codes(refused) == ["second_person_needed"]
    with pytest.raises(Refused) as refused:
        ask_correction(actor=team.third, score=before, points=67, reason="合分有误")
    assert codes(refused) == ["already_asked"]
    after = confirm_correction(actor=team.second, correction=asked)
    assert standing_scores().get() == after
    assert (after.points, after.passed, after.replaces) == (66, True, before)
    assert not results_of(before.application)[0].frozen
    assert Message.objects.get(event="score_corrected").text.count("合分有误") == 1
    with pytest.raises(Refused) as refused:
        confirm_correction(actor=team.third, correction=asked)
    assert codes(refused) == ["not_standing"]


def test_a_dropped_request_changes_nothing_and_another_may_follow(score, team):
    before = score(55)
    asked = ask_correction(actor=team.maker, score=before, points=66, reason="合分有误")
    drop_correction(actor=team.second, correction=asked)
    assert not open_corrections().exists()
    assert not results_of(before.application)[0].frozen
    for act in (confirm_correction, drop_correction):
        with pytest.raises(Refused) as refused:
            act(actor=team.second, correction=asked)
        assert codes(refused) == ["dropped"]
    assert correct(team, before, 58).points == 58


def test_a_pass_comes_with_the_correction_from_its_own_day(score, team, evening):
    before = score(55)
    evening(NEXT_WEEK)
    after = correct(team, before, 60)
    assert validity() == [(NEXT_WEEK, date(2028, 10, 19))]
    assert (after.published_on, after.valid_until) == (NEXT_WEEK, date(2028, 10, 19))


def test_a_pass_goes_and_comes_back_with_its_first_day(score, team, evening):
    before = score(80)
    first = validity()
    evening(NEXT_WEEK)
    middle = correct(team, before, 59)
    assert validity() == []
    assert (middle.passed, middle.valid_until) == (False, None)
    evening(date(2026, 10, 21))
    after = correct(team, middle, 80)
    assert validity() == first == [(EXAM_DAY, date(2028, 10, 12))]
    assert after.published_on == EXAM_DAY


def test_points_alone_leave_the_pass_as_it_was(score, team, evening):
    before = score(80)
    (held,) = Pass.objects.all()
    evening(NEXT_WEEK)
    after = correct(team, before, 90)
    assert Pass.objects.get() == held
    assert (after.published_on, after.valid_until) == (before.published_on, before.valid_until)


def test_an_absence_noted_by_mistake_becomes_a_score_and_back(score, team):
    after = correct(team, score(None), 77)
    assert (after.points, after.passed) == (77, True)
    again = correct(team, after, None)
    assert (again.points, again.passed) == (None, False)
    assert validity() == []


def test_what_rests_on_a_pass_bars_only_what_would_change_it(score, team, evening):
    before = score(80)
    Pass.objects.update(given_up_at=clock.now(), given_up_by=before.application_id)
    assert correct(team, before, 85).points == 85
    with pytest.raises(Refused) as refused:
        ask_correction(actor=team.maker, score=standing_scores().get(), points=59, reason="合分有误")
    assert codes(refused) == ["rested_on"]


def test_a_cancelled_score_is_not_made_a_pass(score, team):
    before = score(40)
    with transaction.atomic():
        cancel_scores(
            actor=team.third,
            application=before.application,
            subjects=["theory"],
            clause="A3-2.1",
            decision_id=DECISION,
        )
    with pytest.raises(Refused) as refused:
        ask_correction(actor=team.maker, score=before, points=80, reason="合分有误")
    assert codes(refused) == ["rested_on"]
    result = results_of(before.application)[0]
    assert not result.passed


def test_a_request_confirmed_after_something_came_to_rest_on_it_is_refused(score, team, evening):
    before = score(80)
    asked = ask_correction(actor=team.maker, score=before, points=50, reason="合分有误")
    Pass.objects.update(given_up_at=clock.now(), given_up_by=before.application_id)
    with pytest.raises(Refused) as refused:
        confirm_correction(actor=team.second, correction=asked)
    assert codes(refused) == ["rested_on"]
    assert standing_scores().get() == before


def test_a_recheck_freezes_the_score_and_is_answered_by_somebody_else(score, team):
    published_score = score(58)
    person = published_score.application.person.account
    recheck = ask_recheck(actor=person, score=published_score, note="总分好像少加了一题")
    assert results_of(published_score.application)[0].frozen
    for hand in (team.maker, team.second):
        with pytest.raises(Refused) as refused:
            answer_recheck(actor=hand, recheck=recheck, result="unchanged", answer="核对无误")
        assert codes(refused) == ["had_a_hand"]
    answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="核对无误")
    result = results_of(published_score.application)[0]
    assert not result.frozen
    assert result.recheck.answer == "核对无误"
    assert "维持原成绩" in Message.objects.get(event="recheck_answered").text
    with pytest.raises(Refused) as refused:
        answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="再答一次")
    assert codes(refused) == ["answered"]
    with pytest.raises(Refused) as refused:
        ask_recheck(actor=person, score=published_score)
    assert codes(refused) == ["already_asked"]


@pytest.mark.parametrize(
    ("result", "answer", "code"),
    [
        ("unchanged", " ", "no_answer"),
        ("perhaps", "核对无误", "no_result"),
        ("changed", "已更正", "no_correction"),
    ],
)
def test_an_answer_says_what_was_found_and_agrees_with_what_was_done(score, team, result, answer, code):
    recheck = ask_recheck(actor=team.maker, score=score(58))
    with pytest.raises(Refused) as refused:
        answer_recheck(actor=team.outsider, recheck=recheck, result=result, answer=answer)
    assert codes(refused) == [code]


def test_a_recheck_that_leads_to_a_correction_keeps_the_score_frozen_until_it_is_answered(score, team):
    before = score(58)
    recheck = ask_recheck(actor=before.application.person.account, score=before)
    asked = ask_correction(actor=team.outsider, score=before, points=61, reason="漏加第三题")
    with pytest.raises(Refused) as refused:
        answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="核对无误")
    assert codes(refused) == ["correction_open"]
    confirm_correction(actor=team.third, correction=asked)
    result = results_of(before.application)[0]
    assert (result.score.points, result.recheck, result.frozen) == (61, recheck, True)
    with pytest.raises(Refused) as refused:
        answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="核对无误")
    assert codes(refused) == ["corrected"]
    answer_recheck(actor=team.outsider, recheck=recheck, result="changed", answer="漏加第三题，已更正")
    assert not results_of(before.application)[0].frozen


def test_until_when_a_recheck_may_be_asked_for(score, team, evening):
    published_score = score(58)
    last = recheck_until(published_score).day
    evening(last)
    with transaction.atomic():
        ask_recheck(actor=team.outsider, score=published_score)
        transaction.set_rollback(True)
    evening(date.fromordinal(last.toordinal() + 1))
    with pytest.raises(Refused) as refused:
        ask_recheck(actor=team.outsider, score=published_score)
    assert codes(refused) == ["too_late"]


def test_an_absence_has_nothing_to_look_at_again(score, team):
    with pytest.raises(Refused) as refused:
        ask_recheck(actor=team.outsider, score=score(None))
    assert codes(refused) == ["absent"]


def test_with_the_retraction_of_its_score_a_recheck_is_over(score, team):
    published_score = score(58)
    recheck = ask_recheck(actor=team.outsider, score=published_score)
    assert list(open_rechecks()) == [recheck]
    retract_sheet(actor=team.third, sheet=published_score.sheet, reason="场次弄错")
    assert not open_rechecks().exists()
    assert results_of(published_score.application)[0].recheck is None
    with pytest.raises(Refused) as refused:
        answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="核对无误")
    assert codes(refused) == ["retracted"]
    assert Recheck.objects.get().answered_at is None


def test_an_institutions_person_may_be_corrected_without_an_account(evening, team):
    institution = factories.make_institution()
    person = factories.make_person("王秀英", with_account=False, phone="+8613912345678")
    application = factories.make_application(person, institution=institution)
    factories.pay(application)
    (before,) = published(hold_session([application]), team, 王秀英=59).values()
    correct(team, before, 60)
    assert Message.objects.filter(event="group_score_corrected").count() == 1
