"""The applicant's side of money: 发票 and receipts, one's own only; the receipt's words and figures."""

import io

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from exams.payments.actions import ask_reversal
from exams.payments.documents import capital_yuan, render_receipt
from exams.payments.invoices import issue_invoice
from exams.payments.models import Invoice, Payment
from exams.tickets.leaving import confirm_reversal
from portal.audit.models import AccessEntry
from tests import factories


@pytest.fixture
def paid(db):
    factories.load_catalogue()
    application = factories.make_application(factories.make_person(name="欧阳晓蕾"))
    factories.pay(application)
    return application


@pytest.fixture
def owner(paid) -> Client:
    client = Client()
    client.force_login(paid.person.account)
    return client


@pytest.fixture
def stranger(paid) -> Client:
    client = Client()
    client.force_login(factories.make_person(name="陌生人").account)
    return client


def invoice_page(application) -> str:
    return reverse("payments:invoice", args=[application.pk])


def receipt_of(application) -> str:
    return reverse("payments:receipt", args=[Payment.objects.get(quote__application=application).pk])


def test_an_invoice_is_asked_for_and_corrected_until_issued(owner, paid):
    owner.post(invoice_page(paid), {"title": "欧阳晓蕾", "tax_number": "", "email": ""})
    owner.post(
        invoice_page(paid),
        {"title": "上海康宁健康管理有限公司", "tax_number": "91310105ma1fw0abcx", "email": "a@example.com"},
    )
    invoice = Invoice.objects.get()
    assert (invoice.title, invoice.tax_number) == ("上海康宁健康管理有限公司", "91310105MA1FW0ABCX")
    issue_invoice(actor=factories.make_staff(), invoice=invoice, number="25310001")
    page = owner.post(invoice_page(paid), {"title": "别人", "tax_number": "", "email": ""}).content.decode()
    assert "25310001" in page
    invoice.refresh_from_db()
    assert invoice.title == "上海康宁健康管理有限公司"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title": ""}, "请填写发票抬头"),
        ({"tax_number": "123"}, "纳税人识别号应是"),
        ({"email": "不是邮箱"}, "邮箱的格式不对"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(owner, paid, wrong, sentence):
    typed = {"title": "欧阳晓蕾", "tax_number": "", "email": "a@example.com"} | wrong
    page = owner.post(invoice_page(paid), typed).content.decode()
    assert sentence in page
    assert all(value in page for value in typed.values())
    assert not Invoice.objects.exists()


def test_the_own_receipt_is_downloaded_and_the_download_logged(owner, paid):
    assert "收据" in owner.get(invoice_page(paid)).content.decode()
    answer = owner.get(receipt_of(paid))
    assert answer["Content-Type"] == "application/pdf"
    assert AccessEntry.objects.get(kind="receipt.downloaded").person_id == str(paid.person_id)


def test_anothers_is_as_if_it_were_not_there(stranger, paid):
    assert stranger.get(invoice_page(paid)).status_code == 404
    assert stranger.post(invoice_page(paid), {"title": "我"}).status_code == 404
    assert stranger.get(receipt_of(paid)).status_code == 404


def test_without_an_account_one_is_sent_to_log_in(client, paid):
    assert client.get(invoice_page(paid))["Location"].startswith("/account/login/")
    assert client.get(receipt_of(paid))["Location"].startswith("/account/login/")


def text_of(payment: Payment) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_receipt(payment))).pages)


def test_the_receipt_says_who_paid_what_in_figures_and_in_capitals(paid):
    payment = Payment.objects.get()
    text = text_of(payment)
    for words in (
        payment.receipt_number,
        "欧阳晓蕾",
        paid.number,
        "480 元",
        "肆佰捌拾元整",
        "现金",
        "理论知识",
        "380 元",
    ):
        assert words in text
    assert "作废" not in text


def test_the_receipt_of_a_reversed_payment_says_so(paid):
    payment = Payment.objects.get()
    reversal = ask_reversal(actor=factories.make_staff(), payment=payment, reason="记错")
    confirm_reversal(actor=factories.make_staff("许静"), reversal=reversal)
    assert "已冲正" in text_of(Payment.objects.select_related("reversal").get())


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (48000, "肆佰捌拾元整"),
        (48005, "肆佰捌拾元零伍分"),
        (48050, "肆佰捌拾元伍角整"),
        (100000, "壹仟元整"),
        (100500, "壹仟零伍元整"),
        (101000, "壹仟零壹拾元整"),
        (1000000, "壹万元整"),
        (1000100, "壹万零壹元整"),
        (10500000, "壹拾万伍仟元整"),
        (10050000, "壹拾万零伍佰元整"),
        (100000000, "壹佰万元整"),
        (10000000100, "壹亿零壹元整"),
        (123456789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
    ],
)
def test_amounts_in_capitals(fen, words):
    assert capital_yuan(fen) == words
