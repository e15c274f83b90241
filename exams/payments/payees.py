"""Where a refund shall go, as the person wrote it: shown to those who handle it; the look is logged."""

from collections.abc import Iterable

from django.http import HttpRequest

from exams.payments.models import RefundRequest
from portal.audit.trail import record_access


def payee_facts(request: HttpRequest, requests: Iterable[RefundRequest]) -> list[dict[str, str]]:
    """One row of facts a place; none where nobody asked and staff refund by themselves."""
    found = {}
    for asked in requests:
        person = asked.application.person
        record_access(
            "refund_payee.viewed",
            actor=request.user,
            subject=asked,
            person_id=person.pk,
            birth_date=person.birth_date,
        )
        found[str(asked.payee)] = {"key": "退到哪里", "value": str(asked.payee)}
    return list(found.values())
