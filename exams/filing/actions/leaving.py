"""Leaving before payment: the person withdraws, or staff cancel. After payment it is tickets' (seat, ticket, refund)."""

from django.db import transaction

from applicants.accounts.models import Account
from exams.filing import transitions
from exams.filing.actions.quoting import end_quote, refuse_if_money_held
from exams.filing.models import Application
from exams.filing.telling import tell, tell_those_who_filed_it
from portal import clock
from portal.rules.findings import Finding, Refused


@transaction.atomic
def withdraw_application(*, actor: Account, application: Application) -> Application:
    """The person takes a submitted, returned or approved and unpaid application back; who filed it for them is told.

    Before approval nothing is forfeited; passes given up by the approval stay given up (N2026-4.2). Raises `Refused`.
    """
    application = transitions.lock_for(application, "withdraw_application")
    refuse_if_money_held(application)
    end_quote(application, clock.now())
    transition = transitions.move(application, "withdraw_application", actor=actor)
    application.save(update_fields=["status"])
    tell(application, "application_withdrawn", key=transition.pk)
    tell_those_who_filed_it(application, "filing_withdrawn", key=transition.pk)
    return application


@transaction.atomic
def cancel_application(*, actor: Account, application: Application, reason: str) -> Application:
    """Staff end an application that money was not taken for, saying why. Raises `Refused`."""
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明取消的理由。", field="reason"))
    application = transitions.lock_for(application, "cancel_application")
    refuse_if_money_held(application)
    end_quote(application, clock.now())
    transition = transitions.move(
        application,
        "cancel_application",
        actor=actor,
        reasons=[{"code": "cancelled", "note": reason.strip()}],
    )
    application.save(update_fields=["status"])
    tell(application, "application_cancelled", key=transition.pk, reason=reason.strip())
    return application
