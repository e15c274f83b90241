"""The browser is told what it may do, on every page anybody can open without an account."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.access.test_every_address import DECLARED
from tests.accounts.helpers import log_in
from tests.factories import PASSWORD, make_account

LOG_IN = ("account_signup", "account_login", "account_request_login_code", "account_reset_password")
PUBLIC = [f"/{route}" for route, access in DECLARED if access.kind == "public" and "GET" in access.methods]


def pages() -> list[str]:
    return [*PUBLIC, *(reverse(name) for name in LOG_IN)]


@pytest.mark.django_db
def test_every_open_page_carries_the_headers() -> None:
    for page in pages():
        answer = Client(raise_request_exception=False).get(page)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy, page
        assert "unsafe" not in policy, page
        assert "frame-ancestors 'none'" in policy, page
        assert answer["X-Frame-Options"] == "DENY", page
        assert answer["X-Content-Type-Options"] == "nosniff", page
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}, page


@pytest.mark.django_db
def test_no_page_needs_what_the_policy_forbids() -> None:
    for page in pages():
        answer = Client(raise_request_exception=False).get(page)
        if answer.status_code >= 400 or "html" not in answer.get("Content-Type", ""):
            continue
        text = answer.content.decode()
        assert not re.search(r"<[^>]+\sstyle=", text), page
        assert not re.search(r"<[^>]+\son[a-z]+=", text), page
        assert not re.search(r"<style[\s>]", text), page
        assert not re.search(r"""<script(?![^>]*(?:\ssrc=|type="application/json"))""", text), page
        assert not re.search(r"""(?:src|action)=["']?(?:https?:)?//""", text), page


@pytest.mark.django_db
def test_the_session_cookie_is_out_of_scripts_reach(client: Client) -> None:
    log_in(client, make_account(phone="+8613800138000").phone, PASSWORD)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.django_db
def test_a_form_sent_after_the_session_ended_is_said_to_be_lost(client: Client) -> None:
    address = reverse("records:education")
    assert "没有提交" in client.post(address, {"level": "bachelor"}, follow=True).content.decode()
    assert "没有提交" not in client.get(address, follow=True).content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_words() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": "13800138000", "password": "x"})
    assert answer.status_code == 403
    assert re.search("[一-鿿]", answer.content.decode())
