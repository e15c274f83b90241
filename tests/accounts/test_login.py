"""Logging in by password and by code; limits that stop guessing without locking anybody out; sessions."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.accounts.helpers import ask_code, events, give_code, last_code, log_in
from tests.factories import PASSWORD, make_account

pytestmark = pytest.mark.django_db
PHONE = "+8613800138000"
NEW_PASSWORD = "换一句只有我知道的话"


@pytest.fixture
def account():
    return make_account(phone=PHONE)


def test_phone_and_password_as_people_type_them(client: Client, account) -> None:
    assert log_in(client, " 138-0013-8000 ", PASSWORD).wsgi_request.user == account


def test_wrong_password_and_unknown_number_get_one_answer(account) -> None:
    pages = [
        log_in(Client(), phone, "不是这个密码吧").content.decode().replace("8001", "8000")
        for phone in ("13800138000", "13800138001")
    ]
    for page in pages:
        assert "手机号或密码不正确" in page


def test_guessing_stops_after_five_and_the_owner_still_comes_in_by_code(client: Client, account) -> None:
    guesser = Client()
    for _ in range(5):
        log_in(guesser, PHONE, "猜一个密码试试看")
    answer = log_in(guesser, PHONE, PASSWORD)
    assert not answer.wsgi_request.user.is_authenticated
    assert "10 分钟后再试" in answer.content.decode()
    ask_code(client, PHONE)
    assert give_code(client, last_code(PHONE)).wsgi_request.user == account


def test_guessing_one_account_locks_no_neighbour(client: Client, account) -> None:
    neighbour = make_account("张一鸣")
    for _ in range(6):
        log_in(Client(), PHONE, "猜一个密码试试看")
    assert log_in(client, neighbour.phone, PASSWORD).wsgi_request.user == neighbour


def test_a_classroom_behind_one_address_logs_in_together() -> None:
    for account in [make_account(f"学员{number}") for number in range(40)]:
        assert log_in(Client(), account.phone, PASSWORD).wsgi_request.user == account


def test_unknown_numbers_get_the_same_page_and_a_hint_by_message(account) -> None:
    known, unknown = Client(), Client()
    chains = [ask_code(known, PHONE).redirect_chain, ask_code(unknown, "13800138001").redirect_chain]
    assert chains[0] == chains[1]
    assert events("+8613800138001") == ["account_unknown"]
    for visitor in (known, unknown):
        assert "验证码不正确" in give_code(visitor, "000000").content.decode()
    for _ in range(2):
        last = [give_code(visitor, "000000").redirect_chain for visitor in (known, unknown)]
    assert last[0] == last[1]


def test_a_code_is_good_once(client: Client, account) -> None:
    ask_code(client, PHONE)
    code = last_code(PHONE)
    give_code(client, code)
    client.post(reverse("account_logout"))
    assert not give_code(client, code).wsgi_request.user.is_authenticated


def test_ten_codes_an_hour(client: Client, account, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "request_login_code": "10/h/key"}
    for _ in range(10):
        ask_code(Client(), PHONE)
    assert "每小时最多 10 次" in ask_code(client, PHONE).content.decode()
    assert events(PHONE) == ["verification_code"] * 10


def test_a_forgotten_password_is_set_anew_after_a_code(client: Client, account) -> None:
    elsewhere = Client()
    elsewhere.force_login(account)
    for _ in range(6):
        log_in(Client(), PHONE, "猜一个密码试试看")
    answer = client.post(reverse("account_reset_password"), {"phone": PHONE}, follow=True)
    where = answer.redirect_chain[-1][0]
    answer = client.post(where, {"code": last_code(PHONE)}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("account_new_password")
    client.post(reverse("account_new_password"), {"password1": NEW_PASSWORD})
    assert client.get(reverse("account_security")).status_code == 200
    assert elsewhere.get(reverse("account_security")).status_code == 302
    assert events(PHONE)[-1] == "password_changed"
    # The guesses of others no longer stand in the way.
    assert log_in(Client(), PHONE, NEW_PASSWORD).wsgi_request.user == account


def test_a_reset_for_an_unknown_number_looks_the_same(account) -> None:
    chains = [
        Client().post(reverse("account_reset_password"), {"phone": phone}, follow=True).redirect_chain
        for phone in (PHONE, "13800138001")
    ]
    assert chains[0] == chains[1]


def test_without_a_code_no_new_password(client: Client, account) -> None:
    log_in(client, PHONE, PASSWORD)
    client.post(reverse("account_new_password"), {"password1": NEW_PASSWORD})
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_changing_the_password_needs_the_old_one_and_ends_other_log_ins(client: Client, account) -> None:
    elsewhere = Client()
    elsewhere.force_login(account)
    log_in(client, PHONE, PASSWORD)
    page = reverse("account_change_password")
    answer = client.post(page, {"oldpassword": "不对的旧密码", "password1": NEW_PASSWORD})
    assert "当前密码不正确" in answer.content.decode()
    client.post(page, {"oldpassword": PASSWORD, "password1": NEW_PASSWORD})
    assert client.get(reverse("account_security")).status_code == 200
    assert elsewhere.get(reverse("account_security")).status_code == 302


def test_a_session_prepared_by_another_does_not_become_mine(client: Client, account) -> None:
    client.get(reverse("account_login"))
    client.session.save()
    planted = client.session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    log_in(client, PHONE, PASSWORD)
    assert client.session.session_key != planted
    intruder = Client()
    intruder.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert intruder.get(reverse("account_security")).status_code == 302


def test_a_cookie_is_worth_nothing_after_log_out(client: Client, account) -> None:
    log_in(client, PHONE, PASSWORD)
    kept = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert thief.get(reverse("account_security")).status_code == 302


def test_open_log_ins_are_listed_and_ended(client: Client, account) -> None:
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0")
    other = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36")
    for visitor in (client, phone, other):
        log_in(visitor, PHONE, PASSWORD)
    page = client.get(reverse("account_logins"))
    text = page.content.decode()
    assert "iPhone上的微信" in text
    assert "Windows 电脑上的 Chrome 浏览器" in text
    theirs = next(row["session"].pk for row in page.context["logins"] if "iPhone" in row["device"])
    client.post(reverse("account_logins"), {"end": theirs})
    assert phone.get(reverse("account_security")).status_code == 302
    assert other.get(reverse("account_security")).status_code == 200
    client.post(reverse("account_logins"), {"end": "others"})
    assert other.get(reverse("account_security")).status_code == 302
    assert client.get(reverse("account_security")).status_code == 200


def test_nobody_ends_anothers_log_in(client: Client, account) -> None:
    stranger = make_account("外人")
    log_in(client, PHONE, PASSWORD)
    mine = client.get(reverse("account_logins")).context["logins"][0]["session"].pk
    intruder = Client()
    log_in(intruder, stranger.phone, PASSWORD)
    intruder.post(reverse("account_logins"), {"end": mine})
    assert client.get(reverse("account_security")).status_code == 200


def test_a_stopped_account_is_told_so_and_its_session_ends(client: Client, account) -> None:
    log_in(client, PHONE, PASSWORD)
    account.is_active = False
    account.save(update_fields=["is_active"])
    assert client.get(reverse("account_security")).status_code == 302
    assert "已停用" in log_in(Client(), PHONE, PASSWORD).content.decode()


def test_a_forged_host_is_refused(client: Client) -> None:
    assert client.get(reverse("account_login"), headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_forwarding_header_gives_no_new_address(settings, proxies: int) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "3/m/ip"}
    own = "198.51.100.7"
    for attempt in range(4):
        # A visitor writes what they like before what our proxy appends.
        header = f"203.0.113.{attempt}, {own}" if proxies else f"203.0.113.{attempt}"
        answer = Client().post(
            reverse("account_login"),
            {"login": PHONE, "password": "猜一个密码试试看"},
            headers={"x-forwarded-for": header},
        )
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert "操作太频繁" in answer.content.decode()


def test_next_leads_to_no_other_host(client: Client, account) -> None:
    answer = client.post(
        reverse("account_login"), {"login": PHONE, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer["Location"] == settings.LOGIN_REDIRECT_URL
