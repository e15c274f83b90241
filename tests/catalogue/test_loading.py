"""Loading a notice: whole, repeatable, announced beforehand, and never reaching back."""

from dataclasses import replace
from datetime import date

import pytest

from exams.catalogue.loading import copy_notice_into_year, load_notice
from exams.catalogue.models import FeeLine, FeeSchedule, FilingWindow, Notice, Offering
from portal.models import AuditEntry
from portal.rules import notice as notices

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice() -> notices.Notice:
    return next(one for one in notices.shipped() if one.year == 2026)


def test_2026_fees_and_windows_are_those_of_the_notice(notice):
    load_notice(notice)
    fees = {
        (line.schedule.offering.grade, line.subject): line.fen
        for line in FeeLine.objects.select_related("schedule__offering")
    }
    assert fees == {
        (4, "theory"): 10000,
        (4, "practical"): 38000,
        (3, "theory"): 10000,
        (3, "practical"): 48000,
    }
    windows = {row.opens_on: row for row in FilingWindow.objects.all()}
    assert len(windows) == 12
    assert windows[date(2026, 1, 15)].assess_by == date(2026, 2, 28)
    assert windows[date(2026, 12, 1)].assess_by == date(2026, 12, 31)
    assert windows[date(2026, 12, 1)].may_follow_next_plan


def test_the_second_load_changes_nothing(notice):
    assert load_notice(notice)
    assert load_notice(notice) == []
    assert AuditEntry.objects.filter(action="catalogue.notice_loaded").count() == 1


def test_a_dry_run_tells_and_keeps_nothing(notice):
    told = load_notice(notice, dry_run=True)
    assert not Offering.objects.exists()
    assert not AuditEntry.objects.exists()
    assert load_notice(notice) == told


def test_a_changed_figure_is_named_with_old_and_new(notice):
    load_notice(notice)
    window = notice.windows[3]
    amended = replace(
        notice,
        windows=tuple(
            replace(one, assess_by=date(2026, 6, 5)) if one is window else one for one in notice.windows
        ),
    )
    (change,) = load_notice(amended)
    assert (change.before, change.after) == (date(2026, 5, 31), date(2026, 6, 5))
    assert FilingWindow.objects.get(opens_on=window.opens).assess_by == date(2026, 6, 5)


def test_a_later_schedule_leaves_the_old_one(notice):
    load_notice(notice)
    dearer = replace(
        notice.fees[0], effective_from=date(2026, 9, 1), prices=(("theory", 12000), ("practical", 40000))
    )
    load_notice(replace(notice, fees=(*notice.fees, dearer)))
    assert FeeSchedule.objects.filter(offering__grade=notice.fees[0].grade).count() == 2


def test_a_year_without_a_timetable_gets_a_marked_copy_once(notice):
    load_notice(notice)
    assert copy_notice_into_year(2026) == []
    made = copy_notice_into_year(2028)
    assert [row.opens_on for row in made] == [date(2028, month, 1) for month in range(1, 13)]
    assert made[1].closes_on == date(2028, 2, 29)
    assert all("演示数据" in row.citation for row in made)
    assert Notice.objects.get(year=2028).rehearsal
    assert copy_notice_into_year(2028) == []
