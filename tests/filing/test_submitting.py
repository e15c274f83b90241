"""What submission refuses, to the second, and that nothing typed is lost by it."""

from datetime import date, datetime, timedelta

import pytest

from applicants.records.models import Consent, Job
from applicants.standing.models import Bar
from exams.catalogue.models import FilingWindow, Offering
from exams.filing.actions import drafting, reviewing, submitting
from exams.filing.answers import digest
from exams.filing.checks import latest_submission
from exams.filing.eligibility import verdicts_for
from exams.filing.models import Status
from exams.filing.readiness import readiness
from exams.filing.verdicts import still_the_same
from portal import clock
from portal.clock import SHANGHAI
from portal.rules.findings import Refused, canonical_json
from tests import factories
from tests.filing.conftest import add_evidence, add_photo, draft, ready_person, submitted


def submit(application):
    return submitting.submit_application(actor=application.person.account, application=application)


def refused_codes(application) -> set[str]:
    with pytest.raises(Refused) as refused:
        submit(application)
    application.refresh_from_db()
    assert application.status in (Status.DRAFT, Status.RETURNED)
    assert all(finding.sentence.endswith("。") for finding in refused.value.findings)
    return {finding.code for finding in refused.value.findings}


def just_before(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) - timedelta(seconds=1)


def test_the_last_second_of_a_window_counts_to_it(person, offering, frozen_day):
    application = draft(person, offering)
    frozen_day(just_before(date(2026, 11, 1)) - timedelta(seconds=30))
    assert submit(application).window.opens_on == date(2026, 10, 1)


def test_the_first_second_after_it_counts_to_the_next(person, offering, frozen_day):
    application = draft(person, offering)
    frozen_day(datetime(2026, 11, 1, tzinfo=SHANGHAI))
    assert submit(application).assess_by == date(2026, 12, 31)


def test_after_the_year_s_last_second_filing_is_closed_and_the_draft_kept(person, offering, frozen_day):
    application = draft(person, offering)
    frozen_day(datetime(2027, 1, 1, tzinfo=SHANGHAI))
    assert refused_codes(application) == {"no_timetable"}
    assert application.route == "TR2023-2.1"


def test_a_window_taken_away_says_when_the_next_one_opens(person, offering):
    FilingWindow.objects.filter(opens_on=date(2026, 10, 1)).delete()
    application = draft(person, offering)
    with pytest.raises(Refused) as refused:
        submit(application)
    (finding,) = refused.value.findings
    assert (finding.code, finding.clause, finding.field) == ("window_closed", "A2", "window")
    assert "2026年11月1日" in finding.sentence


def test_an_offering_closed_since_the_draft_is_refused(person, offering, frozen_day):
    application = draft(person, offering)
    Offering.objects.filter(pk=offering.pk).update(closed_on=date(2026, 10, 12))
    frozen_day(date(2026, 10, 13))
    assert refused_codes(application) == {"not_offered"}
    with pytest.raises(Refused):
        drafting.start_application(
            actor=person.account, person=person, offering=Offering.objects.get(grade=4)
        )


@pytest.mark.parametrize(
    ("barred_from", "barred_until", "barred"),
    [
        (date(2024, 10, 13), date(2026, 10, 12), True),
        (date(2024, 10, 12), date(2026, 10, 11), False),
        (date(2026, 10, 13), date(2026, 12, 31), False),
        (date(2026, 10, 12), date(2026, 12, 31), True),
    ],
)
def test_a_bar_counts_on_its_first_and_last_day(person, offering, barred_from, barred_until, barred):
    Bar.objects.create(
        person=person, barred_from=barred_from, barred_until=barred_until, clause="A3-4.4",
        created_at=clock.now(),
    )  # fmt: skip
    application = draft(person, offering)
    if barred:
        with pytest.raises(Refused) as refused:
            submit(application)
        (finding,) = refused.value.findings
        assert (finding.code, finding.clause) == ("barred", "A3-4.4")
        assert f"{barred_until.year}年{barred_until.month}月{barred_until.day}日" in finding.sentence
    else:
        assert submit(application).status == Status.SUBMITTED


def test_a_lifted_bar_bars_nobody(person, offering):
    Bar.objects.create(
        person=person, barred_from=date(2026, 1, 1), barred_until=date(2026, 12, 31), clause="A3-3.1",
        created_at=clock.now(), lifted_at=clock.now(),
    )  # fmt: skip
    assert submit(draft(person, offering)).status == Status.SUBMITTED


def test_one_day_short_of_five_years_is_refused_with_the_day_on_which_it_opens(offering):
    person = ready_person()
    Job.objects.filter(person=person).update(started_on=date(2021, 10, 13))
    application = draft(person, offering)
    with pytest.raises(Refused) as refused:
        submit(application)
    (finding,) = refused.value.findings
    assert (finding.code, finding.clause, finding.need) == ("route_not_met", "TR2023-2.1", "2026-10-13")
    assert "还差 1 天" in finding.sentence


def test_five_years_to_the_day_are_enough(offering):
    person = ready_person()
    Job.objects.filter(person=person).update(started_on=date(2021, 10, 12))
    assert submit(draft(person, offering)).status == Status.SUBMITTED


def test_too_little_schooling_is_refused_beside_the_route(offering):
    person = ready_person(education="junior_high")
    assert refused_codes(draft(person, offering)) == {"education_too_low"}


def test_a_document_that_contradicts_the_form_is_refused(person, offering):
    person.sex = "male" if person.sex == "female" else "female"
    person.save()
    assert refused_codes(draft(person, offering)) == {"disagrees_with_document"}


def test_a_withdrawn_consent_is_asked_for_again(person, offering):
    Consent.objects.create(
        person=person, about=Consent.About.PHOTO, version="2026-01", given=False, at=clock.now()
    )
    assert refused_codes(draft(person, offering)) == {"no_consent_photo"}


def test_a_record_with_nothing_in_it_is_told_everything_at_once(offering):
    person = factories.make_person()
    person.jobs.all().delete()
    person.documents.all().delete()
    person.sex = person.general_education = ""
    person.birth_date = None
    person.save()
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    found = {finding.field for finding in readiness(application, clock.today()).findings}
    assert found == {
        "identity.sex", "identity.number", "identity.birth_date", "identity.general_education", "route",
        "evidence.identity_document", "photo", "undertaking",
    }  # fmt: skip


def test_evidence_follows_the_route(offering):
    person = factories.make_person()
    add_photo(person)
    add_evidence(person, "identity_document")
    application = draft(person, offering)
    with pytest.raises(Refused) as refused:
        submit(application)
    (finding,) = refused.value.findings
    assert (finding.code, finding.field) == ("no_evidence", "evidence.work_proof")


def test_a_second_click_submits_once(person, offering):
    application = draft(person, offering)
    submit(application)
    with pytest.raises(Refused):
        submit(application)
    assert application.submissions.count() == 1


def test_while_one_application_is_live_another_for_the_offering_is_refused(person, offering, codes_of):
    first = submitted(person, offering)
    with pytest.raises(Refused) as refused:
        drafting.start_application(actor=person.account, person=person, offering=offering)
    assert codes_of(refused.value) == {"another_live_application"}
    assert first.number in str(refused.value)
    other_grade = Offering.objects.get(grade=3)
    assert drafting.start_application(actor=person.account, person=person, offering=other_grade)


def test_mended_a_day_late_it_counts_to_the_window_of_that_day(person, offering, staff, frozen_day):
    application = submitted(person, offering)
    reviewing.return_application(actor=staff, application=application, reasons=[{"code": "form_unsigned"}])
    frozen_day(date(2026, 11, 2))
    drafting.give_undertaking(actor=person.account, application=application)
    application = submit(application)
    assert application.window.opens_on == date(2026, 11, 1)
    assert application.assess_by == date(2026, 12, 31)


def test_mended_in_time_after_the_window_closed_it_keeps_its_window(person, offering, staff, frozen_day):
    frozen_day(date(2026, 12, 31))
    application = submitted(person, offering)
    application = reviewing.return_application(
        actor=staff, application=application, reasons=[{"code": "form_unsigned"}]
    )
    frozen_day(application.mend_until)  # in 2027, for which no timetable is known
    drafting.give_undertaking(actor=person.account, application=application)
    assert submit(application).window.opens_on == date(2026, 12, 1)


def test_after_a_return_the_undertaking_is_given_again(person, offering, staff):
    application = submitted(person, offering)
    reviewing.return_application(actor=staff, application=application, reasons=[{"code": "form_unsigned"}])
    application.refresh_from_db()
    assert refused_codes(application) == {"no_undertaking"}


def test_old_submissions_recompute_to_the_same_bytes_whatever_happens_later(offering, frozen_day):
    kept = []
    for number, born in enumerate((date(1990, 3, 5), date(1988, 2, 29), date(2001, 12, 31))):
        person = ready_person(birth_date=born)
        Job.objects.filter(person=person).update(started_on=date(2015 + number, 2, 28 + (number == 1)))
        kept.append(latest_submission(submitted(person, offering)))
    Job.objects.all().delete()
    offering.occupation.minimum_education = "bachelor"
    offering.occupation.save()
    frozen_day(date(2031, 5, 1))
    for submission in kept:
        submission.refresh_from_db()
        assert still_the_same(submission)
        assert digest(submission.answers) == submission.answers_digest
    submission.verdict = submission.verdict.replace('"met":true', '"met":false', 1)
    assert not still_the_same(submission)


def test_a_verdict_is_canonical_text(person, offering):
    (four, _) = verdicts_for(person, clock.today())
    verdict = latest_submission(submitted(person, offering)).verdict
    assert verdict == canonical_json(four[1].to_json()).decode()
