"""What every page says of the house: name, numbers, next counter day, filing number."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal import clock
from portal.contacts import CounterDay, hours_between, next_counter_day, notice_in_force


class House:
    """Read by templates only; each thing is worked out when a page asks for it."""

    service = "职业技能等级认定"

    @property
    def name(self) -> str:
        return settings.ASSOCIATION_NAME

    @property
    def rehearsal(self) -> bool:
        """Whether this is a demonstration, where nobody should type what is true of them."""
        return settings.PORTAL_ENV == "demo"

    @property
    def icp_number(self) -> str:
        return settings.ICP_NUMBER

    @property
    def payee(self) -> dict[str, str]:
        """The account for transfers: name, bank and number; empty while the association has not set it."""
        if not settings.PAYEE_ACCOUNT:
            return {}
        return {"name": settings.PAYEE_NAME, "bank": settings.PAYEE_BANK, "number": settings.PAYEE_ACCOUNT}

    @property
    def phone(self) -> str:
        return notice_in_force(clock.today()).contacts.phone

    @property
    def address(self) -> str:
        return notice_in_force(clock.today()).contacts.address

    @property
    def counter_hours(self) -> str:
        hours = notice_in_force(clock.today()).counter
        return hours_between(hours.opens, hours.closes)

    @property
    def next_counter_day(self) -> CounterDay:
        return next_counter_day()


def _section(path: str) -> str:
    """Which entry of the main navigation a page belongs to; "" where to none."""
    if path == "/":
        return "home"
    if path.startswith("/counter/"):
        return ""
    if path.startswith("/institution/"):
        return "institution"
    return "my" if path.startswith(("/my/", "/account/")) else "programme"


def _acting_for(request: HttpRequest) -> Any:
    """The membership under which the account acts for an institution, or None; asked once a page at most."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return getattr(request, "membership", None) or user.active_membership()


def portal(request: HttpRequest) -> dict[str, Any]:
    return {
        "house": House(),
        "section": _section(request.path),
        "acting_for": SimpleLazyObject(lambda: _acting_for(request)),
    }
