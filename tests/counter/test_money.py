"""The payment desk: the frozen quote, taking the money once, undoing and giving back by two people, 发票."""

import pytest
from django.urls import reverse

from exams.payments.models import Invoice, Payment, Refund, Reversal
from exams.tickets.leaving import leave_after_payment
from tests import factories


@pytest.fixture
def application(offering):
    return factories.make_application(offering=offering)


def at(name: str, key) -> str:
    return reverse(f"admin:{name}", args=[key])


def typed(**other: str) -> dict[str, str]:
    return {
        "amount": "480",
        "method": "cash",
        "receipt_number": "S-0001",
        "transaction_number": "",
        "received_on": "2026-10-12",
        **other,
    }


def test_the_quote_stands_line_by_line_with_its_source(desk, application):
    page = desk.get(at("payment_desk", application.pk)).content.decode()
    for words in ("理论知识", "100 元", "操作技能", "380 元", "480 元", application.quotes.get().citation):
        assert words in page


def test_money_is_taken_once_and_the_receipt_is_at_hand(desk, application):
    place = at("payment_desk", application.pk)
    page = desk.post(place, typed(), follow=True).content.decode()
    payment = Payment.objects.get()
    assert payment.amount_fen == 48000
    assert at("receipt", payment.pk) in page
    assert 'name="amount"' not in page
    desk.post(place, typed(receipt_number="S-0002"))
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "470"}, "少于应缴的 480 元"),
        ({"amount": "500.00"}, "多于应缴的 480 元"),
        ({"amount": "四百八"}, "field-error"),
        ({"method": "pos"}, "请填写交易流水号"),
        ({"received_on": "2026-10-13"}, "到账日不能晚于今天"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(desk, application, wrong, sentence):
    page = desk.post(at("payment_desk", application.pk), typed(**wrong)).content.decode()
    assert sentence in page
    assert 'value="S-0001"' in page
    assert not Payment.objects.exists()


def test_a_receipt_number_is_used_once(desk, application, offering):
    desk.post(at("payment_desk", application.pk), typed())
    other = factories.make_application(offering=offering)
    page = desk.post(at("payment_desk", other.pk), typed()).content.decode()
    assert "收据号 S-0001 已登记过" in page


def test_a_reversal_needs_a_second_person_in_words(desk, enter, application):
    desk.post(at("payment_desk", application.pk), typed())
    payment = Payment.objects.get()
    desk.post(at("ask_reversal", payment.pk), {"reason": "收错了人"})
    reversal = Reversal.objects.get()
    page = desk.post(at("confirm_reversal", reversal.pk)).content.decode()
    assert "须由申请人以外的另一位工作人员复核" in page
    second = enter("许静")
    assert "收错了人" in second.get(at("confirm_reversal", reversal.pk)).content.decode()
    second.post(at("confirm_reversal", reversal.pk))
    reversal.refresh_from_db()
    assert reversal.confirmed_by == second.staff
    assert "已冲正" in desk.get(at("payment_desk", application.pk)).content.decode()


def test_a_refund_needs_leaving_first_and_a_second_person(desk, enter, application):
    factories.pay(application)
    place = at("ask_refund", application.pk)
    assert "请先办理退出" in desk.post(place, {"amount": "480", "reason": "不考了"}).content.decode()
    leave_after_payment(actor=desk.staff, application=application, reason="不考了")
    assert "可退金额为 480 元" in desk.post(place, {"amount": "481", "reason": "不考了"}).content.decode()
    desk.post(place, {"amount": "480", "reason": "不考了"})
    refund = Refund.objects.get()
    answer = desk.post(at("confirm_refund", refund.pk), {"transaction_number": "T1"})
    assert "另一位工作人员复核" in answer.content.decode()
    enter("许静").post(at("confirm_refund", refund.pk), {"transaction_number": "T1"})
    refund.refresh_from_db()
    assert refund.transaction_number == "T1"


def test_an_invoice_is_entered_once_paid(desk, application):
    invoice = Invoice.objects.create(application=application, title="个人", asked_at=application.created_at)
    place = at("issue_invoice", invoice.pk)
    assert "费用尚未缴清" in desk.post(place, {"number": "2531"}).content.decode()
    factories.pay(application)
    desk.post(place, {"number": "2531"})
    invoice.refresh_from_db()
    assert (invoice.state, invoice.number) == ("issued", "2531")
    desk.post(at("void_invoice", invoice.pk), {"reason": "抬头写错"})
    invoice.refresh_from_db()
    assert invoice.state == "void"


def test_who_may_not_take_money_sees_no_form(enter, application, offering):
    looker = enter("复核", "exams.view_payment", "exams.view_application")
    page = looker.get(at("payment_desk", application.pk))
    assert b'name="amount"' not in page.content
    looker.post(at("payment_desk", application.pk), typed())
    assert not Payment.objects.exists()
