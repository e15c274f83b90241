"""The counter's decisions: second looks, two people, documents in conflict, and undoing."""

from datetime import date

import pytest

from applicants.identity.documents import parse
from applicants.records import claims
from applicants.records.models import DocumentClaim, Person
from applicants.standing.models import Bar
from exams.catalogue.models import FeeLine, FeeSchedule
from exams.filing.actions import amending, drafting, leaving, quoting, reviewing, submitting
from exams.filing.checks import latest_submission
from exams.filing.models import Amendment, Application, Quote, Status, Submission
from portal import clock
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import approve, draft, pass_checks, ready_person, submitted
from tests.passes.test_queries import new_scheme


def approval_codes(application, actor, serial=1) -> set[str]:
    with pytest.raises(Refused) as refused:
        reviewing.approve_application(actor=actor, application=application, seen_serial=serial)
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert not Quote.objects.filter(application=application).exists()
    return {finding.code for finding in refused.value.findings}


def test_nobody_reviews_their_own_application(offering):
    clerk = factories.make_staff("林窗口")
    person = ready_person(with_account=False)
    person.account = clerk
    person.save()
    application = submitted(person, offering)
    for decide in (
        lambda: reviewing.record_check(actor=clerk, application=application, code="photo", result="passed"),
        lambda: reviewing.return_application(
            actor=clerk, application=application, reasons=[{"code": "photo_unfit"}]
        ),
        lambda: reviewing.reject_application(
            actor=clerk, application=application, clause="A3-1", reason="材料不实"
        ),
        lambda: amending.amend_field(
            actor=clerk,
            application=application,
            field="identity.general_education",
            value="bachelor",
            reason="毕业证书",
        ),
        lambda: reviewing.set_assess_by(
            actor=clerk, application=application, assess_by=date(2027, 1, 31), citation="次年通知"
        ),
    ):
        with pytest.raises(Refused) as refused:
            decide()
        assert [one.code for one in refused.value.findings] == ["own_application"]
    assert "own_application" in approval_codes(application, clerk)


def test_whoever_submitted_for_somebody_does_not_approve_it(person, offering, staff):
    application = submitted(person, offering)
    Submission.objects.filter(application=application).update(submitted_by=staff)
    other = factories.make_staff("郑复核")
    pass_checks(application, other)
    assert approval_codes(application, staff) == {"own_application"}
    assert reviewing.approve_application(actor=other, application=application, seen_serial=1)


def test_a_bar_imposed_after_submission_stops_approval(person, offering, staff):
    application = submitted(person, offering)
    pass_checks(application, staff)
    Bar.objects.create(
        person=person, barred_from=date(2026, 10, 12), barred_until=date(2026, 12, 31), clause="A3-3.1",
        created_at=clock.now(),
    )  # fmt: skip
    assert approval_codes(application, staff) == {"barred"}


def test_an_unverified_document_stops_approval_until_the_original_was_seen(offering, staff):
    application = submitted(ready_person(verified=False), offering)
    pass_checks(application, staff)
    assert approval_codes(application, staff) == {"document_not_verified"}
    claims.verify_document(actor=staff, claim=application.person.documents.get())
    approved = reviewing.approve_application(actor=staff, application=application, seen_serial=1)
    assert approved.status == Status.APPROVED


def rival_of(person: Person, *, name: str = "陈致远") -> DocumentClaim:
    """Somebody else's claim to the same document."""
    other = factories.make_person(name=name, verified=False)
    own, claim = person.documents.get(), other.documents.get()
    claim.number, claim.number_index = own.number, own.number_index
    claim.save()
    return claim


def test_a_conflicting_claim_stops_approval_until_it_is_decided(person, offering, staff):
    application = submitted(person, offering)
    pass_checks(application, staff)
    rival = rival_of(person)
    assert approval_codes(application, staff) == {"claim_conflict"}
    assert {one.person_id for one in claims.claims_in_conflict()} == {person.pk, rival.person_id}
    with pytest.raises(Refused):
        claims.verify_document(actor=staff, claim=rival)
    claims.resolve_claim_conflict(actor=staff, claim=person.documents.get(), reason="原件与本人一致")
    rival.refresh_from_db()
    assert rival.state == DocumentClaim.State.REFUSED
    assert Message.objects.filter(event="claim_conflict", account=rival.person.account).count() == 1
    assert reviewing.approve_application(actor=staff, application=application, seen_serial=1)


def test_the_original_in_hand_takes_a_document_from_one_verified_before(person, offering, staff):
    rival = rival_of(person)
    Person.objects.filter(pk=rival.person_id).update(sex=person.sex, birth_date=person.birth_date)
    claims.resolve_claim_conflict(actor=staff, claim=rival, reason="持原件到场，前次核对有误")
    states = dict(DocumentClaim.objects.values_list("person_id", "state"))
    assert states == {person.pk: "refused", rival.person_id: "verified"}


def test_a_number_that_contradicts_the_person_needs_a_note(offering, staff):
    person = factories.make_person(verified=False)
    Person.objects.filter(pk=person.pk).update(birth_date=date(1991, 1, 1))
    claim = person.documents.get()
    with pytest.raises(Refused) as refused:
        claims.verify_document(actor=staff, claim=claim)
    assert [one.field for one in refused.value.findings] == ["birth_date"]
    claim = claims.verify_document(actor=staff, claim=claim, exception_note="公安机关证明出生日期已更正")
    assert claim.state == DocumentClaim.State.VERIFIED


def test_one_s_own_document_is_not_one_s_own_to_verify(offering):
    clerk = factories.make_staff("林窗口")
    person = factories.make_person(verified=False, with_account=False)
    person.account = clerk
    person.save()
    for act in (claims.verify_document, lambda **by: claims.refuse_document(**by, reason="不符")):
        with pytest.raises(Refused):
            act(actor=clerk, claim=person.documents.get())


def test_a_renewed_document_replaces_the_old_one(person, offering, staff):
    parsed = parse("passport", "EA1234567", on=clock.today())
    claim = claims.replace_document(
        actor=staff, person=person, document=parsed, name="陈志远", sex=person.sex,
        birth_date=person.birth_date, reason="换领护照",
    )  # fmt: skip
    assert claim.state == DocumentClaim.State.VERIFIED
    states = list(person.documents.order_by("claimed_at").values_list("kind", "state"))
    assert states == [("resident_id", "replaced"), ("passport", "verified")]


def test_a_scheme_changed_since_submission_sends_the_choice_back(person, offering, staff):
    application = submitted(person, offering)
    pass_checks(application, staff)
    new_scheme(offering, date(2026, 10, 12), ("theory", "practical", "review"), None)
    assert approval_codes(application, staff) == {"subjects_changed"}


def test_an_altered_verdict_stops_approval(person, offering, staff):
    application = submitted(person, offering)
    pass_checks(application, staff)
    submission = latest_submission(application)
    Submission.objects.filter(pk=submission.pk).update(verdict=submission.verdict.replace("true", "false"))
    assert approval_codes(application, staff) == {"verdict_differs"}


def test_what_the_reviewer_did_not_see_is_not_approved(person, offering, staff):
    application = submitted(person, offering)
    pass_checks(application, staff)
    amending.amend_field(
        actor=staff, application=application, field="identity.general_education", value="bachelor",
        reason="毕业证书原件",
    )  # fmt: skip
    assert approval_codes(application, staff, serial=1) == {"not_the_latest"}


def test_a_correction_freezes_anew_keeps_the_day_and_opens_only_its_checks(
    person, offering, staff, frozen_day
):
    application = submitted(person, offering)
    pass_checks(application, staff)
    frozen_day(date(2026, 10, 14))
    job = person.jobs.get()
    amending.amend_field(
        actor=staff, application=application, field=f"jobs.{job.pk}.started_on", value="2014-10-08",
        reason="社保自 2014 年 10 月起",
    )  # fmt: skip
    first, second = application.submissions.all()
    assert (second.serial, second.judged_on) == (2, first.judged_on)
    assert second.answers["jobs"][0]["started_on"] == "2014-10-08"
    assert second.answers_digest != first.answers_digest
    unknown = set(second.checks.filter(result="unknown").values_list("code", flat=True))
    assert unknown == {"work_proof", "conditions", "signed_form"}
    job.refresh_from_db()
    assert job.started_on == date(2014, 10, 8)
    (amendment,) = Amendment.objects.all()
    assert (amendment.old_value, amendment.new_value) == ("2014-09-01", "2014-10-08")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("jobs.{job}.left_on", "2010-01-01", "contradiction"),
        ("jobs.{job}.relation", "best", "bad_value"),
        ("jobs.{job}.started_on", "昨天", "bad_value"),
        ("jobs.{job}.witness_phone", "1" * 300, "bad_value"),
        ("jobs.{job}.person", "x", "unknown_field"),
        ("jobs.00000000-0000-4000-8000-000000000000.position", "x", "unknown_field"),
        ("identity.document_number", "x", "unknown_field"),
        ("status", "approved", "unknown_field"),
        ("jobs.{job}.position", "社群健康助理", "nothing_changed"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused_and_leaves_no_trace(
    person, offering, staff, codes_of, field, value, code
):
    application = submitted(person, offering)
    job = person.jobs.get()
    with pytest.raises(Refused) as refused:
        amending.amend_field(
            actor=staff, application=application, field=field.format(job=job.pk), value=value, reason="核对"
        )
    assert codes_of(refused.value) == {code}
    assert application.submissions.count() == 1
    assert Amendment.objects.count() == 0


def test_an_approved_application_cannot_be_corrected_out_of_its_route(person, offering, staff, codes_of):
    application = approve(submitted(person, offering), staff)
    job = person.jobs.get()
    with pytest.raises(Refused) as refused:
        amending.amend_field(
            actor=staff, application=application, field=f"jobs.{job.pk}.started_on", value="2025-01-01",
            reason="社保记录",
        )  # fmt: skip
    assert codes_of(refused.value) == {"route_not_met"}
    job.refresh_from_db()
    assert job.started_on == date(2014, 9, 1)


def test_a_name_corrected_with_the_document_is_carried_over(person, offering, staff):
    application = approve(submitted(person, offering), staff)
    person.refresh_from_db()
    person.name = "陈致远"
    person.save()
    amending.amend_field(
        actor=staff, application=application, field="identity.name", value=None, reason="身份证原件"
    )
    assert latest_submission(application).answers["identity"]["name"] == "陈致远"


def test_a_return_says_what_to_mend_and_by_when(person, offering, staff):
    application = submitted(person, offering)
    application = reviewing.return_application(
        actor=staff,
        application=application,
        reasons=[{"code": "photo_unfit"}, {"code": "other", "field": "work", "note": "请补第二段的证明人。"}],
    )
    reasons = application.transitions.last().reasons
    assert [row["field"] for row in reasons] == ["photo", "work"]
    text = Message.objects.get(event="application_returned").text
    assert "2026年10月26日（周一）" in text
    assert "请补第二段的证明人。" in text


@pytest.mark.parametrize("reasons", [[], [{"code": "nonsense"}], [{"code": "other", "note": " "}]])
def test_a_return_without_a_usable_reason_is_refused(person, offering, staff, reasons):
    application = submitted(person, offering)
    with pytest.raises(Refused):
        reviewing.return_application(actor=staff, application=application, reasons=reasons)


def test_the_quote_follows_the_schedule_of_the_day_of_approval(person, offering, staff, frozen_day):
    schedule = FeeSchedule.objects.create(
        offering=offering, effective_from=date(2026, 10, 14), citation="新标准"
    )
    for subject, fen in (("theory", 12000), ("practical", 40000)):
        FeeLine.objects.create(schedule=schedule, subject=subject, fen=fen)
    before = approve(submitted(person, offering), staff)
    frozen_day(date(2026, 10, 14))
    after = approve(submitted(ready_person(), offering), staff)
    totals = [Quote.objects.get(application=one).total_fen for one in (before, after)]
    assert totals == [48000, 52000]
    assert Quote.objects.get(application=after).citation == "新标准"


def test_an_approval_revoked_and_made_again_stands_as_if_made_once(person, offering, staff):
    application = approve(submitted(person, offering), staff)
    application = reviewing.revoke_approval(actor=staff, application=application, reason="看错了人")
    assert application.approved_at is None
    assert not application.quotes.filter(ended_at=None).exists()
    application = reviewing.approve_application(actor=staff, application=application, seen_serial=1)
    assert application.quotes.get(ended_at=None).total_fen == 48000


def test_a_rejection_is_undone_unless_the_person_applied_again(person, offering, staff, codes_of):
    application = submitted(person, offering)
    reviewing.reject_application(actor=staff, application=application, clause="TR2023-2.1", reason="年限不足")
    assert "（附件1 四级第1项）" in Message.objects.get(event="application_rejected").text
    assert (
        reviewing.reopen_rejected(actor=staff, application=application, reason="算错").status == "submitted"
    )
    reviewing.reject_application(actor=staff, application=application, clause="TR2023-2.1", reason="年限不足")
    draft(person, offering)
    with pytest.raises(Refused) as refused:
        reviewing.reopen_rejected(actor=staff, application=application, reason="算错")
    assert codes_of(refused.value) == {"another_live_application"}


def test_money_taken_stops_withdrawal_cancellation_and_revocation(person, offering, staff):
    application = approve(submitted(person, offering), staff)
    factories.pay(application)
    for leave in (
        lambda: leaving.withdraw_application(actor=person.account, application=application),
        lambda: leaving.cancel_application(actor=staff, application=application, reason="误报"),
        lambda: reviewing.revoke_approval(actor=staff, application=application, reason="点错"),
    ):
        with pytest.raises(Refused) as refused:
            leave()
        assert [one.code for one in refused.value.findings] == ["money_held"]


def test_withdrawing_an_approved_application_ends_its_quote(person, offering, staff):
    application = approve(submitted(person, offering), staff)
    leaving.withdraw_application(actor=person.account, application=application)
    assert not Quote.objects.filter(ended_at=None).exists()
    assert drafting.start_application(actor=person.account, person=person, offering=offering) != application


def test_two_reminders_then_the_quote_lapses(person, offering, staff, frozen_day):
    application = approve(submitted(person, offering), staff)  # to be paid by Monday 26 October
    sent = []
    for day in (16, 18, 19, 19, 22, 23, 26, 27, 28):
        frozen_day(date(2026, 10, day))
        sent.append((day, quoting.remind_unpaid(), quoting.lapse_unpaid_quotes()))
    assert [row for row in sent if row[1:] != (0, 0)] == [(19, 1, 0), (23, 1, 0), (27, 0, 1)]
    assert Message.objects.filter(event="quote_reminder").count() == 2
    application.refresh_from_db()
    assert application.status == Status.LAPSED
    assert application.transitions.last().actor is None


def test_a_late_sweep_sends_one_reminder_not_two(person, offering, staff, frozen_day):
    approve(submitted(person, offering), staff)
    frozen_day(date(2026, 10, 26))
    assert (quoting.remind_unpaid(), quoting.remind_unpaid()) == (1, 0)
    assert Quote.objects.get().reminders_sent == 2


def test_a_quote_on_which_money_came_does_not_lapse(person, offering, staff, frozen_day):
    application = approve(submitted(person, offering), staff)
    factories.pay(application)
    frozen_day(date(2026, 12, 1))
    assert (quoting.remind_unpaid(), quoting.lapse_unpaid_quotes()) == (0, 0)


def test_special_arrangements_are_granted_in_part_with_a_note(person, offering, staff, codes_of):
    application = draft(person, offering)
    drafting.ask_special_arrangement(
        actor=person.account, application=application, needs=["extra_time", "wheelchair"]
    )
    submitting.submit_application(actor=person.account, application=application)
    for granted, note in ((["extra_time"], ""), (["large_print"], "没有申请")):
        with pytest.raises(Refused):
            reviewing.decide_special_arrangement(
                actor=staff, application=application, granted_needs=granted, note=note
            )
    reviewing.decide_special_arrangement(
        actor=staff, application=application, granted_needs=["wheelchair"], note="本科目无延时安排"
    )
    asked = Application.objects.get().special_arrangement
    assert (asked.decision, asked.granted_needs) == ("granted", ["wheelchair"])


def test_december_is_assessed_by_next_year_s_plan_when_staff_cite_it(person, offering, staff, frozen_day):
    frozen_day(date(2026, 12, 7))
    application = submitted(person, offering)
    assert application.assess_by == date(2026, 12, 31)
    with pytest.raises(Refused):
        reviewing.set_assess_by(
            actor=staff, application=application, assess_by=date(2027, 2, 28), citation=" "
        )
    application = reviewing.set_assess_by(
        actor=staff, application=application, assess_by=date(2027, 2, 28), citation="2027年通知附件2第1行"
    )
    assert application.assess_by == date(2027, 2, 28)
