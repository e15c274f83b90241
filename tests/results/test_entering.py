"""Scores typed in: two hands apart from each other, differences settled, checked by another person."""

import pytest

from exams.arrangement.models import Seat, Session
from exams.results.entering import check_sheet, enter_points, open_sheet, send_back
from exams.results.models import ScoreEntry, ScoreSheet
from exams.results.publishing import publish_sheet, retract_sheet
from exams.results.roll import roll_of
from portal.rules.findings import Refused
from tests import factories
from tests.results.world import candidates, checked_sheet, close, hold_session, note, points_of


@pytest.fixture
def session(evening) -> Session:
    """陈志远 and 吴梅 came, 丁磊 did not."""
    held = hold_session(candidates("陈志远", "吴梅", "丁磊"))
    close(held, 丁磊="absent")
    return Session.objects.get(pk=held.pk)


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def readings(sheet) -> dict[tuple[str, int], int]:
    return {(row.seat.person.name, row.hand): row.points for row in sheet.entries.all()}


def test_no_scores_before_the_session_is_closed(evening, team):
    session = hold_session(candidates("陈志远"))
    with pytest.raises(Refused) as refused:
        open_sheet(actor=team.maker, session=session)
    assert codes(refused) == ["not_closed"]
    close(session)
    assert open_sheet(actor=team.maker, session=session).serial == 1


def test_opening_again_hands_back_the_sheet_there_is(session, team):
    sheet = open_sheet(actor=team.maker, session=session)
    assert open_sheet(actor=team.second, session=session) == sheet
    assert sheet.made_by == team.maker
    assert ScoreSheet.objects.count() == 1


def test_only_those_who_were_there_have_a_paper(session, team):
    sheet = open_sheet(actor=team.maker, session=session)
    assert [row.seat.person.name for row in roll_of(session).papers(sheet)] == ["陈志远", "吴梅"]
    with pytest.raises(Refused) as refused:
        enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80, 丁磊=70))
    assert codes(refused) == ["not_in_session"]
    assert not ScoreEntry.objects.exists()


@pytest.mark.parametrize(("points", "taken"), [(-1, False), (0, True), (100, True), (101, False)])
def test_points_lie_between_nothing_and_the_maximum(session, team, points, taken):
    sheet = open_sheet(actor=team.maker, session=session)
    values = points_of(session, 陈志远=points, 吴梅=60)
    if taken:
        enter_points(actor=team.maker, sheet=sheet, hand=1, points=values)
        assert readings(sheet) == {("陈志远", 1): points, ("吴梅", 1): 60}
        return
    with pytest.raises(Refused) as refused:
        enter_points(actor=team.maker, sheet=sheet, hand=1, points=values)
    (finding,) = refused.value.findings
    assert (finding.code, finding.field) == ("out_of_range", str(next(iter(values))))
    assert not ScoreEntry.objects.exists()


@pytest.mark.parametrize(("hand", "who"), [(1, "second"), (2, "maker"), (4, "maker"), (0, "second")])
def test_each_hand_is_one_persons(session, team, hand, who):
    sheet = open_sheet(actor=team.maker, session=session)
    with pytest.raises(Refused):
        enter_points(actor=getattr(team, who), sheet=sheet, hand=hand, points=points_of(session, 陈志远=80))
    assert not ScoreEntry.objects.exists()


def test_a_hand_may_mend_and_take_back_what_nobody_else_has_read(session, team):
    sheet = open_sheet(actor=team.maker, session=session)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80, 吴梅=70))
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=81, 吴梅=None))
    assert readings(sheet) == {("陈志远", 1): 81}


def test_what_both_have_read_is_changed_by_a_third_reading_only(session, team):
    sheet = open_sheet(actor=team.maker, session=session)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80, 吴梅=70))
    enter_points(actor=team.second, sheet=sheet, hand=2, points=points_of(session, 陈志远=86))
    for actor, hand in ((team.maker, 1), (team.second, 2)):
        with pytest.raises(Refused) as refused:
            enter_points(actor=actor, sheet=sheet, hand=hand, points=points_of(session, 陈志远=86 - 3 * hand))
        assert codes(refused) == ["read_by_both"]
    with pytest.raises(Refused) as refused:
        enter_points(actor=team.third, sheet=sheet, hand=3, points=points_of(session, 陈志远=86, 吴梅=70))
    assert codes(refused) == ["not_read_twice"]
    enter_points(actor=team.third, sheet=sheet, hand=3, points=points_of(session, 陈志远=86))
    row = roll_of(session).papers(sheet)[0]
    assert (row.reading.points, row.reading.by, row.differs) == (86, team.third, False)


def test_the_same_typed_again_is_no_news(session, team):
    sheet = open_sheet(actor=team.maker, session=session)
    read = points_of(session, 陈志远=80, 吴梅=70)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=read)
    enter_points(actor=team.second, sheet=sheet, hand=2, points=read)
    at = sheet.entries.get(hand=1, points=80).at
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=read)
    assert sheet.entries.get(hand=1, points=80).at == at


def test_a_sheet_is_checked_once_every_paper_is_read_alike(session, team):
    sheet = open_sheet(actor=team.maker, session=session)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80, 吴梅=70))
    enter_points(actor=team.second, sheet=sheet, hand=2, points=points_of(session, 陈志远=80, 吴梅=71))
    with pytest.raises(Refused) as refused:
        check_sheet(actor=team.second, sheet=sheet)
    assert codes(refused) == ["not_settled"]
    assert "吴梅" in str(refused.value)
    assert "陈志远" not in str(refused.value)
    enter_points(actor=team.third, sheet=sheet, hand=3, points=points_of(session, 吴梅=71))
    with pytest.raises(Refused) as refused:
        check_sheet(actor=team.maker, sheet=sheet)
    assert codes(refused) == ["second_person_needed"]
    with pytest.raises(Refused) as refused:
        check_sheet(actor=team.third, sheet=sheet)
    assert codes(refused) == ["settled_by_you"]
    assert check_sheet(actor=team.second, sheet=sheet).checked_by == team.second
    with pytest.raises(Refused) as refused:
        enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80))
    assert codes(refused) == ["checked"]


def test_a_checked_sheet_may_be_sent_back_until_it_is_published(session, team):
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=70)
    with pytest.raises(Refused):
        send_back(actor=team.third, sheet=sheet, reason=" ")
    send_back(actor=team.third, sheet=sheet, reason="吴梅的分数看错了")
    enter_points(actor=team.maker, sheet=sheet, hand=3, points=points_of(session, 吴梅=72))
    check_sheet(actor=team.second, sheet=sheet)
    publish_sheet(actor=team.second, sheet=sheet)
    assert sheet.scores.get(seat__person__name="吴梅").points == 72
    with pytest.raises(Refused):
        send_back(actor=team.third, sheet=sheet, reason="再看一遍")


def test_an_imported_sheet_needs_one_reading_and_counts_a_second_where_there_is_one(session, team):
    sheet = open_sheet(actor=team.maker, session=session, source=ScoreSheet.Source.IMPORTED)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80, 吴梅=70))
    assert not roll_of(session).unread(sheet)
    enter_points(actor=team.second, sheet=sheet, hand=2, points=points_of(session, 吴梅=77))
    assert [row.seat.person.name for row in roll_of(session).unread(sheet)] == ["吴梅"]
    enter_points(actor=team.third, sheet=sheet, hand=3, points=points_of(session, 吴梅=77, 陈志远=81))
    check_sheet(actor=team.second, sheet=sheet)
    scores, _ = publish_sheet(actor=team.second, sheet=sheet)
    assert {score.points for score in scores} == {81, 77, None}


def test_nobody_came(evening, team):
    session = hold_session(candidates("丁磊"))
    close(session, 丁磊="absent")
    sheet = check_sheet(actor=team.second, sheet=open_sheet(actor=team.maker, session=session))
    scores, _ = publish_sheet(actor=team.second, sheet=sheet)
    assert [score.points for score in scores] == [None]


def test_a_paper_that_came_after_the_check_has_the_sheet_sent_back(session, team):
    absent = session.seats.get(person__name="丁磊")
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=70)
    note(absent, "present", "签到表漏登")
    assert [row.seat for row in roll_of(session).unread(sheet)] == [absent]
    scores, withheld = publish_sheet(actor=team.second, sheet=sheet)
    assert len(scores) == 2  # a paper nobody read is never published as an absence
    assert withheld == []


def test_after_publication_a_further_sheet_takes_the_paper_that_came_later(session, team):
    other = _also(session, "罗佳")
    first = checked_sheet(session, team, 陈志远=80, 吴梅=70)
    publish_sheet(actor=team.second, sheet=first)
    with pytest.raises(Refused) as refused:
        open_sheet(actor=team.maker, session=session)
    assert codes(refused) == ["nothing_to_enter"]
    note(other, "present", "设备修复后完成考试")
    later = open_sheet(actor=team.second, session=session)
    assert (later.serial, later.made_by) == (2, team.second)
    assert [row.seat for row in roll_of(session).papers(later)] == [other]
    enter_points(actor=team.second, sheet=later, hand=1, points={other.pk: 66})
    enter_points(actor=team.maker, sheet=later, hand=2, points={other.pk: 66})
    check_sheet(actor=team.maker, sheet=later)
    (score,), _ = publish_sheet(actor=team.maker, sheet=later)
    assert (score.points, score.sheet) == (66, later)
    retract_sheet(actor=team.third, sheet=later, reason="分数登错")
    assert first.scores.filter(retracted_at=None).count() == 3


def _also(session: Session, name: str) -> Seat:
    """One more seated, whose attendance is 其他."""
    (application,) = candidates(name)
    seat = factories.seat(application, session, 9)
    note(seat, "other")
    return seat
