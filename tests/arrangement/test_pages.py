"""The public page of a draw: fixed list and hash before, seed and result after, no names, recomputable."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from exams.arrangement.drawing import draw_seats, fix_candidates
from portal import clock
from tests import factories


@pytest.fixture
def session(db):
    offering = factories.load_catalogue()
    session = factories.make_session(offering, "theory", clock.now() + timedelta(days=10))
    for name in ("陈志远", "欧阳晓蕾", "王䶮"):
        application = factories.make_application(factories.make_person(name=name), offering)
        factories.pay(application)
        factories.seat(application, session)
    return session


@pytest.fixture
def staff(db):
    return factories.make_staff()


def test_before_the_draw_only_list_and_hash_are_public(client, session, staff):
    draw = fix_candidates(actor=staff, session=session)
    page = client.get(reverse("arrangement:draw", args=[draw.pk])).content.decode()
    assert draw.seed_hash in page
    assert "抽签时公布" in page
    for number in draw.candidates:
        assert number in page
    assert client.get(reverse("arrangement:draw-json", args=[draw.pk])).json()["seed"] == ""


def test_after_the_draw_anyone_can_recompute_it(client, session, staff, tmp_path, capsys):
    draw = draw_seats(actor=staff, draw=fix_candidates(actor=staff, session=session))
    page = client.get(reverse("arrangement:draw", args=[draw.pk])).content.decode()
    assert draw.seed in page
    published = client.get(reverse("arrangement:draw-json", args=[draw.pk]))
    assert len(published.json()["result"]) == 3
    file = tmp_path / "draw.json"
    file.write_bytes(published.content)
    call_command("verify_draw", str(file))
    assert "相符，共 3 人" in capsys.readouterr().out


def test_no_name_is_ever_on_it(client, session, staff):
    draw = draw_seats(actor=staff, draw=fix_candidates(actor=staff, session=session))
    for name in ("arrangement:draw", "arrangement:draw-json"):
        text = client.get(reverse(name, args=[draw.pk])).content.decode()
        assert not any(person in text for person in ("陈志远", "欧阳晓蕾", "王䶮"))


def test_a_draw_ended_by_a_change_says_so(client, session, staff):
    draw = fix_candidates(actor=staff, session=session)
    draw.ended_at = clock.now()
    draw.save()
    assert "已作废" in client.get(reverse("arrangement:draw", args=[draw.pk])).content.decode()


def test_an_unknown_draw_is_not_there(client, db):
    nowhere = "00000000-0000-0000-0000-000000000000"
    assert client.get(reverse("arrangement:draw", args=[nowhere])).status_code == 404
