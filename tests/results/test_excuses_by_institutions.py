"""An institution hands in an absence with cause for somebody it filed: with a proof, and the person is told."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applicants.portraits import portrait
from exams.filing.groups.queries import counts_by_stage
from exams.filing.groups.way import way_of
from exams.results.excuses import ask_excuse, decide_excuse
from exams.results.models import Excuse
from portal import clock
from portal.files.intake import EvidenceResult
from portal.models import AccessEntry, Message
from portal.rules.findings import Refused
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.results.world import close, hold_session, seat_of

pytestmark = pytest.mark.django_db

TEXT = "十月十二日早上急性阑尾炎，在华东医院急诊手术。"
PROOF = EvidenceResult("病历.jpg", "image/jpeg", b"\xff\xd8\xff\xe0proof", 1)


@pytest.fixture
def filing(evening):
    one = make_filing()
    entry = make_entry(one, "陈志远", stage="approved")
    person = entry.application.person
    person.account = factories.make_account("陈志远")
    person.save(update_fields=["account"])
    theory = hold_session([entry.application])
    hold_session([entry.application], "practical", hour=13)
    evening(date(2026, 10, 13))
    close(theory, 陈志远="absent")
    return one


@pytest.fixture
def entry(filing):
    return filing.entries.get()


@pytest.fixture
def seat(entry):
    return entry.application.seats.get(subject="theory")


@pytest.fixture
def page(client, filing, entry):
    client.force_login(filing.opened_by)
    return reverse("results:absence", args=[entry.pk])


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("病历.jpg", portrait(1), content_type="image/jpeg")


def text_of(client, address: str) -> str:
    return client.get(address).content.decode()


def hand_in(client, page: str, seat):
    return client.post(page, {"seat": str(seat.pk), "text": TEXT, "file": picture()}, follow=True)


def test_the_list_leads_to_the_page_with_its_term(client, page, filing):
    listed = reverse("results:filing", args=[filing.pk])
    assert page in text_of(client, listed)
    (step,) = [one for one in way_of(filing, counts_by_stage(filing), clock.today()) if one.code == "score"]
    assert step.url in ("", listed)
    text = text_of(client, page)
    for words in ("2026年10月19日", "5 个工作日", "不另收费", "通知未规定缺考事由", "征得本人同意"):
        assert words in text, words


def test_handed_in_with_a_proof_and_told_to_the_person(client, page, entry, seat, filing, settings):
    settings.STAFF_SECOND_FACTOR = False
    assert "已告诉本人" in hand_in(client, page, seat).content.decode()
    excuse = Excuse.objects.get()
    assert (excuse.seat, excuse.asked_by) == (seat, filing.opened_by)
    message = Message.objects.get(event="excuse_handed_in")
    assert filing.institution.name in message.text
    assert TEXT not in message.text, "an illness is not sent by SMS"
    assert TEXT in text_of(client, page)
    proof = reverse("results:absence-proof", args=[excuse.pk])
    assert client.get(proof)["Content-Type"] == "image/jpeg"
    assert AccessEntry.objects.filter(kind="excuse_proof.viewed", actor_id=str(filing.opened_by.pk)).exists()
    client.force_login(entry.application.person.account)
    own = text_of(client, reverse("excuses:ask", args=[entry.application_id]))
    assert f"{filing.institution.name}代交" in own
    assert TEXT in own
    client.force_login(factories.make_staff("沈岚"))
    desk = text_of(client, reverse("admin:decide_excuse", args=[excuse.pk]))
    assert f"{filing.institution.name} {filing.opened_by}" in desk


def test_without_a_proof_it_is_refused_and_the_text_stays(client, page, seat, filing):
    answer = client.post(page, {"seat": str(seat.pk), "text": TEXT})
    assert answer.status_code == 422
    assert TEXT in answer.content.decode()
    with pytest.raises(Refused, match="请上传证明材料"):
        ask_excuse(actor=filing.opened_by, seat=seat, text=TEXT, proof=None)
    assert not Excuse.objects.exists()


def test_what_the_person_handed_in_stays_theirs(client, page, entry, seat):
    excuse = ask_excuse(actor=entry.application.person.account, seat=seat, text=TEXT, proof=PROOF)
    decided = factories.make_staff("沈岚")
    decide_excuse(actor=decided, excuse=excuse, granted=False, note="病历日期不符")
    text = text_of(client, page)
    assert "本人提交" in text
    assert "理由已告诉本人" in text
    assert TEXT not in text
    assert "病历日期不符" not in text
    assert client.get(reverse("results:absence-proof", args=[excuse.pk])).status_code == 404
    assert not Message.objects.filter(event="excuse_handed_in").exists()


@pytest.mark.parametrize("role", ["filer", "reviewer", "viewer"])
def test_another_institution_finds_nothing_and_does_nothing(client, page, seat, role):
    hand_in(client, page, seat)
    excuse = Excuse.objects.get()
    stranger = factories.make_member(factories.make_institution("上海市另一家培训学校"), role)
    client.force_login(stranger.account)
    missing = 403 if role == "viewer" else 404
    for address in (page, reverse("results:absence-proof", args=[excuse.pk])):
        assert client.get(address).status_code == missing
    assert hand_in(client, page, seat).status_code == missing
    excuse.delete()
    with pytest.raises(Refused):
        ask_excuse(actor=stranger.account, seat=seat, text=TEXT, proof=PROOF)


def test_who_only_looks_hands_nothing_in(client, page, seat, filing):
    viewer = factories.make_member(filing.institution, "viewer", "钱某")
    client.force_login(viewer.account)
    assert client.get(page).status_code == 403
    assert page not in text_of(client, reverse("results:filing", args=[filing.pk]))
    with pytest.raises(Refused, match="查看人"):
        ask_excuse(actor=viewer.account, seat=seat, text=TEXT, proof=PROOF)


def test_nobody_else_hands_in_for_who_filed_alone(seat, evening):
    evening(date(2026, 10, 12))
    alone = factories.make_application(factories.make_person("李建国"))
    session = hold_session([alone], hour=8, day=date(2026, 10, 12))
    evening(date(2026, 10, 13))
    stranger = factories.make_member(factories.make_institution("上海市另一家培训学校"))
    with pytest.raises(Refused, match="由本人、填报机构或受理窗口提交"):
        ask_excuse(actor=stranger.account, seat=seat_of(alone, session), text=TEXT, proof=PROOF)


def test_a_person_of_no_application_yet_is_not_there(client, filing, evening):
    other = make_entry(filing, "吴梅", stage="review")
    client.force_login(filing.opened_by)
    assert client.get(reverse("results:absence", args=[other.pk])).status_code == 404
