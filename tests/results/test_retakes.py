"""Retakes from scores that were really published (N2026-4): what may be retaken, until when it is sat, what it keeps."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from exams.arrangement.candidates import read_candidate
from exams.arrangement.seating import arrange, place_by_hand
from exams.filing.actions.drafting import choose, start_application
from exams.filing.models import Application, Kind, Status
from exams.passes.models import Pass
from exams.passes.queries import retake_possibility
from exams.results.cancelling import cancel_scores
from exams.results.offers import offer_for, reach
from portal import clock
from portal.rules.findings import Refused
from portal.rules.timetable import Window
from tests import factories
from tests.passes.test_queries import new_scheme
from tests.results.world import EXAM_DAY, candidates, hold_session, published

pytestmark = pytest.mark.django_db

LAST_DAY = date(2028, 10, 12)
"""The corresponding day, two years after the publication at grade 4."""


@pytest.fixture
def failed(team) -> Application:
    """Passed theory, failed the practical; concluded and published on the exam day."""
    (application,) = candidates("王秀英")
    published(hold_session([application]), team, 王秀英=60)
    published(hold_session([application], "practical", hour=13), team, 王秀英=59)
    application.refresh_from_db()
    return application


def retake_of(application: Application, evening, on: date) -> Application:
    """An approved, paid retake of what may be retaken that day, submitted, approved and paid on it."""
    evening(on)
    possible = retake_possibility(application.person, application.offering, on)
    retake = factories.make_application(application.person, application.offering, kind=Kind.RETAKE)
    retake.subjects, retake.assess_by = list(possible.subjects), date(2029, 1, 31)
    retake.save()
    factories.pay(retake)
    return retake


def session_on(application, day: date):
    starts = clock.start_of(day) + timedelta(hours=13)
    return factories.make_session(application.offering, "practical", starts)


def test_only_what_was_failed_may_be_retaken(failed):
    possible = retake_possibility(failed.person, failed.offering, EXAM_DAY)
    assert possible.subjects == ("practical",)
    assert possible.last_day == LAST_DAY
    draft = start_application(actor=failed.person.account, person=failed.person, offering=failed.offering)
    assert choose(actor=failed.person.account, application=draft, kind=Kind.RETAKE).subjects == ["practical"]


def test_a_retake_is_seated_up_to_the_last_day_of_the_kept_pass_and_no_further(failed, evening):
    retake = retake_of(failed, evening, date(2028, 10, 2))
    candidate = read_candidate(retake)
    assert candidate.findings(session_on(failed, LAST_DAY)) == []
    (finding,) = candidate.findings(session_on(failed, LAST_DAY + timedelta(days=1)))
    assert (finding.code, finding.clause) == ("pass_expired", "N2026-4.1")


def test_neither_the_queue_nor_a_hand_seats_it_once_the_pass_has_ended(failed, evening, team):
    """Also when the pass ended before the day of arranging: it still binds the retake that was filed on it."""
    retake = retake_of(failed, evening, date(2028, 10, 2))
    evening(LAST_DAY + timedelta(days=1))
    late = session_on(failed, LAST_DAY + timedelta(days=20))
    arrange(actor=team.maker, offering=failed.offering)
    assert not retake.seats.exists()
    with pytest.raises(Refused) as refused:
        place_by_hand(
            actor=team.maker, application=retake, session=late, reason="本人要求", override_dates=True
        )
    assert "pass_expired" in {finding.code for finding in refused.value.findings}


def test_without_its_pass_a_retake_is_not_seated(failed, evening, team):
    retake = retake_of(failed, evening, date(2026, 11, 2))
    cancel_scores(
        actor=team.outsider,
        application=failed,
        subjects=["theory"],
        clause="A3-4.1",
        decision_id=uuid4(),
    )
    codes = [one.code for one in read_candidate(retake).findings(session_on(failed, date(2026, 11, 20)))]
    assert codes == ["no_valid_pass"]


def test_a_regular_application_is_bound_by_no_pass(failed, evening):
    evening(date(2028, 11, 2))
    anew = factories.make_application(failed.person, failed.offering)
    anew.assess_by = date(2029, 1, 31)
    anew.save()
    factories.pay(anew)
    assert read_candidate(anew).findings(session_on(failed, date(2028, 12, 1))) == []


def test_a_retake_that_is_passed_completes_the_first_sitting(failed, evening, team):
    retake = retake_of(failed, evening, date(2026, 11, 2))
    evening(clock.start_of(date(2026, 11, 20)) + timedelta(hours=18))
    published(hold_session([retake], "practical", day=date(2026, 11, 20), hour=13), team, 王秀英=61)
    retake.refresh_from_db()
    assert retake.concluded_at is not None
    assert offer_for(failed.person, retake, date(2026, 11, 20)) is None
    assert set(Pass.objects.values_list("subject", "application_id")) == {
        ("theory", failed.pk), ("practical", retake.pk),
    }  # fmt: skip


def test_a_retake_failed_again_may_be_retaken_again(failed, evening, team):
    retake = retake_of(failed, evening, date(2026, 11, 2))
    evening(clock.start_of(date(2026, 11, 20)) + timedelta(hours=18))
    published(hold_session([retake], "practical", day=date(2026, 11, 20), hour=13), team, 王秀英=10)
    retake.refresh_from_db()
    offer = offer_for(failed.person, retake, date(2026, 11, 20))
    assert offer.possible.subjects == ("practical",)
    assert offer.reach.last_day == LAST_DAY


@pytest.mark.parametrize(("on", "kind"), [(LAST_DAY, "retake"), (LAST_DAY + timedelta(days=1), "regular")])
def test_the_offer_turns_regular_when_the_validity_has_ended(failed, evening, on, kind):
    offer = offer_for(failed.person, failed, on)
    assert offer.prices.regular.total_fen == 48000
    assert (offer.prices.retake.total_fen if offer.prices.retake else None) == (
        38000 if kind == "retake" else None
    )
    assert [row.subject for row in offer.at_stake] == (["theory"] if kind == "retake" else [])


def test_competition_results_open_no_retake(failed):
    Pass.objects.update(from_competition=True)
    offer = offer_for(failed.person, failed, EXAM_DAY)
    assert "failed_in_competition" in {finding.code for finding in offer.possible.findings}
    assert offer.prices.retake is None


def test_after_a_change_of_scheme_the_published_plan_says_what_is_kept(failed):
    changed = new_scheme(failed.offering, date(2026, 11, 1), ("theory", "practical"), None)
    on = date(2026, 11, 2)
    waiting = offer_for(failed.person, failed, on)
    assert [finding.code for finding in waiting.possible.findings] == ["waits_for_plan"]
    changed.retake_plan = {"theory": "practical"}
    changed.save()
    offer = offer_for(failed.person, failed, on)
    assert offer.possible.subjects == ("theory",)
    assert [(row.subject, credited) for row, credited in offer.possible.kept] == [("theory", "practical")]


def test_a_newer_application_takes_the_place_of_the_offer(failed):
    draft = start_application(actor=failed.person.account, person=failed.person, offering=failed.offering)
    assert offer_for(failed.person, failed, EXAM_DAY).live == draft
    Application.objects.filter(pk=draft.pk).update(status=Status.WITHDRAWN)
    assert offer_for(failed.person, failed, EXAM_DAY).live is None


def month(number: int) -> Window:
    first, after = date(2028, number, 1), date(2028, number + 1, 1)
    return Window(
        first, after - timedelta(days=1), date(2028, number + 2, 1) - timedelta(days=1), False, "A2"
    )


@pytest.mark.parametrize(
    ("on", "last_day", "surely", "perhaps", "beyond"),
    [
        (date(2028, 5, 10), date(2028, 8, 31), [5, 6, 7], [8], False),
        (date(2028, 5, 10), date(2028, 8, 30), [5, 6], [7, 8], False),
        (date(2028, 5, 31), date(2028, 6, 1), [], [5], False),
        (date(2028, 6, 1), date(2028, 6, 1), [], [], False),
        (date(2028, 8, 10), date(2030, 1, 1), [8], [], True),
    ],
)
def test_which_filing_windows_still_lead_to_a_sitting_in_time(on, last_day, surely, perhaps, beyond):
    found = reach(last_day, [month(number) for number in range(5, 9)], on)
    assert [window.opens.month for window in found.surely] == surely
    assert [window.opens.month for window in found.perhaps] == perhaps
    assert found.beyond_plan == beyond
