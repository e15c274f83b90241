"""Numbers of the authority from a sheet, all or none; where a series begins."""

import pytest

from certificates.importing import COLUMN, import_numbers, open_series, read_numbers
from certificates.models import ImportedNumber, NumberSeries
from certificates.numbers import Supply, supply
from portal import clock
from portal.rules.findings import Refused
from portal.workbook.writing import Heading, write_sheet
from tests import factories
from tests.certificates.people import issued, passed
from tests.results.world import Team

pytestmark = pytest.mark.django_db

GOOD = ["S000031000001264000007", "S000031000001263000001"]


def sheet(*numbers: str, column: str = COLUMN) -> bytes:
    headings = [Heading("序号", 8), Heading(column, 30)]
    rows = [[str(place), number] for place, number in enumerate(numbers, 1)]
    return write_sheet(headings, rows, title="编号", sheet="编号")


def take(*numbers: str) -> int:
    return import_numbers(actor=factories.make_staff(), numbers=read_numbers(sheet(*numbers), "编号.xlsx"))


def test_a_sheet_is_taken_in_its_order(evening):
    assert take(*GOOD) == 2
    assert list(ImportedNumber.objects.values_list("number", "grade")) == [(GOOD[0], 4), (GOOD[1], 3)]
    assert supply(4, clock.today()) == Supply(1, 1)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("S00003100000126400000", "不是 22 位"),
        ("X000031000001264000007", "不是 22 位"),
        ("S000031000001266000007", "不是 22 位"),
        ("S000031000002264000007", "前 13 位应为 S000031000001"),
        ("S000031000001254000007", "的年份不是今年"),
    ],
)
def test_one_bad_row_takes_nothing_and_is_named(evening, number, fault):
    with pytest.raises(Refused, match=rf"第 3 行（{number}）.*{fault}"):
        take(GOOD[0], number)
    assert not ImportedNumber.objects.exists()


def test_the_same_number_twice(evening):
    with pytest.raises(Refused, match=r"第 3 行.*与前面的行重复"):
        take(GOOD[0], GOOD[0])
    take(GOOD[0])
    with pytest.raises(Refused, match="已经导入过"):
        take(GOOD[0])


def test_numbers_that_were_used_here_already(team: Team):
    (certificate,) = issued(team, *passed(team, "陈志远"))
    with pytest.raises(Refused, match="已经用在证书上"):
        take(certificate.number)


def test_full_width_and_lower_case_are_read(evening):
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in GOOD[0].lower())
    assert take(f"{wide[:11]} {wide[11:]}") == 1
    assert ImportedNumber.objects.get().number == GOOD[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (sheet(*GOOD, column="编码"), "没有找到标题为“证书编号”的一列"),
        (b"", "是空的"),
        (b"\x00\x01not a sheet", "。"),
        (sheet(), "没有编号"),
    ],
)
def test_sheets_that_are_none(evening, data, sentence):
    with pytest.raises(Refused, match=sentence):
        import_numbers(actor=factories.make_staff(), numbers=read_numbers(data, "编号.xlsx"))


def test_a_series_begins_where_it_is_told(team: Team):
    open_series(actor=team.third, year=2026, grade=4, first_serial=121)
    (certificate,) = issued(team, *passed(team, "陈志远"))
    assert certificate.number.endswith("000121")
    with pytest.raises(Refused, match="从 121 起用到 121"):
        open_series(actor=team.third, year=2026, grade=4, first_serial=1)


@pytest.mark.parametrize("serial", [0, -5, 1_000_000])
def test_a_serial_has_six_digits(evening, serial):
    with pytest.raises(Refused, match="1 到 999999"):
        open_series(actor=factories.make_staff(), year=2026, grade=4, first_serial=serial)
    assert not NumberSeries.objects.exists()
