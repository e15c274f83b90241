"""Asking the fee back, or a part of it: where it shall go, and the request that staff take up as a refund."""

from applicants.accounts.models import Account
from exams.filing.models import Application
from exams.payments.models import Payment, RefundRequest
from exams.payments.queries import NOT_REVERSED
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import money_text

SAME_WAY = "原路退回（刷卡或扫码）"


def asks_for_payee(application: Application) -> bool:
    """Whether the person has to say where the money goes: an institution's fee goes back to it, a card's to the card."""
    if application.institution_id is not None:
        return False
    taken = Payment.objects.filter(NOT_REVERSED, quote__application=application)
    return taken.exclude(method=Payment.Method.POS).exists()


def refuse_other_terms(deed: str, *, seen_fen: int | None, fen: int) -> None:
    """Raise `Refused` where the person was shown another refund for the `deed`; None: they were shown none."""
    if seen_fen is not None and seen_fen != fen:
        sentence = f"退费条件在您打开本页以后有了变化：现在{deed}，退还 {money_text(fen)}。请看清后再办理。"
        raise Refused(Finding("", "terms_changed", sentence, seen_fen, fen))


def ask_back(
    *, actor: Account, application: Application, fen: int, payee: str, citation: str
) -> RefundRequest:
    """Write down what is due back by the policy `citation` names. In the caller's transaction.

    `payee`: where it shall go, needed where `asks_for_payee`. Raises `Refused` without it.
    """
    payee = payee.strip()
    if not payee:
        if asks_for_payee(application):
            raise Refused(Finding("", "payee_missing", "请填写退费的收款账户。", field="account_number"))
        payee = f"付款机构：{application.institution.name}" if application.institution else SAME_WAY
    request = RefundRequest.objects.create(
        application=application,
        amount_fen=fen,
        payee=payee,
        citation=citation,
        asked_by=actor,
        asked_at=clock.now(),
    )
    trail.record(
        "payments.refund_requested",
        actor=actor,
        subject=request,
        person_id=application.person_id,
        detail={"application": application.number, "fen": fen, "citation": citation},
    )
    return request
