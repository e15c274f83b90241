"""What payments keep on a person: for their own export, and when they delete their account."""

from collections.abc import Iterable
from typing import Any

from applicants.accounts.export import rows_values
from applicants.records.models import Person
from exams.payments.models import Invoice, Payment, RefundRequest
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    yield "缴费", rows_values(Payment.objects.filter(quote__application__person=person))
    yield "退费申请", rows_values(RefundRequest.objects.filter(application__person=person))
    yield "发票", rows_values(Invoice.objects.filter(application__person=person).order_by("asked_at"))


def _kept(person: Person) -> list[str]:
    if not Payment.objects.filter(quote__application__person=person).exists():
        return []
    return ["收款、退款和发票记录：会计凭证依法保存 30 年（《会计档案管理办法》）。"]


# An application that was paid is one that was decided: filing says when it stands in the way, and keeps it.
HOLDING = Holding("payments", _export, lambda person: [], _kept, lambda person: None)
