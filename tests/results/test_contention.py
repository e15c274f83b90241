"""Two people at one session's scores at the same moment: one sheet, one publication, every reading kept."""

from datetime import timedelta
from functools import partial

import pytest

from exams.arrangement.models import Session
from exams.passes.models import Pass
from exams.results.correcting import ask_correction, confirm_correction
from exams.results.entering import check_sheet, enter_points, open_sheet
from exams.results.models import Score, ScoreEntry, ScoreSheet
from exams.results.publishing import publish_sheet, retract_sheet
from exams.results.queries import standing_scores
from portal import clock
from portal.models import Message
from tests import factories
from tests.contention import at_once
from tests.results.world import (
    EXAM_DAY,
    Team,
    candidates,
    checked_sheet,
    close,
    hold_session,
    points_of,
    published,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
NAMES = ("陈志远", "吴梅", "林晓")


@pytest.fixture
def team(process_day) -> Team:
    process_day(clock.start_of(EXAM_DAY) + timedelta(hours=18))
    factories.load_catalogue()
    return Team()


def closed(people, subject: str = "theory", hour: int = 9) -> Session:
    session = hold_session(people, subject, hour=hour)
    close(session)
    return Session.objects.get(pk=session.pk)


def all_pass() -> dict[str, int]:
    return dict.fromkeys(NAMES, 80)


def test_a_sheet_opened_by_two_at_once_is_one(team: Team):
    session = closed(candidates(*NAMES))
    sheets = at_once(*(partial(open_sheet, actor=one, session=session) for one in (team.maker, team.second)))
    assert sheets[0] == sheets[1] == ScoreSheet.objects.get()


def test_two_hands_at_once_both_stand_and_the_sheet_can_be_checked(team: Team):
    session = closed(candidates(*NAMES))
    sheet = open_sheet(actor=team.maker, session=session)
    read = points_of(session, **all_pass())
    hands = ((team.maker, 1), (team.second, 2))
    at_once(*(partial(enter_points, actor=by, sheet=sheet, hand=hand, points=read) for by, hand in hands))
    assert ScoreEntry.objects.filter(sheet=sheet).count() == 2 * len(NAMES)
    assert check_sheet(actor=team.second, sheet=sheet).checked_by == team.second


def test_of_two_second_readers_at_once_one_reads_and_the_other_is_told(team: Team):
    session = closed(candidates(*NAMES))
    sheet = open_sheet(actor=team.maker, session=session)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, **all_pass()))
    outcomes = at_once(
        *(
            partial(
                enter_points,
                actor=by,
                sheet=sheet,
                hand=2,
                points=points_of(session, **dict.fromkeys(NAMES, points)),
            )
            for by, points in ((team.second, 80), (team.third, 70))
        )
    )
    assert sorted(map(str, outcomes)) == sorted([str(sheet), "read_by_both"])
    assert len(set(ScoreEntry.objects.filter(hand=2).values_list("by", "points"))) == 1


def test_what_is_entered_while_the_sheet_is_checked_is_in_it_or_refused(team: Team):
    session = closed(candidates(*NAMES))
    sheet = open_sheet(actor=team.maker, session=session)
    for by, hand in ((team.maker, 1), (team.second, 2)):
        enter_points(actor=by, sheet=sheet, hand=hand, points=points_of(session, **all_pass()))
    settling = points_of(session, 陈志远=55)
    entered, checked = at_once(
        partial(enter_points, actor=team.third, sheet=sheet, hand=3, points=settling),
        partial(check_sheet, actor=team.second, sheet=sheet),
    )
    assert checked == sheet
    assert ScoreEntry.objects.filter(hand=3).count() == (entered != "checked")


def test_a_sheet_published_by_two_at_once_is_published_once(team: Team):
    session = closed(candidates(*NAMES))
    sheet = checked_sheet(session, team, **all_pass())
    outcomes = at_once(*(partial(publish_sheet, actor=by, sheet=sheet) for by in (team.second, team.third)))
    assert outcomes.count("nothing_to_publish") == 1
    assert Score.objects.count() == Pass.objects.count() == len(NAMES)
    assert Message.objects.filter(event="score_published").count() == len(NAMES)


def test_both_subjects_published_at_once_conclude_everybody(team: Team):
    """The last score concludes an application: of two last ones, each published without seeing the other, one must."""
    people = candidates(*NAMES)
    sheets = [
        checked_sheet(closed(some, subject, hour), team, **all_pass())
        for subject, hour, some in (("theory", 9, people), ("practical", 13, people[::-1]))
    ]
    at_once(*(partial(publish_sheet, actor=team.second, sheet=sheet) for sheet in sheets))
    for application in people:
        application.refresh_from_db()
        assert standing_scores().filter(application=application).count() == 2
        assert application.concluded_at is not None


def test_published_and_taken_back_at_once_one_after_the_other(team: Team):
    people = candidates(*NAMES)
    published(closed(people), team, **all_pass())
    sheet = checked_sheet(closed(people, "practical", 13), team, **all_pass())
    first = ScoreSheet.objects.get(session__subject="theory")
    at_once(
        partial(publish_sheet, actor=team.second, sheet=sheet),
        partial(retract_sheet, actor=team.second, sheet=first, reason="阅卷有误"),
    )
    for application in people:
        application.refresh_from_db()
        assert standing_scores().get(application=application).subject == "practical"
        assert application.concluded_at is None, "one subject waits to be scored again"


def test_a_correction_confirmed_by_two_at_once_is_one(team: Team):
    score = published(closed(candidates(*NAMES)), team, **all_pass())["吴梅"]
    correction = ask_correction(actor=team.maker, score=score, points=85, reason="合分有误")
    outcomes = at_once(
        *(partial(confirm_correction, actor=by, correction=correction) for by in (team.second, team.third))
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert standing_scores().get(application=score.application).points == 85
    assert Score.objects.filter(application=score.application).count() == 2
