"""The counter's batch: originals, the sample, approval together, single returns; each item by itself."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from applicants.records.models import DocumentClaim
from applicants.standing.models import Bar
from exams.filing.actions.reviewing import approve_application, record_check
from exams.filing.checks import latest_submission
from exams.filing.groups.batches import sampling
from exams.filing.groups.batches.deciding import (
    approve_batch,
    confirm_handed_in,
    draw_sample,
    originals_state,
    originals_to_confirm,
    progress,
    return_batch,
    shown,
)
from exams.filing.groups.batches.models import BatchDecision, BatchItem, SampleDraw
from exams.filing.groups.batches.standings import REASONS, approvable, outcome_of
from exams.filing.groups.batches.working import confirm_originals, work_on_batches
from exams.filing.groups.models import PreliminaryReview
from exams.filing.models import Application, Check, Status, Transition
from portal import clock
from portal.audit.models import AuditEntry
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import make_member, make_staff
from tests.groups.factories import make_entry, make_filing, make_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(frozen_day):
    frozen_day(clock.today())
    return make_staff("周敏")


@pytest.fixture
def filing(clerk):
    return make_filing()


def hand_in(*entries) -> None:
    """The institution says: the signed forms of these have been handed in."""
    for entry in entries:
        entry.handed_in_serial = latest_submission(entry.application).serial
        entry.handed_in_at, entry.handed_in_by = clock.now(), entry.filing.opened_by
        entry.save()


def confirm_all(clerk, submission) -> None:
    confirm_handed_in(
        actor=clerk, submission=submission, seen=shown(originals_to_confirm(approvable(submission)))
    )
    work_on_batches()


@pytest.fixture
def batch(clerk, filing):
    """Four people whose originals are confirmed, and the submission they came with."""
    entries = [make_entry(filing, name, stage="submitted") for name in ("赵一", "钱二", "孙三", "李四")]
    hand_in(*entries)
    confirm_all(clerk, filing.submissions.get())
    return entries


@pytest.fixture
def submission(batch, filing):
    return filing.submissions.get()


def sample(clerk, submission, percent=25) -> SampleDraw:
    return draw_sample(actor=clerk, submission=submission, percent=percent)


def look_at_the_drawn(clerk, submission) -> None:
    """Each of them by hand, on the review screen."""
    for one in approvable(submission).drawn:
        claim = one.application.person.documents.get()
        claim.state, claim.decided_at, claim.decided_by = "verified", clock.now(), clerk
        claim.save()
        for check in latest_submission(one.application).checks.exclude(result="passed"):
            record_check(actor=clerk, application=one.application, code=check.code, result="passed")
        approve_application(actor=clerk, application=one.application, seen_serial=one.serial)


def approve_rest(clerk, submission) -> BatchDecision:
    decision = approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    work_on_batches()
    decision.refresh_from_db()
    return decision


def codes(refusal) -> set[str]:
    return {one.code for one in refusal.value.findings}


def reasons_of(entry) -> set[str]:
    lists = approvable(entry.submission)
    (found,) = [one for one in lists.single if one.entry == entry]
    return {reason.code for reason in found.reasons}


def test_a_whole_batch_is_approved_but_for_those_drawn(clerk, batch, submission):
    drawn = set(sample(clerk, submission).drawn)
    assert len(drawn) == 1
    lists = approvable(submission)
    assert {one.application.number for one in lists.drawn} == drawn
    assert (len(lists.complete), lists.single) == (3, [])
    look_at_the_drawn(clerk, submission)
    decision = approve_rest(clerk, submission)
    assert progress(decision) == {"total": 3, "done": 3, "refused": 0}
    assert decision.finished_at is not None
    for entry in batch:
        application = Application.objects.get(pk=entry.application_id)
        assert application.status == Status.APPROVED
        assert application.quotes.get(ended_at=None).total_fen == 48000
        assert application.person.documents.get().state == DocumentClaim.State.VERIFIED


def test_the_checks_say_on_whose_review_they_rest(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    item = approve_rest(clerk, submission).items.first()
    check = latest_submission(item.application).checks.get(code="work_proof")
    assert check.checked_by == clerk
    assert check.note.startswith(f"据{submission.filing.institution}资格初审（顾明，")
    paper = latest_submission(item.application).checks.get(code="signed_form")
    assert paper.note == f"签名原件由{submission.filing.institution}统一交来"


def test_a_batch_waits_for_its_sample_and_for_those_drawn(clerk, batch, submission):
    seen = shown(approvable(submission).complete)
    with pytest.raises(Refused) as refusal:
        approve_batch(actor=clerk, submission=submission, seen=seen)
    assert codes(refusal) == {"no_sample"}
    sample(clerk, submission)
    with pytest.raises(Refused) as refusal:
        approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    assert codes(refusal) == {"drawn_undecided"}


def test_a_sample_that_did_not_pass_is_judged_before_the_others_are_approved(clerk, batch, submission):
    drawn = sample(clerk, submission, percent=50).drawn
    return_batch(actor=clerk, submission=submission, numbers=drawn, reasons=[{"code": "photo_unfit"}])
    work_on_batches()
    seen = shown(approvable(submission).complete)
    with pytest.raises(Refused) as refusal:
        approve_batch(actor=clerk, submission=submission, seen=seen)
    (finding,) = refusal.value.findings
    assert (finding.code, finding.field) == ("sample_not_passed", "despite_sample")
    assert "抽中 2 人：通过 0 人，退回 2 人" in finding.sentence
    assert not BatchDecision.objects.filter(deed="approve").exists()
    decision = approve_batch(actor=clerk, submission=submission, seen=seen, despite_sample=True)
    assert decision.items.count() == 2
    detail = AuditEntry.objects.get(action="groups.decide_approve").detail
    assert detail["despite_sample"] is True
    assert detail["sample"] == {"drawn": 2, "approved": 0, "returned": 2, "rejected": 0}


def test_a_sample_that_passed_needs_no_further_word(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    approve_rest(clerk, submission)
    detail = AuditEntry.objects.get(action="groups.decide_approve").detail
    assert detail["despite_sample"] is False


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("approved", "抽中 2 人：通过 2 人，退回 0 人"),
        ("returned", "抽中 2 人：通过 1 人，退回 1 人"),
        ("rejected", "抽中 2 人：通过 1 人，退回 0 人，不通过 1 人"),
        ("withdrawn", "抽中 2 人：通过 1 人，退回 0 人，其他 1 人"),
    ],
)
def test_the_outcome_of_a_sample_names_everybody_drawn(clerk, batch, submission, status, words):
    drawn = sample(clerk, submission, percent=50)
    for number, stands in zip(drawn.drawn, ("approved", status), strict=True):
        Application.objects.filter(number=number).update(status=stands)
    outcome = outcome_of(drawn)
    assert str(outcome) == words
    assert outcome.passed is (status == "approved")


def test_a_list_that_changed_is_not_approved(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    seen = shown(approvable(submission).complete)
    record_check(
        actor=clerk,
        application=approvable(submission).complete[0].application,
        code="conditions",
        result="failed",
        note="单位查无此人",
    )
    with pytest.raises(Refused) as refusal:
        approve_batch(actor=clerk, submission=submission, seen=seen)
    assert codes(refusal) == {"list_changed"}


def test_one_that_refuses_is_reported_and_the_others_go_on(clerk, batch, submission, frozen_day):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    decision = approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    barred = decision.items.first().application
    Bar.objects.create(
        person=barred.person,
        barred_from=clock.today(),
        barred_until=clock.today() + timedelta(days=30),
        clause="A3-3.1",
        created_at=clock.now(),
    )
    work_on_batches()
    assert progress(decision) == {"total": 3, "done": 3, "refused": 1}
    refused = decision.items.exclude(refusal="").get()
    assert refused.application == barred
    assert "不能参加评价" in refused.refusal
    barred.refresh_from_db()
    assert barred.status == Status.SUBMITTED
    assert barred.person.documents.get().state == DocumentClaim.State.CLAIMED, "nothing of it is half done"
    assert not latest_submission(barred).checks.filter(code="work_proof", result="passed").exists()


def test_a_poisoned_record_is_set_aside(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    decision = approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    poisoned = decision.items.first()
    latest_submission(poisoned.application).checks.model.objects.filter(
        submission__application=poisoned.application
    ).update(result="unknown")
    poisoned.application.submissions.update(verdict="{")
    work_on_batches()
    assert progress(decision)["refused"] == 1
    poisoned.refresh_from_db()
    assert "处理时出错" in poisoned.refusal


def test_work_interrupted_goes_on_where_it_stood(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    decision = approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    assert work_on_batches(seconds=0) == 1
    assert progress(decision) == {"total": 3, "done": 1, "refused": 0}
    decision.refresh_from_db()
    assert decision.finished_at is None
    assert work_on_batches() == 2
    assert work_on_batches() == 0
    approved = Transition.objects.filter(
        after=Status.APPROVED, application__in=decision.items.values("application")
    )
    assert approved.count() == 3


def test_a_worker_that_died_gives_its_decision_back(clerk, batch, submission, frozen_day):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    decision = approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    BatchDecision.objects.filter(pk=decision.pk).update(leased_until=clock.now() + timedelta(minutes=2))
    assert work_on_batches() == 0
    frozen_day(clock.now() + timedelta(minutes=3))
    assert work_on_batches() == 3


def test_a_second_worker_does_an_item_no_second_time(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    decision = approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
    BatchItem.objects.filter(decision=decision).update(done_at=clock.now())
    from exams.filing.groups.batches.working import _carry_out

    item = decision.items.select_related("application__institution").first()
    assert not _carry_out(item)
    assert Application.objects.get(pk=item.application_id).status == Status.SUBMITTED


# The sample


def test_a_sample_is_rounded_up_and_anyone_can_recompute_it(clerk, batch, submission, tmp_path, capsys):
    made = sample(clerk, submission, percent=26)
    assert len(made.drawn) == 2
    assert made.candidates == sorted(entry.application.number for entry in batch)
    published = {
        "seed": made.seed, "percent": made.percent, "candidates": made.candidates, "drawn": made.drawn,
    }  # fmt: skip
    assert sampling.problems(published) == []
    file = tmp_path / "sample.json"
    file.write_text(json.dumps(published), encoding="utf-8")
    call_command("verify_draw", str(file))
    assert "相符，4 人中抽 2 人" in capsys.readouterr().out
    others = [number for number in made.candidates if number not in made.drawn]
    assert sampling.problems({**published, "drawn": others}) != []
    assert sampling.problems({**published, "candidates": made.candidates[::-1]}) != []
    assert sampling.problems({"seed": "x"}) != []


@pytest.mark.parametrize(
    ("people", "percent", "drawn"), [(1, 1, 1), (500, 10, 50), (501, 10, 51), (3, 100, 3)]
)
def test_how_many_are_drawn(people, percent, drawn):
    assert sampling.how_many(people, percent) == drawn


def test_a_sample_is_drawn_once(clerk, batch, submission):
    made = sample(clerk, submission)
    with pytest.raises(Refused) as refusal:
        sample(make_staff("吴梅"), submission, percent=100)
    assert codes(refusal) == {"drawn_already"}
    assert SampleDraw.objects.get() == made


@pytest.mark.parametrize("percent", [0, 101])
def test_a_sample_needs_a_percentage(clerk, batch, submission, percent):
    with pytest.raises(Refused) as refusal:
        sample(clerk, submission, percent=percent)
    assert codes(refusal) == {"bad_percent"}


def test_a_sample_waits_until_everybody_is_filed(clerk, batch, submission):
    submission.filed_at = None
    submission.save()
    with pytest.raises(Refused) as refusal:
        sample(clerk, submission)
    assert codes(refusal) == {"still_filing"}


def test_whoever_is_filed_after_the_draw_is_looked_at_alone(clerk, batch, submission, filing):
    sample(clerk, submission)
    late = make_entry(filing, "周五", stage="submitted")
    hand_in(late)
    confirm_all(clerk, submission)
    assert reasons_of(late) == {"after_the_draw"}


# Who is concerned


@pytest.mark.parametrize("ended", [False, True], ids=["member", "former member"])
def test_nobody_decides_on_their_own_institution(clerk, batch, submission, ended):
    member = make_member(submission.filing.institution, name="双重身份")
    account = member.account
    account.is_staff = True
    account.save()
    if ended:
        member.ended_at = clock.now()
        member.save()
    for deed in (
        lambda: sample(account, submission),
        lambda: confirm_handed_in(actor=account, submission=submission, seen=""),
        lambda: approve_batch(actor=account, submission=submission, seen=""),
        lambda: return_batch(actor=account, submission=submission, numbers=[], reasons=[]),
        lambda: record_check(
            actor=account, application=batch[0].application, code="work_proof", result="passed"
        ),
    ):
        with pytest.raises(Refused) as refusal:
            deed()
        assert codes(refusal) == {"own_institution"}


# Originals


def test_originals_are_confirmed_together_and_named_in_the_check(clerk, filing):
    handed, kept = (make_entry(filing, name, stage="submitted") for name in ("赵一", "钱二"))
    hand_in(handed)
    submission = filing.submissions.get()
    assert reasons_of(handed) == {"original_unconfirmed"}
    assert reasons_of(kept) == {"not_handed_in"}
    confirm_all(clerk, submission)
    assert originals_state(submission) == {"people": 2, "handed_in": 1, "confirmed": 1}
    assert [one.entry for one in approvable(submission).complete] == [handed]


def test_an_original_of_an_earlier_submission_does_not_count(clerk, filing):
    entry = make_entry(filing, stage="submitted")
    hand_in(entry)
    entry.handed_in_serial = 0
    entry.save()
    assert reasons_of(entry) == {"not_handed_in"}
    assert originals_state(filing.submissions.get())["handed_in"] == 0


def test_scanned_originals_are_confirmed_one_by_one(clerk, filing):
    entries = [make_entry(filing, name, stage="submitted") for name in ("赵一", "钱二")]
    Application.objects.filter(pk=entries[1].application_id).update(status=Status.WITHDRAWN)
    refusals = confirm_originals(actor=clerk, applications=[entry.application for entry in entries])
    assert [application for application, _ in refusals] == [entries[1].application]
    assert (
        Check.objects.get(code="signed_form", result="passed").submission.application
        == entries[0].application
    )


# Reasons to look at somebody alone


def seen_less(entry, clerk):
    PreliminaryReview.objects.filter(entry=entry).update(seen=["photo"])


def sent_back(entry, clerk):
    PreliminaryReview.objects.filter(entry=entry).update(result="sent_back")


def new_row(entry, clerk):
    entry.row = make_row(entry.filing)
    entry.save()


def hints(entry, clerk):
    entry.portrait_hints = ["头部偏左"]
    entry.save()


def failed(entry, clerk):
    record_check(actor=clerk, application=entry.application, code="work_proof", result="failed", note="不符")


def conflict(entry, clerk):
    claim = entry.person.documents.get()
    other = make_entry(entry.filing, "同号", stage="review").person
    other.documents.update(number_index=claim.number_index)


def other_name(entry, clerk):
    entry.person.name = "王秀萍"
    entry.person.save()


def contradiction(entry, clerk):
    entry.person.documents.update(kind="resident_id")
    sex = "female" if entry.person.sex == "male" else "male"
    submission = latest_submission(entry.application)
    submission.answers["identity"]["sex"] = sex
    submission.save()
    entry.person.sex = sex
    entry.person.save()


def bar(entry, clerk):
    Bar.objects.create(
        person=entry.person, barred_from=clock.today(), barred_until=clock.today(), clause="A3-3.1",
        created_at=clock.now(),
    )  # fmt: skip


def mended(entry, clerk):
    for before, after in (("submitted", "returned"), ("returned", "submitted")):
        Transition.objects.create(application=entry.application, before=before, after=after, at=clock.now())


def revoked(entry, clerk):
    for before, after in (("submitted", "approved"), ("approved", "submitted")):
        Transition.objects.create(application=entry.application, before=before, after=after, at=clock.now())


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (seen_less, {"not_seen"}),
        (sent_back, {"not_reviewed"}),
        (new_row, {"not_reviewed", "not_confirmed"}),
        (hints, {"photo_hints"}),
        (failed, {"check_failed"}),
        (conflict, {"claim_conflict"}),
        (other_name, {"identity_differs"}),
        (contradiction, {"identity_differs"}),
        (bar, {"barred"}),
        (mended, {"mended"}),
        (revoked, {"revoked"}),
    ],
)
def test_each_reason_keeps_somebody_out_of_the_batch(clerk, batch, plant, expected):
    entry = batch[0]
    plant(entry, clerk)
    assert reasons_of(entry) == expected
    assert expected <= set(REASONS)
    assert len(approvable(entry.submission).complete) == 3
    assert approvable(entry.submission).reason_counts() == {code: 1 for code in REASONS if code in expected}


def test_the_lists_take_as_many_queries_for_many_as_for_one(clerk, filing, django_assert_num_queries):
    def asked() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            approvable(filing.submissions.get())
        return len(queries)

    hand_in(make_entry(filing, stage="submitted"))
    at_one = asked()
    for name in ("赵一", "钱二", "孙三"):
        hand_in(make_entry(filing, name, stage="submitted"))
    assert asked() == at_one


# Returns


def test_some_are_returned_and_the_others_stay(clerk, batch, submission):
    numbers = [entry.application.number for entry in batch[:2]]
    decision = return_batch(
        actor=clerk, submission=submission, numbers=numbers, reasons=[{"code": "photo_unfit", "note": ""}]
    )
    work_on_batches()
    assert progress(decision) == {"total": 2, "done": 2, "refused": 0}
    status = {one.number: one.status for one in Application.objects.all()}
    assert [status[entry.application.number] for entry in batch] == ["returned"] * 2 + ["submitted"] * 2
    told = Message.objects.filter(event="filing_returned")
    assert told.count() == submission.filing.institution.members.count(), "each of them once a day"
    assert Message.objects.filter(event="group_application_returned").count() == 2


def test_a_return_needs_reasons_and_people_who_wait(clerk, batch, submission):
    numbers = [batch[0].application.number]
    with pytest.raises(Refused) as refusal:
        return_batch(actor=clerk, submission=submission, numbers=numbers, reasons=[])
    assert codes(refusal) == {"no_reason"}
    with pytest.raises(Refused) as refusal:
        return_batch(
            actor=clerk, submission=submission, numbers=["2600000000"], reasons=[{"code": "photo_unfit"}]
        )
    assert codes(refusal) == {"list_changed"}


def test_every_decision_is_on_record(clerk, batch, submission):
    sample(clerk, submission)
    look_at_the_drawn(clerk, submission)
    approve_rest(clerk, submission)
    actions = set(AuditEntry.objects.filter(actor_id=str(clerk.pk)).values_list("action", flat=True))
    assert {"groups.draw_sample", "groups.decide_approve", "groups.decide_originals"} <= actions
