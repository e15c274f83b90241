"""Numbers: 22 characters, one series a year and grade, imported ones first, never a gap."""

from datetime import date

import pytest
from django.db import transaction

from certificates.checks import check_body_code
from certificates.models import Certificate, ImportedNumber, NumberSeries
from certificates.numbers import MOST, NUMBER, Supply, allocate_number, supply
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.certificates.people import issued, passed
from tests.certificates.world import make_certificate
from tests.results.world import Team

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)


def take(grade: int = 4, on: date = DAY) -> str:
    with transaction.atomic():
        return allocate_number(grade=grade, on=on)


def imported(*numbers: str) -> None:
    for number in numbers:
        ImportedNumber.objects.create(
            number=number, grade=int(number[15]), imported_by=factories.make_staff(), imported_at=clock.now()
        )


def test_a_number_is_body_year_grade_and_serial():
    number = take()
    assert number == "S000031000001" + "26" + "4" + "000001"
    assert NUMBER.fullmatch(number)
    assert len(number) == 22


def test_each_year_and_grade_counts_by_itself():
    found = [take(4), take(4), take(3), take(4, date(2027, 1, 4)), take(4)]
    assert [number[13:] for number in found] == [
        "264000001",
        "264000002",
        "263000001",
        "274000001",
        "264000003",
    ]


def test_a_transaction_that_fails_leaves_no_gap():
    take()
    with transaction.atomic():
        allocate_number(grade=4, on=DAY)
        transaction.set_rollback(True)
    assert take()[-6:] == "000002"


def test_imported_numbers_go_first_in_order_of_import(team: Team):
    imported("S000031000001264000107", "S000031000001264000105", "S000031000001253000001")
    assert supply(4, DAY) == Supply(imported=2, next_serial=1)
    found = issued(team, *passed(team, "陈志远", "吴梅", "林晓"))
    assert sorted(one.number[-6:] for one in found) == ["000001", "000105", "000107"]
    by_name = {one.person.name: one.number[-6:] for one in found}
    assert by_name["陈志远"] == "000107", "the first imported, to the first application"
    assert supply(4, DAY) == Supply(imported=0, next_serial=2)


def test_own_numbers_pass_over_serials_that_were_imported(team: Team):
    imported("S000031000001264000002")
    (first,) = issued(team, *passed(team, "陈志远"))
    assert first.number[-6:] == "000002"
    assert [take()[-6:], take()[-6:]] == ["000001", "000003"]


def test_a_series_ends():
    NumberSeries.objects.create(
        prefix="S000031000001", year=2026, grade=4, first_serial=MOST, next_serial=MOST
    )
    make_certificate(number=take())
    with pytest.raises(Refused, match="用完"):
        take()


def test_a_void_number_is_never_given_again():
    void = make_certificate(
        number=take(), state=Certificate.State.VOID, ended_at=clock.now(), end_reason="错发"
    )
    assert take() != void.number


@pytest.mark.parametrize(
    ("code", "errors"),
    [("S000031000001", 0), ("Y000131000001", 0), ("", 1), ("s000031000001", 1), ("S00003100000", 1)],
)
def test_the_filed_code_is_checked_at_the_start(settings, code, errors):
    settings.CERTIFICATE_BODY_CODE = code
    assert len(check_body_code(None)) == errors
