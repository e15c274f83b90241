"""The pages anybody may read without an account."""

from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from applicants.accounts.consents import PHONE
from applicants.records.consents import DOCUMENT, PHOTO
from applicants.standing.queries import barred_visitor
from exams.catalogue.explorer import Explorer
from exams.catalogue.models import Offering
from exams.catalogue.queries import fee_schedules, filing_windows, open_offerings, policy_value
from exams.catalogue.tables import fee_table, window_rows
from portal import clock
from portal.access import public
from portal.contacts import counter_days, hours_between, notice_in_force
from portal.rules.eligibility import judge
from portal.rules.findings import Refused
from portal.rules.tickets import opening
from portal.rules.timetable import next_window, window_for
from portal.workdays import current

COUNTER_DAYS_SHOWN = 8
ACT_SECTIONS = {"first": "A3-1", "second": "A3-2", "third": "A3-3", "fourth": "A3-4"}


def _filing_state() -> dict[str, Any]:
    """Which window is open and for how many days, or why none is and which comes next (A2)."""
    today, windows = clock.today(), filing_windows()
    rows = window_rows(windows, today)
    try:
        window = window_for(today, windows)
    except Refused as refusal:
        return {"rows": rows, "closed": refusal.findings[0], "next_window": next_window(today, windows)}
    return {
        "rows": rows,
        "window": window,
        "days_left": (window.closes - today).days + 1,
        "next_window": next_window(window.closes, windows),
    }


def _barred(request: HttpRequest) -> dict[str, Any]:
    """What stands in place of an invitation to file for somebody who is barred and has logged in (A3)."""
    return {"barred": barred_visitor(request.user, clock.today())}


def _fees() -> dict[str, Any]:
    today = clock.today()
    return {"fees": fee_table(open_offerings(today), fee_schedules(), today)}


@public("GET")
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/catalogue/home.html", _filing_state() | _fees() | _barred(request))


@public("GET")
def programme(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/catalogue/programme.html", _filing_state() | _barred(request))


@public("GET", "POST")
def explorer(request: HttpRequest) -> HttpResponse:
    """「我能报哪一级」. By POST, so that a birth date never stands in an address; nothing is stored."""
    asked = Explorer(request.POST if request.method == "POST" else None)
    today = clock.today()
    offerings = list(open_offerings(today))
    context: dict[str, Any] = {
        "explorer": asked,
        "has_errors": asked.asked and not asked.is_valid(),
        "occupations": {offering.occupation_id: offering.occupation for offering in offerings}.values(),
    }
    if asked.is_valid():
        context |= {"today": today, "verdicts": _verdicts(asked, offerings, today), **_barred(request)}
    return render(request, "exams/catalogue/explorer.html", context)


def _verdicts(asked: Explorer, offerings: list[Offering], today: date) -> list[dict[str, Any]]:
    """One verdict an offering, the lower grade first."""
    found = []
    for offering in offerings:
        minimum = offering.occupation.minimum_education
        found.append(
            {
                "offering": offering,
                "verdict": judge(asked.facts(minimum), grade=offering.grade, on=today),
                "minimum_education": minimum,
            }
        )
    return found


@public("GET")
def timetable(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/catalogue/timetable.html", _filing_state())


@public("GET")
def fees(request: HttpRequest) -> HttpResponse:
    try:
        days = policy_value("pay_by_working_days", clock.today())
    except Refused:
        days = None
    return render(request, "exams/catalogue/fees.html", _fees() | {"pay_by_working_days": days})


@public("GET")
def tickets(request: HttpRequest) -> HttpResponse:
    """准考证下载, where the notice's menu path leads; the example is a session four weeks from today."""
    session_on = clock.today() + timedelta(days=28)
    found = opening(session_on, current())
    context = {"session_on": session_on, "opens_on": found.day, "provisional": found.provisional}
    return render(request, "exams/catalogue/tickets.html", context)


@public("GET")
def scores(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/catalogue/scores.html")


@public("GET")
def guide(request: HttpRequest) -> HttpResponse:
    source = notice_in_force(clock.today())
    lines = [
        {"line": line, "hours": "，".join(hours_between(*hours) for hours in line.hours)}
        for line in source.lines
    ]
    days = list(islice(counter_days(), COUNTER_DAYS_SHOWN))
    context = {
        "source": source,
        "lines": lines,
        "days": days,
        "some_provisional": any(day.provisional for day in days),
    }
    return render(request, "exams/catalogue/guide.html", context)


@public("GET")
def notice(request: HttpRequest) -> HttpResponse:
    source = notice_in_force(clock.today())
    tiers = {
        tier: [act for act in source.acts if act.clause.startswith(section)]
        for tier, section in ACT_SECTIONS.items()
    }
    return render(
        request, "exams/catalogue/notice.html", _filing_state() | _fees() | {"source": source, "acts": tiers}
    )


@public("GET")
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/catalogue/privacy.html", {"consents": (DOCUMENT, PHOTO, PHONE)})


@public("GET")
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/catalogue/about.html")
