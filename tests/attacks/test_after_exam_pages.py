"""Hand-made requests after the exam: at the door, on others' papers, past the steps, with what nobody types."""

import json
import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from certificates.ending import ask_ending
from certificates.issuing import propose_batch
from certificates.models import Certificate
from exams.conduct.models import Decision
from exams.results.correcting import ask_correction
from exams.results.excuses import ask_excuse
from exams.results.models import CheckIn, Score, ScoreSheet
from exams.results.rechecks import ask_recheck
from portal import clock
from portal.audit.models import AccessEntry
from tests import factories
from tests.attacks.test_strange_values import VALUES
from tests.certificates.people import issued, passed
from tests.certificates.world import make_certificate
from tests.conduct.procedure import Hands, decided, incident_of, notified, opened, sat, served, stated
from tests.results.conftest import evening, team  # noqa: F401 - fixtures
from tests.results.doors import BEFORE_THE_DOOR_OPENS, hold_session_with_tickets
from tests.results.world import (
    EXAM_DAY,
    Team,
    candidates,
    checked_sheet,
    close,
    hold_session,
    note,
    published,
    seat_of,
)

pytestmark = pytest.mark.django_db


def desk(name: str, *keys) -> str:
    return reverse(f"admin:{name}", args=[getattr(key, "pk", key) for key in keys])


# The door


def scan(**fields) -> dict:
    sample = {"id": str(uuid4()), "code": "", "number": "2610000007", "seen": "valid", "device": "phone-1"}
    return {**sample, "scanned_at": clock.now().isoformat(), **fields}


@pytest.mark.parametrize(
    "fields",
    [
        {"number": "\ud800"},
        {"code": "\udfff" * 40},
        {"device": "\ud83d"},
        {"scanned_at": "0001-01-01T00:00:00+08:00"},
        {"scanned_at": "9999-12-31T23:59:59-12:00"},
        {"number": "9" * 100_000},
        {"code": "A" * 100_000},
        {"code": "W10", "number": "<script>alert(1)</script>"},
        {"id": "{6f1c2a9e-0b7d-4f35-9a44-2d8e5c1b7a60}"},
        {"seen": ["valid"]},
        {"scanned_at": "20261012T083000.5+0800"},
    ],
    ids=lambda fields: f"{next(iter(fields))} {str(next(iter(fields.values())))[:12]!a}",
)
def test_no_scan_breaks_the_door(evening, browser_of, fields):  # noqa: F811
    """And what can be read beside it is kept."""
    evening(BEFORE_THE_DOOR_OPENS)
    session = hold_session_with_tickets("陈志远")
    good = scan()
    rows = [scan(**fields), good]
    answer = browser_of(factories.make_staff("周敏", "exams.check_in")).post(
        reverse("check_in:sync", args=[session.pk]),
        json.dumps({"rows": rows}),
        content_type="application/json",
    )
    assert answer.status_code == 200
    told = answer.json()
    assert told["kept"][good["id"]] == "unknown"
    assert set(told["unread"]) | set(told["kept"]) >= {row["id"] for row in rows}
    assert b"<script>" not in answer.content


def test_deeply_nested_rows_are_no_rows(evening, browser_of):  # noqa: F811
    evening(BEFORE_THE_DOOR_OPENS)
    session = hold_session_with_tickets("陈志远")
    phone = browser_of(factories.make_staff("周敏", "exams.check_in"))
    answer = phone.post(
        reverse("check_in:sync", args=[session.pk]),
        '{"rows":' + "[" * 200_000,
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert not CheckIn.objects.exists()


# Others' papers


def test_anothers_papers_are_as_if_they_were_not_there(team: Team, evening, browser_of):  # noqa: F811
    """The same answer, to the byte, for what is somebody else's and for what never was."""
    hands = Hands()
    (application,) = candidates("陈志远")
    session = hold_session([application])
    seat = seat_of(application, session)
    note(seat, "absent")
    excuse = ask_excuse(actor=team.outsider, seat=seat, text="住院", proof=None)
    case = served(hands, decided(hands, stated(hands, notified(hands, opened(hands, seat)))).case)
    certificate = make_certificate(passed(team, "吴梅")[0])
    score = Score.objects.filter(application=certificate.application).first()
    stranger = browser_of(factories.make_person("罗佳").account)
    owned = {
        "results:recheck": score.pk,
        "excuses:ask": application.pk,
        "excuses:proof": excuse.pk,
        "conduct:case": case.pk,
        "conduct:statement": case.pk,
        "conduct:review": case.pk,
        "conduct:decision": case.pk,
        "conduct:record": case.pk,
        "conduct:answer": case.pk,
        "certificates:download": certificate.pk,
        "tickets:leave": application.pk,
    }
    for name, key in owned.items():
        theirs, nobodys = (stranger.get(reverse(name, args=[one])) for one in (key, uuid4()))
        assert (theirs.status_code, nobodys.status_code) == (404, 404), name
        assert _without_nonce(theirs) == _without_nonce(nobodys), name
        posted = stranger.post(reverse(name, args=[key]), {"text": "我要申辩", "note": "看一下"})
        assert posted.status_code in (404, 405), name
    begun = stranger.post(reverse("results:begin", args=[application.pk]), {"kind": "retake"})
    assert begun.status_code == 404


def _without_nonce(answer) -> str:
    import re

    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", answer.content.decode())


# Past the steps


def test_one_person_cannot_do_both_halves_of_anything(team: Team, evening, browser_of):  # noqa: F811
    """With every permission there is, posting straight to the second half."""
    hands = Hands(opener=team.maker, decider=team.maker, reviewer=team.maker)
    alone = browser_of(team.maker)
    session = hold_session(candidates("陈志远"), hour=15)
    close(session)
    sheet = checked_sheet(type(session).objects.get(pk=session.pk), team, 陈志远=80)
    alone.post(desk("publish_scores", sheet))
    assert not Score.objects.exists()

    applications = passed(team, "吴梅", "丁磊")
    asked = ask_correction(
        actor=team.maker,
        score=Score.objects.get(application=applications[0], subject="theory"),
        points=70,
        reason="误",
    )
    alone.post(desk("confirm_correction", asked))
    asked.refresh_from_db()
    assert asked.confirmed_at is None

    batch = propose_batch(actor=team.maker, applications=[applications[1]])
    alone.post(desk("issue_batch", batch))
    assert not Certificate.objects.exists()

    (certificate,) = _issued_by_others(team, batch)
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    alone.post(desk("confirm_ending", ending))
    certificate.refresh_from_db()
    assert certificate.state == "valid"

    case = stated(hands, notified(hands, opened(hands, applications[0].seats.get(subject="theory"))))
    page = alone.post(desk("decide_case", case), _chosen())
    alone.post(desk("decide_case", case), {**_chosen(), "seen": page.context.get("seen", "")})
    assert not Decision.objects.exists()

    decision = decided(Hands(decider=team.second), case)
    second = browser_of(team.second)
    second.post(desk("reverse_case", case), {"reason": "不当"})
    decision.refresh_from_db()
    assert decision.reversed_at is None


def _chosen() -> dict[str, object]:
    return {"body": "own", "effective_on": clock.today().isoformat(), "reasons": "情况属实", "severity": ""}


def _issued_by_others(team: Team, batch):  # noqa: F811
    from certificates.issuing import confirm_batch

    confirm_batch(actor=team.second, batch=batch)
    return Certificate.objects.filter(batch=batch)


def test_steps_cannot_be_skipped_by_hand(team: Team, evening, browser_of):  # noqa: F811
    hands = Hands()
    session, (seat,) = sat("陈志远")
    close(session)
    desk_of = browser_of(team.outsider)
    unchecked = browser_of(team.maker).post(desk("enter_scores", session), {str(seat.pk): "80"})
    assert unchecked.status_code == 302
    answer = desk_of.post(desk("publish_scores", ScoreSheet.objects.get()))
    assert answer.status_code == 200
    assert "尚未由第二人核对" in answer.content.decode()
    assert not Score.objects.exists()

    case = opened(hands, seat, "A3-4.2")
    told = browser_of(hands.decider).post(
        desk("decide_case", case), {**_chosen(), "severity": "serious", "seen": "x"}
    )
    assert told.status_code == 200
    assert not Decision.objects.exists()
    for name in ("serve_case", "ask_case_review", "uphold_case"):
        answer = browser_of(hands.reviewer).post(
            desk(name, case), {"text": "维持", "how": "当面", "on": clock.today().isoformat()}
        )
        assert answer.status_code == 200, name
        assert "不能" in answer.content.decode(), name
    notified(hands, case, severity="minor")
    graver = browser_of(hands.decider).post(desk("decide_case", case), {**_chosen(), "severity": "serious"})
    assert graver.status_code == 200
    assert not Decision.objects.exists()


# What nobody types


@pytest.fixture
def counter_pages(team: Team, evening) -> list[str]:  # noqa: F811
    """One page of every kind that takes text after the exam."""
    hands = Hands()
    session, seats = sat("陈志远", "吴梅", "何静")
    note(seats[2], "absent")
    incident = incident_of(hands, session, seats[0])
    absent = note(seats[1], "absent").seat
    excuse = ask_excuse(actor=team.outsider, seat=absent, text="住院", proof=None)
    close(session)
    first, second = passed(team, "丁磊", "罗佳")
    (certificate,) = issued(team, first)
    score = Score.objects.get(application=second, subject="theory")
    recheck = ask_recheck(actor=second.person.account, score=score)
    case = opened(hands, seats[0])
    decided_case = decided(hands, stated(hands, notified(hands, opened(hands, second.seats.first())))).case
    return [
        desk("session_day", session),
        desk("enter_scores", session),
        desk("import_scores", session),
        desk("ask_correction", score),
        desk("answer_recheck", recheck),
        desk("retract_scores", score.sheet),
        desk("decide_excuse", excuse),
        desk("notice_case", case),
        desk("drop_case", case),
        desk("serve_case", decided_case),
        desk("ask_case_review", decided_case),
        desk("reverse_case", decided_case),
        desk("open_case", incident.persons.get().seat.application),
        desk("ask_ending", certificate),
        desk("record_incident", session),
        desk("hand_in_excuse", seats[2]),
        reverse("admin:import_numbers"),
        reverse("admin:open_series"),
        reverse("admin:export_outcomes"),
    ]


def test_no_field_of_the_counter_breaks(counter_pages, browser_of, team: Team):  # noqa: F811
    boss = browser_of(factories.make_staff("唐欣"))
    for address in counter_pages:
        page = boss.get(address)
        assert page.status_code == 200, address
        form = page.context.get("form")
        names = [form.add_prefix(name) for name in form.fields] if form is not None else ["reason"]
        for value in VALUES:
            answer = boss.post(address, dict.fromkeys(names, value))
            assert answer.status_code < 500, (address, value[:20])
            assert "<script>alert(1)" not in answer.content.decode(), (address, value[:20])


def test_no_field_of_the_person_breaks(team: Team, evening, browser_of):  # noqa: F811
    hands = Hands()
    _, (seat,) = sat("陈志远")
    case = notified(hands, opened(hands, seat))
    (other,) = candidates("吴梅")
    score = published(hold_session([other]), team, 吴梅=50)["吴梅"]
    pages = [
        (seat.person, reverse("conduct:statement", args=[case.pk])),
        (seat.person, reverse("conduct:review", args=[case.pk])),
        (seat.person, reverse("excuses:ask", args=[seat.application_id])),
        (other.person, reverse("results:recheck", args=[score.pk])),
        (other.person, reverse("results:begin", args=[other.pk])),
        (other.person, reverse("tickets:leave", args=[other.pk])),
    ]
    for person, address in pages:
        client = browser_of(person.account)
        for value in VALUES:
            names = ("text", "note", "kind", "seat", "seen_fen", "account_number", "bank", "reason")
            answer = client.post(address, dict.fromkeys(names, value))
            assert answer.status_code < 500, (address, value[:20])
            assert "<script>alert(1)" not in answer.content.decode(), (address, value[:20])


@pytest.mark.parametrize("value", VALUES)
def test_no_question_breaks_the_verification(team: Team, evening, value, caplog):  # noqa: F811
    caplog.set_level(logging.INFO)
    certificate = make_certificate(candidates("陈志远")[0])
    client = Client(raise_request_exception=False)
    for typed in ({"number": value, "name": "陈志远"}, {"number": certificate.number, "name": value}):
        answer = client.post(reverse("certificates:verify"), typed)
        assert answer.status_code in (200, 422), typed
        assert "<script>alert(1)" not in answer.content.decode()
        assert "Location" not in answer
    assert certificate.number not in caplog.text


@pytest.mark.parametrize("total", ["9" * 5000, "٣", "-1", "1e9", ""])
def test_no_count_of_people_breaks_the_record(evening, browser_of, total):  # noqa: F811
    session, (seat,) = sat("陈志远")
    staff = browser_of(factories.make_staff("周敏"))
    typed = {"p-TOTAL_FORMS": total, "p-INITIAL_FORMS": total, "p-0-seat": str(seat.pk), "text": "打翻水杯"}
    for more in ({"more": "1"}, {}):
        answer = staff.post(desk("record_incident", session), {**typed, **more})
        assert answer.status_code == 200, more
        assert "打翻水杯" in answer.content.decode()


def test_who_confirms_reads_the_day_of_the_request_in_shanghai_and_is_logged(team: Team, evening, browser_of):  # noqa: F811
    """Half past midnight is the day before in the database's zone; the page may show a whole document number."""
    (certificate,) = issued(team, *passed(team, "陈志远"))
    evening(clock.start_of(EXAM_DAY + timedelta(days=1)) + timedelta(minutes=30))
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    looks = AccessEntry.objects.filter(kind="certificate.viewed", actor_id=str(team.second.pk))
    assert not looks.exists()
    text = browser_of(team.second).get(desk("confirm_ending", ending)).content.decode()
    assert "周敏，2026年10月13日" in text
    assert looks.exists()
