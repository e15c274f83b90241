"""Days staff set apart from the published calendar: entered with a source, corrected, lifted while still ahead."""

from datetime import date

from django.db import models, transaction

from portal import clock
from portal.audit import trail
from portal.models import DayException
from portal.rules.findings import Finding, Refused


@transaction.atomic
def set_exception(
    *, actor: models.Model, day: date, is_working_day: bool, counter_open: bool | None, citation: str
) -> DayException:
    """Say what kind of day it is, today or later; every date counted through it follows at once.

    Raises Refused for a day that is over: what was counted through it was decided.
    """
    _refuse_past(day)
    row, _ = DayException.objects.update_or_create(
        day=day,
        defaults={"is_working_day": is_working_day, "counter_open": counter_open, "citation": citation},
    )
    trail.record(
        "calendar.exception_set",
        actor=actor,
        subject=row,
        detail={"working": is_working_day, "counter": counter_open, "citation": citation},
    )
    return row


@transaction.atomic
def lift_exception(*, actor: models.Model, exception: DayException) -> None:
    """Take back an exception entered by mistake, while its day is still ahead."""
    _refuse_past(exception.day)
    trail.record("calendar.exception_lifted", actor=actor, subject=exception)
    exception.delete()


def _refuse_past(day: date) -> None:
    if day < clock.today():
        sentence = "这一天已经过去，有关日期已按原来的安排推算，不能再改。"
        raise Refused(Finding("", "past_day", sentence, field="day"))
