"""A person confirms what an institution filled in for them, by a link that is good once and for one row."""

import base64
import re
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from applicants.records.models import Consent, Person
from exams.catalogue.models import FilingWindow
from exams.filing.groups.models import Confirmation, RosterEntry
from exams.filing.groups.people.confirming import (
    NOT_AGAIN_WITHIN,
    VALID_DAYS,
    confirm,
    decline,
    find_confirmation,
    send_links,
)
from exams.filing.groups.queries import entries_of
from exams.filing.models import Status
from portal import clock
from portal.audit.models import AccessEntry, AuditEntry
from portal.crypto import blind_index
from portal.files import store
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import load_catalogue, make_application, make_institution, make_member, make_person
from tests.groups.factories import make_entry, make_filing, make_row, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(db):
    load_catalogue()
    return make_member(make_institution())


@pytest.fixture
def filing(member):
    return make_filing(member)


@pytest.fixture
def entry(filing) -> RosterEntry:
    return make_entry(filing, stage="confirm")


def link_of(entry: RosterEntry) -> str:
    """The code in the message last sent to the entry's phone."""
    messages = Message.objects.filter(event="confirm_filing").order_by("created_at")
    (text,) = [one.text for one in messages if one.address == entry.row.content["phone"]][-1:]
    return re.search(r"/c/([\w-]+)/", text)[1]


def asked(entry: RosterEntry) -> str:
    send_links(actor=entry.filing.opened_by, filing=entry.filing, entries=[entry])
    return link_of(entry)


def stage(entry: RosterEntry) -> str:
    return entries_of(entry.filing).get(pk=entry.pk).stage


def change_row(entry: RosterEntry, **row) -> RosterEntry:
    """As a correction does: another row, to which the entry points."""
    number = entry.row.content["record"]["identity"]["document_number"]
    entry.row = make_row(entry.filing, **{"number": number, **row})
    entry.save()
    return entry


def answers(**more: str) -> dict[str, str]:
    ticked = {f"confirm-{about}": "on" for about in Consent.About.values}
    return {"confirm-version": "2026.1", **ticked, **more}


def page(code: str) -> str:
    return reverse("confirm:page", args=[code])


def test_the_link_goes_to_the_phone_in_the_row_and_only_its_index_is_kept(entry) -> None:
    code = asked(entry)
    message = Message.objects.get(event="confirm_filing")
    assert message.address == "+8613900000001"
    assert entry.filing.institution.name in message.text
    made = Confirmation.objects.get()
    assert made.row == entry.row
    assert made.code_index == blind_index(code, purpose="confirmation")
    assert find_confirmation(code) == made
    assert AuditEntry.objects.filter(action="groups.send_links", subject_id=str(entry.filing.pk)).exists()


def test_a_link_is_good_to_the_end_of_its_last_day(entry, frozen_day) -> None:
    frozen_day(datetime(2026, 11, 23, 15, 0, tzinfo=clock.SHANGHAI))
    code = asked(entry)
    # Asked to answer while the window is open, that the institution can still submit.
    assert "请在 2026年11月30日（周一）前（含当日）打开" in Message.objects.get(event="confirm_filing").text
    shown = Client().get(page(code)).content.decode()
    assert "请在 <strong>2026年11月30日（周一）</strong>前（含当日）确认" in shown
    assert "有效到 2026年12月23日（周三）" in shown
    frozen_day(datetime(2026, 12, 23, 23, 59, 50, tzinfo=clock.SHANGHAI))
    assert find_confirmation(code) is not None
    frozen_day(datetime(2026, 12, 24, 0, 0, 0, tzinfo=clock.SHANGHAI))
    assert find_confirmation(code) is None


def test_outside_the_windows_the_link_alone_sets_the_day(entry, frozen_day) -> None:
    FilingWindow.objects.all().delete()
    frozen_day(datetime(2026, 11, 23, 15, 0, tzinfo=clock.SHANGHAI))
    asked(entry)
    assert "请在 2026年12月23日（周三）前（含当日）打开" in Message.objects.get(event="confirm_filing").text


def test_everybody_who_waits_is_asked_once(filing, member, django_assert_max_num_queries) -> None:
    for serial in range(6):
        make_entry(filing, stage="portrait" if serial % 2 else "confirm", phone=f"+861390000010{serial}")
    make_entry(filing, "已确认", stage="review")
    make_entry(filing, "不符合", stage="confirm", eligible=False)
    assert send_links(actor=member.account, filing=filing) == 6
    assert Message.objects.filter(event="confirm_filing").count() == 6
    assert send_links(actor=member.account, filing=filing) == 0


def test_a_new_link_ends_the_earlier_one(entry, frozen_day) -> None:
    first = asked(entry)
    frozen_day(clock.now() + NOT_AGAIN_WITHIN + timedelta(seconds=1))
    second = asked(entry)
    assert find_confirmation(first) is None
    assert find_confirmation(second) is not None


def test_not_again_within_ten_minutes(entry) -> None:
    asked(entry)
    with pytest.raises(Refused, match="10 分钟内"):
        asked(entry)
    assert Message.objects.filter(event="confirm_filing").count() == 1


def test_a_corrected_row_may_be_asked_about_at_once_and_ends_the_old_link(entry) -> None:
    first = asked(entry)
    change_row(entry, name="王秀瑛")
    assert find_confirmation(first) is None
    assert find_confirmation(asked(entry)).row == entry.row


def test_who_confirmed_is_not_asked_again(filing, member) -> None:
    entry = make_entry(filing, stage="review")
    with pytest.raises(Refused, match="已经确认过"):
        send_links(actor=member.account, filing=filing, entries=[entry])


def test_who_confirmed_an_earlier_undertaking_may_be_asked_again(filing, member) -> None:
    entry = make_entry(filing, stage="review")
    Confirmation.objects.update(undertaking_version="2025.9", sent_at=clock.now() - timedelta(days=9))
    person = entry.person
    confirm(confirmation=find_confirmation(asked(entry)))
    entry.refresh_from_db()
    assert entry.person == person
    assert entry.confirmations.latest("sent_at").undertaking_version == "2026.1"


def test_who_said_no_is_not_asked_with_all_the_others(filing, member) -> None:
    entry = make_entry(filing, stage="portrait")
    decline(confirmation=find_confirmation(asked(entry)))
    assert send_links(actor=member.account, filing=filing) == 0


@pytest.mark.parametrize("who", ["viewer", "stranger", "ended"])
def test_only_who_fills_in_for_the_institution_sends_links(entry, who: str) -> None:
    member = make_member(
        make_institution("上海市徐汇区安康培训学校") if who == "stranger" else entry.filing.institution,
        "viewer" if who == "viewer" else "filer",
        "别人",
    )
    if who == "ended":
        member.ended_at = clock.now()
        member.save()
    with pytest.raises(Refused):
        send_links(actor=member.account, filing=entry.filing, entries=[entry])
    assert not Message.objects.filter(event="confirm_filing").exists()


def test_another_filings_person_is_not_reached_through_ones_own(filing, member) -> None:
    theirs = make_entry(
        make_filing(make_member(make_institution("上海市徐汇区安康培训学校"))), stage="confirm"
    )
    assert send_links(actor=member.account, filing=filing, entries=[theirs]) == 0
    assert not Confirmation.objects.exists()


def test_a_closed_filing_sends_nothing_and_its_links_end(entry) -> None:
    code = asked(entry)
    entry.filing.closed_at = clock.now()
    entry.filing.save()
    assert find_confirmation(code) is None
    with pytest.raises(Refused, match="已关闭"):
        send_links(actor=entry.filing.opened_by, filing=entry.filing)


def test_opening_the_link_answers_nothing(entry, client: Client) -> None:
    code = asked(entry)
    for _ in range(3):
        answer = client.get(page(code))
        assert answer.status_code == 200
    text = answer.content.decode()
    for shown in (
        "社群健康助理员",
        "四级/中级工",
        "正考",
        "累计工作满 5 年",
        "附件1 四级第1项",
        "480 元",
        "王秀英",
    ):
        assert shown in text
    number = entry.row.content["record"]["identity"]["document_number"]
    assert number not in text
    assert f"{number[:4]}**********{number[-4:]}" in text
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert find_confirmation(code) is not None
    assert entries_of(entry.filing).get().stage == "confirm"


def test_confirming_joins_the_person_and_takes_down_each_consent(entry, client: Client) -> None:
    code = asked(entry)
    answer = client.post(page(code), answers(), follow=True)
    assert "已确认申报" in answer.content.decode()
    entry.refresh_from_db()
    assert entry.person.phone == "+8613900000001"
    assert set(entry.person.consents.values_list("about", flat=True)) == set(Consent.About.values)
    assert Confirmation.objects.get().undertaking_version == "2026.1"
    assert stage(entry) == "review"


@pytest.mark.parametrize("left_out", [f"confirm-{about}" for about in Consent.About.values])
def test_without_one_of_the_consents_nothing_is_confirmed(entry, client: Client, left_out: str) -> None:
    code = asked(entry)
    sent = {name: value for name, value in answers().items() if name != left_out}
    answer = client.post(page(code), sent)
    assert answer.status_code == 422
    assert "不能确认" in answer.content.decode()
    assert stage(entry) == "confirm"
    assert not Consent.objects.exists()


def test_an_old_undertaking_is_shown_anew(entry, client: Client) -> None:
    code = asked(entry)
    answer = client.post(page(code), answers(**{"confirm-version": "2025.9"}))
    assert answer.status_code == 422
    assert find_confirmation(code) is not None


def test_a_used_link_a_past_one_and_an_unknown_one_look_the_same(
    entry, filing, client: Client, frozen_day
) -> None:
    used = asked(entry)
    client.post(page(used), answers())
    past = asked(make_entry(filing, "赵国强", stage="confirm", phone="+8613900000002"))
    frozen_day(clock.now() + timedelta(days=VALID_DAYS + 1))
    bodies = set()
    for code in (used, past, "A" * 32, "A" * 500):
        for answer in (client.get(page(code)), client.post(page(code), answers())):
            assert answer.status_code == 404
            bodies.add(re.sub(r'value="\w{64}"', "", answer.content.decode()))
    assert len(bodies) == 1
    assert "链接不能用了" in bodies.pop()


def test_confirmed_twice_is_confirmed_once(entry) -> None:
    found = find_confirmation(asked(entry))
    confirm(confirmation=found)
    with pytest.raises(Refused, match="已经用过"):
        confirm(confirmation=found)
    with pytest.raises(Refused, match="已经用过"):
        decline(confirmation=found)
    assert Person.objects.count() == 1


def test_a_row_corrected_between_opening_and_confirming(entry, client: Client) -> None:
    code = asked(entry)
    found = find_confirmation(code)
    change_row(entry, name="王秀瑛")
    with pytest.raises(Refused):
        confirm(confirmation=found)
    assert client.post(page(code), answers()).status_code == 404
    assert not Person.objects.exists()


def test_a_removed_person_cannot_confirm(entry) -> None:
    code = asked(entry)
    entry.removed_at = clock.now()
    entry.save()
    assert find_confirmation(code) is None


def test_no_is_told_to_the_institution_with_the_note(entry, client: Client, member) -> None:
    code = asked(entry)
    answer = client.post(page(code), {"decline": "1", "decline-note": "我没有报名"}, follow=True)
    assert "已告诉机构" in answer.content.decode()
    assert Confirmation.objects.get().declined_note == "我没有报名"
    assert Message.objects.filter(event="filing_declined", account=member.account).count() == 1
    assert stage(entry) == "declined"
    assert find_confirmation(code) is None


def test_the_institution_may_ask_again_after_a_no(entry, frozen_day) -> None:
    decline(confirmation=find_confirmation(asked(entry)))
    frozen_day(clock.now() + timedelta(hours=1))
    assert send_links(actor=entry.filing.opened_by, filing=entry.filing) == 0
    confirm(confirmation=find_confirmation(asked(entry)))
    assert stage(entry) == "review"


def test_a_note_too_long_keeps_what_was_typed(entry, client: Client) -> None:
    code = asked(entry)
    answer = client.post(page(code), {"decline": "1", "decline-note": "错" * 301})
    assert answer.status_code == 422
    assert "错" * 301 in answer.content.decode()
    assert stage(entry) == "confirm"


def test_no_log_holds_a_link_that_is_still_good(entry, client: Client, caplog) -> None:
    code = asked(entry)
    assert client.post(page(code), {}).status_code == 422
    assert code not in caplog.text


def test_names_are_text_on_the_page(filing, client: Client) -> None:
    name = "<script>alert(1)</script>{{7*7}}"
    entry = make_entry(filing, name, stage="confirm")
    text = client.get(page(asked(entry))).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in text


def test_the_form_needs_its_token(entry) -> None:
    code = asked(entry)
    assert Client(enforce_csrf_checks=True).post(page(code), answers()).status_code == 403
    assert stage(entry) == "confirm"


def test_the_receipt_is_for_the_browser_that_answered(entry, client: Client) -> None:
    client.post(page(asked(entry)), answers())
    assert client.get(reverse("confirm:receipt")).status_code == 200
    assert Client().get(reverse("confirm:receipt")).status_code == 404


def test_guesses_are_counted_by_address_but_a_good_link_still_opens(entry, client: Client) -> None:
    code = asked(entry)
    found = [client.get(page(f"{serial:032d}")).status_code for serial in range(301)]
    assert (found[0], found[-1]) == (404, 429)
    assert client.get(page(code)).status_code == 200


def test_an_application_of_ones_own_is_named_neutrally_on_the_receipt(filing, client: Client) -> None:
    owner = make_person("王秀英")
    make_application(owner, status=Status.SUBMITTED)
    number = str(owner.documents.get().number)
    entry = make_entry(filing, stage="confirm", number=number, phone=str(owner.account.phone))
    answer = client.post(page(asked(entry)), answers(), follow=True)
    assert "决定保留哪一份" in answer.content.decode()
    entry.refresh_from_db()
    assert entry.person == owner


def test_somebody_else_who_uses_the_document_leaves_no_trace_on_the_receipt(filing, client: Client) -> None:
    owner = make_person("王秀英")
    make_application(owner, status=Status.SUBMITTED)
    entry = make_entry(filing, stage="confirm", number=str(owner.documents.get().number))
    answer = client.post(page(asked(entry)), answers(), follow=True)
    assert "保留哪一份" not in answer.content.decode()
    entry.refresh_from_db()
    assert entry.person != owner


def test_a_returned_application_stays_with_its_person_when_the_corrected_row_is_confirmed(filing) -> None:
    entry = make_entry(filing, stage="ready")
    application, person = submit(entry), entry.person
    application.status = Status.RETURNED
    application.save()
    change_row(entry, name="王秀瑛", number="")
    confirm(confirmation=find_confirmation(asked(entry)))
    entry.refresh_from_db()
    assert entry.person == person
    assert Person.objects.get().name == "王秀瑛"


def test_an_application_with_the_association_is_not_confirmed_anew(filing) -> None:
    entry = make_entry(filing, stage="submitted")
    change_row(entry, name="王秀瑛")
    with pytest.raises(Refused, match="已提交协会"):
        asked(entry)


def test_a_person_of_another_filing_is_not_corrected_by_this_one(filing) -> None:
    first = make_entry(filing, stage="review")
    person = first.person
    other = make_entry(
        make_filing(make_member(make_institution("上海市徐汇区安康培训学校"))), stage="confirm"
    )
    other.person = person
    other.save()
    change_row(first, name="王秀瑛", number="", phone="+8613900000077")
    confirm(confirmation=find_confirmation(asked(first)))
    first.refresh_from_db()
    assert first.person != person
    assert Person.objects.get(pk=person.pk).name == "王秀英"


def test_neither_code_nor_phone_stands_in_a_clear_column(entry, client: Client) -> None:
    code = asked(entry)
    client.post(page(code), answers())
    for model in apps.get_models():
        rows = str(list(model._base_manager.values()))
        assert code not in rows, model
        assert "13900000001" not in rows, model


def test_the_page_shows_the_photo_and_logs_each_look(filing, client) -> None:
    entry = make_entry(filing, stage="confirm")
    body = client.get(page(asked(entry))).content.decode()
    shown = base64.b64encode(store.read(entry.portrait_print)).decode()
    assert f'src="data:image/jpeg;base64,{shown}"' in body
    look = AccessEntry.objects.get(kind="view_photo")
    assert (look.subject_id, look.actor_id) == (str(entry.pk), "")


def test_the_page_says_that_there_is_no_photo_yet(filing, client) -> None:
    body = client.get(page(asked(make_entry(filing, stage="portrait")))).content.decode()
    assert "还没有上传您的照片" in body
    assert not AccessEntry.objects.filter(kind="view_photo").exists()
