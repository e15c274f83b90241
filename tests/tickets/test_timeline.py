"""What seats add to the time line: the opening day, the day itself, and by when scores are due."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from exams.arrangement import sessions
from exams.filing.steps import timeline_rows
from exams.filing.timeline import NEXT, NOW, next_steps
from exams.results.models import Cancellation
from exams.tickets.queries import my_standings
from portal import clock
from tests import factories

pytestmark = pytest.mark.django_db


def line(application, on):
    return {step.code: step for step in next_steps(application, on)}


def test_scores_are_due_twenty_working_days_after_the_last_subject(seat_someone, september):
    application = seat_someone().application
    before = line(application, date(2026, 9, 10))
    assert before["ticket"].on == date(2026, 9, 29)
    assert (before["score"].state, before["score"].by) == (NEXT, date(2026, 11, 9))
    september(date(2026, 10, 13))
    assert line(application, date(2026, 10, 13))["score"].state == NOW


def test_papers_marked_by_hand_take_thirty_working_days(seat_someone, september):
    application = seat_someone().application
    application.offering.schemes.update(inspected=True)
    assert line(application, date(2026, 9, 10))["score"].by == date(2026, 11, 23)


def test_without_seats_the_line_gives_no_day_for_scores(seat_someone, september):
    application = seat_someone().application
    application.seats.update(released_at=application.created_at)
    (score,) = [row for row in timeline_rows(application, date(2026, 9, 10)) if row["title"] == "公布成绩"]
    assert score["when"] == ""


def test_a_called_off_subject_is_waited_for_and_gives_no_day_for_scores(seat_someone, september, client):
    seated = seat_someone()
    planner = factories.make_staff("顾晓峰")
    sessions.call_off_session(actor=planner, session=seated.practical, reason="台风")
    steps = line(seated.application, date(2026, 9, 10))
    assert "操作技能等待重新安排" in steps["seat"].note
    assert steps["score"].by is None
    client.force_login(seated.application.person.account)
    assert "操作技能：等待重新安排" in client.get(reverse("tickets:mine")).content.decode()


def test_nobody_waits_for_another_day_of_a_cancelled_subject(seat_someone, september, client):
    seated = seat_someone()
    sessions.call_off_session(actor=factories.make_staff("顾晓峰"), session=seated.practical, reason="台风")
    cancel(seated.application, "practical")
    steps = line(seated.application, date(2026, 9, 10))
    assert "重新安排" not in steps["seat"].note
    assert (steps["score"].title, steps["score"].note) == (
        "部分科目成绩已取消",
        "理论知识待考；操作技能成绩已取消。",
    )
    client.force_login(seated.application.person.account)
    assert "等待重新安排" not in client.get(reverse("tickets:mine")).content.decode()
    sessions.call_off_session(actor=factories.make_staff("蒋文"), session=seated.theory, reason="台风")
    cancel(seated.application, "theory")
    (standing,) = my_standings(seated.application.person.account)
    assert [gate.code for gate in standing.gates] == ["cancelled"]


def cancel(application, subject):
    Cancellation.objects.create(
        application=application,
        subject=subject,
        clause="A3-2.1",
        decision_id=uuid4(),
        cancelled_at=clock.now(),
    )
