"""Filing, reviewing, paying, and taking any of it back."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from exams.filing.actions import drafting, leaving, reviewing, submitting
from exams.filing.checks import latest_submission
from exams.filing.models import Application, Status
from exams.passes.queries import valid_passes
from exams.payments.actions import ask_reversal, record_payment
from exams.payments.models import Payment, Refund, Reversal
from exams.payments.refunds import ask_refund, confirm_refund
from exams.tickets import leaving as leaving_after_payment
from exams.tickets.withdrawing import withdraw_after_payment
from portal import clock
from tests.machine.world import World, hand, index, pick


class Filing(World):
    @rule(who=index, retake=st.booleans())
    def file(self, who: int, retake: bool) -> None:
        person = self.people[who % len(self.people)]
        account = person.account

        def act() -> None:
            application = drafting.start_application(actor=account, person=person, offering=self.offering)
            kind = "retake" if retake else "regular"
            route = "" if retake else "TR2023-2.1"
            drafting.choose(actor=account, application=application, kind=kind, route=route)
            held = [row.pk for row in valid_passes(person, self.offering, clock.today())]
            if held and not retake:
                drafting.confirm_forfeiture(actor=account, application=application, passes=held)
            drafting.give_undertaking(actor=account, application=application)
            submitting.submit_application(actor=account, application=application)

        self.attempt(act)

    @rule(number=index, by=hand, outcome=st.sampled_from(("approve", "approve", "return", "reject")))
    def review(self, number: int, by: int, outcome: str) -> None:
        if (application := pick(self.applications(Status.SUBMITTED), number)) is None:
            return
        clerk = self.staff[by]

        def act() -> None:
            if outcome == "return":
                reasons = [{"code": "photo_unfit", "field": "photo", "note": ""}]
                reviewing.return_application(actor=clerk, application=application, reasons=reasons)
            elif outcome == "reject":
                reviewing.reject_application(
                    actor=clerk, application=application, clause="TR2023-2.1", reason="工作不满五年"
                )
            else:
                submission = latest_submission(application)
                for check in submission.checks.all():
                    reviewing.record_check(
                        actor=clerk, application=application, code=check.code, result="passed"
                    )
                reviewing.approve_application(
                    actor=clerk, application=application, seen_serial=submission.serial
                )

        self.attempt(act)

    @rule(
        number=index,
        by=hand,
        deed=st.sampled_from(("withdraw", "cancel", "revoke", "reopen", "leave", "leave_by_oneself")),
    )
    def take_back(self, number: int, by: int, deed: str) -> None:
        if (application := pick(self.applications(), number)) is None:
            return
        clerk, account = self.staff[by], application.person.account
        deeds: dict[str, Callable[[], Any]] = {
            "withdraw": lambda: leaving.withdraw_application(actor=account, application=application),
            "cancel": lambda: leaving.cancel_application(
                actor=clerk, application=application, reason="重复建立"
            ),
            "revoke": lambda: reviewing.revoke_approval(
                actor=clerk, application=application, reason="看错材料"
            ),
            "reopen": lambda: reviewing.reopen_rejected(
                actor=clerk, application=application, reason="补来材料"
            ),
            "leave": lambda: leaving_after_payment.leave_after_payment(
                actor=clerk, application=application, reason="本人要求"
            ),
            "leave_by_oneself": lambda: withdraw_after_payment(
                actor=account, application=application, payee="工商银行 6222 0210 0100 0000 000 陈志远"
            ),
        }
        self.attempt(deeds[deed])

    @rule(number=index, by=hand)
    def pay(self, number: int, by: int) -> None:
        if (application := pick(self.applications(Status.APPROVED), number)) is None:
            return
        self.attempt(
            lambda: record_payment(
                actor=self.staff[by],
                application=application,
                amount_fen=quoted_fen(application),
                method=Payment.Method.CASH,
                receipt_number=self.next_paper(),
                received_on=clock.today(),
            )
        )

    @rule(number=index, by=hand)
    def ask_money_back(self, number: int, by: int) -> None:
        if (application := pick(self.applications(), number)) is not None:
            self.attempt(
                lambda: ask_refund(
                    actor=self.staff[by], application=application, amount_fen=10000, reason="退出"
                )
            )

    @rule(number=index, by=hand)
    def give_money_back(self, number: int, by: int) -> None:
        if (refund := pick(list(Refund.objects.order_by("asked_at")), number)) is not None:
            self.attempt(
                lambda: confirm_refund(
                    actor=self.staff[by], refund=refund, transaction_number=self.next_paper()
                )
            )

    @rule(number=index, by=hand)
    def doubt_a_payment(self, number: int, by: int) -> None:
        if (payment := pick(list(Payment.objects.order_by("recorded_at")), number)) is not None:
            self.attempt(lambda: ask_reversal(actor=self.staff[by], payment=payment, reason="收据号录错"))

    @rule(number=index, by=hand)
    def undo_a_payment(self, number: int, by: int) -> None:
        if (reversal := pick(list(Reversal.objects.order_by("asked_at")), number)) is not None:
            self.attempt(
                lambda: leaving_after_payment.confirm_reversal(actor=self.staff[by], reversal=reversal)
            )


def quoted_fen(application: Application) -> int:
    """What the application is quoted at now; something wrong where it has no live quote."""
    quote = application.quotes.filter(ended_at=None).first()
    return quote.total_fen if quote else 1
