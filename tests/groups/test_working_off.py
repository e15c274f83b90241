"""Working off a submission: each person alone, in the end exactly once, whoever is killed, late, or side by side."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from applicants.records.models import Evidence, Photo
from applicants.standing.models import Bar
from exams.catalogue.models import Offering
from exams.filing.actions.drafting import confirm_forfeiture, start_application
from exams.filing.actions.submitting import submit_application
from exams.filing.groups.models import Clash, Confirmation, GroupSubmission, PreliminaryReview, RosterFile
from exams.filing.groups.people.reviewing import review_entry
from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.queries import counts_by_stage, entries_of
from exams.filing.models import Application, Kind, Status
from exams.filing.undertaking import CURRENT
from exams.passes.models import Pass
from portal import clock
from portal.files import store
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import make_account, make_application, make_institution, make_member
from tests.groups.factories import make_entry, make_filing, make_row
from tests.groups.test_submitting import returned

pytestmark = pytest.mark.django_db
SEEN = ["identity_document", "work_proof"]


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


@pytest.fixture
def reviewer(filing):
    return make_member(filing.institution, "reviewer", "沈老师").account


def submit(filing, reviewer, persons):
    return submit_filing(actor=reviewer, filing=filing, expected_persons=persons)


def fresh(entry):
    return entries_of(entry.filing).get(pk=entry.pk)


def codes(entry):
    return [one["code"] for one in fresh(entry).obstacles]


def told(event):
    return Message.objects.filter(event=event)


def test_each_person_becomes_a_submitted_application_of_the_moment_of_the_act(filing, reviewer, frozen_day):
    entry = make_entry(filing)
    file = store.keep(b"%PDF-1.7", kind="evidence", media_type="application/pdf", display_name="社保.pdf")
    scan = RosterFile.objects.create(
        id=uuid4(), entry=entry, code="work_proof", file=file, added_by=reviewer, added_at=clock.now()
    )
    act = submit(filing, reviewer, 1)
    frozen_day(date(2026, 4, 2))  # worked off late: the window is that of the act
    assert file_submissions() == 1
    entry = fresh(entry)
    application = entry.application
    assert entry.stage == "submitted"
    assert application.status == Status.SUBMITTED
    assert application.institution == filing.institution
    assert application.submitted_at == act.at
    assert application.window.opens_on == date(2026, 3, 1)
    assert (application.kind, application.route, application.subjects) == (
        "regular",
        "TR2023-2.1",
        ["theory", "practical"],
    )
    submission = application.submissions.get()
    assert submission.submitted_by == reviewer
    assert submission.judged_on == date(2026, 3, 10)
    assert submission.answers["photo"] == str(entry.photo_id)
    assert submission.answers["evidence"] == [
        {"id": str(scan.pk), "code": "work_proof", "file": str(file.pk)}
    ]
    assert submission.answers["seen"] == ["identity_document", "photo", "work_proof"]
    assert entry.photo.institution == filing.institution
    evidence = Evidence.objects.get(pk=scan.pk)
    assert (evidence.person, evidence.institution) == (entry.person, filing.institution)
    assert entry.person.photo is None  # their own record is left alone
    act.refresh_from_db()
    assert act.filed_at is not None
    assert told("group_application_submitted").count() == 1


def test_a_second_run_does_nothing(filing, reviewer):
    make_entry(filing)
    submit(filing, reviewer, 1)
    assert file_submissions() == 1
    assert file_submissions() == 0
    assert Application.objects.count() == 1


def test_a_worker_that_runs_out_of_time_leaves_the_rest_to_the_next(filing, reviewer):
    for name in ("王秀英", "赵国强", "孙小梅"):
        make_entry(filing, name)
    act = submit(filing, reviewer, 3)
    assert file_submissions(seconds=0) == 0
    act.refresh_from_db()
    assert act.filed_at is None
    assert file_submissions() == 3
    assert Application.objects.count() == 3


def test_what_another_worker_holds_is_left_alone_until_its_lease_is_over(filing, reviewer, frozen_day):
    make_entry(filing)
    act = submit(filing, reviewer, 1)
    GroupSubmission.objects.filter(pk=act.pk).update(leased_until=clock.now() + timedelta(minutes=1))
    assert file_submissions() == 0
    frozen_day(clock.now() + timedelta(minutes=2))
    assert file_submissions() == 1


def test_one_who_cannot_be_filed_holds_up_nobody(filing, reviewer):
    good = make_entry(filing, "王秀英")
    barred = make_entry(filing, "赵国强")
    Bar.objects.create(
        id=uuid4(),
        person=barred.person,
        clause="A3-3.1",
        barred_from=date(2026, 1, 1),
        barred_until=date(2026, 12, 31),
        created_at=clock.now(),
        decision_id=uuid4(),
    )
    submit(filing, reviewer, 2)
    assert file_submissions() == 1
    assert counts_by_stage(filing) == {"blocked": 1, "submitted": 1}
    assert fresh(good).application
    assert codes(barred) == ["barred"]
    (obstacle,) = fresh(barred).obstacles
    assert "12月31日" not in obstacle["sentence"]  # the clause and the end are the person's alone
    assert obstacle["clause"] == ""
    assert not barred.person.applications.exists()  # nothing half done
    assert fresh(barred).photo is None
    message = told("filing_not_filed").filter(account=reviewer).get()
    assert "1 人" in message.text


def test_a_record_we_fail_at_is_set_aside_after_three_attempts(filing, reviewer):
    good = make_entry(filing, "王秀英")
    poison = make_entry(filing, "赵国强")
    row = poison.row
    row.content = {**row.content, "record": {**row.content["record"], "jobs": [{"employer": "只有一半"}]}}
    row.save()
    act = submit(filing, reviewer, 2)
    assert file_submissions() == 1
    assert codes(poison) == ["fault"]
    assert fresh(good).stage == "submitted"
    act.refresh_from_db()
    assert act.filed_at is not None


def test_a_person_filed_already_is_a_clash_and_both_are_told(filing, reviewer):
    entry = make_entry(filing)
    entry.person.account = make_account("王秀英")
    entry.person.save()
    own = make_application(entry.person, status=Status.SUBMITTED)
    submit(filing, reviewer, 1)
    assert file_submissions() == 0
    clash = Clash.objects.get(entry=entry)
    assert clash.other == own
    assert codes(entry) == ["filed_twice"]
    assert own.number not in str(fresh(entry).obstacles)
    message = told("filed_twice").get()
    assert message.account == entry.person.account
    assert own.number in message.text
    assert filing.institution.name in message.text
    assert told("filing_filed_twice").filter(account=reviewer).count() == 1
    assert not told("filing_not_filed").exists()


def test_an_own_draft_is_never_taken_over(filing, reviewer):
    entry = make_entry(filing)
    offering = make_application(status=Status.SUBMITTED).offering
    draft = start_application(actor=None, person=entry.person, offering=offering)
    submit(filing, reviewer, 1)
    assert file_submissions() == 0
    assert Clash.objects.get().other == draft
    draft.refresh_from_db()
    assert (draft.status, draft.institution) == (Status.DRAFT, None)


def test_two_institutions_with_the_same_person_are_both_told(filing, reviewer):
    first = make_entry(filing)
    submit(filing, reviewer, 1)
    file_submissions()
    second = make_filing(make_member(make_institution("上海市徐汇区仁德进修学校"), "reviewer", "钱老师"))
    entry = make_entry(second, stage="confirm", number=_number(first))
    _confirmed_by(entry, first.person)
    submit(second, second.opened_by, 1)
    assert file_submissions() == 0
    assert told("filing_filed_twice").filter(account=reviewer).count() == 1
    assert told("filing_filed_twice").filter(account=second.opened_by).count() == 1
    assert all(filing.institution.name not in one["sentence"] for one in fresh(entry).obstacles)


def test_a_retake_without_a_pass_is_not_filed(filing, reviewer):
    entry = make_entry(filing, kind="retake", route="", subjects=["theory"])
    submit(filing, reviewer, 1)
    file_submissions()
    assert codes(entry) == ["no_valid_pass"]


def test_a_retake_is_filed_for_what_is_left(filing, reviewer):
    entry = make_entry(filing, kind="retake", route="", subjects=["practical"])
    _passed(entry, "theory")
    submit(filing, reviewer, 1)
    assert file_submissions() == 1
    application = fresh(entry).application
    assert (application.kind, application.subjects, application.route) == (Kind.RETAKE, ["practical"], "")


def test_a_regular_application_that_gives_up_a_pass_waits_for_the_person_as_a_draft(filing, reviewer):
    entry = make_entry(filing)
    held = _passed(entry, "theory")
    submit(filing, reviewer, 1)
    assert file_submissions() == 0
    draft = fresh(entry).application
    assert (draft.status, codes(entry)) == (Status.DRAFT, ["forfeiture_not_confirmed"])
    assert "理论知识" not in fresh(entry).obstacles[0]["sentence"]
    assert told("group_forfeiture_needed").count() == 1
    account = make_account("王秀英")
    entry.person.account = account
    entry.person.save()
    confirm_forfeiture(actor=account, application=draft, passes=[held.pk])
    review_entry(actor=reviewer, entry=entry, result="passed", seen=SEEN)
    submit(filing, reviewer, 1)
    assert file_submissions() == 1
    application = fresh(entry).application
    assert application.pk == draft.pk
    assert application.submissions.get().answers["forfeitures"][0]["subject"] == "theory"


def test_a_mended_person_is_submitted_again_under_the_same_number(filing, reviewer, frozen_day):
    entry = make_entry(filing)
    submit(filing, reviewer, 1)
    file_submissions()
    first = fresh(entry).application
    returned(fresh(entry), until=date(2026, 4, 8))
    frozen_day(date(2026, 4, 3))
    submit(filing, reviewer, 1)
    assert file_submissions() == 1
    again = fresh(entry).application
    assert again.pk == first.pk
    assert again.submissions.count() == 2
    assert again.window.opens_on == date(2026, 3, 1)
    assert told("group_application_submitted").count() == 2


def test_who_was_returned_while_the_act_is_worked_off_is_not_sent_in_again(filing, reviewer):
    entry = make_entry(filing)
    act = submit(filing, reviewer, 1)
    file_submissions()
    returned(fresh(entry), until=date(2026, 3, 24))
    GroupSubmission.objects.filter(pk=act.pk).update(filed_at=None)
    assert file_submissions() == 0
    assert Application.objects.get().status == Status.RETURNED


def test_a_row_corrected_after_the_act_stays_behind(filing, reviewer):
    entry = make_entry(filing)
    submit(filing, reviewer, 1)
    entry.row = make_row(filing, phone="+8613900000009")
    entry.save()
    assert file_submissions() == 0
    entry.refresh_from_db()
    assert (entry.submission, entry.obstacles, fresh(entry).stage) == (None, [], "confirm")


def test_another_grade_after_a_return_is_refused_in_words(filing, reviewer):
    entry = make_entry(filing, stage="submitted")
    row = entry.row
    row.grade, row.route = 3, "TR2023-3.1"
    row.save()
    returned(entry, until=date(2026, 3, 24))
    submit(filing, reviewer, 1)
    assert file_submissions() == 0
    assert codes(entry) == ["other_grade"]


def test_nobody_but_the_institution_submits_a_group_application(filing, reviewer):
    entry = make_entry(filing, stage="submitted")
    application = entry.application
    with pytest.raises(Refused) as caught:
        submit_application(actor=make_account(), application=application)
    assert caught.value.findings[0].code in {"wrong_status", "filed_by_an_institution"}
    Application.objects.filter(pk=application.pk).update(status=Status.RETURNED)
    with pytest.raises(Refused) as caught:
        submit_application(actor=make_account(), application=application)
    assert caught.value.findings[0].code == "filed_by_an_institution"


def test_a_worker_killed_in_the_middle_leaves_nothing_half_made_and_the_counts_agree(
    filing, reviewer, frozen_day
):
    for name in ("王秀英", "赵国强", "孙小梅"):
        make_entry(filing, name)
    act = submit(filing, reviewer, 3)
    submissions = []

    def killed(execute, sql, params, many, context):
        if sql.startswith("INSERT") and '"exams_submission"' in sql:
            submissions.append(sql)
            if len(submissions) == 2:
                raise SystemExit
        return execute(sql, params, many, context)

    with connection.execute_wrapper(killed), pytest.raises(SystemExit):
        file_submissions()
    assert Application.objects.count() == 1
    assert Photo.objects.count() == 1
    GroupSubmission.objects.filter(pk=act.pk).update(leased_until=clock.now() + timedelta(minutes=2))
    frozen_day(clock.now() + timedelta(minutes=3))  # whoever was killed gave no lease back
    assert file_submissions() == 2
    assert counts_by_stage(filing) == {"submitted": 3}
    assert Application.objects.count() == Photo.objects.count() == 3


def test_a_fault_of_the_database_sets_nobody_aside(filing, reviewer):
    entry = make_entry(filing)
    act = submit(filing, reviewer, 1)

    def away(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "exams_application" in sql:
            raise OperationalError("the connection is gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        file_submissions()
    act.refresh_from_db()
    assert (act.leased_until, act.filed_at, codes(entry)) == (None, None, [])
    assert file_submissions() == 1


def _number(entry):
    return entry.row.content["record"]["identity"]["document_number"]


def _confirmed_by(entry, person):
    """The same person confirms and passes in the other filing, too."""
    now = clock.now()
    Confirmation.objects.create(
        id=uuid4(),
        entry=entry,
        row=entry.row,
        code_index=str(entry.pk),
        phone="+8613900000001",
        sent_at=now,
        expires_at=now,
        confirmed_at=now,
        undertaking_version=CURRENT.version,
    )
    PreliminaryReview.objects.create(
        id=uuid4(),
        entry=entry,
        row=entry.row,
        result="passed",
        seen=SEEN,
        reviewer=entry.filing.opened_by,
        at=now,
    )
    entry.person = person
    entry.save()


def _passed(entry, subject):
    offering = Offering.objects.get(grade=4)
    return Pass.objects.create(
        id=uuid4(),
        person=entry.person,
        occupation=offering.occupation,
        grade=4,
        subject=subject,
        scheme=offering.schemes.get(),
        application_id=uuid4(),
        published_on=date(2026, 1, 20),
        valid_until=date(2028, 1, 20),
    )
