"""The time line: every date from the rules, one step that somebody must take now, later slices in place."""

from datetime import date

import pytest

from exams.catalogue.models import FilingWindow
from exams.filing import timeline
from exams.filing.actions import leaving, reviewing
from exams.filing.timeline import DONE, NEXT, NOW, Step, current_step, next_steps
from portal import clock
from tests import factories
from tests.filing.conftest import approve, draft, submitted


@pytest.fixture
def alone(monkeypatch) -> list:
    """Filing's own part: no contributors but those the test adds."""
    added: list = []
    monkeypatch.setattr(timeline, "contributors", added)
    return added


def line(application) -> dict[str, Step]:
    return {step.code: step for step in next_steps(application, clock.today())}


def test_a_draft_is_filled_now_and_submitted_before_the_window_closes(person, offering, alone):
    steps = line(draft(person, offering))
    assert [step.code for step in steps.values()] == [
        "fill", "submit", "review", "pay", "seat", "ticket", "sit", "score",
    ]  # fmt: skip
    assert (steps["fill"].state, steps["submit"].state) == (NOW, NEXT)
    assert (steps["submit"].by, steps["submit"].clause) == (date(2026, 10, 31), "A2")


def test_between_windows_the_draft_waits_for_the_next_one(person, offering, alone, frozen_day):
    application = draft(person, offering)
    FilingWindow.objects.filter(opens_on=date(2026, 10, 1)).delete()
    assert line(application)["submit"].on == date(2026, 11, 1)
    frozen_day(date(2027, 1, 4))
    step = line(application)["submit"]
    assert step.on is None
    assert "尚未公布" in step.note


def test_each_status_has_one_step_to_take_now(person, offering, staff, alone):
    application = submitted(person, offering)
    assert current_step(application, clock.today()).code == "review"
    application = reviewing.return_application(
        actor=staff, application=application, reasons=[{"code": "photo_unfit"}]
    )
    step = current_step(application, clock.today())
    assert (step.code, step.by, step.actor) == ("mend", date(2026, 10, 26), "本人")
    assert "照片不符合要求" in step.note


def test_after_approval_payment_is_due_then_a_seat_by_the_day_of_the_plan(person, offering, staff, alone):
    application = approve(submitted(person, offering), staff)
    step = current_step(application, clock.today())
    assert (step.code, step.by) == ("pay", date(2026, 10, 26))
    assert "480 元" in step.note
    factories.pay(application)
    step = current_step(application, clock.today())
    assert (step.code, step.by, step.actor) == ("seat", date(2026, 11, 30), "本会考务")
    assert line(application)["pay"].state == DONE


def test_an_ended_application_shows_what_was_and_how_it_ended(person, offering, staff, alone):
    application = submitted(person, offering)
    application = leaving.cancel_application(actor=staff, application=application, reason="本人来电要求取消")
    steps = line(application)
    assert list(steps) == ["fill", "submit", "end"]
    assert (steps["end"].title, steps["end"].note) == ("已取消", "本人来电要求取消")
    assert current_step(application, clock.today()) is None


def test_a_later_slice_s_step_takes_the_place_of_the_general_one(person, offering, alone):
    def seated(application, on):
        return [Step("seat", "已安排考核场次", DONE, on=date(2026, 11, 14), provisional=True)]

    alone.append(seated)
    steps = line(draft(person, offering))
    assert steps["seat"].title == "已安排考核场次"
    assert steps["seat"].provisional
    assert [step.code for step in steps.values()].count("seat") == 1
