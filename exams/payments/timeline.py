"""What money adds to the line of an application: what goes back, and whether it went."""

from datetime import date

from exams.filing.models import Application
from exams.filing.timeline import COUNTER, DONE, NOW, Step
from exams.payments.queries import open_requests, refund_forbidden
from portal import clock
from portal.rules.wording import money_text


def refund_step(application: Application, on: date) -> list[Step]:
    """The step `refund`, once a refund was asked for."""
    refunds = list(application.refunds.order_by("asked_at"))
    confirmed = [refund.confirmed_at for refund in refunds if refund.confirmed_at]
    given = sum(refund.amount_fen for refund in refunds if refund.confirmed_at)
    told = f"已退 {money_text(given)}。" if confirmed else ""
    waiting = [refund.amount_fen for refund in refunds if refund.confirmed_at is None]
    waiting += [asked.amount_fen for asked in open_requests(application)]
    if not waiting:
        return [
            Step("refund", "已退费", DONE, on=clock.local_day(last), note=told)
            for last in sorted(confirmed)[-1:]
        ]
    if (forbidden := refund_forbidden(application)) is not None:
        note = "按处理决定，已收的费用不予退还。"
        return [Step("refund", "不予退费", DONE, on=clock.local_day(forbidden.since), note=note)]
    to = f"退还{application.institution}" if application.institution else "退还给您"
    note = f"{told}{money_text(sum(waiting))}，由两位工作人员核对后{to}，办好会发消息。"
    return [Step("refund", "办理退费", NOW, COUNTER, note=note)]
