"""Giving one subject up after another was begun: called off or moved, it need not be waited for, and its part of the
fee comes back. What was sat stands, with its score, its validity and the retake later (docs/adr/0085).
"""

from dataclasses import dataclass

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.models import Seat, SubjectGivenUp
from exams.arrangement.notices import ask_for_tickets
from exams.arrangement.offers import Offer, has_begun, offers_to_give_up
from exams.arrangement.seating import release_seats
from exams.catalogue.queries import policy_row
from exams.filing import transitions
from exams.filing.models import Application, Status
from exams.filing.telling import tell, tell_those_who_filed_it
from exams.payments.queries import live_quote, paid_applications, unclaimed_fen
from exams.payments.requests import ask_back, refuse_other_terms
from exams.results.conclusion import conclude_if_complete
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import money_text

GIVEN_UP = "放弃科目"
"""Why the seat of a moved session is given back."""
REQUEUE_OR_SUBJECT_REFUND, RETAKE = "requeue_or_subject_refund", "retake"


@dataclass(frozen=True)
class Terms:
    """What giving the subject up would bring now. `refund_fen`: its part of the fee, with the policy's `citation`.

    `may_retake`: beside a valid pass it may be retaken by itself later, as `retake_citation` reads the notice.
    """

    offer: Offer
    refund_fen: int
    citation: str
    may_retake: bool
    retake_citation: str


def terms_of(seat: Seat) -> Terms:
    """The terms for the subject of this disturbed seat. Raises `Refused` where it may not be given up now."""
    application, today = seat.application, clock.today()
    offer = next((one for one in offers_to_give_up(application) if one.seat.pk == seat.pk), None)
    if offer is None:
        raise Refused(_why_not(seat))
    if not paid_applications().filter(pk=application.pk).exists():
        raise Refused(Finding("N2026-2.4", "not_paid", "费用尚未缴清，没有可以退还的费用。"))
    policy, later = policy_row("called_off_half_sat", today), policy_row("subject_given_up", today)
    if policy.value != REQUEUE_OR_SUBJECT_REFUND:
        raise Refused(Finding("", "not_provided", "现行规定没有单独放弃一科的办法。"))
    back = _part_fen(application, seat.subject)
    if back > unclaimed_fen(application):
        raise Refused(Finding("N2026-2.4", "given_back", "这一科的费用已经退还或申请退还。"))
    return Terms(offer, back, policy.citation, later.value == RETAKE, later.citation)


@transaction.atomic
def give_up_subject(
    *, actor: Account, seat: Seat, payee: str = "", seen_fen: int | None = None
) -> SubjectGivenUp:
    """The person, or staff for them at the counter, gives up the subject of this seat and asks its part of the fee back.

    `payee` and `seen_fen` as in exams.tickets.withdrawing. Where all the rest is published the application is
    concluded by it. Raises `Refused`.
    """
    application = transitions.lock(seat.application)
    seat = (
        Seat.objects.select_for_update(of=("self",)).select_related("session", "application").get(pk=seat.pk)
    )
    terms = terms_of(seat)
    refuse_other_terms("放弃", seen_fen=seen_fen, fen=terms.refund_fen)
    fen, citation = terms.refund_fen, terms.citation
    request = None
    if fen:
        request = ask_back(actor=actor, application=application, fen=fen, payee=payee, citation=citation)
    given_up = SubjectGivenUp.objects.create(
        application=application,
        subject=seat.subject,
        seat=seat,
        reason=seat.release_reason or "改了时间或地点",
        citation=citation,
        request=request,
        given_up_by=actor,
        given_up_at=clock.now(),
    )
    if seat.released_at is None:
        release_seats([seat], actor=actor, reason=GIVEN_UP)
    conclude_if_complete(application)
    trail.record(
        "arrangement.subject_given_up",
        actor=actor,
        subject=given_up,
        person_id=application.person_id,
        detail={"application": application.number, "subject": seat.subject, "fen": fen, "citation": citation},
    )
    label = given_up.get_subject_display()
    tell(application, "subject_given_up", key=given_up.pk, subject=label, amount=money_text(fen))
    tell_those_who_filed_it(application, "filing_subject_given_up", key=given_up.pk)
    ask_for_tickets()
    return given_up


def _part_fen(application: Application, subject: str) -> int:
    """What the subject cost in the price that was paid."""
    quote = live_quote(application)
    return sum(line["fen"] for line in quote.lines if line["subject"] == subject) if quote else 0


def _why_not(seat: Seat) -> Finding:
    application, label = seat.application, seat.get_subject_display()
    if SubjectGivenUp.objects.filter(application=application, subject=seat.subject).exists():
        return Finding("", "given_up", f"{label}已经放弃，不用重复办理。")
    if application.concluded_at is not None or application.status != Status.APPROVED:
        state = "已办结" if application.concluded_at else f"目前是“{application.get_status_display()}”"
        return Finding("", "over", f"申报 {application.number} {state}，没有可以放弃的科目。")
    if not has_begun(application):
        return Finding("", "not_begun", "还没有科目开考，不参加的可以整份退出，不用单独放弃一科。")
    return Finding("", "not_disturbed", f"{label}没有取消或变更，或者已经重新安排，不能单独放弃。")
