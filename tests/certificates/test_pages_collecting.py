"""The counter's pages of collection: find, tick, hand over, print the list, put right; and who may."""

from datetime import date

import pytest
from django.urls import reverse

from certificates.admin_collect import _whose
from certificates.collecting import hand_overs_of, to_collect
from certificates.hand_over import hand_over
from certificates.models import Certificate, CollectionNotice, HandBack, HandOver
from certificates.verification import address_of
from portal.models import AccessEntry
from tests import factories
from tests.certificates.world import make_certificate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(frozen_day, settings):
    settings.STAFF_SECOND_FACTOR = False
    frozen_day(date(2026, 11, 25))


@pytest.fixture
def desk(client):
    client.force_login(factories.make_staff("周敏"))
    return client


@pytest.fixture
def one() -> Certificate:
    return make_certificate(factories.make_application(factories.make_person("陈志远")))


@pytest.fixture
def pupils():
    school = factories.make_institution()
    names = ("王秀英", "李建华")
    people = [factories.make_person(name) for name in names]
    return [make_certificate(factories.make_application(one, institution=school)) for one in people]


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def find(desk, text: str):
    return desk.post(reverse("admin:collect"), {"text": text})


def to_hand_over(*certificates: Certificate) -> str:
    keys = "&".join(f"key={one.pk}" for one in certificates)
    return f"{reverse('admin:hand_over')}?{keys}"


@pytest.mark.parametrize("how", ["number", "code", "application", "document", "wide"])
def test_one_certificate_found_leads_straight_to_handing_it_over(desk, one, pupils, how):
    typed = {
        "number": one.number.lower(),
        "code": address_of(one.number),
        "application": one.application.number,
        "document": one.face["document_number"],
        "wide": "".join(chr(ord(char) + 0xFEE0) for char in one.number),
    }[how]
    answer = find(desk, typed)
    assert answer.status_code == 302
    assert answer["Location"] == to_hand_over(one)
    assert AccessEntry.objects.filter(kind="certificates.search", person_id=str(one.person_id)).count() == 1


def test_a_document_number_is_searched_by_those_who_may(client, one):
    client.force_login(factories.make_staff("赵丽", "certificates.hand_over"))
    assert "没有找到这张证书" in text_of(find(client, one.face["document_number"]))


def test_names_find_several_and_nothing_finds_nothing(desk, one, pupils):
    other = make_certificate(factories.make_application(factories.make_person("陈志")))
    text = text_of(find(desk, "陈志"))
    assert (one.number in text, other.number in text, pupils[0].number in text) == (True, True, False)
    for nothing in ("", "\0", "不存在的人", "=1+1", "' OR 1=1"):
        assert "没有找到这张证书" in text_of(find(desk, nothing))


def test_the_list_shows_what_waits_by_institution_and_no_document(desk, one, pupils):
    school = pupils[0].application.institution
    text = text_of(desk.get(reverse("admin:collect")))
    for certificate in (one, *pupils):
        assert certificate.number in text
        assert certificate.face["document_number"] not in text
    assert f"{school.name}（待领取 2）" in text
    only = text_of(desk.get(reverse("admin:collect", query={"institution": school.pk})))
    assert (one.number in only, pupils[0].number in only) == (False, True)
    assert "机构领取全部 2 张" in only
    for strange in ("x", "00000000-0000-0000-0000-000000000000"):
        assert one.number in text_of(desk.get(reverse("admin:collect", query={"institution": strange})))


def test_several_are_ticked_and_told(desk, one, pupils):
    page = f"{reverse('admin:notify_collection')}?key={one.pk}&key={pupils[0].pk}"
    assert "给 2 位持证人发消息" in text_of(desk.get(page))
    assert not CollectionNotice.objects.exists()
    assert "已通知 2 人" in text_of(desk.post(page, follow=True))
    assert CollectionNotice.objects.count() == 2
    left = text_of(desk.get(reverse("admin:collect", query={"state": "notify"})))
    assert (pupils[1].number in left, one.number in left) == (True, False)


def test_the_holder_comes(desk, one):
    page = to_hand_over(one)
    assert "持证人本人：陈志远" in text_of(desk.get(page))
    refused = text_of(desk.post(page, {"who": "self"}))
    assert "请核对领取人的身份证件原件" in refused
    assert not HandOver.objects.exists()
    done = text_of(desk.post(page, {"who": "self", "document_checked": "on"}, follow=True))
    assert "陈志远领取 1 张" in done
    assert "本人领取" in done


def test_a_list_that_no_font_prints_says_so(desk, one):
    """The agent's name is anybody's: rarer than our fonts know."""
    given = hand_over(
        actor=factories.make_staff("顾晓峰"),
        certificates=[one],
        received_by="陈\U0003fffd",
        document_checked=True,
        proxy_note="委托书 2026-11-20",
    )
    page = reverse("admin:hand_over_list", args=[given.pk])
    assert "手写签收" in text_of(desk.get(page, follow=True))


def test_somebody_else_comes_and_what_was_typed_is_kept(desk, one):
    page = to_hand_over(one)
    refused = text_of(desk.post(page, {"who": "proxy", "received_by": "陈父", "document_checked": "on"}))
    assert "请写明凭什么领取" in refused
    assert 'value="陈父"' in refused
    desk.post(
        page,
        {"who": "proxy", "received_by": "陈父", "proxy_note": "委托书", "document_checked": "on"},
    )
    assert HandOver.objects.get().received_by == "陈父"


def test_an_institution_takes_all_of_its_own_at_once(desk, one, pupils):
    school = pupils[0].application.institution
    page = f"{reverse('admin:hand_over')}?institution={school.pk}"
    assert f"申报机构：{school.name}" in text_of(desk.get(page))
    data = {
        "who": "institution",
        "received_by": "林晓",
        "proxy_note": "介绍信 18 号",
        "document_checked": "on",
    }
    done = text_of(desk.post(page, data, follow=True))
    assert "林晓领取 2 张" in done
    assert list(to_collect()) == [one]
    mixed = to_hand_over(one, pupils[0])
    assert "申报机构：" not in text_of(desk.get(mixed))
    assert "请从列出的几项中选择" in text_of(desk.post(mixed, data))


def test_nothing_chosen_and_strange_keys_are_said_in_words(desk, one):
    for query in ("", "?key=x", "?key=00000000-0000-0000-0000-000000000000", "?institution=%00"):
        if "%00" in query:
            assert desk.get(reverse("admin:hand_over") + query).status_code == 400
            continue
        assert "没有选择证书" in text_of(desk.get(reverse("admin:hand_over") + query))
        data = {"who": "proxy", "received_by": "甲", "proxy_note": "委托书", "document_checked": "on"}
        assert "没有选择证书" in text_of(desk.post(reverse("admin:hand_over") + query, data))
        assert "没有选择证书" in text_of(desk.post(reverse("admin:notify_collection") + query))
        assert desk.get(reverse("admin:collection_list") + query).status_code == 302


def test_one_taken_meanwhile_is_named_and_nothing_is_noted(desk, one, pupils):
    page = to_hand_over(one, *pupils)
    desk.post(to_hand_over(one), {"who": "self", "document_checked": "on"})
    data = {"who": "proxy", "received_by": "甲", "proxy_note": "委托书", "document_checked": "on"}
    assert f"陈志远（{one.number}）：2026年11月25日已由陈志远领取" in text_of(desk.post(page, data))
    assert HandOver.objects.count() == 1


def test_a_wrong_entry_is_given_back_and_waits_again(desk, one):
    desk.post(to_hand_over(one), {"who": "self", "document_checked": "on"})
    given = HandOver.objects.get()
    page = reverse("admin:hand_back", args=[given.pk, one.pk])
    assert "请写明理由" in text_of(desk.post(page, {"reason": " "}))
    done = text_of(desk.post(page, {"reason": "点错了人"}, follow=True))
    assert "点错了人" in done
    assert "已退回" in done
    assert HandBack.objects.get().hand_over == given
    assert hand_overs_of([one]) == {}
    other = make_certificate(factories.make_application(factories.make_person("王秀英")))
    assert desk.get(reverse("admin:hand_back", args=[given.pk, other.pk])).status_code == 404


def test_the_signing_list_is_a_pdf_and_logged_for_each_person(desk, one, pupils):
    before = desk.get(f"{reverse('admin:collection_list')}?key={one.pk}&key={pupils[0].pk}")
    assert before.content.startswith(b"%PDF")
    assert "no-store" in before["Cache-Control"]
    assert AccessEntry.objects.filter(kind="collection_list.downloaded").count() == 2
    desk.post(to_hand_over(one), {"who": "self", "document_checked": "on"})
    after = desk.get(reverse("admin:hand_over_list", args=[HandOver.objects.get().pk]))
    assert after.content.startswith(b"%PDF")


def test_a_list_of_several_peoples_is_nobodys_alone(one, pupils):
    assert _whose([one]) == one.face["name"]
    assert _whose(pupils) == pupils[0].application.institution.name
    assert _whose([one, *pupils[:2]]) == f"{one.face['name']}等 3 人"


def test_the_queues_count_and_lead_there(desk, one, pupils):
    text = text_of(desk.get(reverse("admin:index")))
    assert "证书待通知领取" in text
    assert "证书待发放" in text
    assert reverse("admin:collect") in text
    assert text_of(desk.get(reverse("admin:certificates_handover_changelist")))


def test_staff_without_the_permission_are_refused(client, one):
    client.force_login(factories.make_staff("赵丽", "exams.view_application"))
    assert client.get(reverse("admin:collect")).status_code == 403
    assert client.post(to_hand_over(one), {"who": "self", "document_checked": "on"}).status_code == 403
    assert not HandOver.objects.exists()


def test_the_list_asks_no_more_of_the_database_for_more_rows(desk, one, django_assert_max_num_queries):
    desk.get(reverse("admin:collect"))
    with django_assert_max_num_queries(60) as first:
        desk.get(reverse("admin:collect"))
    for number in range(5):
        make_certificate(factories.make_application(factories.make_person(f"学员{number}")))
    with django_assert_max_num_queries(len(first.captured_queries)):
        desk.get(reverse("admin:collect"))
