"""A group's submission is one act: who goes and who stays, the window, the totals, and never twice."""

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from applicants.institutions.actions import close_institution
from exams.catalogue.models import FeeSchedule, Offering
from exams.filing.groups.models import GroupSubmission, PreliminaryReview, RosterEntry
from exams.filing.groups.people.submitting import submission_preview, submit_filing
from exams.filing.groups.queries import counts_by_stage
from exams.filing.models import Application, Status, Transition
from portal import clock
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from tests.factories import make_member, make_staff
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


@pytest.fixture
def reviewer(filing):
    return make_member(filing.institution, "reviewer", "沈老师").account


def refusal(**values):
    with pytest.raises(Refused) as caught:
        submit_filing(**values)
    return caught.value.findings


def returned(entry, *, until):
    """The entry's application as the counter returned it, mended and passed again."""
    now = clock.now()
    Application.objects.filter(pk=entry.application_id).update(status=Status.RETURNED, mend_until=until)
    Transition.objects.create(
        id=uuid4(), application_id=entry.application_id, before="submitted", after="returned", at=now
    )
    PreliminaryReview.objects.create(
        id=uuid4(),
        entry=entry,
        row=entry.row,
        result="passed",
        seen=["identity_document", "work_proof"],
        reviewer=entry.filing.opened_by,
        at=now + timedelta(seconds=1),
    )


def test_the_preview_counts_who_goes_and_who_stays_and_what_it_costs(filing):
    for name in ("王秀英", "赵国强"):
        make_entry(filing, name)
    make_entry(filing, "孙小梅", grade=3)
    make_entry(filing, "李建国", kind="retake", route="", subjects=["theory"])
    make_entry(filing, "周丽华", stage="confirm")
    found = submission_preview(filing)
    assert found.persons == 4
    assert found.staying == {"confirm": 1}
    assert found.totals == [
        {"grade": 4, "kind": "regular", "persons": 2, "fen": 96000},
        {"grade": 4, "kind": "retake", "persons": 1, "fen": 10000},
        {"grade": 3, "kind": "regular", "persons": 1, "fen": 58000},
    ]
    assert found.fen == 164000
    assert found.window.opens == date(2026, 3, 1)


def test_whose_facts_no_longer_suffice_is_held_back_with_the_reason(filing):
    entry = make_entry(filing, route="TR2023-2.3", judged_on=date(2026, 3, 9))
    found = submission_preview(filing)
    assert found.persons == 0
    ((held, findings),) = found.held
    assert (held.pk, findings[0].code) == (entry.pk, "route_not_met")


@pytest.mark.parametrize(
    ("shut", "code"),
    [
        (lambda: Offering.objects.filter(grade=3).update(closed_on=date(2026, 3, 9)), "not_offered"),
        (lambda: FeeSchedule.objects.filter(offering__grade=3).delete(), "no_fee_schedule"),
    ],
)
def test_a_grade_that_is_not_offered_or_has_no_price_is_held_back(filing, shut, code):
    make_entry(filing, "王秀英")
    behind = make_entry(filing, "孙小梅", grade=3)
    shut()
    found = submission_preview(filing)
    assert found.persons == 1
    ((held, findings),) = found.held
    assert (held.pk, findings[0].code) == (behind.pk, code)


def test_one_act_takes_everybody_who_is_ready_with_its_totals(filing, reviewer):
    going = [make_entry(filing, name) for name in ("王秀英", "赵国强")]
    behind = make_entry(filing, "周丽华", stage="review")
    act = submit_filing(actor=reviewer, filing=filing, expected_persons=2)
    assert (act.serial, act.persons, act.by) == (1, 2, reviewer)
    assert act.totals == [{"grade": 4, "kind": "regular", "persons": 2, "fen": 96000}]
    assert act.window.opens_on == date(2026, 3, 1)
    assert set(RosterEntry.objects.filter(submission=act)) == set(going)
    assert counts_by_stage(filing) == {"review": 1, "filing": 2}
    behind.refresh_from_db()
    assert behind.submission is None
    assert AuditEntry.objects.get(action="groups.submit_filing").detail["persons"] == 2


def test_a_page_that_is_no_longer_true_submits_nobody(filing, reviewer):
    make_entry(filing, "王秀英")
    make_entry(filing, "赵国强")
    (one,) = refusal(actor=reviewer, filing=filing, expected_persons=1)
    assert one.code == "changed"
    assert "2 人" in one.sentence
    assert not GroupSubmission.objects.exists()
    assert not RosterEntry.objects.exclude(submission=None).exists()


def test_a_second_click_finds_nobody_left(filing, reviewer):
    make_entry(filing)
    submit_filing(actor=reviewer, filing=filing, expected_persons=1)
    (one,) = refusal(actor=reviewer, filing=filing, expected_persons=1)
    assert one.code == "nobody_ready"
    assert GroupSubmission.objects.count() == 1


def test_who_was_not_ready_comes_with_a_later_act(filing, reviewer):
    make_entry(filing, "王秀英")
    submit_filing(actor=reviewer, filing=filing, expected_persons=1)
    make_entry(filing, "赵国强")
    assert submit_filing(actor=reviewer, filing=filing, expected_persons=1).serial == 2


@pytest.mark.parametrize("role", ["filer", "viewer"])
def test_only_a_reviewer_submits(filing, role):
    make_entry(filing)
    account = make_member(filing.institution, role).account
    assert refusal(actor=account, filing=filing, expected_persons=1)[0].code == "other_role"


def test_a_closed_institution_submits_nothing(filing, reviewer):
    make_entry(filing)
    close_institution(actor=make_staff(), institution=filing.institution)
    assert refusal(actor=reviewer, filing=filing, expected_persons=1)[0].code == "no_member"


def test_a_page_opened_before_midnight_of_the_last_day_and_sent_after_it_is_refused(frozen_day):
    frozen_day(datetime(2026, 11, 30, 23, 59, 30, tzinfo=SHANGHAI))
    filing = make_filing()
    reviewer = make_member(filing.institution, "reviewer").account
    make_entry(filing)
    assert submission_preview(filing).persons == 1
    frozen_day(datetime(2027, 1, 1, 0, 0, 0, tzinfo=SHANGHAI))
    (one,) = refusal(actor=reviewer, filing=filing, expected_persons=1)
    assert one.code == "no_timetable"
    assert not GroupSubmission.objects.exists()


def test_outside_every_window_a_mended_person_keeps_theirs_and_the_others_wait(frozen_day):
    frozen_day(date(2026, 12, 20))
    filing = make_filing()
    reviewer = make_member(filing.institution, "reviewer").account
    mended = make_entry(filing, "王秀英", stage="submitted")
    returned(mended, until=date(2027, 1, 5))
    make_entry(filing, "赵国强")
    frozen_day(date(2027, 1, 4))
    found = submission_preview(filing)
    assert (found.persons, found.mended, found.waiting) == (1, 1, 1)
    assert found.closed.code == "no_timetable"
    act = submit_filing(actor=reviewer, filing=filing, expected_persons=1)
    assert act.window is None
    assert list(act.entries.all()) == [mended]


def test_mended_too_late_waits_like_everybody(frozen_day):
    frozen_day(date(2026, 12, 20))
    filing = make_filing()
    mended = make_entry(filing, stage="submitted")
    returned(mended, until=date(2027, 1, 3))
    frozen_day(date(2027, 1, 4))
    found = submission_preview(filing)
    assert (found.persons, found.waiting) == (0, 1)


def test_the_preview_asks_no_more_of_many_than_of_one(filing, django_assert_max_num_queries):
    for name in ("王秀英", "赵国强", "孙小梅", "李建国"):
        make_entry(filing, name)
    with django_assert_max_num_queries(14):
        submission_preview(filing)
