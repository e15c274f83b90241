"""Every address of institutions that does or shows something leaves its entry; money written strangely is refused."""

from datetime import date

import pytest
from django.urls import reverse

from exams.payments import bills, remitting
from exams.payments.admin_forms import RemittanceForm
from exams.payments.models import Remittance
from portal.audit.models import AccessEntry, AuditEntry
from portal.rules.findings import Refused
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.groups.sheets import stage, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


@pytest.fixture
def reviewer(filing):
    return factories.make_member(filing.institution, "reviewer").account


def test_each_deed_leaves_one_entry_by_whoever_did_it(filing, reviewer, browser_of) -> None:
    client = browser_of(reviewer)
    waiting, ready = (
        make_entry(filing, "孙丽君", stage="confirm"),
        make_entry(filing, "李建国", stage="review"),
    )
    make_entry(filing, "赵敏华", stage="approved")
    make_entry(filing, "钱一鸣", stage="submitted")
    upload = stage(filing, [typed(name="周海燕")])
    deeds = [
        ("groups:rename", filing, {"title": "新名称"}, "groups.rename_filing"),
        ("groups:take", upload, {}, "groups.take_rows"),
        ("groups:ask", waiting, {}, "groups.send_links"),
        (
            "groups:people-review",
            filing,
            {"entries": [str(ready.pk)], "seen_all": "on"},
            "groups.review_entry",
        ),
        ("groups:submit", filing, {"persons": 1, "serial": 2, "declared": "on"}, "groups.submit_filing"),
        ("groups:remove", waiting, {}, "groups.remove_entry"),
        ("groups:mark-originals", filing, {"do": "all"}, "groups.hand_in"),
        ("bills:issue", filing, {}, "payments.bill_issued"),
        ("groups:close", filing, {}, "groups.close_filing"),
        ("groups:reopen", filing, {}, "groups.reopen_filing"),
    ]
    for name, subject, values, action in deeds:
        before = set(AuditEntry.objects.values_list("pk", flat=True))
        answer = client.post(reverse(name, args=[subject.pk]), values)
        assert answer.status_code == 302, (name, answer.status_code)
        made = AuditEntry.objects.exclude(pk__in=before)
        assert [(one.action, one.actor_id) for one in made if one.action == action] == [
            (action, str(reviewer.pk))
        ], (name, [one.action for one in made])


def test_each_look_at_a_person_is_in_the_log(filing, reviewer, browser_of) -> None:
    entry = make_entry(filing, "赵敏华", stage="approved")
    upload = stage(filing, [typed(name="周海燕")])
    client = browser_of(reviewer)
    for address in (
        reverse("groups:person", args=[entry.pk]),
        reverse("groups:portrait", args=[entry.pk]),
        reverse("groups:row", args=[upload.rows.get().pk]),
        reverse("groups:annotated", args=[upload.pk]),
        reverse("groups:forms", args=[entry.submission.pk, 1]),
        reverse("tickets:manifest", args=[filing.pk]),
    ):
        before = set(AccessEntry.objects.values_list("pk", flat=True))
        assert client.get(address).status_code == 200, address
        made = AccessEntry.objects.exclude(pk__in=before)
        assert {one.actor_id for one in made} == {str(reviewer.pk)}, address


@pytest.mark.parametrize(
    "amount",
    [
        "-480",
        "0",
        "NaN",
        "Infinity",
        "1e400",
        "480.001",
        "9" * 40,
        "四百八十",
        "0x1e0",
        "\uff14\uff18\uff11",
        "",
    ],
)
def test_no_strange_amount_becomes_money(filing, amount) -> None:
    make_entry(filing, stage="approved")
    bill = bills.issue_bill(actor=filing.opened_by, filing=filing)
    form = RemittanceForm(
        {
            "amount": amount,
            "transaction_number": "ICBC-1",
            "receipt_number": "T-1",
            "received_on": "2026-03-10",
            "payer": "x",
        },
    )
    try:
        fen = form.cleaned_data["amount"] if form.is_valid() else None
        if fen is not None:
            remitting.record_remittance(
                actor=factories.make_staff(),
                bill=bill,
                amount_fen=fen,
                transaction_number="ICBC-1",
                receipt_number="T-1",
                received_on=date(2026, 3, 10),
            )
    except Refused:
        pass
    assert not Remittance.objects.exists()
