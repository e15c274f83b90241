"""People filed by institutions: no better and no worse in the queue, and kept apart by the draw where that is chosen."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from exams.arrangement.draw import fewest_pairs, pairs_left, problems, read_lists
from exams.arrangement.drawing import draw_seats, fix_candidates, publication
from exams.arrangement.invariants import broken_draws
from exams.arrangement.models import Room, Seat, SeatDraw
from exams.arrangement.seating import arrange
from exams.arrangement.sessions import resize_room
from portal import clock
from portal.rules.findings import Refused
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_march(frozen_day):
    frozen_day(date(2026, 3, 11))


@pytest.fixture
def offering():
    return factories.load_catalogue()


@pytest.fixture
def planner():
    return factories.make_staff("顾晓峰")


@pytest.fixture
def desk(client, planner, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(planner)
    return client


@pytest.fixture
def kangning():
    return factories.make_institution()


@pytest.fixture
def xinhua():
    return factories.make_institution("上海市静安区新华健康职业技术学校")


def at(hour: int) -> datetime:
    return clock.start_of(date(2026, 4, 12)) + timedelta(hours=hour)


def make_session(offering, *, seats, rooms=1):
    session = factories.make_session(offering, "theory", at(9), seats=seats)
    for index in range(1, rooms):
        more = Room.objects.create(site=session.site, name=f"第9{index}考场", seats=seats)
        session.rooms.add(more)
    return session


def put_in(session, institution=None, *, number=None, count=1):
    """Candidates of the session, filed by the institution where one is given."""
    found = []
    for _ in range(count):
        application = factories.make_application(
            factories.make_person(with_account=False), session.offering, institution=institution
        )
        factories.pay(application)
        factories.seat(application, session, number)
        found.append(application)
    return found


def neighbours_of_one_institution(session):
    """Counted from the seats themselves, not from what the draw says of them."""
    held = {
        (seat.room_id, seat.number): seat.application.institution_id
        for seat in Seat.objects.filter(session=session).select_related("application")
    }
    return sum(
        institution is not None and held.get((room, number + 1)) == institution
        for (room, number), institution in held.items()
    )


def test_the_order_of_completion_alone_decides_who_is_seated(offering, planner, kangning, xinhua):
    """Whoever filed, in which institution, by whatever number: twelve wait for seven places."""
    filed_by = [
        kangning,
        None,
        xinhua,
        kangning,
        kangning,
        None,
        kangning,
        xinhua,
        None,
        kangning,
        None,
        xinhua,
    ]
    minutes_ago = [17, 90, 5, 44, 71, 12, 60, 33, 81, 28, 50, 99]
    waiting = []
    for institution, minutes in zip(filed_by, minutes_ago, strict=True):
        application = factories.make_application(institution=institution)
        factories.pay(application, at=clock.now() - timedelta(minutes=minutes))
        waiting.append((-minutes, str(application.pk)))
    factories.make_session(offering, "theory", at(9), seats=7)
    factories.make_session(offering, "practical", at(13), seats=7)
    run = arrange(actor=planner, offering=offering)
    in_order = [key for _, key in sorted(waiting)]
    assert run.placed == in_order[:7]
    assert [row["application"] for row in run.skipped] == in_order[7:]
    assert {row["code"] for row in run.skipped} == {"full"}


def test_people_of_one_institution_are_drawn_apart(offering, planner, kangning, xinhua):
    session = make_session(offering, seats=12)
    put_in(session, kangning, count=5)
    put_in(session, xinhua, count=3)
    put_in(session, count=2)
    draw = draw_seats(actor=planner, draw=fix_candidates(actor=planner, session=session, keep_apart=True))
    assert neighbours_of_one_institution(session) == 0
    assert Seat.objects.filter(session=session, number__lte=10).count() == 10
    assert problems(publication(draw)) == []
    assert list(broken_draws()) == []


def test_empty_places_part_them_but_no_further_room_is_opened(offering, planner, kangning):
    session = make_session(offering, seats=4, rooms=3)
    put_in(session, kangning, count=5)
    draw = fix_candidates(actor=planner, session=session, keep_apart=True)
    assert len(draw.places) == 8
    lists = read_lists(publication(draw))
    draw_seats(actor=planner, draw=draw)
    assert neighbours_of_one_institution(session) == fewest_pairs(lists) == 1


def test_who_sits_already_keeps_the_place_and_is_a_neighbour_too(offering, planner, kangning, xinhua):
    session = make_session(offering, seats=6)
    put_in(session, kangning, number=2)
    put_in(session, xinhua, number=5)
    put_in(session, kangning, count=2)
    put_in(session, count=2)
    draw = fix_candidates(actor=planner, session=session, keep_apart=True)
    room = session.rooms.get().name
    # Nobody of 新华 is drawn, so nothing is said of the one who sits.
    assert draw.seated == [[room, 2, "A"]]
    assert draw.places == [[room, number] for number in (1, 3, 4, 6)]
    draw = draw_seats(actor=planner, draw=draw)
    assert neighbours_of_one_institution(session) == 0
    assert pairs_left(read_lists(publication(draw)), draw.result) == 0


def test_without_the_choice_the_draw_is_published_as_it_always_was(offering, planner, kangning):
    session = make_session(offering, seats=8)
    put_in(session, kangning, count=4)
    draw = draw_seats(actor=planner, draw=fix_candidates(actor=planner, session=session))
    published = publication(draw)
    assert set(published) == {
        "draw", "session", "committed_at", "candidates", "places", "seed_hash", "seed", "result",
    }  # fmt: skip
    assert [number for _, number in draw.places] == [1, 2, 3, 4]
    assert problems(published) == []


def test_who_leaves_after_the_list_was_fixed_leaves_an_empty_place(offering, planner, kangning):
    session = make_session(offering, seats=8)
    leaver, *_ = put_in(session, kangning, count=4)
    draw = fix_candidates(actor=planner, session=session, keep_apart=True)
    leaver.seats.update(released_at=clock.now())
    draw = draw_seats(actor=planner, draw=draw)
    assert len(draw.result) == 4
    assert problems(publication(draw)) == []
    drawn = {(seat.application.number, seat.number) for seat in Seat.objects.filter(released_at=None)}
    assert drawn == {(number, seat) for number, _, seat in draw.result if number != leaver.number}


def test_a_room_cannot_lose_a_place_that_a_fixed_list_may_give_out(offering, planner, kangning):
    session = make_session(offering, seats=8)
    put_in(session, kangning, count=3)
    draw = fix_candidates(actor=planner, session=session, keep_apart=True)
    with pytest.raises(Refused, match="固定抽签名单"):
        resize_room(actor=planner, room=session.rooms.get(), seats=7)
    draw_seats(actor=planner, draw=draw)
    resize_room(actor=planner, room=session.rooms.get(), seats=7)


def test_a_room_renamed_after_the_list_was_fixed_holds_the_draw_up(offering, planner, kangning):
    session = make_session(offering, seats=4)
    put_in(session, kangning, count=2)
    draw = fix_candidates(actor=planner, session=session, keep_apart=True)
    room = session.rooms.get()
    Room.objects.filter(pk=room.pk).update(name="多功能厅")
    with pytest.raises(Refused, match=f"请先改回“{room.name}”"):
        draw_seats(actor=planner, draw=draw)
    Room.objects.filter(pk=room.pk).update(name=room.name)
    draw_seats(actor=planner, draw=draw)
    assert not Seat.objects.filter(number=None).exists()


def test_the_page_shows_letters_and_never_an_institution(
    client, offering, planner, kangning, xinhua, tmp_path, capsys
):
    session = make_session(offering, seats=4)
    put_in(session, kangning, count=3)
    put_in(session, xinhua, count=1)
    draw = fix_candidates(actor=planner, session=session, keep_apart=True)
    address = reverse("arrangement:draw", args=[draw.pk])
    before = client.get(address).content.decode()
    assert "按名单和座位最少 1 对。A 组有 3 人，彼此隔开的空座最多 2 个。" in before
    draw_seats(actor=planner, draw=draw)
    after = client.get(address).content.decode()
    assert "1 对，按名单和座位最少 1 对。" in after
    data = client.get(reverse("arrangement:draw-json", args=[draw.pk])).content
    for told in (before, after, data.decode()):
        for institution in (kangning, xinhua):
            assert institution.name not in told
            assert str(institution.pk) not in told
    assert sorted(json.loads(data)["groups"].values()) == ["A", "A", "A", "B"]
    file = tmp_path / "draw.json"
    file.write_bytes(data)
    call_command("verify_draw", str(file))
    assert "相符，共 4 人；同一机构相邻 1 对，按名单和座位最少 1 对" in capsys.readouterr().out


@pytest.mark.parametrize(("filed", "ticked"), [(True, True), (False, False)])
def test_the_choice_is_made_beforehand_where_an_institution_filed(desk, offering, kangning, filed, ticked):
    session = make_session(offering, seats=6)
    put_in(session, kangning if filed else None, count=3)
    page = desk.get(reverse("admin:fix_candidates", args=[session.pk]))
    assert page.context["form"]["keep_apart"].value() is ticked
    assert ("1 家机构" in page.content.decode()) is filed


def test_staff_choose_and_read_afterwards_what_is_left_and_why(desk, offering, kangning):
    session = make_session(offering, seats=3)
    put_in(session, kangning, count=3)
    desk.post(reverse("admin:fix_candidates", args=[session.pk]), {"keep_apart": "on"})
    draw = SeatDraw.objects.get()
    assert draw.keeps_apart
    page = desk.post(reverse("admin:draw_seats", args=[draw.pk]), follow=True).content.decode()
    said = "2 对（按名单和座位最少 2 对）。A 组有 3 人，彼此隔开的空座最多 2 个。"
    assert f"同一机构相邻：{said}" in page
    assert f"<dd>{said}</dd>" in page


def test_staff_may_leave_it(desk, offering, kangning):
    session = make_session(offering, seats=3)
    put_in(session, kangning, count=2)
    desk.post(reverse("admin:fix_candidates", args=[session.pk]), {})
    assert not SeatDraw.objects.get().keeps_apart
    page = desk.get(reverse("admin:exams_session_change", args=[session.pk])).content.decode()
    assert "没有要求隔开。" in page
