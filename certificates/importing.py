"""Numbers from outside: those the authority gave out, from a sheet, and where the association's own series began."""

from collections.abc import Iterator
from itertools import islice

from django.conf import settings
from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from applicants.identity.text import compact
from certificates.models import Certificate, ImportedNumber, NumberSeries
from certificates.numbers import MOST, NUMBER, lock_series
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import GRADE_NAMES
from portal.workbook.heading import title_key
from portal.workbook.reading import UnusableSheet, parse_sheet, read_lines

COLUMN = "证书编号"
MOST_AT_ONCE = 5000
TOLD = 10
"""Rows named in a refusal; the rest are counted."""


def read_numbers(data: bytes, filename: str) -> list[tuple[int, str]]:
    """(sheet row from 1, text) of every number in the column 证书编号. Raises `Refused` for a sheet without one."""
    try:
        lines = [line for line in read_lines(parse_sheet(data, filename, [COLUMN])) if "cells" in line]
    except UnusableSheet as bad:
        raise _refused(bad.sentence) from None
    for place, line in islice(enumerate(lines), 20):
        columns = [index for index, cell in enumerate(line["cells"]) if title_key(_text(cell)) == COLUMN]
        if columns:
            return list(_column(lines[place + 1 :], columns[0]))
    raise _refused(f"没有找到标题为“{COLUMN}”的一列。请在编号上方写上这个标题，再上传。")


@transaction.atomic
def import_numbers(*, actor: Account, numbers: list[tuple[int, str]]) -> int:
    """Take these numbers for later use, in this order; returns how many.

    All of them or none: a row that cannot be used is named with its reason. Raises `Refused`.
    """
    if not numbers:
        raise _refused("标题下面没有编号。")
    if len(numbers) > MOST_AT_ONCE:
        raise _refused(f"一次最多导入 {MOST_AT_ONCE} 个编号，这张表有 {len(numbers)} 个，请分开导入。")
    texts = [text for _, text in numbers]
    known = set(ImportedNumber.objects.filter(number__in=texts).values_list("number", flat=True))
    used = set(Certificate.objects.filter(number__in=texts).values_list("number", flat=True))
    series = {(one.year % 100, one.grade): one for one in _own_series()}
    faults, seen = [], set()
    for row, text in numbers:
        fault = _fault(text, series)
        if text in seen:
            fault = "与前面的行重复"
        elif text in known:
            fault = "已经导入过"
        elif text in used:
            fault = "已经用在证书上"
        if fault:
            faults.append(f"第 {row} 行（{text[:30] or '空'}）{fault}")
        seen.add(text)
    if faults:
        more = f"；另有 {len(faults) - TOLD} 行" if len(faults) > TOLD else ""
        raise _refused(f"没有导入。{'；'.join(faults[:TOLD])}{more}。请改好以后重新上传整张表。")
    now = clock.now()
    try:
        with transaction.atomic():
            rows = ImportedNumber.objects.bulk_create(
                ImportedNumber(number=text, grade=int(text[15]), imported_by=actor, imported_at=now)
                for text in texts
            )
    except IntegrityError:
        raise _refused("没有导入。其中有编号刚由另一次上传导入，请刷新编号列表核对。") from None
    trail.record(
        "certificates.numbers_imported",
        actor=actor,
        subject=rows[0],
        detail={"first": texts[0], "last": texts[-1], "count": len(texts)},
    )
    return len(rows)


@transaction.atomic
def open_series(*, actor: Account, year: int, grade: int, first_serial: int) -> NumberSeries:
    """Say with which serial the association's own numbers of a year and grade begin, before the first is used.

    For years in which certificates were numbered before the portal was. Raises `Refused`.
    """
    if not 1 <= first_serial <= MOST:
        raise Refused(Finding("", "out_of_range", f"起始顺序号应在 1 到 {MOST} 之间。", field="first_serial"))
    series = lock_series(year=year, grade=grade)
    if series.next_serial != series.first_serial:
        used = f"从 {series.first_serial} 起用到 {series.next_serial - 1}"
        sentence = f"{year} 年{GRADE_NAMES[grade]}的编号已经{used}，不能再改。"
        raise Refused(Finding("", "in_use", sentence, field="first_serial"))
    series.first_serial = series.next_serial = first_serial
    series.save(update_fields=["first_serial", "next_serial"])
    trail.record(
        "certificates.series_opened",
        actor=actor,
        subject=series,
        detail={"year": year, "grade": grade, "first_serial": first_serial},
    )
    return series


def _column(lines: list[dict], index: int) -> Iterator[tuple[int, str]]:
    for line in lines:
        if (text := compact(_text(line["cells"][index]))) != "":
            yield line["row"], text


def _text(cell: str | dict | None) -> str:
    return (cell["value"] if isinstance(cell, dict) else cell) or ""


def _fault(text: str, series: dict[tuple[int, int], NumberSeries]) -> str:
    if not NUMBER.fullmatch(text):
        return "不是 22 位的证书编号"
    if not text.startswith(settings.CERTIFICATE_BODY_CODE):
        return f"不是本机构的编号，前 13 位应为 {settings.CERTIFICATE_BODY_CODE}"
    year, grade, serial = int(text[13:15]), int(text[15]), int(text[16:])
    this_year = clock.today().year % 100
    if year not in (this_year, (this_year + 1) % 100):
        return "的年份不是今年或者明年，用不上"
    own = series.get((year, grade))
    return "的顺序号在本系统已经编过" if own and serial < own.next_serial else ""


def _own_series() -> list[NumberSeries]:
    return list(NumberSeries.objects.filter(prefix=settings.CERTIFICATE_BODY_CODE))


def _refused(sentence: str) -> Refused:
    return Refused(Finding("", "unusable", sentence, field="file"))
