"""What payments add to the way of a group filing: who is paid for, and the bill to look at or to have made."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Min, Sum
from django.urls import reverse

from exams.filing.groups.models import GroupFiling
from exams.filing.groups.way import FILER, GroupStep
from exams.filing.models import Quote, Status
from exams.filing.timeline import DONE, NEXT, NOW
from exams.payments.bill_queries import billable_quotes
from exams.payments.queries import paid_applications
from portal.rules.wording import money_text


def payment_step(filing: GroupFiling, counts: Mapping[str, int]) -> list[GroupStep]:
    """The step `pay`, once somebody of the filing is approved; nothing before."""
    approved = counts.get("approved", 0)
    if not approved:
        return []
    paid = paid_applications().filter(roster_entry__filing=filing).count()
    owing = max(approved - paid, 0)
    billable = billable_quotes().filter(application__roster_entry__filing=filing)
    note = ""
    if owing and (unbilled := billable.count()):
        sum_fen = billable.aggregate(sum=Sum("total_fen"))["sum"]
        note = f"{unbilled} 人待开缴费单，合计 {money_text(sum_fen)}。请生成缴费单，按缴费编号一次转账。"
    elif owing:
        note = "请按缴费单的编号转账；到账并由协会登记后，才算缴清。"
    undecided = sum(counts.values()) - approved - counts.get("ended", 0)
    state = NOW if owing else NEXT if undecided else DONE
    return [
        GroupStep(
            "pay",
            "缴费",
            state,
            FILER,
            waiting=owing,
            passed=paid,
            note=note,
            by=_pay_by(filing) if owing else None,
            url=reverse("bills:list", args=[filing.pk]),
            link="缴费单" if not owing else "去缴费",
        )
    ]


def _pay_by(filing: GroupFiling) -> date | None:
    """The nearest last day to pay among those who are approved and not paid for."""
    owing = Quote.objects.filter(
        application__roster_entry__filing=filing, application__status=Status.APPROVED, ended_at=None
    ).exclude(application__in=paid_applications().values("pk"))
    return owing.aggregate(day=Min("pay_by"))["day"]
