"""What arrangement adds to the counter's first page, and its deeds in words."""

from django.db.models import QuerySet
from django.urls import reverse

from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import live_seats, queue
from portal import clock
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _undrawn() -> QuerySet[Seat]:
    return live_seats().filter(number=None, session__state=Session.State.PUBLISHED, starts_at__gt=clock.now())


def _oldest_in_queue() -> int | None:
    waiting = queue()
    return age_in_working_days(waiting[0].completed_at) if waiting else None


QUEUES = (
    Queue(
        code="seat",
        title="待安排座位",
        order=40,
        count=lambda: len(queue()),
        oldest_working_days=_oldest_in_queue,
        url=lambda: reverse("admin:seating_queue"),
        permission="exams.arrange_session",
        help_text="按审核通过并缴清的先后排列。",
    ),
    Queue(
        code="draw",
        title="待抽签",
        order=45,
        count=lambda: _undrawn().count(),
        oldest_working_days=lambda: age_in_working_days(
            _undrawn().order_by("placed_at").values_list("placed_at", flat=True).first()
        ),
        url=lambda: reverse("admin:exams_session_changelist") + "?when=undrawn",
        permission="exams.arrange_session",
        help_text="抽签后才有座位号和准考证。",
    ),
)

WORDS = {
    "arrangement.session_drafted": "拟定场次",
    "arrangement.session_published": "公布场次",
    "arrangement.session_discarded": "删去拟定的场次",
    "arrangement.session_moved": "变更场次",
    "arrangement.session_called_off": "取消场次",
    "arrangement.room_resized": "改座位数",
    "arrangement.room_opened": "登记考场",
    "arrangement.room_changed": "更正考场",
    "arrangement.site_opened": "登记考点",
    "arrangement.site_changed": "更正考点",
    "arrangement.site_closed": "停用考点",
    "arrangement.queue_arranged": "按次序安排座位",
    "arrangement.placed_by_hand": "单独安排座位",
    "arrangement.seat_released": "收回座位",
    "arrangement.subject_given_up": "放弃取消或改期的科目",
    "arrangement.draw_fixed": "固定抽签名单",
    "arrangement.seats_drawn": "抽签",
}
LOOKS: dict[str, str] = {}
