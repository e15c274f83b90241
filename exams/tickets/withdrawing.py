"""One's own withdrawal after paying: what it would bring, told before the act; leaving and asking the fee back in one.

The notice is silent on refunds; the figures are dated policies, cited wherever they decide (docs/adr/0082).
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.models import Seat
from exams.arrangement.offers import Offer, offer_to_leave
from exams.arrangement.sessions import CALLED_OFF
from exams.catalogue.queries import policy_row
from exams.filing import transitions
from exams.filing.models import Application
from exams.filing.telling import tell_those_who_filed_it
from exams.payments.queries import unclaimed_fen
from exams.payments.requests import ask_back, refuse_other_terms
from exams.tickets.leaving import leave_with, refuse_if_begun
from portal import clock, workdays
from portal.rules.wording import money_text
from portal.rules.workdays import Counted, working_days_before

FULL_REFUND_IN_TIME = "full_refund_in_time"
REQUEUE_OR_FULL_REFUND = "requeue_or_full_refund"


@dataclass(frozen=True)
class Terms:
    """What leaving would bring now, with the policy's citation. Amounts in fen.

    `offer`: a session was called off or moved, and the whole fee comes back whatever the day. Else `first_on` is the day
    of the first session (None: not seated yet) and `until` the last day on which the whole fee comes back, included.
    """

    refund_fen: int
    citation: str
    offer: Offer | None
    first_on: date | None
    until: Counted | None


def terms_of(application: Application) -> Terms:
    """The terms as they stand at this moment. Raises `Refused` where a policy is not set."""
    today, held = clock.today(), unclaimed_fen(application)
    offer = offer_to_leave(application)
    if offer is not None:
        policy = policy_row("called_off", today)
        back = held if policy.value == REQUEUE_OR_FULL_REFUND else 0
        return Terms(back, policy.citation, offer, None, None)
    policy = policy_row("own_withdrawal", today)
    back = held if policy.value == FULL_REFUND_IN_TIME else 0
    first_on = _first_session(application)
    if first_on is None:
        return Terms(back, policy.citation, None, None, None)
    term = policy_row("withdrawal_working_days", today)
    until = working_days_before(first_on, int(str(term.value)), workdays.current())
    return Terms(back if today <= until.day else 0, term.citation, None, first_on, until)


@transaction.atomic
def withdraw_after_payment(
    *, actor: Account, application: Application, payee: str = "", seen_fen: int | None = None
) -> Application:
    """The person leaves a paid application: seat, ticket and rank are given up, the fee asked back where the terms say.

    `payee`: where the money shall go, needed where `asks_for_payee`. `seen_fen`: the refund the person was shown;
    where the terms have changed since, nothing is done. Raises `Refused`.
    """
    application = transitions.lock_for(application, "leave_after_payment")
    refuse_if_begun(application)
    terms = terms_of(application)
    refuse_other_terms("退出", seen_fen=seen_fen, fen=terms.refund_fen)
    values = {"amount": money_text(terms.refund_fen)} if terms.refund_fen else {}
    application = leave_with(
        "leave_after_payment",
        "withdrawn_with_refund" if terms.refund_fen else "withdrawn_without_refund",
        actor=actor,
        application=application,
        reason="本人退出",
        **values,
    )
    tell_those_who_filed_it(application, "filing_withdrawn", key=f"left:{application.pk}")
    if terms.refund_fen:
        fen, citation = terms.refund_fen, terms.citation
        ask_back(actor=actor, application=application, fen=fen, payee=payee, citation=citation)
    return application


def _first_session(application: Application) -> date | None:
    """The day of the first session the application holds a seat in, or missed: who was excused for one came too late to
    leave in time, though the seat was given back.
    """
    days = [
        clock.local_day(seat.starts_at)
        for seat in Seat.objects.filter(application=application)
        if seat.released_at is None
        or (seat.released_at >= seat.starts_at and seat.release_reason != CALLED_OFF)
    ]
    return min(days, default=None)
