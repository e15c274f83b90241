"""What the person will pay, before anything is quoted: by the schedule of the day (N2026-2.4)."""

from dataclasses import dataclass
from datetime import date

from exams.catalogue.models import Offering
from exams.catalogue.queries import fee_schedules, open_offerings
from exams.catalogue.tables import FeeRow, fee_table
from exams.passes.queries import Retake
from portal.rules.fees import Price, price, schedule_for


@dataclass(frozen=True)
class PriceChoices:
    """Both prices side by side; `retake` is None where no retake is possible."""

    regular: Price
    retake: Price | None


def priced_offerings(on: date) -> list[FeeRow]:
    """What takes applications on the day, with its price; an offering without one could not be quoted."""
    return [row for row in fee_table(open_offerings(on), fee_schedules(), on) if row.prices]


def price_choices(offering: Offering, possible: Retake, on: date) -> PriceChoices:
    """Raises `Refused` where there is no schedule on the day."""
    schedule = schedule_for(fee_schedules(), occupation=offering.occupation_id, grade=offering.grade, on=on)
    kept = [subject for _, subject in possible.kept]
    return PriceChoices(price(schedule, ()), price(schedule, kept) if possible.subjects else None)
