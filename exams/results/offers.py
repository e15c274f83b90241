"""What may follow a sitting that was not passed whole: a retake or everything anew, with both prices and the last day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from applicants.records.models import Person
from applicants.standing.queries import bar_findings
from exams.catalogue.models import Offering
from exams.catalogue.queries import filing_windows, open_offerings
from exams.filing.models import LIVE, Application
from exams.filing.prices import PriceChoices, price_choices
from exams.passes.models import Pass
from exams.passes.queries import Retake, retake_possibility, valid_passes
from exams.results.freezing import frozen_findings
from portal.rules.findings import Finding, Refused
from portal.rules.timetable import Window, window_open


@dataclass(frozen=True)
class Offer:
    """What a person may do next about one offering, on a day.

    `at_stake`: passes a regular application would give up (N2026-4.2). `prices` None: there is no schedule. `against`:
    why nothing can be filed now. `live`: the newer application there is already. `reach`: None without a retake.
    """

    application: Application
    possible: Retake
    prices: PriceChoices | None
    at_stake: list[Pass]
    against: list[Finding]
    live: Application | None
    reach: "Reach | None"

    @property
    def offering(self) -> Offering:
        return self.application.offering


@dataclass(frozen=True)
class Reach:
    """Which filing windows still lead to a sitting by `last_day` (N2026-4.1), included.

    `surely` are assessed by then whatever the day; `perhaps`, where a session early enough can be had. `open_now` is one
    of them or None. `beyond_plan`: the last day lies beyond the timetable that is published.
    """

    last_day: date
    days_left: int
    surely: tuple[Window, ...]
    perhaps: tuple[Window, ...]
    open_now: Window | None
    beyond_plan: bool


def offers_of(person: Person, applications: Sequence[Application], on: date) -> list[Offer]:
    """One for each offering whose newest application is concluded with something left; `applications`: newest first."""
    newest: dict[int, Application] = {}
    for one in applications:
        newest.setdefault(one.offering_id, one)
    concluded = [one for one in newest.values() if one.concluded_at is not None]
    found = [offer_for(person, one, on) for one in concluded]
    return [offer for offer in found if offer is not None]


def offer_for(person: Person, application: Application, on: date) -> Offer | None:
    """What may follow the concluded application; None where all subjects are passed and count."""
    offering = application.offering
    possible = retake_possibility(person, offering, on)
    if any(finding.code == "all_passed" for finding in possible.findings):
        return None
    live = person.applications.filter(offering=offering, status__in=LIVE, concluded_at=None).first()
    against = _against(person, offering, on)
    try:
        prices = price_choices(offering, possible, on)
    except Refused as refusal:
        prices, against = None, [*against, *refusal.findings]
    return Offer(
        application=application,
        possible=possible,
        prices=prices,
        at_stake=valid_passes(person, offering, on),
        against=against,
        live=live,
        reach=reach(possible.last_day, filing_windows(), on) if possible.last_day else None,
    )


def reach(last_day: date, windows: Sequence[Window], on: date) -> Reach:
    """The windows not over yet that lead to a sitting by the last day."""
    left = [window for window in windows if window.closes >= on and window.opens < last_day]
    surely = tuple(window for window in left if window.assess_by <= last_day)
    perhaps = tuple(window for window in left if window.assess_by > last_day)
    return Reach(
        last_day=last_day,
        days_left=(last_day - on).days,
        surely=surely,
        perhaps=perhaps,
        open_now=window_open(on, left),
        beyond_plan=max((window.closes for window in windows), default=on) < last_day,
    )


def _against(person: Person, offering: Offering, on: date) -> list[Finding]:
    """Why nothing can be filed today, whichever kind; a window that is not open yet does not hinder a draft."""
    found = bar_findings(person, on) + frozen_findings(person, offering)
    if not open_offerings(on).filter(pk=offering.pk).exists():
        sentence = f"{offering}目前不受理申报。开放情况以通知为准。"
        found.append(Finding("N2026-7", "not_offered", sentence))
    return found
