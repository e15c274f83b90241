"""Certificate numbers: 22 characters, allocated without gaps or taken from those the authority gave out.

`[YS]` the body's class, 4 digits its code, 2 the province, 6 the body's serial: together the association's filed
code (CERTIFICATE_BODY_CODE). Then 2 digits of the year of issue, 1 of the grade, 6 of the serial (docs/adr/0079).
"""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings

from certificates.models import Certificate, ImportedNumber, NumberSeries
from portal.rules.findings import Finding, Refused

BODY_CODE = re.compile(r"[YS][0-9]{12}")
NUMBER = re.compile(r"[YS][0-9]{4}[0-9]{2}[0-9]{6}[0-9]{2}[1-5][0-9]{6}")
MOST = 10**6 - 1


@dataclass(frozen=True)
class Supply:
    """Where the next numbers of a grade would come from: so many imported ones first, then from `next_serial` on."""

    imported: int
    next_serial: int


def number_text(year: int, grade: int, serial: int) -> str:
    """The number as it is printed."""
    return f"{_start(year, grade)}{serial:06d}"


def supply(grade: int, on: date) -> Supply:
    """What numbers there are for certificates of the grade issued on the day."""
    series = NumberSeries.objects.filter(
        prefix=settings.CERTIFICATE_BODY_CODE, year=on.year, grade=grade
    ).first()
    return Supply(_unused(on.year, grade).count(), series.next_serial if series else 1)


def allocate_number(*, grade: int, on: date) -> str:
    """The next number of the year and grade. Call it in the transaction that writes the certificate.

    The row of the series is locked and moves on with that transaction, so that a certificate that fails leaves no gap.
    Imported numbers go first, in order of import. Raises `Refused` where the series has come to its end.
    """
    series = lock_series(year=on.year, grade=grade)
    imported = _unused(on.year, grade).first()
    if imported is not None:
        return imported.number
    serial = series.next_serial
    while _is_taken(number_text(on.year, grade, serial)):
        serial += 1
    if serial > MOST:
        raise Refused(Finding("N2026-5", "numbers_used_up", "本年度这个等级的证书编号已经用完。"))
    series.next_serial = serial + 1
    series.save(update_fields=["next_serial"])
    return number_text(on.year, grade, serial)


def lock_series(*, year: int, grade: int) -> NumberSeries:
    """The series of the year and grade, begun where it is not. Who needs several locks them from the lowest grade up."""
    key = {"prefix": settings.CERTIFICATE_BODY_CODE, "year": year, "grade": grade}
    NumberSeries.objects.get_or_create(**key)
    return NumberSeries.objects.select_for_update().get(**key)


def _start(year: int, grade: int) -> str:
    return f"{settings.CERTIFICATE_BODY_CODE}{year % 100:02d}{grade}"


def _unused(year: int, grade: int):
    used = Certificate.objects.values("number")
    return ImportedNumber.objects.filter(grade=grade, number__startswith=_start(year, grade)).exclude(
        number__in=used
    )


def _is_taken(number: str) -> bool:
    """Whether the serial lies among the numbers that were imported: by now they are all used."""
    return (
        ImportedNumber.objects.filter(number=number).exists()
        or Certificate.objects.filter(number=number).exists()
    )
