"""Where a refund shall go, as the person wrote it when leaving: shown to those who handle it; the look is logged."""

from django.http import HttpRequest

from exams.filing.models import Application
from exams.payments.models import RefundRequest
from portal.audit.trail import record_access


def payee_facts(request: HttpRequest, application: Application) -> list[dict[str, str]]:
    """One row of facts; none where the person did not ask for the refund themselves."""
    asked = RefundRequest.objects.filter(application=application).first()
    if asked is None:
        return []
    record_access(
        "refund_payee.viewed",
        actor=request.user,
        subject=asked,
        person_id=application.person_id,
        birth_date=application.person.birth_date,
    )
    return [{"key": "退到哪里", "value": str(asked.payee)}]
