"""A person's standing: whether they may take part on a day (A3-3, A3-4)."""

from datetime import date

from applicants.records.models import Person
from applicants.standing.models import Bar
from portal.rules.findings import Finding


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
