"""The ordinary way: draft, submission, return, mending, approval with its quote."""

from datetime import date

import pytest

from exams.filing.actions import drafting, reviewing, submitting
from exams.filing.checks import latest_submission
from exams.filing.models import Quote, Status
from exams.filing.numbers import is_number
from exams.filing.verdicts import still_the_same
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.filing.conftest import approve, draft, pass_checks, submitted


def test_starting_twice_gives_one_application_with_one_number(person, offering):
    first = drafting.start_application(actor=person.account, person=person, offering=offering)
    second = drafting.start_application(actor=person.account, person=person, offering=offering)
    assert first == second
    assert is_number(first.number)
    assert first.subjects == ["theory", "practical"]
    assert [row.after for row in first.transitions.all()] == [Status.DRAFT]


def test_submission_freezes_answers_facts_and_verdict(person, offering):
    application = submitted(person, offering)
    submission = latest_submission(application)
    assert application.status == Status.SUBMITTED
    assert application.window.opens_on == date(2026, 10, 1)
    assert application.assess_by == date(2026, 11, 30)
    assert submission.judged_on == date(2026, 10, 12)
    assert submission.answers["identity"]["name"] == person.name
    assert still_the_same(submission)
    assert Message.objects.filter(event="application_submitted").count() == 1


def test_approval_freezes_the_quote(person, offering, staff):
    application = approve(submitted(person, offering), staff)
    quote = Quote.objects.get(application=application)
    assert application.status == Status.APPROVED
    assert quote.total_fen == 48000
    assert quote.lines == [{"subject": "theory", "fen": 10000}, {"subject": "practical", "fen": 38000}]
    assert quote.pay_by == date(2026, 10, 26)  # ten working days after Monday the 12th


def test_approval_needs_every_check_passed(person, offering, staff, codes_of):
    application = submitted(person, offering)
    pass_checks(application, staff)
    reviewing.record_check(
        actor=staff, application=application, code="work_proof", result="failed", note="公章缺失"
    )
    with pytest.raises(Refused) as refused:
        reviewing.approve_application(actor=staff, application=application, seen_serial=1)
    assert codes_of(refused.value) == {"check_not_passed"}


def test_returned_and_mended_in_time_keeps_its_window(person, offering, staff, frozen_day):
    application = submitted(person, offering)
    application = reviewing.return_application(
        actor=staff, application=application, reasons=[{"code": "work_unproven", "note": ""}]
    )
    assert application.mend_until == date(2026, 10, 26)
    frozen_day(date(2026, 10, 26))
    drafting.give_undertaking(actor=person.account, application=application)
    application = submitting.submit_application(actor=person.account, application=application)
    assert application.window.opens_on == date(2026, 10, 1)
    assert application.mend_until is None
    assert latest_submission(application).serial == 2


def test_an_unready_draft_is_refused_with_everything_that_is_missing(person, offering, codes_of):
    person.photo = None
    person.save()
    person.evidence.all().delete()
    application = draft(person, offering)
    with pytest.raises(Refused) as refused:
        submitting.submit_application(actor=person.account, application=application)
    assert codes_of(refused.value) == {"no_photo", "no_evidence"}
    application.refresh_from_db()
    assert application.status == Status.DRAFT
