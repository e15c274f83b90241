"""How long something has waited, in working days."""

from datetime import date, datetime

from portal import clock, workdays
from portal.rules.workdays import Calendar, working_days_between


def age_in_working_days(since: datetime | date | None, is_working_day: Calendar | None = None) -> int | None:
    """Working days after that day up to today; None where nothing waits. Give the calendar for a list of them."""
    if since is None:
        return None
    day = clock.local_day(since) if isinstance(since, datetime) else since
    return working_days_between(day, clock.today(), is_working_day or workdays.current()).days
