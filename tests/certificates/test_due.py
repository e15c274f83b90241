"""Who is due a certificate, and the reason of everybody who is not."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applicants.records.models import DocumentClaim
from applicants.standing.models import Bar
from certificates.due import candidates, read_standings, standing_of
from certificates.issuing import propose_batch
from exams.catalogue.models import Scheme, SchemeSubject
from exams.filing.models import Application, Kind
from exams.passes.models import Pass
from exams.results.cancelling import cancel_scores
from exams.results.correcting import ask_correction
from exams.results.models import Score
from exams.results.rechecks import ask_recheck
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.certificates.people import give_photo, passed, sat
from tests.results.world import EXAM_DAY, Team
from tests.results.world import candidates as applicants

pytestmark = pytest.mark.django_db


def codes(application) -> list[str]:
    return [finding.code for finding in standing_of(application, clock.today()).findings]


def test_everything_passed_is_due(team: Team):
    (application,) = passed(team, "陈志远")
    row = standing_of(application, clock.today())
    assert row.due
    assert {one.subject for one in row.passes} == {"theory", "practical"}
    assert list(candidates()) == [application]


def test_a_failed_subject_is_named(team: Team):
    (application,) = applicants("陈志远")
    give_photo(application)
    sat(team, [application], practical=59)
    row = standing_of(Application.objects.get(pk=application.pk), clock.today())
    assert [one.sentence for one in row.findings] == ["操作技能未合格。"]
    assert row.failed


def test_an_application_still_open_waits(team: Team):
    (application,) = applicants("陈志远")
    sat(team, [application], practical=None)
    assert codes(Application.objects.get(pk=application.pk)) == ["not_concluded"]
    assert not candidates().exists()


def test_passes_of_an_earlier_application_count_for_a_retake(team: Team, evening):
    (first,) = applicants("陈志远")
    give_photo(first)
    sat(team, [first], practical=40)
    evening(EXAM_DAY + timedelta(days=60))
    retake = retake_of(first)
    sat(team, [retake], day=clock.today(), theory=None)
    retake.refresh_from_db()
    row = standing_of(retake, clock.today())
    assert row.due
    assert {one.application_id for one in row.passes} == {first.pk, retake.pk}
    assert list(candidates()) == [retake], "the earlier application is not listed beside it"


@pytest.mark.parametrize(("days", "due"), [(0, True), (1, False)])
def test_a_kept_pass_must_be_valid_on_the_day_the_last_subject_was_sat(team: Team, evening, days, due):
    (first,) = applicants("陈志远")
    give_photo(first)
    sat(team, [first], practical=40)
    kept = Pass.objects.get(application_id=first.pk)
    day = kept.valid_until + timedelta(days=days)
    evening(day)
    factories.load_catalogue()
    retake = retake_of(first)
    sat(team, [retake], day=day, theory=None)
    retake.refresh_from_db()
    evening(day + timedelta(days=40))
    row = standing_of(retake, clock.today())
    assert row.due == due, "published and issued later does not matter"
    if not due:
        assert row.findings[0].sentence.endswith("考最后一科时已过有效期。")


def test_what_had_ended_when_the_retake_was_sat_is_not_had_by_the_first_application(team: Team, evening):
    """By hand the number of an earlier application may be proposed: its own day is not the day that counts."""
    (first,) = applicants("陈志远")
    give_photo(first)
    sat(team, [first], practical=40)
    evening(Pass.objects.get(application_id=first.pk).valid_until + timedelta(days=1))
    factories.load_catalogue()
    retake = retake_of(first)
    sat(team, [retake], day=clock.today(), theory=None)
    first.refresh_from_db()
    assert codes(first) == ["not_the_latest"]
    with pytest.raises(Refused, match=retake.number):
        propose_batch(actor=team.maker, applications=[first])


@pytest.mark.parametrize("how", ["recheck", "correction"])
def test_a_score_in_question_waits(team: Team, how):
    (application,) = passed(team, "陈志远")
    score = Score.objects.get(application=application, subject="theory")
    if how == "recheck":
        ask_recheck(actor=application.person.account, score=score)
    else:
        ask_correction(actor=team.third, score=score, points=90, reason="登分有误")
    assert codes(application) == ["score_frozen"]


def test_a_bar_in_force_waits(team: Team):
    (application,) = passed(team, "陈志远")
    Bar.objects.create(
        person=application.person,
        barred_from=clock.today(),
        barred_until=date(2026, 12, 31),
        clause="A3-3.1",
        created_at=clock.now(),
    )
    assert codes(application) == ["barred"]


def test_a_cancelled_score_is_no_pass(team: Team):
    (application,) = passed(team, "陈志远")
    cancel_scores(
        actor=team.third,
        application=application,
        subjects=["theory"],
        clause="A3-2.1",
        decision_id=application.pk,
    )
    application.refresh_from_db()
    row = standing_of(application, clock.today())
    assert [one.sentence for one in row.findings] == ["理论知识的成绩已被取消。"]


def test_a_pass_given_up_is_no_pass(team: Team):
    (application,) = passed(team, "陈志远")
    Pass.objects.filter(subject="theory").update(given_up_at=clock.now(), given_up_by=application.pk)
    assert codes(application) == ["not_passed"]


@pytest.mark.parametrize(("what", "code"), [("document", "no_document"), ("photo", "no_photo")])
def test_without_document_or_photo_there_is_none(team: Team, what, code):
    (application,) = passed(team, "陈志远")
    if what == "document":
        application.person.documents.update(state=DocumentClaim.State.CLAIMED)
    else:
        application.person.photo = None
        application.person.save()
    assert codes(application) == [code]


def test_being_in_a_batch_waits(team: Team):
    (application,) = passed(team, "陈志远")
    batch = propose_batch(actor=team.maker, applications=[application])
    assert codes(application) == ["in_batch"]
    (row,) = read_standings([application], clock.today(), batch=batch)
    assert row.due


@pytest.mark.parametrize(
    ("plan", "codes_found"),
    [
        ({"theory": "theory", "practical": "practical"}, []),
        ({"practical": "practical"}, ["not_passed"]),
        (None, ["waits_for_plan"]),
    ],
)
def test_after_a_change_of_scheme_the_published_plan_says_what_counts(team: Team, evening, plan, codes_found):
    (first,) = applicants("陈志远")
    give_photo(first)
    sat(team, [first], practical=40)
    day = EXAM_DAY + timedelta(days=60)
    evening(day)
    scheme = Scheme.objects.create(
        offering=first.offering, effective_from=day, citation="试验", retake_plan=plan
    )
    for position, subject in enumerate(("theory", "practical"), start=1):
        SchemeSubject.objects.create(scheme=scheme, subject=subject, position=position, minutes=90)
    retake = retake_of(first)
    sat(team, [retake], day=day, theory=None)
    retake.refresh_from_db()
    assert codes(retake) == codes_found


def test_many_are_read_in_as_many_queries_as_one(team: Team):
    def queries() -> int:
        rows = Application.objects.select_related("person__photo__print_copy", "offering__occupation")
        with CaptureQueriesContext(connection) as captured:
            assert all(row.due for row in read_standings(list(rows), clock.today()))
        return len(captured)

    passed(team, "陈志远")
    one = queries()
    passed(team, "吴梅", "顾晓峰", "林晓")
    assert queries() <= one


def retake_of(first):
    retake = factories.make_application(first.person, first.offering, kind=Kind.RETAKE)
    retake.subjects = ["practical"]
    retake.save()
    factories.pay(retake)
    return retake
