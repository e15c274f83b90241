"""Reminders before a passed subject ends: to whom, on which days, and never twice."""

from datetime import date

import pytest

from applicants.accounts.export import person_data
from exams.filing.models import Application
from exams.passes.models import Pass
from exams.results.rechecks import ask_recheck
from exams.results.reminding import remind_of_validity
from portal.messages.models import Message
from tests import factories
from tests.results.world import candidates, hold_session, published

pytestmark = pytest.mark.django_db

LAST_DAY = date(2028, 10, 12)


@pytest.fixture
def failed(team):
    (application,) = candidates("王秀英")
    published(hold_session([application]), team, 王秀英=60)
    published(hold_session([application], "practical", hour=13), team, 王秀英=59)
    return application


def told() -> list[str]:
    remind_of_validity()
    remind_of_validity()
    messages = Message.objects.filter(event="validity_ends").order_by("created_at")
    return [message.text for message in messages]


@pytest.mark.parametrize(
    ("on", "reminders"),
    [
        (date(2028, 7, 13), 0),
        (date(2028, 7, 14), 1),
        (date(2028, 9, 12), 1),
        (LAST_DAY, 1),
        (date(2028, 10, 13), 0),
    ],
)
def test_the_first_comes_ninety_days_before_and_a_late_sweep_sends_one(failed, evening, on, reminders):
    evening(on)
    assert len(told()) == reminders


def test_the_second_comes_thirty_days_before(failed, evening):
    evening(date(2028, 7, 20))
    assert len(told()) == 1
    evening(date(2028, 9, 11))
    assert len(told()) == 1
    evening(date(2028, 9, 12))
    texts = told()
    assert len(texts) == 2
    assert "操作技能可以补考，最迟 2028年10月12日 考完" in texts[1]


@pytest.mark.parametrize(("status", "reminders"), [("draft", 1), ("submitted", 0), ("approved", 0)])
def test_who_has_handed_in_something_newer_is_left_alone(failed, evening, status, reminders):
    evening(date(2028, 7, 20))
    factories.make_application(failed.person, failed.offering, status=status)
    assert len(told()) == reminders


@pytest.mark.parametrize(
    "change", [{"given_up_at": "now"}, {"cancelled_at": "now"}, {"from_competition": True}]
)
def test_a_pass_that_serves_no_retake_is_not_spoken_of(failed, evening, change):
    evening(date(2028, 7, 20))
    moment = Application.objects.get(pk=failed.pk).concluded_at
    Pass.objects.update(**{name: moment if value == "now" else value for name, value in change.items()})
    assert told() == []


def test_who_passed_everything_is_not_reminded(team, evening):
    (application,) = candidates("王秀英")
    published(hold_session([application]), team, 王秀英=60)
    published(hold_session([application], "practical", hour=13), team, 王秀英=60)
    evening(date(2028, 7, 20))
    assert told() == []


def test_scores_and_rechecks_are_in_the_person_s_export(failed):
    score = failed.scores.get(subject="practical")
    ask_recheck(actor=failed.person.account, score=score, note="请核对总分")
    data = person_data(failed.person)
    assert len(data["成绩"]) == 2
    assert len(data["考勤"]) == 2
    assert "请核对总分" in str(data["成绩复核"])
