"""What tickets add to the counter's first page, and their deeds in words."""

from django.urls import reverse

from exams.tickets.models import Ticket
from exams.tickets.queries import completeness
from portal import clock
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _held():
    return Ticket.objects.filter(state=Ticket.State.HELD)


QUEUES = (
    Queue(
        code="tickets_due",
        title="准考证到期未备好",
        order=50,
        count=lambda: len(completeness(clock.today()).unexplained),
        oldest_working_days=lambda: None,
        url=lambda: reverse("admin:ticket_report"),
        permission="exams.manage_ticket",
        help_text="后台每分钟制作一次；一直不减少的，请查后台。",
        attention=True,
    ),
    Queue(
        code="tickets_held",
        title="准考证受阻",
        order=51,
        count=lambda: _held().count(),
        oldest_working_days=lambda: age_in_working_days(
            _held().order_by("due_at").values_list("due_at", flat=True).first()
        ),
        url=lambda: reverse("admin:ticket_report"),
        permission="exams.manage_ticket",
        help_text="按原因解决以后，重新制作。",
        attention=True,
    ),
)

WORDS = {
    "tickets.ticket_due": "准考证到期",
    "tickets.ticket_made": "准考证制成",
    "tickets.ticket_held": "准考证受阻",
    "tickets.ticket_ended": "准考证失效",
    "tickets.retried": "重新制作准考证",
}
LOOKS = {
    "ticket.viewed": "查看准考证",
    "ticket.downloaded": "下载准考证",
    "ticket_manifest.downloaded": "下载准考证名单",
    "search": "窗口查找",
}
