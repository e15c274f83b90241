"""The demo's applications, one in every state, told through the same actions as on the pages, with dates around today.

Each step is rehearsed on its own day in the past month. Running it again changes nothing.
"""

from datetime import timedelta

from django.db.models import F

from applicants.accounts.groups import RECEPTION
from applicants.demo import claim_demo_document, demo_person, demo_staff
from exams.catalogue.loading import copy_notice_into_year
from exams.demo_groups import file_demo_group, leave_groups_waiting
from exams.demo_steps import (
    approve_demo_application,
    days_ago_at_ten,
    draft_demo_application,
    pay_for_demo_application,
    seat_demo_queue,
    submit_demo_application,
)
from exams.filing.actions.reviewing import (
    reject_application,
    return_application,
)
from exams.filing.models import Application
from portal import clock
from portal.messages.models import Message


def seed_demo() -> None:
    """Tell every story that has not been told."""
    copy_notice_into_year((clock.today() - timedelta(days=30)).year)
    if Application.objects.filter(person=demo_person("draft")).exists():
        return
    draft_demo_application("draft", days_ago=2)
    submit_demo_application("submitted", days_ago=3)
    submit_demo_application("special", days_ago=8, needs=["wheelchair", "ground_floor"])
    _return(submit_demo_application("returned", days_ago=9), days_ago=2)
    _reject(submit_demo_application("rejected", days_ago=12), days_ago=7)
    approve_demo_application(submit_demo_application("unpaid", days_ago=6), days_ago=1)
    with days_ago_at_ten(1):
        claim_demo_document("conflict")
    # The far sessions first: later runs would put everybody into the near ones.
    for key, grade, filed_ago in (("seated", 4, 18), ("ticket", 4, 25), ("senior", 3, 25), ("paid", 4, 18)):
        application = approve_demo_application(
            submit_demo_application(key, days_ago=filed_ago, grade=grade), days_ago=filed_ago - 2
        )
        pay_for_demo_application(application, days_ago=filed_ago - 4 if key != "paid" else 1)
        if key == "senior":
            file_demo_group()
            seat_demo_queue(days_ahead=3, grades=(4, 3))
        if key == "seated":
            seat_demo_queue(days_ahead=24, grades=(4,))
    leave_groups_waiting()
    send_demo_messages()


def send_demo_messages() -> None:
    """What was written in the rehearsed past was sent in it, and need not fill the console now."""
    Message.objects.filter(state=Message.State.WAITING).update(
        state=Message.State.SENT, sent_at=F("created_at")
    )


def _return(application: Application, *, days_ago: int) -> None:
    with days_ago_at_ten(days_ago):
        return_application(
            actor=demo_staff(RECEPTION),
            application=application,
            reasons=[{"code": "work_unproven", "note": "请补 2023 年以后的缴费记录。"}],
        )


def _reject(application: Application, *, days_ago: int) -> None:
    with days_ago_at_ten(days_ago):
        reject_application(
            actor=demo_staff(RECEPTION),
            application=application,
            clause="TR2023-2.1",
            reason="单位证明与社保记录不一致，经核对累计工作年限不足 5 年。",
        )
