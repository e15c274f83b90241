"""The institution's pages of its money, its own only; the counter's desk for bills and transfers."""

import io
from datetime import date

import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.payments import bills, remitting
from exams.payments.bill_documents import render_bill_receipt
from exams.payments.models import Bill, Invoice, Payment, Remittance
from exams.tickets.leaving import confirm_remittance_reversal, leave_after_payment
from portal.audit.models import AccessEntry
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.payments.conftest import quote_of

ACCOUNT = "1001 2345 6789 0123 456"


def browser(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def owner(filer) -> Client:
    return browser(filer.account)


@pytest.fixture
def bill(filing, filer):
    return bills.issue_bill(actor=filer.account, filing=filing)


@pytest.fixture
def desk(clerk, settings) -> Client:
    settings.STAFF_SECOND_FACTOR = False
    return browser(clerk)


def remit(bill, clerk, **changes) -> Remittance:
    values = {
        "amount_fen": 154000,
        "transaction_number": "ICBC-7781",
        "receipt_number": "T-0001",
        "received_on": date(2026, 3, 11),
    } | changes
    return remitting.record_remittance(actor=clerk, bill=bill, **values)


def at(name: str, key) -> str:
    return reverse(name, args=[key])


def words_of(client: Client, address: str, **how) -> str:
    return client.get(address, **how).content.decode()


def test_the_institution_makes_its_bill_and_reads_how_to_pay(owner, filing, settings):
    settings.PAYEE_BANK, settings.PAYEE_ACCOUNT = "中国工商银行上海市长宁支行", ACCOUNT
    assert "生成 3 人的缴费单" in words_of(owner, at("bills:list", filing.pk))
    answer = owner.post(at("bills:issue", filing.pk), follow=True)
    bill = Bill.objects.get()
    page = answer.content.decode()
    for words in (
        bill.reference,
        "1,540 元",
        "中国工商银行上海市长宁支行",
        ACCOUNT,
        "2026年3月25日",
        "沈建国",
    ):
        assert words in page
    again = owner.post(at("bills:issue", filing.pk), follow=True).content.decode()
    assert "没有等待开缴费单" in again
    assert Bill.objects.count() == 1


def test_without_an_account_the_page_says_to_ask_by_telephone(owner, bill):
    assert "021-62777131" in words_of(owner, at("bills:bill", bill.pk))


def test_a_viewer_looks_and_changes_nothing(filing, filer, bill):
    viewer = browser(factories.make_member(filer.institution, "viewer", "何平").account)
    make_entry(filing, "后来通过", stage="approved")
    assert "生成 1 人的缴费单" not in words_of(viewer, at("bills:list", filing.pk))
    assert bill.reference in words_of(viewer, at("bills:bill", bill.pk))
    assert viewer.post(at("bills:issue", filing.pk)).status_code == 403
    assert viewer.get(at("bills:invoice", bill.pk)).status_code == 403
    assert Bill.objects.count() == 1


def test_anothers_bills_are_as_if_they_were_not_there(filing, bill, clerk):
    remittance = remit(bill, clerk)
    stranger = browser(factories.make_member(factories.make_institution("另一所学校")).account)
    for name, key in (
        ("bills:list", filing.pk),
        ("bills:bill", bill.pk),
        ("bills:invoice", bill.pk),
        ("bills:receipt", remittance.pk),
    ):
        assert stranger.get(at(name, key)).status_code == 404, name
    assert stranger.post(at("bills:issue", filing.pk)).status_code == 404


def test_the_invoice_of_a_bill_is_asked_for_by_the_institution(owner, bill):
    page = words_of(owner, at("bills:invoice", bill.pk))
    assert bill.filing.institution.name in page
    typed = {"title": "上海康宁学校", "tax_number": "91310105ma1fw0abcx", "email": "a@example.com"}
    without = owner.post(at("bills:invoice", bill.pk), typed | {"tax_number": ""}).content.decode()
    assert "请填写纳税人识别号" in without
    owner.post(at("bills:invoice", bill.pk), typed)
    assert Invoice.objects.get(bill=bill).tax_number == "91310105MA1FW0ABCX"
    wrong = owner.post(at("bills:invoice", bill.pk), typed | {"tax_number": "1"}).content.decode()
    assert "纳税人识别号应是" in wrong


def text_of(remittance: Remittance) -> list[str]:
    return [
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(render_bill_receipt(remittance))).pages
    ]


def test_the_receipt_names_everybody_with_the_sum_in_capitals(owner, bill, clerk, filing):
    remittance = remit(bill, clerk)
    text = "".join(text_of(remittance))
    numbers = [payment.quote.application.number for payment in Payment.objects.all()]
    for words in (
        "T-0001",
        bill.reference,
        filing.number,
        "1,540 元",
        "壹仟伍佰肆拾元整",
        "欧阳晓蕾",
        *numbers,
    ):
        assert words in text
    assert "作废" not in text
    answer = owner.get(at("bills:receipt", remittance.pk))
    assert answer["Content-Type"] == "application/pdf"
    assert AccessEntry.objects.get(kind="bill_receipt.downloaded").subject_id == str(remittance.pk)


def test_the_receipt_of_many_repeats_its_head_on_every_page(filer, clerk, march):
    filing = make_filing(filer)
    for place in range(60):
        make_entry(filing, f"学员{place:02d}", stage="approved")
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    pages = text_of(remit(bill, clerk, amount_fen=60 * 48000))
    assert len(pages) >= 3
    assert all("申报号" in page for page in pages[1:])
    assert "贰万捌仟捌佰元整" in pages[-1]


def test_the_receipt_says_what_was_given_back_or_undone(bill, clerk, filing):
    from exams.payments.refunds import ask_refund, confirm_refund

    remittance = remit(bill, clerk)
    application = quote_of(filing, "王秀英").application
    second = factories.make_staff("沈岚")
    leave_after_payment(actor=clerk, application=application, reason="不考了")
    refund = ask_refund(actor=clerk, application=application, amount_fen=38000, reason="不考了")
    confirm_refund(actor=second, refund=refund, transaction_number="B-1")
    assert "已退 380 元" in "".join(text_of(remittance))


def test_the_receipt_of_an_undone_transfer_says_so(bill, clerk):
    remittance = remit(bill, clerk)
    remitting.ask_remittance_reversal(actor=clerk, remittance=remittance, reason="登错")
    confirm_remittance_reversal(actor=factories.make_staff("沈岚"), remittance=remittance)
    assert "已冲正" in "".join(text_of(remittance))


def test_a_persons_own_page_leaves_receipt_and_invoice_to_the_institution(bill, clerk, filing):
    remit(bill, clerk)
    quote = quote_of(filing, "王秀英")
    person = quote.application.person
    person.account = factories.make_account("王秀英")
    person.save()
    theirs = browser(person.account)
    page = words_of(theirs, at("payments:invoice", quote.application_id))
    assert "统一缴纳" in page
    assert "发票抬头" not in page
    assert theirs.get(at("payments:receipt", quote.payments.get().pk)).status_code == 404


def typed(**other: str) -> dict[str, str]:
    return {
        "amount": "1540",
        "transaction_number": "ICBC-1",
        "receipt_number": "T-1",
        "payer": "",
        "received_on": "2026-03-11",
        **other,
    }


def test_the_counter_finds_the_bill_by_the_remark_and_takes_the_transfer(desk, bill):
    answer = desk.post(reverse("admin:find_bill"), {"text": f"评价费 {bill.reference} 康宁"}, follow=True)
    assert answer.redirect_chain[-1][0] == at("admin:bill_desk", bill.pk)
    assert "登记到账 1,540 元" in answer.content.decode()
    wrong = desk.post(at("admin:bill_desk", bill.pk), typed(amount="1500")).content.decode()
    assert "少 40 元" in wrong
    assert 'value="ICBC-1"' in wrong
    page = desk.post(at("admin:bill_desk", bill.pk), typed(), follow=True).content.decode()
    assert "已登记到账 1,540 元" in page
    assert 'name="amount"' not in page
    assert at("admin:bill_receipt", Remittance.objects.get().pk) in page


def test_the_search_in_the_head_knows_bills_too(desk, bill):
    answer = desk.post(reverse("admin:find"), {"text": bill.reference})
    assert answer["Location"] == at("admin:bill_desk", bill.pk)


def test_bills_are_listed_by_filing_number_and_by_institution(desk, bill):
    for text in (bill.filing.number, "康宁"):
        assert bill.reference in desk.post(reverse("admin:find_bill"), {"text": text}).content.decode()
    assert "没有找到缴费单" in desk.post(reverse("admin:find_bill"), {"text": "查无此校"}).content.decode()


def test_the_counter_takes_a_transfer_for_some_people(desk, bill, filing):
    place = at("admin:part_remittance", bill.pk)
    one = quote_of(filing, "沈建国")
    assert "请选出" in desk.post(place, typed(amount="580")).content.decode()
    desk.post(place, typed(amount="580") | {"quotes": [str(one.pk)]})
    assert Payment.objects.get().quote == one


def test_the_counter_makes_a_bill_and_takes_it_back(desk, filing):
    assert filing.number in words_of(desk, reverse("admin:bills_to_issue"))
    desk.post(at("admin:issue_bill", filing.pk))
    bill = Bill.objects.get()
    desk.post(at("admin:void_bill", bill.pk))
    bill.refresh_from_db()
    assert bill.ended_at is not None
    assert "已作废" in words_of(desk, at("admin:bill_desk", bill.pk))


def test_the_counter_undoes_a_transfer_by_two_people(desk, bill, clerk):
    remittance = remit(bill, clerk)
    desk.post(at("admin:ask_remittance_reversal", remittance.pk), {"reason": "登错缴费单"})
    place = at("admin:confirm_remittance_reversal", remittance.pk)
    assert "须由申请人以外的另一位工作人员复核" in desk.post(place).content.decode()
    waiting = words_of(desk, reverse("admin:exams_remittance_changelist") + "?waiting=yes")
    assert place in waiting
    assert "T-0001-001" not in words_of(desk, reverse("admin:exams_reversal_changelist"))
    second = browser(factories.make_staff("沈岚"))
    assert "登错缴费单" in words_of(second, place)
    second.post(place)
    assert "已冲正" in words_of(desk, at("admin:bill_desk", bill.pk))


def test_the_first_page_counts_bills_not_people(desk, filing, filer):
    front = words_of(desk, reverse("admin:index"))
    assert "团体待开缴费单" in front
    bills.issue_bill(actor=filer.account, filing=filing)
    front = words_of(desk, reverse("admin:index"))
    assert "团体待到账" in front
    waiting = words_of(desk, reverse("admin:exams_bill_changelist") + "?state=waiting")
    assert "1,540 元" in waiting
    quotes = words_of(desk, reverse("admin:exams_quote_changelist") + "?due=yes")
    assert "王秀英" not in quotes


def test_a_persons_payment_page_leads_to_the_bill(desk, bill, filing):
    page = words_of(desk, at("admin:payment_desk", quote_of(filing, "王秀英").application_id))
    assert at("admin:bill_desk", bill.pk) in page
    assert 'name="amount"' not in page


def test_a_bills_invoice_is_entered_at_the_counter(desk, bill, clerk, owner):
    owner.post(at("bills:invoice", bill.pk), {"title": "康宁学校", "tax_number": "91310105MA1FW0ABCX"})
    invoice = Invoice.objects.get()
    assert bill.reference in words_of(desk, reverse("admin:exams_invoice_changelist"))
    assert (
        "费用尚未缴清"
        in desk.post(at("admin:issue_invoice", invoice.pk), {"number": "2631"}).content.decode()
    )
    remit(bill, clerk)
    desk.post(at("admin:issue_invoice", invoice.pk), {"number": "2631"})
    assert "2631" in words_of(desk, at("admin:bill_desk", bill.pk))
    desk.post(at("admin:void_invoice", invoice.pk), {"reason": "抬头写错"})
    invoice.refresh_from_db()
    assert invoice.state == "void"


@pytest.mark.parametrize("side", ["owner", "desk"])
def test_a_bills_page_asks_as_much_for_fifty_people_as_for_one(request, side, filer, march, clerk):
    client = request.getfixturevalue(side)
    place = "bills:bill" if side == "owner" else "admin:bill_desk"

    def asked_for(people: int) -> int:
        filing = make_filing(filer)
        for number in range(people):
            make_entry(filing, f"学员{number:02d}", stage="approved")
        bill = bills.issue_bill(actor=filer.account, filing=filing)
        client.get(at(place, bill.pk))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(at(place, bill.pk)).status_code == 200
        return len(asked)

    assert asked_for(1) == asked_for(50)


def test_the_lists_ask_as_much_for_five_bills_as_for_one(desk, owner, filer, clerk, march):
    places = [
        reverse("admin:exams_bill_changelist"),
        reverse("admin:exams_remittance_changelist"),
        reverse("admin:exams_invoice_changelist"),
        reverse("admin:bills_to_issue"),
    ]

    def counts() -> list[int]:
        found = []
        for place in places:
            with CaptureQueriesContext(connection) as asked:
                assert desk.get(place).status_code == 200
            found.append(len(asked))
        return found

    def add(number: int) -> None:
        filing = make_filing(filer)
        make_entry(filing, "先到", stage="approved")
        bill = bills.issue_bill(actor=filer.account, filing=filing)
        Invoice.objects.create(bill=bill, title="康宁学校", asked_at=bill.issued_at)
        numbers = {"receipt_number": f"T-{number}", "transaction_number": f"I-{number}"}
        remit(bill, clerk, amount_fen=48000, **numbers)
        make_entry(filing, "后到", stage="approved")

    add(0)
    counts()
    at_one = counts()
    for number in range(1, 5):
        add(number)
    assert counts() == at_one
