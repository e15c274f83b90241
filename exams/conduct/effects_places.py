"""Effects on what lies ahead and on money: seats, tickets, and fees that are not given back (A3-1)."""

from typing import Any

from exams.arrangement.models import Seat
from exams.arrangement.seating import release_seats
from exams.conduct.models import Decision
from exams.conduct.reach import seats_to_release, sitting_text
from exams.filing.models import Application
from exams.payments.models import NoRefund, Refund
from exams.payments.queries import open_requests, refundable_fen
from exams.tickets.ending import LIVE as LIVE_TICKETS
from exams.tickets.ending import void_tickets
from exams.tickets.models import Ticket
from portal import clock
from portal.audit import trail
from portal.rules.wording import cite, day_text, money_text

REASON = "处理决定"
"""Why seats and tickets ended, as their rows keep it."""


class Seats:
    """Seats to come within the bar or of cancelled subjects go back; a reversal returns the person to the queue."""

    code, title = "seats", "座位"

    def preview(self, decision: Decision) -> list[str]:
        return [f"收回{sitting_text(seat)}的座位。" for seat in seats_to_release(decision)]

    def apply(self, decision: Decision) -> dict[str, Any] | None:
        seats = seats_to_release(decision)
        release_seats(seats, actor=decision.decided_by, reason=REASON)
        return {"seats": [str(seat.pk) for seat in seats]} if seats else None

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        rows = (
            Seat.objects.filter(pk__in=undo["seats"])
            .select_related("application")
            .order_by("starts_at", "pk")
        )
        told = [f"{sitting_text(seat)}的座位不再占回，按原来的次序重新安排。" for seat in rows]
        late = {seat.application for seat in rows if _is_late(seat.application)}
        return told + [_too_late(application) for application in sorted(late, key=lambda one: one.number)]


class Tickets:
    """The tickets of those who lost a seat are void; a new one is made once there are seats again."""

    code, title = "tickets", "准考证"

    def preview(self, decision: Decision) -> list[str]:
        losing = {seat.application_id for seat in seats_to_release(decision)}
        live = Ticket.objects.filter(application__in=losing, state__in=LIVE_TICKETS).order_by("number")
        return [f"准考证 {ticket.number} 作废。" for ticket in live]

    def apply(self, decision: Decision) -> dict[str, Any] | None:
        released = decision.applied.filter(code=Seats.code).first()
        if released is None or released.undo is None:
            return None
        losing = Application.objects.filter(seats__in=released.undo["seats"]).distinct().order_by("pk")
        ended = [str(application.pk) for application in losing if void_tickets(application, reason=REASON)]
        return {"applications": ended} if ended else None

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        return []  # the sweep makes a new version once the person is seated again


class Fees:
    """A3-1: nothing taken for the application goes back."""

    code, title = "fees", "费用"

    def preview(self, decision: Decision) -> list[str]:
        if not decision.effects["refund_forbidden"]:
            return []
        application = decision.case.application
        open_refunds = list(Refund.objects.filter(application=application, confirmed_at=None))
        kept = refundable_fen(application) + sum(row.amount_fen for row in open_refunds)
        told = [
            f"已收评价费 {money_text(kept)}，不予退还。" if kept else "目前没有可退的费用；以后也不退费。"
        ]
        told += [f"已申请、尚未复核的退费 {money_text(row.amount_fen)}，不再办理。" for row in open_refunds]
        told += [
            f"申报人{row.cause}时申请、尚未受理的退费 {money_text(row.amount_fen)}，不再办理。"
            for row in open_requests(application)
        ]
        return told

    def apply(self, decision: Decision) -> dict[str, Any] | None:
        if not decision.effects["refund_forbidden"]:
            return None
        row = NoRefund.objects.create(
            application=decision.case.application,
            clause=decision.act_id,
            decision_id=decision.pk,
            since=clock.now(),
        )
        _record_fees("payments.forbid_refund", row, decision.decided_by)
        return {"no_refund": row.pk}

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        row = NoRefund.objects.select_for_update().get(pk=undo["no_refund"])
        row.lifted_at = clock.now()
        row.save(update_fields=["lifted_at"])
        _record_fees("payments.allow_refund", row, decision.reversed_by)
        return []


def _is_late(application: Application) -> bool:
    return application.assess_by is not None and application.assess_by < clock.today()


def _too_late(application: Application) -> str:
    assert application.assess_by is not None
    return f"申报 {application.number} 的评价截止日（{day_text(application.assess_by)}）已过，请另定截止日。"


def _record_fees(action: str, row: NoRefund, actor: Any) -> None:
    trail.record(
        action,
        actor=actor,
        subject=row,
        person_id=row.application.person_id,
        detail={"application": row.application.number, "clause": cite(row.clause)},
    )
