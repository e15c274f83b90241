"""The institution's preliminary review: who may make it, what it must have seen, and whom it takes out (N2026-2.2)."""

from datetime import date

import pytest

from exams.filing.groups.models import Clash, PreliminaryReview, RosterEntry
from exams.filing.groups.people.reviewing import remove_entry, review_entries, review_entry
from exams.filing.groups.queries import entries_of
from exams.filing.models import Application, Status
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from tests.factories import make_application, make_institution, make_member
from tests.groups.factories import make_entry, make_filing, make_row

pytestmark = pytest.mark.django_db
SEEN = ["identity_document", "work_proof"]


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


@pytest.fixture
def reviewer(filing):
    return make_member(filing.institution, "reviewer", "沈老师").account


def stage(entry):
    return entries_of(entry.filing).get(pk=entry.pk).stage


def refusal(action, **values):
    with pytest.raises(Refused) as caught:
        action(**values)
    return [finding.code for finding in caught.value.findings]


def test_a_passed_person_is_ready_and_the_review_names_row_and_reviewer(filing, reviewer):
    entry = make_entry(filing, stage="review")
    review = review_entry(actor=reviewer, entry=entry, result="passed", seen=SEEN)
    assert (review.row_id, review.reviewer, review.seen) == (entry.row_id, reviewer, SEEN)
    assert stage(entry) == "ready"
    trail = AuditEntry.objects.get(action="groups.review_entry")
    assert trail.detail["result"] == "passed"


def test_every_original_of_the_route_must_have_been_seen(filing, reviewer):
    entry = make_entry(filing, stage="review")
    assert refusal(review_entry, actor=reviewer, entry=entry, result="passed", seen=["work_proof"]) == [
        "not_seen"
    ]
    assert not PreliminaryReview.objects.exists()


def test_a_retake_shows_only_the_identity_document(filing, reviewer):
    entry = make_entry(filing, stage="review", kind="retake", route="", subjects=["theory"])
    review_entry(actor=reviewer, entry=entry, result="passed", seen=["identity_document"])
    assert stage(entry) == "ready"


def test_nobody_passes_without_a_portrait(filing, reviewer):
    entry = make_entry(filing, stage="portrait")
    assert refusal(review_entry, actor=reviewer, entry=entry, result="passed", seen=SEEN) == ["no_photo"]


def test_a_route_not_met_today_does_not_pass(filing, reviewer):
    entry = make_entry(filing, stage="review", route="TR2023-2.3")
    assert refusal(review_entry, actor=reviewer, entry=entry, result="passed", seen=SEEN) == ["route_not_met"]


def test_sending_back_needs_a_note_and_shows_it(filing, reviewer):
    entry = make_entry(filing, stage="review")
    assert refusal(review_entry, actor=reviewer, entry=entry, result="sent_back", seen=[], note=" ") == [
        "no_note"
    ]
    review_entry(actor=reviewer, entry=entry, result="sent_back", seen=[], note="社保记录少了 2019 年")
    assert stage(entry) == "sent_back"


def test_somebody_may_be_reviewed_before_they_confirm(filing, reviewer):
    entry = make_entry(filing, stage="confirm")
    review_entry(actor=reviewer, entry=entry, result="passed", seen=SEEN)
    assert stage(entry) == "confirm"


@pytest.mark.parametrize("role", ["filer", "viewer"])
def test_only_a_reviewer_reviews(filing, role):
    entry = make_entry(filing, stage="review")
    account = make_member(filing.institution, role).account
    assert refusal(review_entry, actor=account, entry=entry, result="passed", seen=SEEN) == ["other_role"]


def test_a_reviewer_of_another_institution_is_no_member(filing):
    entry = make_entry(filing, stage="review")
    stranger = make_member(make_institution("上海市徐汇区仁德进修学校"), "reviewer").account
    assert refusal(review_entry, actor=stranger, entry=entry, result="passed", seen=SEEN) == ["no_member"]


def test_what_is_with_the_association_is_not_reviewed(filing, reviewer):
    entry = make_entry(filing, stage="submitted")
    assert refusal(review_entry, actor=reviewer, entry=entry, result="passed", seen=SEEN) == ["wrong_stage"]


def test_passing_anew_puts_somebody_who_was_not_filed_back_in_line_for_the_next_act(filing, reviewer):
    entry = make_entry(filing, stage="ready")
    entry.obstacles = [{"code": "barred", "sentence": "此人目前不能申报，原因由本人登录或到窗口查询。"}]
    entry.save()
    assert stage(entry) == "blocked"
    review_entry(actor=reviewer, entry=entry, result="passed", seen=SEEN)
    assert stage(entry) == "ready"
    entry.refresh_from_db()
    assert entry.submission is None


def test_a_clash_waits_for_the_counter(filing, reviewer):
    entry = make_entry(filing, stage="ready")
    other = make_application(entry.person, status=Status.SUBMITTED)
    Clash.objects.create(entry=entry, other=other, found_at=other.created_at)
    assert refusal(review_entry, actor=reviewer, entry=entry, result="passed", seen=SEEN) == ["filed_twice"]


def test_many_pass_at_once_and_whoever_may_not_is_named(filing, reviewer):
    good = [make_entry(filing, name, stage="review") for name in ("王秀英", "赵国强")]
    bad = make_entry(filing, "孙小梅", stage="review", route="TR2023-2.3")
    entries = RosterEntry.objects.filter(filing=filing).order_by("added_at")
    outcome = review_entries(actor=reviewer, entries=entries, seen_all=True)
    assert {entry.pk for entry in outcome.passed} == {entry.pk for entry in good}
    assert [(entry.pk, findings[0].code) for entry, findings in outcome.refused] == [
        (bad.pk, "route_not_met")
    ]
    assert stage(bad) == "review"


def test_many_pass_only_on_the_reviewers_word(filing, reviewer):
    make_entry(filing, stage="review")
    entries = RosterEntry.objects.filter(filing=filing)
    assert refusal(review_entries, actor=reviewer, entries=entries, seen_all=False) == ["not_declared"]


def test_a_person_taken_out_is_gone_and_may_come_back_with_another_row(filing):
    entry = make_entry(filing, stage="review")
    remove_entry(actor=filing.opened_by, entry=entry)
    assert not entries_of(filing).exists()
    assert make_row(filing).filing == filing  # the row stays, too
    assert refusal(remove_entry, actor=filing.opened_by, entry=entry) == ["removed"]


@pytest.mark.parametrize("where", ["submitted", "approved"])
def test_nobody_who_was_filed_is_taken_out(filing, where):
    entry = make_entry(filing, stage=where)
    assert refusal(remove_entry, actor=filing.opened_by, entry=entry) == ["wrong_stage"]


def test_a_returned_application_is_not_taken_out_either(filing):
    entry = make_entry(filing, stage="submitted")
    Application.objects.filter(pk=entry.application_id).update(status=Status.RETURNED)
    assert refusal(remove_entry, actor=filing.opened_by, entry=entry) == ["already_filed"]


def test_taking_somebody_out_ends_their_clash(filing):
    entry = make_entry(filing, stage="ready")
    other = make_application(entry.person, status=Status.SUBMITTED)
    clash = Clash.objects.create(entry=entry, other=other, found_at=other.created_at)
    remove_entry(actor=filing.opened_by, entry=entry)
    clash.refresh_from_db()
    assert clash.decision == Clash.Decision.OTHER
    assert clash.decided_by == filing.opened_by


def test_nothing_is_reviewed_in_a_closed_filing(filing, reviewer):
    entry = make_entry(filing, stage="review")
    filing.closed_at = entry.added_at
    filing.save()
    entry = RosterEntry.objects.get(pk=entry.pk)
    assert refusal(review_entry, actor=reviewer, entry=entry, result="passed", seen=SEEN) == ["filing_closed"]
