"""Regular or retake, and what a fresh application gives up (N2026-4)."""

from datetime import date
from uuid import uuid4

import pytest

from exams.filing.actions import drafting, leaving, reviewing, submitting
from exams.filing.models import Quote, Status
from exams.filing.readiness import readiness
from exams.passes.models import Pass
from portal import clock
from portal.rules.findings import Refused
from tests.filing.conftest import add_evidence, approve, draft, ready_person
from tests.passes.test_queries import make_pass, new_scheme


@pytest.fixture
def retaker(offering):
    """Passed theory on 2 March 2026, failed the practical; the application that won it is concluded."""
    person = ready_person()
    make_pass(person, offering, "theory", published_on=date(2026, 3, 2))
    return person


def retake(person, offering, **choice):
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    drafting.choose(actor=person.account, application=application, kind="retake", **choice)
    drafting.give_undertaking(actor=person.account, application=application)
    return submitting.submit_application(actor=person.account, application=application)


def test_a_retake_is_for_what_was_not_passed_at_its_fee(retaker, offering, staff):
    application = approve(retake(retaker, offering), staff)
    quote = Quote.objects.get()
    assert (application.kind, application.subjects, application.route) == ("retake", ["practical"], "")
    assert (quote.kind, quote.lines) == ("retake", [{"subject": "practical", "fen": 38000}])
    assert Pass.objects.get().given_up_at is None


def test_a_retake_needs_no_new_proof_of_the_conditions(retaker, offering):
    retaker.jobs.all().delete()
    retaker.evidence.exclude(code="identity_document").update(removed_at=clock.now())
    application = retake(retaker, offering)
    assert application.status == Status.SUBMITTED
    codes = set(application.submissions.get().checks.values_list("code", flat=True))
    assert codes == {"identity_document", "photo", "signed_form"}


@pytest.mark.parametrize("subject", ["theory", "review", "痛"])
def test_only_what_may_be_retaken_can_be_chosen(retaker, offering, codes_of, subject):
    application = drafting.start_application(actor=retaker.account, person=retaker, offering=offering)
    with pytest.raises(Refused) as refused:
        drafting.choose(
            actor=retaker.account, application=application, kind="retake", subjects=["practical", subject]
        )
    assert codes_of(refused.value) == {"not_to_retake"}


def test_the_validity_s_last_day_is_the_last_for_a_retake(retaker, offering, frozen_day, codes_of):
    Pass.objects.update(valid_until=date(2026, 10, 13))
    application = drafting.start_application(actor=retaker.account, person=retaker, offering=offering)
    frozen_day(date(2026, 10, 13))
    drafting.choose(actor=retaker.account, application=application, kind="retake")
    drafting.give_undertaking(actor=retaker.account, application=application)
    frozen_day(date(2026, 10, 14))
    with pytest.raises(Refused) as refused:
        submitting.submit_application(actor=retaker.account, application=application)
    assert codes_of(refused.value) == {"no_valid_pass"}


def test_a_pass_lapsed_between_submission_and_approval_stops_the_approval(
    retaker, offering, staff, frozen_day, codes_of
):
    Pass.objects.update(valid_until=date(2026, 10, 13))
    application = retake(retaker, offering)
    frozen_day(date(2026, 10, 14))
    with pytest.raises(Refused) as refused:
        approve(application, staff)
    assert codes_of(refused.value) == {"no_valid_pass"}


def test_with_nothing_passed_it_is_a_regular_application(offering, codes_of):
    person = ready_person()
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    with pytest.raises(Refused) as refused:
        drafting.choose(actor=person.account, application=application, kind="retake")
    assert codes_of(refused.value) == {"no_valid_pass"}


def test_failed_in_the_city_s_competition_no_retake(offering, codes_of):
    person = ready_person()
    make_pass(person, offering, "theory", from_competition=True)
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    with pytest.raises(Refused) as refused:
        drafting.choose(actor=person.account, application=application, kind="retake")
    assert "failed_in_competition" in codes_of(refused.value)


def test_a_changed_scheme_without_a_plan_makes_the_retake_wait(retaker, offering, codes_of):
    new_scheme(offering, date(2026, 9, 1), ("theory", "practical"), None)
    application = drafting.start_application(actor=retaker.account, person=retaker, offering=offering)
    with pytest.raises(Refused) as refused:
        drafting.choose(actor=retaker.account, application=application, kind="retake")
    assert codes_of(refused.value) == {"waits_for_plan"}


def test_a_fresh_application_names_what_it_gives_up_before_it_is_submitted(retaker, offering, codes_of):
    application = draft(retaker, offering)
    with pytest.raises(Refused) as refused:
        submitting.submit_application(actor=retaker.account, application=application)
    (finding,) = refused.value.findings
    assert (finding.code, finding.clause, finding.found) == (
        "forfeiture_not_confirmed", "N2026-4.2", ["理论知识"],
    )  # fmt: skip
    for named in ([], [uuid4()]):
        with pytest.raises(Refused) as refused:
            drafting.confirm_forfeiture(actor=retaker.account, application=application, passes=named)
        assert codes_of(refused.value) == {"not_all_named"}
        assert "理论知识" in str(refused.value)


def forfeiting(person, offering):
    application = draft(person, offering)
    given_up = [row.pk for row in Pass.objects.filter(person=person)]
    drafting.confirm_forfeiture(actor=person.account, application=application, passes=given_up)
    return submitting.submit_application(actor=person.account, application=application)


def test_the_pass_is_given_up_by_approval_for_good(retaker, offering, staff):
    application = forfeiting(retaker, offering)
    assert Pass.objects.get().given_up_at is None
    approve(application, staff)
    row = Pass.objects.get()
    assert (row.given_up_by, Quote.objects.get().total_fen) == (application.pk, 48000)
    leaving.withdraw_application(actor=retaker.account, application=application)
    row.refresh_from_db()
    assert row.given_up_at is not None
    again = drafting.start_application(actor=retaker.account, person=retaker, offering=offering)
    with pytest.raises(Refused):
        drafting.choose(actor=retaker.account, application=again, kind="retake")


@pytest.mark.parametrize("end", ["return", "reject", "withdraw"])
def test_what_ends_before_approval_gives_up_nothing(retaker, offering, staff, end):
    application = forfeiting(retaker, offering)
    if end == "return":
        reviewing.return_application(actor=staff, application=application, reasons=[{"code": "photo_unfit"}])
    elif end == "reject":
        reviewing.reject_application(actor=staff, application=application, clause="A3-1", reason="材料不实")
    else:
        leaving.withdraw_application(actor=retaker.account, application=application)
    assert Pass.objects.get().given_up_at is None


def test_an_approval_revoked_as_a_mistake_restores_the_pass(retaker, offering, staff):
    application = approve(forfeiting(retaker, offering), staff)
    reviewing.revoke_approval(actor=staff, application=application, reason="点错")
    row = Pass.objects.get()
    assert (row.given_up_at, row.given_up_by) == (None, None)


def test_changing_to_a_retake_takes_the_confirmation_back(retaker, offering):
    application = draft(retaker, offering)
    drafting.confirm_forfeiture(
        actor=retaker.account, application=application, passes=[Pass.objects.get().pk]
    )
    drafting.choose(actor=retaker.account, application=application, kind="retake")
    assert not application.forfeitures.exists()
    with pytest.raises(Refused):
        drafting.confirm_forfeiture(
            actor=retaker.account, application=application, passes=[Pass.objects.get().pk]
        )


def test_a_new_route_in_a_scheme_of_other_subjects_is_confirmed_again(offering):
    person = ready_person()
    add_evidence(person, "diploma")
    application = draft(person, offering)
    new_scheme(offering, date(2026, 10, 1), ("theory", "practical", "review"), None)
    codes = {finding.code for finding in readiness(application, clock.today()).findings}
    assert codes == {"subjects_changed"}
