"""Leaving after money was taken: the seat, the ticket and the application go together, in one transaction."""

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.offers import has_begun, offers_to_give_up
from exams.arrangement.queries import seats_of
from exams.arrangement.seating import release_seats
from exams.catalogue.models import Subject
from exams.filing import transitions
from exams.filing.actions.quoting import end_quote
from exams.filing.models import Application
from exams.filing.telling import tell
from exams.payments.actions import reverse
from exams.payments.models import Remittance, Reversal
from exams.payments.remitting import reverse_remittance
from exams.tickets.ending import void_tickets
from portal import clock
from portal.rules.findings import Finding, Refused


@transaction.atomic
def confirm_reversal(*, actor: Account, reversal: Reversal) -> Reversal:
    """Undo a payment as a second person: what is no longer paid loses its seat and its ticket, and keeps no rank."""
    application = transitions.lock(reversal.payment.quote.application)
    reversal = reverse(actor=actor, reversal=reversal)
    _give_up_place(application, actor=actor, reason="收款冲正")
    return reversal


@transaction.atomic
def confirm_remittance_reversal(*, actor: Account, remittance: Remittance) -> Remittance:
    """Undo an institution's transfer as a second person: all its people lose seat, ticket and rank."""
    for application in reverse_remittance(actor=actor, remittance=remittance):
        _give_up_place(application, actor=actor, reason="收款冲正")
    return remittance


@transaction.atomic
def leave_after_payment(*, actor: Account, application: Application, reason: str) -> Application:
    """The person, at the counter, gives a paid application up before the first session; a refund is asked for separately.

    By themselves they do it with exams.tickets.withdrawing.
    """
    return leave_with(
        "leave_after_payment", "application_left", actor=actor, application=application, reason=reason
    )


@transaction.atomic
def cancel_after_payment(*, actor: Account, application: Application, reason: str) -> Application:
    """Staff end a paid application, saying why; a refund is asked for separately."""
    return leave_with(
        "cancel_after_payment", "application_cancelled", actor=actor, application=application, reason=reason
    )


def leave_with(
    action: str, event: str, *, actor: Account, application: Application, reason: str, **values: str
) -> Application:
    """Seat, ticket and application given up by `action`, told by `event` with `values`. In the caller's transaction."""
    reason = reason.strip()
    if not reason:
        raise Refused(Finding("", "reason_missing", "请写明理由。", field="reason"))
    application = transitions.lock_for(application, action)
    refuse_if_begun(application)
    _give_up_place(application, actor=actor, reason="退出")
    end_quote(application, clock.now())
    transition = transitions.move(
        application, action, actor=actor, reasons=[{"code": action, "note": reason}]
    )
    application.save(update_fields=["status"])
    tell(application, event, key=transition.pk, reason=reason, **values)
    return application


def refuse_if_begun(application: Application) -> None:
    """Raise `Refused` once a subject has begun in which the application holds a seat; a disturbed one may be given up."""
    if not has_begun(application):
        return
    names = "、".join(str(Subject(offer.seat.subject).label) for offer in offers_to_give_up(application))
    other = f"还没有考的{names}可以单独放弃，退还这一科的费用。" if names else ""
    raise Refused(Finding("N2026-2.3", "already_sat", f"已有科目开考，不能再退出。{other}"))


def _give_up_place(application: Application, *, actor: Account, reason: str) -> None:
    coming = [seat for seat in seats_of(application) if seat.starts_at > clock.now()]
    release_seats(coming, actor=actor, reason=reason)
    void_tickets(application, reason=reason)
