"""The kernel's own exceptions on the first page: what should never wait, and dates that are not certain yet."""

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse

from portal import clock
from portal.audit import trail
from portal.counter.ages import age_in_working_days
from portal.messages.models import Message
from portal.registry import Queue
from portal.workdays import PUBLISHED_YEARS

LOOK_AHEAD = timedelta(days=60)
"""How far dates are counted ahead in ordinary work: pay-by days, sessions, openings."""


def unpublished_years() -> list[int]:
    """Years that dates are counted through now and whose holiday arrangement the calendar library does not know."""
    today = clock.today()
    return sorted({today.year, (today + LOOK_AHEAD).year} - set(PUBLISHED_YEARS))


def _failed() -> QuerySet[Message]:
    return Message.objects.filter(state=Message.State.FAILED)


QUEUES = (
    Queue(
        code="messages_failed",
        title="消息发送失败",
        order=85,
        count=lambda: _failed().count(),
        oldest_working_days=lambda: age_in_working_days(
            _failed().order_by("created_at").values_list("created_at", flat=True).first()
        ),
        url=lambda: reverse("admin:portal_message_changelist") + "?state__exact=failed",
        permission="portal.view_message",
        help_text="请改用电话通知，并核对手机号。",
        attention=True,
    ),
    Queue(
        code="trail_unsealed",
        title="操作记录未封存",
        order=90,
        count=trail.unsealed_too_long,
        oldest_working_days=lambda: None,
        url=lambda: reverse("admin:portal_auditentry_changelist"),
        permission="portal.view_auditentry",
        help_text="超过 5 分钟未封存，说明后台停了。请通知管理员。",
        attention=True,
    ),
    Queue(
        code="calendar_provisional",
        title="放假安排未公布的年份",
        order=95,
        count=lambda: len(unpublished_years()),
        oldest_working_days=lambda: None,
        url=lambda: reverse("admin:portal_dayexception_changelist"),
        permission="portal.view_dayexception",
        help_text="有关日期都是暂定。国务院办公厅公布后请升级日历，或逐日登记例外。",
        attention=True,
    ),
)

WORDS = {
    "calendar.exception_set": "登记日历例外",
    "calendar.exception_lifted": "撤销日历例外",
}
LOOKS: dict[str, str] = {}
