"""Absence with cause: who may say so until when, what a decision does to seat, rank, attendance and last day."""

from datetime import date

import pytest
from django.urls import reverse

from exams.arrangement import sessions as acts
from exams.arrangement.queries import live_seats, queue
from exams.arrangement.seating import arrange
from exams.filing.models import Submission
from exams.results.attendance import note_attendance
from exams.results.excuse_invariants import INVARIANTS
from exams.results.excuses import ask_excuse, decide_excuse, excuse_findings, excuse_until
from exams.results.models import Attendance, Excuse
from exams.results.publishing import publish_sheet
from exams.results.queries import standing_scores
from exams.tickets.withdrawing import terms_of
from portal import clock, registry
from portal.files.intake import EvidenceResult
from portal.models import AccessEntry, Message
from portal.rules.findings import Refused
from tests import factories
from tests.results.world import EXAM_DAY, Team, candidates, checked_sheet, close, hold_session, note, seat_of

pytestmark = pytest.mark.django_db

LAST_DAY = date(2026, 10, 19)
"""The fifth working day after Monday 12 October 2026."""
PROOF = EvidenceResult("病历.jpg", "image/jpeg", b"\xff\xd8\xff\xe0proof", 1)
TEXT = "十月十二日早上急性阑尾炎，在华东医院急诊手术。"


@pytest.fixture
def absent(frozen_day):
    """陈志远 missed both subjects, 吴梅 sat them; the sessions are over, 陈志远 is noted absent in theory."""
    frozen_day(date(2026, 9, 10))
    people = candidates("陈志远", "吴梅")
    theory = hold_session(people, "theory")
    practical = hold_session(people, "practical", hour=13)
    frozen_day(date(2026, 10, 13))
    note(seat_of(people[0], theory), "absent")
    return people, theory, practical


def ask(seat, *, actor=None, text=TEXT, proof=PROOF) -> Excuse:
    return ask_excuse(actor=actor or seat.person.account, seat=seat, text=text, proof=proof)


def decide(excuse, *, granted=True, note="病历属实", **more) -> Excuse:
    return decide_excuse(
        actor=factories.make_staff("沈岚"), excuse=excuse, granted=granted, note=note, **more
    )


def submitted(application) -> None:
    """The submission without which nothing is decided about an application's dates."""
    Submission.objects.create(
        application=application,
        serial=1,
        at=application.submitted_at,
        judged_on=date(2026, 9, 10),
        submitted_by=application.person.account,
        answers={},
        facts="{}",
        verdict="{}",
        answers_digest="0",
    )


def codes(seat) -> list[str]:
    return [finding.code for finding in excuse_findings(seat)]


def told(event: str) -> list[str]:
    return [message.text for message in Message.objects.filter(event=event)]


def broken() -> set[str]:
    return {one.code for one in registry.invariants if list(one.offenders())}


@pytest.mark.parametrize(
    ("day", "expected"),
    [(EXAM_DAY, ["not_begun"]), (date(2026, 10, 13), []), (LAST_DAY, []), (date(2026, 10, 20), ["too_late"])],
    ids=str,
)
def test_the_term_is_five_working_days_after_the_session(absent, frozen_day, day, expected):
    (one, _), _, practical = absent
    frozen_day(day)
    assert codes(seat_of(one, practical)) == expected
    assert excuse_until(seat_of(one, practical)).day == LAST_DAY


def test_present_is_no_absence_and_once_is_enough(absent):
    (one, other), theory, _ = absent
    note(seat_of(other, theory), "present")
    assert codes(seat_of(other, theory)) == ["not_absent"]
    ask(seat_of(one, theory))
    assert codes(seat_of(one, theory)) == ["already_asked"]
    with pytest.raises(Refused, match="不用重复提交"):
        ask(seat_of(one, theory))


def test_a_session_called_off_is_no_absence(absent, frozen_day):
    (one, _), _, practical = absent
    frozen_day(date(2026, 10, 11))
    seat = seat_of(one, practical)
    acts.call_off_session(actor=factories.make_staff(), session=practical, reason="台风")
    frozen_day(date(2026, 10, 13))
    seat.refresh_from_db()
    assert codes(type(seat).objects.get(pk=seat.pk)) == ["called_off"]


def test_the_person_proves_it_and_staff_who_saw_the_papers_need_not_upload(absent):
    (one, _), theory, practical = absent
    with pytest.raises(Refused) as refused:
        ask(seat_of(one, theory), text=" ", proof=None)
    assert {finding.field for finding in refused.value.findings} == {"text", "file"}
    clerk = factories.make_staff("周敏")
    excuse = ask(seat_of(one, practical), actor=clerk, proof=None)
    with pytest.raises(Refused, match="另一位工作人员"):
        decide_excuse(actor=clerk, excuse=excuse, granted=True, note="属实")
    assert decide(excuse).decision == Excuse.Decision.GRANTED


def test_granted_the_seat_is_given_back_and_the_rank_is_kept(absent):
    (one, _), theory, _ = absent
    later = candidates("后来人")[0]
    excuse = decide(ask(seat_of(one, theory)))
    excuse.seat.refresh_from_db()
    assert excuse.seat.release_reason == "缺考事由成立"
    assert "缺考事由" in excuse.citation
    last = Attendance.objects.filter(seat=excuse.seat).order_by("noted_at", "pk").last()
    assert (last.state, last.reason) == ("other", "缺考事由成立")
    assert queue(one.offering) == [one, later], "before who completed later, as on the first day"
    assert live_seats().filter(application=one).get().subject == "practical"
    assert "不另收费" in told("excuse_granted")[0]
    assert one.quotes.count() == 1, "no other fee"
    assert broken().isdisjoint({check.code for check in INVARIANTS})


def test_granted_a_later_session_seats_the_person_first(absent):
    (one, _), theory, _ = absent
    candidates("后来人")
    decide(ask(seat_of(one, theory)))
    factories.make_session(one.offering, "theory", clock.start_of(date(2026, 10, 26)), seats=1)
    factories.make_session(one.offering, "practical", clock.start_of(date(2026, 10, 27)), seats=1)
    run = arrange(actor=factories.make_staff(), offering=one.offering)
    assert run.placed == [str(one.pk)]


def test_refused_the_absence_stands_and_another_may_be_handed_in(absent):
    (one, _), theory, _ = absent
    seat = seat_of(one, theory)
    decide(ask(seat), granted=False, note="材料与当日时间不符")
    seat.refresh_from_db()
    assert seat.released_at is None
    assert Attendance.objects.filter(seat=seat).get().state == "absent"
    assert "材料与当日时间不符" in told("excuse_refused")[0]
    ask(seat)
    assert Excuse.objects.filter(seat=seat).count() == 2


def test_an_open_excuse_holds_the_score_back_and_a_published_one_ends_it(absent):
    (one, _), theory, _ = absent
    seat = seat_of(one, theory)
    excuse = ask(seat)
    team = Team()
    close(theory)
    theory = type(theory).objects.get(pk=theory.pk)
    sheet = checked_sheet(theory, team, 吴梅=80)
    publish_sheet(actor=team.second, sheet=sheet)
    assert not standing_scores().filter(seat=seat).exists()
    decide(excuse, granted=False)
    publish_sheet(actor=team.second, sheet=sheet)
    assert standing_scores().get(seat=seat).points is None
    seat.refresh_from_db()
    assert codes(seat) == ["published"]


def test_a_last_day_that_is_over_needs_another_with_its_source(absent, frozen_day):
    (one, _), theory, _ = absent
    one.assess_by = EXAM_DAY
    one.save(update_fields=["assess_by"])
    submitted(one)
    excuse = ask(seat_of(one, theory))
    with pytest.raises(Refused) as refused:
        decide(excuse)
    assert [finding.field for finding in refused.value.findings] == ["assess_by"]
    excuse.refresh_from_db()
    assert excuse.decision == Excuse.Decision.OPEN
    decide(excuse, assess_by=date(2026, 11, 30))
    one.refresh_from_db()
    assert one.assess_by == date(2026, 11, 30)
    assert "缺考事由" in one.assess_by_citation


def test_nobody_decides_their_own_and_nothing_is_decided_twice(absent):
    (one, _), theory, _ = absent
    excuse = ask(seat_of(one, theory))
    with pytest.raises(Refused):
        decide_excuse(actor=one.person.account, excuse=excuse, granted=True, note="属实")
    decide(excuse)
    with pytest.raises(Refused, match="已经作出决定"):
        decide(excuse, granted=False)


def test_who_was_excused_came_too_late_to_have_the_fee_back(absent):
    """The other subject not being sat either, both are excused: leaving then brings nothing (ADR 0082)."""
    (one, _), theory, practical = absent
    decide(ask(seat_of(one, theory)))
    decide(ask(seat_of(one, practical)))
    terms = terms_of(one)
    assert (terms.refund_fen, terms.first_on) == (0, EXAM_DAY)


def test_the_check_at_the_door_that_comes_late_cannot_undo_it(absent):
    (one, _), theory, _ = absent
    seat = seat_of(one, theory)
    decide(ask(seat))
    with pytest.raises(Refused):
        note_attendance(actor=factories.make_staff(), seat=seat, state="present")


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def page(absent, client):
    (one, _), _, practical = absent
    note(seat_of(one, practical), "absent")
    client.force_login(one.person.account)
    return client, reverse("excuses:ask", args=[one.pk]), one


def picture():
    from django.core.files.uploadedfile import SimpleUploadedFile

    from applicants.portraits import portrait

    return SimpleUploadedFile("病历 310105199003051234.jpg", portrait(1), content_type="image/jpeg")


def test_the_page_names_the_last_day_and_both_rules(page):
    client, url, one = page
    line = client.get(reverse("filing:status", args=[one.pk])).content.decode()
    assert url in line
    text = client.get(url).content.decode()
    for words in ("2026年10月19日", "5 个工作日", "不另收费", "通知未规定缺考事由"):
        assert words in text, words


def test_without_a_proof_what_was_typed_stays(page):
    client, url, one = page
    seat = one.seats.get(subject="theory")
    answer = client.post(url, {"seat": str(seat.pk), "text": TEXT})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "请上传证明材料" in text
    assert TEXT in text
    assert not Excuse.objects.exists()


def test_somebody_elses_seat_cannot_be_slipped_in(page, absent):
    client, url, _ = page
    (_, other), theory, _ = absent
    answer = client.post(url, {"seat": str(seat_of(other, theory).pk), "text": TEXT, "file": picture()})
    assert answer.status_code == 422
    assert not Excuse.objects.exists()


def test_handed_in_by_the_person_decided_by_staff_read_by_the_person(page, settings):
    settings.STAFF_SECOND_FACTOR = False
    client, url, one = page
    seat = one.seats.get(subject="theory")
    answer = client.post(url, {"seat": str(seat.pk), "text": TEXT, "file": picture()}, follow=True)
    assert "缺考事由已提交" in answer.content.decode()
    excuse = Excuse.objects.get()
    assert client.get(reverse("excuses:proof", args=[excuse.pk]))["Content-Type"] == "image/jpeg"
    client.force_login(factories.make_person("别人").account)
    assert client.get(reverse("excuses:proof", args=[excuse.pk])).status_code == 404
    assert client.get(url).status_code == 404
    client.force_login(factories.make_staff("沈岚"))
    listed = client.get(reverse("admin:exams_excuse_changelist") + "?decision__exact=open").content.decode()
    assert one.number in listed
    desk = reverse("admin:decide_excuse", args=[excuse.pk])
    assert TEXT in client.get(desk).content.decode()
    assert AccessEntry.objects.filter(kind="excuse.viewed").exists()
    assert client.get(reverse("admin:excuse_proof", args=[excuse.pk]))["Content-Type"] == "image/jpeg"
    answer = client.post(desk, {"granted": "yes", "note": ""})
    assert "请写明决定的理由" in answer.content.decode()
    client.post(desk, {"granted": "yes", "note": "病历属实"})
    client.force_login(one.person.account)
    text = client.get(url).content.decode()
    assert "病历属实" in text
    assert "同意" in text
    assert "缺考事由已获同意" in client.get(reverse("filing:status", args=[one.pk])).content.decode()


def test_the_counter_hands_in_for_somebody_who_rang(page, settings):
    settings.STAFF_SECOND_FACTOR = False
    client, _, one = page
    seat = one.seats.get(subject="practical")
    client.force_login(factories.make_staff("周敏"))
    hand_in = reverse("admin:hand_in_excuse", args=[seat.pk])
    assert hand_in in client.get(reverse("admin:place_desk", args=[one.pk])).content.decode()
    client.post(hand_in, {"text": "家属来电，车祸送医，已看急诊病历原件。"})
    assert Excuse.objects.get().seat == seat
    answer = client.post(
        reverse("admin:decide_excuse", args=[Excuse.objects.get().pk]), {"granted": "yes", "note": "好"}
    )
    assert "另一位工作人员" in answer.content.decode()
