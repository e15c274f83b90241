"""Signing up: name, phone, password, consent, and the code that comes by SMS."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from applicants.accounts.actions import forget_unfinished
from applicants.accounts.consents import PHONE
from applicants.accounts.models import Account
from applicants.records.models import Consent, Person
from portal import clock
from portal.messages.models import Message
from tests.accounts.helpers import TYPED, events, last_code, sign_up, verify
from tests.factories import make_account

pytestmark = pytest.mark.django_db
PHONE_NUMBER = "+8613800138000"


def test_a_sign_up_makes_account_record_and_consent(client: Client) -> None:
    answer = sign_up(client, phone="138 0013 8000")
    assert answer.redirect_chain[-1][0] == reverse("account_verify_phone")
    assert "138****8000" in answer.content.decode()
    answer = verify(client, last_code(PHONE_NUMBER))
    assert answer.wsgi_request.user.is_authenticated
    account = Account.objects.by_phone(PHONE_NUMBER)
    assert (account.name, account.phone_verified) == ("陈志远", True)
    assert Person.objects.get(account=account).name == "陈志远"
    consent = Consent.objects.get(account=account)
    assert (consent.about, consent.version, consent.given) == (Consent.About.PHONE, PHONE.version, True)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "请填写姓名"),
        ("name", "张😀", "表情或图形符号"),
        ("phone", "1380013800", "手机号码应为 11 位，现在是 10 位"),
        ("phone", "021-62777131", "像是固定电话号码"),
        ("phone", "١٣٨٠٠١٣٨٠٠٠", "不是普通数字"),
        ("password1", "太短", "密码至少要 10 位"),
        ("password1", "82736451920", "密码不能全是数字"),
        ("password1", "13800138000a", "和您的姓名或手机号太像"),
        ("password1", "password123", "太常见"),
        ("consent", "", "注册需要您同意处理手机号"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    client: Client, field: str, typed: str, sentence: str
) -> None:
    answer = sign_up(client, **{field: typed})
    page = answer.content.decode()
    assert sentence in page
    assert "有误：" in page
    for name in {"name", "phone"} - {field}:
        assert TYPED[name] in page
    assert not Account.objects.exists()


def test_full_width_digits_and_a_country_code_are_understood(client: Client) -> None:
    sign_up(client, phone="＋８６ １３８－００１３－８０００")  # noqa: RUF001
    assert events(PHONE_NUMBER) == ["verification_code"]


def test_what_was_changed_in_a_name_is_said(client: Client) -> None:
    answer = sign_up(client, name="买买提•吐尔逊")
    assert "间隔号已统一为“·”" in answer.content.decode()
    assert Account.objects.get().name == "买买提·吐尔逊"


def test_a_known_number_gets_the_same_answer_and_a_hint_by_message(client: Client) -> None:
    make_account(phone=PHONE_NUMBER)
    known, unknown = Client(), Client()
    answers = [sign_up(known), sign_up(unknown, phone="13800138001")]
    pages = [answer.content.decode().replace("8001", "8000") for answer in answers]
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert _without_tokens(pages[0]) == _without_tokens(pages[1])
    assert events(PHONE_NUMBER) == ["account_exists"]
    assert Account.objects.filter(phone_verified=True).count() == 1
    wrong = [
        verify(visitor, "000000").content.decode().replace("8001", "8000") for visitor in (known, unknown)
    ]
    assert _without_tokens(wrong[0]) == _without_tokens(wrong[1])
    # Nor does an empty code fit the code that was never made.
    assert not verify(known, "").wsgi_request.user.is_authenticated


def test_a_number_that_was_never_proved_is_nobodys(client: Client) -> None:
    squatter, owner = Client(), Client()
    sign_up(squatter, name="占号人", password1="squatter-was-here-1")
    sign_up(owner)
    verify(owner, last_code(PHONE_NUMBER))
    assert Account.objects.by_phone(PHONE_NUMBER).name == "陈志远"
    typed = {"login": PHONE_NUMBER, "password": "squatter-was-here-1"}
    answer = Client().post(reverse("account_login"), typed)
    assert not answer.wsgi_request.user.is_authenticated


def test_two_sign_ups_with_one_number_the_first_to_prove_it_has_it(client: Client) -> None:
    first, second = Client(), Client()
    sign_up(first, name="先来")
    early = last_code(PHONE_NUMBER)
    sign_up(second, name="后到")
    assert verify(second, last_code(PHONE_NUMBER)).wsgi_request.user.name == "后到"
    answer = verify(first, early)
    assert not answer.wsgi_request.user.is_authenticated
    assert "此手机号已有账号" in answer.content.decode()


def test_three_wrong_codes_end_the_attempt(client: Client) -> None:
    sign_up(client)
    right = last_code(PHONE_NUMBER)
    wrong = "111111" if right != "111111" else "222222"
    for _ in range(3):
        answer = verify(client, wrong)
    assert "验证码输错次数过多" in answer.content.decode()
    assert not verify(client, right).wsgi_request.user.is_authenticated


def test_a_number_gets_three_codes_a_minute_and_what_was_typed_stays(client: Client) -> None:
    for _ in range(3):
        sign_up(Client())
    answer = sign_up(client)
    page = answer.content.decode()
    assert "每分钟最多 3 次" in page
    assert TYPED["name"] in page
    assert events(PHONE_NUMBER) == ["verification_code"] * 3


def test_resending_past_the_limit_is_refused_in_words(client: Client) -> None:
    sign_up(client)
    sign_up(Client())
    client.post(reverse("account_verify_phone"), {"action": "resend"})
    answer = client.post(reverse("account_verify_phone"), {"action": "resend"}, follow=True)
    assert answer.status_code == 200
    assert "每分钟最多 3 次" in answer.content.decode()


def test_who_typed_the_wrong_number_can_begin_again(client: Client) -> None:
    sign_up(client)
    assert client.get(reverse("account_signup")).status_code == 302
    client.post(reverse("account_logout"), {"next": reverse("account_signup")})
    assert client.get(reverse("account_signup")).status_code == 200


def test_an_unfinished_sign_up_is_forgotten_after_a_day(client: Client, frozen_day) -> None:
    kept = make_account()
    sign_up(client)
    assert forget_unfinished() == 0
    frozen_day(clock.now() + timedelta(days=1, minutes=1))
    assert forget_unfinished() == 2
    assert list(Account.objects.all()) == [kept]
    assert not Person.objects.exists()
    assert not Message.objects.filter(event="verification_code").exists()


def test_neither_phone_nor_code_lies_in_the_clear(client: Client) -> None:
    sign_up(client)
    code = last_code(PHONE_NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        sessions = [row[0].encode() for row in cursor.fetchall()]
        cursor.execute("SELECT text, address FROM portal_message")
        messages = [bytes(value) for row in cursor.fetchall() for value in row]
    assert sessions
    assert messages
    for stored in (*sessions, *messages):
        assert code.encode() not in stored
        assert b"13800138000" not in stored


def test_the_limits_keys_cannot_be_guessed_from_a_number() -> None:
    digest = hashlib.sha256(PHONE_NUMBER.encode()).hexdigest()
    assert digest not in cache.make_key(f"allauth:rl:{digest}")
    assert cache.make_key("one") != cache.make_key("other")


def _without_tokens(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)
