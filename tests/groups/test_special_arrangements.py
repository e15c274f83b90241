"""Who is filed by an institution asks for 合理便利 on the page behind the link; the association alone learns which."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from applicants.accounts.export import person_data
from exams.filing.actions.reviewing import decide_special_arrangement, return_application
from exams.filing.checks import latest_submission
from exams.filing.counter import QUEUES
from exams.filing.documents import render_form
from exams.filing.groups.batches.deciding import draw_sample
from exams.filing.groups.batches.standings import approvable
from exams.filing.groups.models import Confirmation, RosterEntry
from exams.filing.groups.people.confirming import confirm, find_confirmation, send_links
from exams.filing.groups.people.reviewing import review_entry
from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.models import Application, SpecialArrangement, Status
from portal.audit.models import AuditEntry
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import make_account, make_member, make_staff
from tests.filing.pages import log_in, text
from tests.filing.test_form import text_of
from tests.groups.factories import SEEN, make_entry, make_filing, make_row
from tests.groups.test_batches import approve_rest, confirm_all, hand_in, look_at_the_drawn
from tests.groups.test_confirming import answers, asked, change_row, page

pytestmark = pytest.mark.django_db

NOTE = "左耳听不清，请安排在前排"
ASKED = {"arrangement-needs": ["ground_floor", "other"], "arrangement-note": NOTE}
KEPT = {"needs": ["ground_floor", "other"], "note": NOTE}


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


@pytest.fixture
def reviewer(filing):
    return make_member(filing.institution, "reviewer", "沈老师").account


def confirmed(entry: RosterEntry, **more) -> Confirmation:
    """Confirmed anew on the page, with what was typed."""
    code = asked(entry)
    answer = Client().post(page(code), answers(**more))
    assert answer.status_code == 302
    return Confirmation.objects.filter(entry=entry).exclude(confirmed_at=None).latest("confirmed_at")


def filed(entry: RosterEntry, reviewer) -> RosterEntry:
    review_entry(actor=reviewer, entry=entry, result="passed", seen=SEEN)
    submit_filing(actor=reviewer, filing=entry.filing, expected_persons=1)
    file_submissions()
    entry.refresh_from_db()
    assert (entry.obstacles, entry.application.status) == ([], Status.SUBMITTED)
    return entry


def send_back(entry: RosterEntry) -> None:
    return_application(
        actor=make_staff("顾明"),
        application=entry.application,
        reasons=[{"code": "photo_unfit"}],
    )
    entry.refresh_from_db()


def test_nobody_needs_to_ask(filing, client):
    entry = make_entry(filing, stage="confirm")
    code = asked(entry)
    shown = client.get(page(code)).content.decode()
    assert "考试时需要特别安排吗？" in shown
    assert "提出特别安排（合理便利）" in shown
    assert '<details class="disclosure">' in shown
    client.post(page(code), answers())
    assert Confirmation.objects.get().arrangement is None
    assert "特别安排" not in text(client.get(reverse("confirm:receipt")))


def test_what_is_asked_for_is_kept_sealed(filing, client):
    entry = make_entry(filing, stage="confirm")
    made = confirmed(entry, **ASKED)
    assert made.arrangement == KEPT
    with connection.cursor() as cursor:
        cursor.execute("SELECT arrangement FROM exams_confirmation")
        sealed = bytes(cursor.fetchone()[0])
    assert b"ground_floor" not in sealed
    assert NOTE.encode() not in sealed
    entry.refresh_from_db()
    trail = AuditEntry.objects.get(action="groups.confirm_filing")
    assert "ground_floor" not in str(trail.detail)
    assert trail.personal
    assert b"ground_floor" not in bytes(trail.personal)
    assert not Message.objects.filter(text__contains="特别安排").exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"arrangement-needs": ["other"]}, "选择了“其他”，请写明需要什么安排。"),
        ({"arrangement-note": NOTE}, "请至少勾选一项需要的安排；都不合适的，勾选“其他”并写明。"),
        (
            {"arrangement-needs": ["wheelchair"], "arrangement-note": "请" * 501},
            "补充说明最多 500 个字，请写短一些。",
        ),
        ({"arrangement-needs": ["flying"]}, "flying"),
    ],
)
def test_wrong_input_is_said_at_the_field_and_nothing_typed_is_lost(filing, client, typed, sentence):
    code = asked(make_entry(filing, stage="confirm"))
    answer = client.post(page(code), answers(**typed))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in shown
    assert '<details class="disclosure" open>' in shown
    assert typed.get("arrangement-note", "") in shown
    assert shown.count(" checked") >= 3  # the consents
    assert find_confirmation(code) is not None


def test_a_consent_left_out_keeps_what_was_asked_for(filing, client):
    code = asked(make_entry(filing, stage="confirm"))
    sent = answers(**ASKED)
    del sent["confirm-photo"]
    shown = client.post(page(code), sent).content.decode()
    assert '<details class="disclosure" open>' in shown
    assert NOTE in shown


def test_the_action_takes_no_unknown_need_and_no_other_without_a_word(filing):
    confirmation = find_confirmation(asked(make_entry(filing, stage="confirm")))
    for needs in (["flying"], ["other"]):
        with pytest.raises(Refused):
            confirm(confirmation=confirmation, needs=needs)


def test_it_is_carried_over_and_stands_in_the_counters_queue(filing, reviewer):
    entry = make_entry(filing, stage="confirm")
    confirmed(entry, **ASKED)
    application = filed(entry, reviewer).application
    special = application.special_arrangement
    assert (special.needs, special.note, special.decision) == (KEPT["needs"], NOTE, "open")
    assert latest_submission(application).answers["special_arrangement"] == KEPT
    (queue,) = [one for one in QUEUES if "合理便利" in one.title]
    assert queue.count() == 1
    trail = AuditEntry.objects.get(action="filing.ask_special_arrangement")
    assert (trail.subject_id, trail.detail) == (str(application.pk), {})


def test_members_learn_that_it_was_asked_for_and_nothing_more(filing, reviewer):
    entry = make_entry(filing, stage="confirm")
    client = log_in(reviewer)
    confirmed(entry, **ASKED)
    addresses = [reverse("groups:person", args=[entry.pk]), reverse("groups:people", args=[filing.pk])]
    for moment in ("confirmed", "filed"):
        pages = [client.get(one).content.decode() for one in addresses]
        assert "本人提出了特别安排，由协会决定。" in pages[0], moment
        for shown in pages:
            assert NOTE not in shown
            assert "一楼或有电梯的考场" not in shown
        if moment == "confirmed":
            filed(entry, reviewer)
    form = text_of(render_form(latest_submission(entry.application)))
    assert "已另行提出特别安排" in form
    assert "一楼" not in form


def test_a_member_is_told_nothing_where_nothing_was_asked_for(filing, reviewer):
    entry = make_entry(filing, stage="review")
    assert "特别安排" not in text(log_in(reviewer).get(reverse("groups:person", args=[entry.pk])))


def test_a_returned_and_mended_application_keeps_it_and_its_decision(filing, reviewer, frozen_day):
    entry = make_entry(filing, stage="confirm")
    confirmed(entry, **ASKED)
    application = filed(entry, reviewer).application
    decide_special_arrangement(
        actor=make_staff("周敏"), application=application, granted_needs=["ground_floor"], note="前排已留"
    )
    send_back(entry)
    frozen_day(date(2026, 3, 12))
    change_row(entry, name="王秀英")
    code = asked(entry)
    shown = Client().get(page(code)).content.decode()
    assert "您以前提出的特别安排仍然有效" in shown
    assert NOTE not in shown
    Client().post(page(code), answers())
    special = filed(entry, reviewer).application.special_arrangement
    assert (special.needs, special.note, special.decision) == (KEPT["needs"], NOTE, "granted")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"arrangement-withdrawn": "on"}, None),
        ({"arrangement-needs": ["large_print"]}, {"needs": ["large_print"], "note": ""}),
    ],
)
def test_it_is_taken_back_or_replaced_with_the_corrected_row(filing, reviewer, frozen_day, typed, kept):
    entry = make_entry(filing, stage="confirm")
    confirmed(entry, **ASKED)
    filed(entry, reviewer)
    send_back(entry)
    frozen_day(date(2026, 3, 12))
    change_row(entry)
    assert confirmed(entry, **typed).arrangement == kept
    application = filed(entry, reviewer).application
    now = SpecialArrangement.objects.filter(application=application).first()
    assert (now and {"needs": now.needs, "note": now.note or ""}) == kept


def test_another_person_does_not_inherit_it(filing):
    entry = make_entry(filing, stage="confirm")
    confirmed(entry, **ASKED)
    entry.refresh_from_db()
    elsewhere = make_entry(make_filing(filing.institution.members.get()), stage="confirm")
    elsewhere.person = entry.person  # so that another document is another person, not this one corrected
    elsewhere.save()
    entry.row = make_row(filing, "李玉兰", phone="+8613900000077")
    entry.save()
    assert confirmed(entry).arrangement is None


def test_approval_does_not_wait_for_the_decision(filing):
    clerk = make_staff("周敏")
    entries = [make_entry(filing, name, stage="submitted") for name in ("赵一", "钱二", "孙三", "李四")]
    for entry in entries:
        SpecialArrangement.objects.create(application=entry.application, needs=["wheelchair"])
    submission = filing.submissions.get()
    hand_in(*entries)
    confirm_all(clerk, submission)
    draw_sample(actor=clerk, submission=submission, percent=25)
    look_at_the_drawn(clerk, submission)
    assert len(approvable(submission).complete) == 3
    approve_rest(clerk, submission)
    assert Application.objects.filter(status=Status.APPROVED).count() == 4
    assert SpecialArrangement.objects.filter(decision="open").count() == 4


def test_the_decision_is_told_to_who_has_no_account(filing, reviewer):
    entry = make_entry(filing, stage="confirm")
    confirmed(entry, **ASKED)
    application = filed(entry, reviewer).application
    decide_special_arrangement(
        actor=make_staff("周敏"), application=application, granted_needs=["ground_floor"], note="前排已留"
    )
    told = Message.objects.get(event="group_special_arrangement_decided")
    assert told.address == "+8613900000001"


def test_ones_own_export_has_it(filing):
    entry = make_entry(filing, stage="confirm")
    confirmed(entry, **ASKED)
    entry.refresh_from_db()
    entry.person.account = make_account(entry.person.name)
    entry.person.save()
    (told,) = person_data(entry.person)["团体申报"]
    assert told["本人确认"][0]["特别安排"] == KEPT


def test_a_link_sent_says_nothing_of_it(filing):
    send_links(actor=filing.opened_by, filing=filing, entries=[make_entry(filing, stage="confirm")])
    assert "特别安排" not in Message.objects.get(event="confirm_filing").text
