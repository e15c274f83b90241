"""What money adds to the line of an application that ended: what goes back, and whether it went."""

from datetime import date

from exams.filing.models import Application
from exams.filing.timeline import COUNTER, DONE, NOW, Step
from exams.payments.models import RefundRequest
from exams.payments.queries import refund_forbidden
from portal import clock
from portal.rules.wording import money_text


def refund_step(application: Application, on: date) -> list[Step]:
    """The step `refund`, once a refund was asked for."""
    refunds = list(application.refunds.order_by("asked_at"))
    if refunds and all(refund.confirmed_at for refund in refunds):
        amount = money_text(sum(refund.amount_fen for refund in refunds))
        last = max(refund.confirmed_at for refund in refunds if refund.confirmed_at)
        return [Step("refund", "已退费", DONE, on=clock.local_day(last), note=f"已退 {amount}。")]
    asked = RefundRequest.objects.filter(application=application).first()
    if not refunds and asked is None:
        return []
    if (forbidden := refund_forbidden(application)) is not None:
        note = "按处理决定，已收的费用不予退还。"
        return [Step("refund", "不予退费", DONE, on=clock.local_day(forbidden.since), note=note)]
    amount = money_text(sum(refund.amount_fen for refund in refunds) if refunds else asked.amount_fen)
    to = f"退还{application.institution}" if application.institution else "退还给您"
    note = f"{amount}，由两位工作人员核对后{to}，办好会发消息。"
    return [Step("refund", "办理退费", NOW, COUNTER, note=note)]
