"""A person's standing: whether they may take part on a day (A3-3, A3-4)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import AnonymousUser

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.standing.models import Bar
from portal.rules.findings import Finding


@dataclass(frozen=True)
class Barred:
    """The bar a person is told of in place of an invitation to file; `free_on` is the first day without any bar."""

    clause: str
    until: date
    free_on: date


def bar_on(person: Person, on: date) -> Bar | None:
    """The bar in force that ends last, or None. Both ends of a bar are included; it covers every occupation."""
    return (
        Bar.objects.filter(person=person, lifted_at=None, barred_from__lte=on, barred_until__gte=on)
        .order_by("-barred_until")
        .first()
    )


def bar_findings(person: Person, on: date) -> list[Finding]:
    """Why the person may not take part on the day; none where they may."""
    bar = bar_on(person, on)
    if bar is None:
        return []
    end = bar.barred_until
    sentence = f"您在 {end.year}年{end.month}月{end.day}日 之前（含当日）不能参加评价，此后可以重新申报。"
    return [Finding(bar.clause, "barred", sentence, found=end.isoformat())]


def barred_visitor(user: Account | AnonymousUser, on: date) -> Barred | None:
    """What somebody at a page that invites to file must know: None where they may, or have not logged in."""
    person = Person.objects.filter(account=user).first() if user.is_authenticated else None
    bar = bar_on(person, on) if person else None
    if person is None or bar is None:
        return None
    last: Bar | None = bar
    free_on = on
    while last is not None:  # one bar may begin before another has ended, or the day after
        free_on = last.barred_until + timedelta(days=1)
        last = bar_on(person, free_on)
    return Barred(bar.clause, bar.barred_until, free_on)
