"""Publication: one act by a second person, what it gives people, who is left open, and taking it back."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applicants.standing.models import Bar
from exams.arrangement.models import Seat, Session
from exams.filing.models import Application, Forfeiture
from exams.passes.models import Pass
from exams.passes.queries import held_passes
from exams.results.cancelling import cancel_scores, lift_cancellations
from exams.results.conclusion import conclude_if_complete
from exams.results.correcting import ask_correction, confirm_correction
from exams.results.entering import open_sheet
from exams.results.models import Excuse, Score
from exams.results.publishing import publish_sheet, retract_sheet
from exams.results.queries import results_of, standing_scores
from exams.results.roll import roll_of
from portal import clock
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests import factories
from tests.results.world import EXAM_DAY, candidates, checked_sheet, close, hold_session, note, published

DECISION = "6b0f0a58-7c8e-4e0e-9d64-0c9d4a3f2c11"


def sat(*names: str, subject: str = "theory", hour: int = 9, **states: str) -> Session:
    """A closed session of fresh candidates, all present unless `states` says otherwise."""
    session = hold_session(candidates(*names), subject, hour=hour)
    close(session, **states)
    return Session.objects.get(pk=session.pk)


def held(session: Session, name: str) -> Seat:
    return session.seats.select_related("application", "person").get(person__name=name)


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def bar(person, *, until: date) -> Bar:
    return Bar.objects.create(
        person=person, barred_from=EXAM_DAY, barred_until=until, clause="A3-3.1", created_at=clock.now()
    )


def test_a_session_is_published_by_a_second_person(evening, team):
    session = sat("陈志远", "吴梅", "丁磊", 丁磊="absent")
    sheet = checked_sheet(session, team, 陈志远=60, 吴梅=59)
    with pytest.raises(Refused) as refused:
        publish_sheet(actor=team.maker, sheet=sheet)
    assert codes(refused) == ["second_person_needed"]
    scores, withheld = publish_sheet(actor=team.second, sheet=sheet)
    assert withheld == []
    found = {
        score.application.person.name: (score.points, score.passed, score.valid_until) for score in scores
    }
    assert found == {
        "陈志远": (60, True, date(2028, 10, 12)),
        "吴梅": (59, False, None),
        "丁磊": (None, False, None),
    }
    (won,) = Pass.objects.all()
    assert (won.person.name, won.subject, won.published_on) == ("陈志远", "theory", EXAM_DAY)
    assert won.valid_until == date(2028, 10, 12)
    assert Message.objects.filter(event="score_published").count() == 3


def test_an_unchecked_sheet_is_not_published(evening, team):
    session = sat("陈志远")
    with pytest.raises(Refused) as refused:
        publish_sheet(actor=team.second, sheet=open_sheet(actor=team.maker, session=session))
    assert codes(refused) == ["not_checked"]


def test_publishing_twice_changes_nothing(evening, team):
    sheet = checked_sheet(sat("陈志远"), team, 陈志远=80)
    publish_sheet(actor=team.second, sheet=sheet)
    with pytest.raises(Refused) as refused:
        publish_sheet(actor=team.second, sheet=sheet)
    assert codes(refused) == ["nothing_to_publish"]
    assert Score.objects.count() == Pass.objects.count() == 1


@pytest.mark.parametrize(("grade", "last"), [(4, date(2028, 10, 12)), (3, date(2028, 10, 12))])
def test_validity_is_the_grades(evening, team, grade, last):
    offering = factories.Offering.objects.get(grade=grade)
    application = factories.make_application(factories.make_person("陈志远"), offering)
    session = hold_session([application])
    close(session)
    (score,) = published(session, team, 陈志远=88).values()
    assert score.valid_until == Pass.objects.get().valid_until == last


def test_the_last_subject_concludes_the_application_absence_included(evening, team):
    (application,) = candidates("陈志远")
    theory, practical = hold_session([application]), hold_session([application], "practical", hour=13)
    published(theory, team, 陈志远=80)
    application.refresh_from_db()
    assert application.concluded_at is None
    close(practical, 陈志远="absent")
    published(practical, team)
    application.refresh_from_db()
    assert application.concluded_at is not None


def test_somebody_barred_is_withheld_and_published_when_the_bar_has_ended(evening, team):
    session = sat("陈志远", "吴梅")
    bar(held(session, "吴梅").person, until=date(2026, 12, 31))
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=81)
    scores, withheld = publish_sheet(actor=team.second, sheet=sheet)
    assert [score.application.person.name for score in scores] == ["陈志远"]
    assert [seat.person.name for seat in withheld] == ["吴梅"]
    evening(date(2026, 12, 31))
    with pytest.raises(Refused):
        publish_sheet(actor=team.third, sheet=sheet)
    evening(date(2027, 1, 1))
    (score,), _ = publish_sheet(actor=team.third, sheet=sheet)
    assert (score.points, score.published_on, score.valid_until) == (81, date(2027, 1, 1), date(2029, 1, 1))
    sheet.refresh_from_db()
    assert (sheet.published_by, clock.local_day(sheet.published_at)) == (team.second, EXAM_DAY)


def test_a_lifted_bar_withholds_nobody(evening, team):
    session = sat("陈志远")
    row = bar(held(session, "陈志远").person, until=date(2027, 1, 1))
    row.lifted_at = clock.now()
    row.save()
    assert len(published(session, team, 陈志远=80)) == 1


def test_an_attendance_of_another_kind_stays_open_until_it_is_settled(evening, team):
    session = sat("陈志远", "吴梅", 吴梅="other")
    sheet = checked_sheet(session, team, 陈志远=80)
    publish_sheet(actor=team.second, sheet=sheet)
    seat = held(session, "吴梅")
    assert results_of(seat.application)[0].score is None
    note(seat, "absent", "没有参加另行安排的考试")
    (score,), _ = publish_sheet(actor=team.second, sheet=sheet)
    assert (score.points, score.passed) == (None, False)


def test_an_absence_with_an_open_excuse_is_left_open(evening, team):
    session = sat("陈志远", "丁磊", 丁磊="absent")
    seat = held(session, "丁磊")
    excuse = Excuse.objects.create(seat=seat, text="住院", asked_by=seat.person.account, asked_at=clock.now())
    sheet = checked_sheet(session, team, 陈志远=80)
    publish_sheet(actor=team.second, sheet=sheet)
    assert not seat.scores.exists()
    Excuse.objects.filter(pk=excuse.pk).update(decision=Excuse.Decision.REFUSED)
    publish_sheet(actor=team.second, sheet=sheet)
    assert seat.scores.get().points is None


def test_a_cancelled_score_is_never_published(evening, team):
    session = sat("陈志远")
    application = held(session, "陈志远").application
    with transaction.atomic():
        cancel_scores(
            actor=team.third,
            application=application,
            subjects=["theory"],
            clause="A3-2.1",
            decision_id=DECISION,
        )
    sheet = checked_sheet(session, team)
    assert publish_sheet(actor=team.second, sheet=sheet) == ([], [])
    assert not Pass.objects.exists()
    with transaction.atomic():
        lift_cancellations(actor=team.third, application=application, decision_id=DECISION)
    assert [row.where for row in roll_of(session).rows] == ["unread"]


def test_who_is_no_longer_admitted_is_not_published(evening, team):
    session = sat("陈志远", "吴梅")
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=80)
    Application.objects.filter(person__name="吴梅").update(status="cancelled")
    scores, withheld = publish_sheet(actor=team.second, sheet=sheet)
    assert [score.application.person.name for score in scores] == ["陈志远"]
    assert withheld == []


def test_an_institution_is_told_once_a_publication(evening, team):
    institution = factories.make_institution()
    factories.make_member(institution)
    applications = candidates("陈志远", "吴梅", institution=institution)
    session = hold_session(applications)
    close(session)
    published(session, team, 陈志远=80, 吴梅=50)
    assert Message.objects.filter(event="institution_scores_published").count() == 1
    assert Message.objects.filter(event="group_score_published").count() == 2


def test_publishing_a_hundred_takes_no_more_queries_a_person_than_two(
    evening, team, django_assert_max_num_queries
):
    session = sat(*(f"考生{number}" for number in range(8)))
    sheet = checked_sheet(session, team, **{f"考生{number}": 60 + number for number in range(8)})
    with django_assert_max_num_queries(40 + 8 * 16):
        publish_sheet(actor=team.second, sheet=sheet)


def snapshot() -> dict[str, object]:
    """All that a publication may change, without the rows that only say it once was."""
    applications = Application.objects.order_by("number")
    return {
        "concluded": list(applications.values_list("number", "status", "concluded_at")),
        "scores": list(standing_scores().order_by("pk").values("pk", "points", "passed", "valid_until")),
        "passes": list(Pass.objects.order_by("pk").values()),
        "held": [
            [row.pk for row in held_passes(one.person, one.offering)]
            for one in applications.select_related("person", "offering")
        ],
        "results": [
            [(result.subject, result.score, result.passed, result.frozen) for result in results_of(one)]
            for one in applications
        ],
        "seats": list(Seat.objects.order_by("pk").values("pk", "released_at")),
    }


def test_retracting_leaves_the_state_before_and_the_session_can_be_scored_anew(evening, team):
    session = sat("陈志远", "吴梅", "丁磊", 丁磊="absent")
    before = snapshot()
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=40)
    publish_sheet(actor=team.second, sheet=sheet)
    assert snapshot() != before
    with pytest.raises(Refused):
        retract_sheet(actor=team.third, sheet=sheet, reason="")
    retract_sheet(actor=team.third, sheet=sheet, reason="录成了下午场的成绩")
    assert snapshot() == before
    assert Message.objects.filter(event="score_retracted").count() == 3
    with pytest.raises(Refused) as refused:
        retract_sheet(actor=team.third, sheet=sheet, reason="再撤一次")
    assert codes(refused) == ["retracted"]
    evening(date(2026, 10, 14))
    again = checked_sheet(session, team, 陈志远=55, 吴梅=66)
    assert again.serial == 2
    publish_sheet(actor=team.second, sheet=again)
    assert {row.person.name: row.valid_until for row in Pass.objects.all()} == {"吴梅": date(2028, 10, 14)}


def test_a_sheet_not_published_yet_is_discarded(evening, team):
    session = sat("陈志远")
    sheet = open_sheet(actor=team.maker, session=session)
    retract_sheet(actor=team.third, sheet=sheet, reason="录入人离职，重新录入")
    assert open_sheet(actor=team.second, session=session).made_by == team.second
    assert not Message.objects.filter(event="score_retracted").exists()


def test_corrections_are_retracted_with_their_sheet(evening, team):
    session = sat("陈志远")
    before = snapshot()
    (score,) = published(session, team, 陈志远=55).values()
    asked = ask_correction(actor=team.maker, score=score, points=66, reason="合分有误")
    confirm_correction(actor=team.second, correction=asked)
    retract_sheet(actor=team.third, sheet=score.sheet, reason="场次弄错")
    assert snapshot() == before
    assert Message.objects.filter(event="score_retracted").count() == 1


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    points=st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=2, max_size=4),
    first_published=st.booleans(),
)
def test_publish_then_retract_is_as_if_nothing_had_been(evening, points, first_published):
    """Whatever was scored, and whether or not the other subject was published before."""
    from tests.results.world import Team

    with transaction.atomic():
        names = [f"考生{number}" for number in range(len(points))]
        team, applications = Team(), candidates(*names)
        practical = hold_session(applications, "practical", hour=13)
        if first_published:
            published(practical, team, **dict.fromkeys(names, 60))
        session = hold_session(applications)
        close(session, **{name: "absent" for name, value in zip(names, points, strict=True) if value is None})
        session = Session.objects.get(pk=session.pk)
        before = snapshot()
        read = {name: value for name, value in zip(names, points, strict=True) if value is not None}
        sheet = checked_sheet(session, team, **read)
        publish_sheet(actor=team.second, sheet=sheet)
        retract_sheet(actor=team.third, sheet=sheet, reason="试一次")
        assert snapshot() == before
        transaction.set_rollback(True)


def test_what_stands_in_the_way_of_a_retraction_is_named(evening, team):
    (application,) = candidates("陈志远")
    theory = hold_session([application])
    practical = hold_session([application], "practical", hour=13)
    (score,) = published(theory, team, 陈志远=80).values()
    published(practical, team, 陈志远=40)
    before = snapshot()
    evening(EXAM_DAY + timedelta(days=9))
    later = factories.make_application(application.person, application.offering, status="draft")
    with pytest.raises(Refused) as refused:
        retract_sheet(actor=team.third, sheet=score.sheet, reason="场次弄错")
    assert application.number in str(refused.value)
    assert "新的申报" in str(refused.value)
    Application.objects.filter(pk=later.pk).update(status="withdrawn")
    assert snapshot()["passes"] == before["passes"]
    retract_sheet(actor=team.third, sheet=score.sheet, reason="场次弄错")
    application.refresh_from_db()
    assert application.concluded_at is None


def test_a_confirmation_that_named_the_pass_survives_its_retraction(evening, team):
    (application,) = candidates("陈志远")
    (score,) = published(hold_session([application]), team, 陈志远=80).values()
    Application.objects.filter(pk=application.pk).update(concluded_at=clock.now())
    dropped = factories.make_application(application.person, application.offering, status="withdrawn")
    row = Forfeiture.objects.create(
        application=dropped, given_up=Pass.objects.get(), confirmed_at=clock.now()
    )
    retract_sheet(actor=team.third, sheet=score.sheet, reason="场次弄错")
    assert not Pass.objects.exists()
    row.refresh_from_db()
    assert row.given_up.revoked_at is not None


def test_a_given_up_pass_and_a_cancelled_score_stand_in_the_way(evening, team):
    session = sat("陈志远", "吴梅")
    scores = published(session, team, 陈志远=80, 吴梅=80)
    mine = Pass.objects.filter(person__name="陈志远")
    mine.update(given_up_at=clock.now(), given_up_by=scores["陈志远"].application_id)
    with transaction.atomic():
        cancel_scores(
            actor=team.third,
            application=scores["吴梅"].application,
            subjects=["theory"],
            clause="A3-2.1",
            decision_id=DECISION,
        )
    with pytest.raises(Refused) as refused:
        retract_sheet(actor=team.third, sheet=scores["陈志远"].sheet, reason="场次弄错")
    assert len(refused.value.findings) == 2
    assert standing_scores().count() == 2


def test_an_application_followed_by_another_stays_concluded_when_a_cancellation_is_lifted(evening, team):
    (application,) = candidates("陈志远")
    both = {"application": application, "subjects": ["theory", "practical"], "clause": "A3-3.1"}
    with transaction.atomic():
        cancel_scores(actor=team.third, decision_id=DECISION, **both)
    application.refresh_from_db()
    assert application.concluded_at is not None
    later = factories.make_application(application.person, application.offering, status="draft")
    with transaction.atomic():
        lift_cancellations(actor=team.third, application=application, decision_id=DECISION)
    application.refresh_from_db()
    assert application.concluded_at is not None  # else two would be live, which the database refuses
    Application.objects.filter(pk=later.pk).update(status="withdrawn")
    with transaction.atomic():
        conclude_if_complete(application)
    application.refresh_from_db()
    assert application.concluded_at is None


def test_passes_of_others_stay(evening, team):
    first, second = sat("陈志远"), sat("吴梅", hour=11)
    mine = published(first, team, 陈志远=80)["陈志远"]
    published(second, team, 吴梅=80)
    retract_sheet(actor=team.third, sheet=mine.sheet, reason="场次弄错")
    assert [row.person.name for row in Pass.objects.all()] == ["吴梅"]
