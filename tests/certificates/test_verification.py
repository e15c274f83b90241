"""What strangers learn of a certificate, and what they do not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from certificates.models import Certificate
from certificates.verification import Answer, Standing, address_of, verify
from portal import clock
from portal.models import AccessEntry
from tests import factories
from tests.certificates.world import make_certificate

pytestmark = pytest.mark.django_db
ADDRESS = "/verify/"


@pytest.fixture
def certificate(frozen_day) -> Certificate:
    frozen_day(clock.today().replace(year=2026, month=11, day=25))
    return make_certificate(factories.make_application(factories.make_person("陈志远")))


def ended(certificate: Certificate, state: str) -> Certificate:
    certificate.state, certificate.ended_at = state, clock.now() - timedelta(days=3)
    certificate.end_reason = "提供虚假材料"
    certificate.save()
    return certificate


def asked(client, certificate: Certificate, name: str = "陈志远", number: str = "") -> str:
    answer = client.post(ADDRESS, {"number": number or certificate.number, "name": name})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_valid_certificate_shows_what_was_certified_masked(client, certificate):
    text = asked(client, certificate)
    document = certificate.face["document_number"]
    for shown in (
        "这张证书有效",
        certificate.number,
        "陈**",
        "社群健康助理员",
        "四级/中级工",
        "2026年11月25日",
    ):
        assert shown in text
    assert f"{document[:4]}**********{document[-4:]}" in text
    assert document not in text
    assert document[6:14] not in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [("void", "自 2026年11月22日（周日）起不再有效"), ("replaced", "2026年11月22日（周日）已换发新证书")],
)
def test_one_that_ended_says_since_when_but_neither_why_nor_what_replaced_it(
    client, certificate, state, sentence
):
    ended(certificate, state)
    newer = make_certificate(certificate.application, replaces=certificate)
    text = asked(client, certificate)
    assert sentence in text
    for kept in ("虚假", newer.number, "社群健康助理员", "陈**"):
        assert kept not in text


def test_a_wrong_name_and_an_unknown_number_have_the_same_answer(client, certificate):
    unknown = certificate.number[:-1] + ("0" if certificate.number[-1] != "0" else "1")
    assert verify(certificate.number, "陈志") == verify(unknown, "陈志远") == Answer(Standing.UNKNOWN)
    pages = [
        asked(client, certificate, "王建华").replace("王建华", "…"),
        asked(client, certificate, number=unknown)
        .replace("陈志远", "…")
        .replace(unknown, certificate.number),
    ]
    without_tokens = [page.split('name="csrfmiddlewaretoken"')[1].partition(">")[2] for page in pages]
    assert without_tokens[0] == without_tokens[1]
    assert "没有查到" in pages[0]


def test_a_void_certificate_is_unknown_to_whoever_has_the_wrong_name(client, certificate):
    assert "没有查到" in asked(client, ended(certificate, "void"), "王建华")


@pytest.mark.parametrize("name", ["陈志远", " 陈 志 远 ", "陈\u3000志远", "陈志\u200b远"])
def test_name_and_number_are_read_as_they_were_meant(client, certificate, name):
    wide = "".join(chr(ord(char) + 0xFEE0) for char in certificate.number.lower())
    assert "这张证书有效" in asked(client, certificate, name, f" {wide[:8]} {wide[8:]}　")


def test_names_in_letters_are_told_apart_by_letters_alone(client, frozen_day):
    certificate = make_certificate(factories.make_application(factories.make_person("Anna-Maria O'Neil")))
    assert "这张证书有效" in asked(client, certificate, "ANNA-MARIA O'NEIL")
    assert "没有查到" in asked(client, certificate, "Anna Maria Neil")


@pytest.mark.parametrize(
    ("number", "name", "sentence"),
    [
        ("", "陈志远", "请填写证书编号。"),
        ("Y0001", "陈志远", "现在是 5 位"),
        ("四" * 22, "陈志远", "加 21 位数字"),
        ("Y" * 500, "陈志远", "证书编号只有 22 位"),
        ("Y000131000001264000001", "", "请填写持证人的姓名。"),
        ("Y000131000001264000001", "陈\u202e志远", "控制字符"),
        ("Y000131000001264000001\0", "陈\0志远", ""),
        ("<script>alert(1)</script>", "{{7*7}}", "请对照证书核对"),
    ],
)
def test_what_cannot_be_a_number_or_a_name_is_said_at_its_field(client, db, number, name, sentence):
    answer = client.post(ADDRESS, {"number": number, "name": name})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert sentence in text
    assert "没有查到" not in text
    assert "<script>alert" not in text


def test_the_holder_sees_when_it_was_verified_and_a_miss_leaves_no_trace(client, certificate):
    asked(client, certificate, "王建华")
    assert not AccessEntry.objects.filter(kind="certificate.verified").exists()
    asked(client, certificate)
    entry = AccessEntry.objects.get(kind="certificate.verified")
    assert (entry.actor_id, entry.person_id) == ("", str(certificate.person_id))


def test_the_number_stands_in_no_address(client, certificate, caplog):
    page = client.post(ADDRESS, {"number": certificate.number, "name": "陈志远"})
    assert page["Cache-Control"] == "no-store"
    assert certificate.number not in page.request["PATH_INFO"] + page.request["QUERY_STRING"]
    assert certificate.number not in caplog.text
    address = address_of(certificate.number)
    before, mark, carried = address.partition("#")
    assert (before.endswith(reverse("certificates:verify")), mark, carried) == (
        True,
        "#",
        certificate.number,
    )
    # A number in the query, as an old code might have it, is not taken up: addresses are logged.
    assert certificate.number not in client.get(ADDRESS, {"number": certificate.number}).content.decode()


def test_one_address_may_ask_so_often_a_minute(client, certificate, settings):
    limits = {**settings.ACCOUNT_RATE_LIMITS, "verify_certificate": "3/m/ip"}
    settings.ACCOUNT_RATE_LIMITS = limits
    for _ in range(3):
        asked(client, certificate, "王建华")
    answer = client.post(ADDRESS, {"number": certificate.number, "name": "陈志远"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    text = answer.content.decode()
    assert "查验太频繁" in text
    assert f'value="{certificate.number}"' in text
    assert "这张证书有效" not in text
    assert client.get(ADDRESS).status_code == 200
    other = client.post(ADDRESS, {"number": certificate.number, "name": "陈志远"}, REMOTE_ADDR="203.0.113.9")
    assert "这张证书有效" in other.content.decode()


def test_the_page_is_linked_from_every_foot_and_from_the_page_on_scores(client, db):
    assert f'href="{ADDRESS}"' in client.get("/").content.decode()
    assert client.get(reverse("scores")).content.decode().count(f'href="{ADDRESS}"') == 2
