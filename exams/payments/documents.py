"""The receipt as PDF, with the amount in figures and in 大写, as receipts are written."""

from typing import Any

from exams.payments.models import Payment
from portal import pdf

TEMPLATE = "exams/payments/receipt.html"
_FIGURES = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")


def render_receipt(payment: Payment) -> bytes:
    """The receipt of one payment; a reversed one says so. The same payment gives the same bytes."""
    title = f"收款收据 {payment.receipt_number}"
    return pdf.render(TEMPLATE, receipt_context(payment), title=title)


def receipt_context(payment: Payment) -> dict[str, Any]:
    """What the template shows. Fetch quote, application, person and taken_by with the payment."""
    application = payment.quote.application
    reversal = getattr(payment, "reversal", None)
    return {
        "payment": payment,
        "application": application,
        "lines": payment.quote.lines,
        "capital": capital_yuan(payment.amount_fen),
        "reversed_at": reversal.confirmed_at if reversal else None,
    }


def capital_yuan(fen: int) -> str:
    """An amount in Chinese capital numerals: 48000 → 肆佰捌拾元整, 48005 → 肆佰捌拾元零伍分, up to 万亿."""
    if not 0 <= fen < 10**14:
        raise ValueError(f"{fen} fen cannot be written out")
    yuan, jiao, cents = fen // 100, fen // 10 % 10, fen % 10
    text = f"{_integer(yuan)}元" if yuan else ""
    if not jiao and not cents:
        return f"{text or '零元'}整"
    if jiao:
        text += f"{_FIGURES[jiao]}角"
    elif yuan:
        text += "零"
    return text + (f"{_FIGURES[cents]}分" if cents else "整")


def _integer(number: int) -> str:
    text, gap, group = "", False, 0
    while number:
        number, part = divmod(number, 10000)
        if part:
            # A zero is read once between figures that are not next to each other.
            joint = "零" if text and gap else ""
            text = f"{_group(part)}{_GROUPS[group]}{joint}{text}"
            gap = part < 1000
        elif text:
            gap = True
        group += 1
    return text


def _group(number: int) -> str:
    text, pending = "", False
    for place in (3, 2, 1, 0):
        figure = number // 10**place % 10
        if figure:
            text += ("零" if pending and text else "") + _FIGURES[figure] + _PLACES[place]
            pending = False
        else:
            pending = True
    return text
