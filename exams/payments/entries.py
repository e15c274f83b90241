"""What every entry of money must fulfil, whether one person's payment or an institution's transfer."""

from collections.abc import Iterable
from datetime import date

from exams.payments.models import Payment, Remittance
from portal import clock
from portal.rules.findings import Finding, Refused


def check_entry(method: str, receipt_number: str, transaction_number: str, received_on: date) -> None:
    """Raise Refused where something is missing, lies in the future, or is entered already, of whomever."""
    if method not in Payment.Method.values:
        raise Refused(Finding("", "unknown_method", "请选择收款方式。", field="method"))
    if not receipt_number:
        raise Refused(Finding("", "receipt_missing", "请填写收据号。", field="receipt_number"))
    if method != Payment.Method.CASH and not transaction_number:
        sentence = "刷卡、扫码或转账的，请填写交易流水号，以便对账。"
        raise Refused(Finding("", "transaction_missing", sentence, field="transaction_number"))
    if received_on > clock.today():
        raise Refused(Finding("", "future_day", "到账日不能晚于今天。", field="received_on"))
    if receipts_used([receipt_number]):
        raise Refused(already_entered(receipt_number, ""))
    if transaction_number and _used("transaction_number", [transaction_number]):
        raise Refused(already_entered("", transaction_number))


def already_entered(receipt_number: str, transaction_number: str) -> Finding:
    """Which of the two numbers was used before, in words."""
    if receipt_number and (not transaction_number or receipts_used([receipt_number])):
        sentence = f"收据号 {receipt_number} 已登记过，请核对是否重复录入。"
        return Finding("", "receipt_used", sentence, field="receipt_number")
    sentence = f"交易流水号 {transaction_number} 已登记过，请核对是否重复录入。"
    return Finding("", "transaction_used", sentence, field="transaction_number")


def receipts_used(numbers: Iterable[str]) -> bool:
    """Whether one of these receipts was entered, for a person or for an institution."""
    return _used("receipt_number", list(numbers))


def _used(field: str, values: list[str]) -> bool:
    return any(model.objects.filter(**{f"{field}__in": values}).exists() for model in (Payment, Remittance))
