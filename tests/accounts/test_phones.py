"""A number changed by codes to both, or recovered at the counter by two staff."""

import pytest
from django.test import Client
from django.urls import reverse

from applicants.accounts.models import Account, PhoneChange
from applicants.accounts.phones import ask_phone_recovery, confirm_phone_recovery
from portal.rules.findings import Refused
from tests.accounts.helpers import ask_code, events, give_code, last_code, log_in
from tests.factories import PASSWORD, make_account, make_staff

pytestmark = pytest.mark.django_db
OLD, NEW = "+8613800138000", "+8613900139000"


@pytest.fixture
def account() -> Account:
    return make_account(phone=OLD)


@pytest.fixture
def owner(client: Client, account) -> Client:
    log_in(client, OLD, PASSWORD)
    return client


def ask(visitor: Client, phone: str = NEW):
    return visitor.post(reverse("account_change_phone"), {"phone": phone}, follow=True)


def confirm(visitor: Client, old: str, new: str):
    typed = {"old_code": old, "new_code": new}
    return visitor.post(reverse("account_confirm_phone_change"), typed, follow=True)


def test_both_codes_change_the_number_and_end_every_log_in(owner: Client, account) -> None:
    elsewhere = Client()
    elsewhere.force_login(account)
    ask(owner)
    answer = confirm(owner, last_code(OLD), last_code(NEW))
    assert "手机号已更换" in answer.content.decode()
    for visitor in (owner, elsewhere):
        assert visitor.get(reverse("account_security")).status_code == 302
    assert not log_in(Client(), OLD, PASSWORD).wsgi_request.user.is_authenticated
    assert log_in(Client(), NEW, PASSWORD).wsgi_request.user == account
    assert events(OLD)[-1] == events(NEW)[-1] == "phone_changed"
    assert PhoneChange.objects.get().done_at


@pytest.mark.parametrize("wrong", ["old", "new"])
def test_one_code_is_not_enough(owner: Client, account, wrong: str) -> None:
    ask(owner)
    codes = {"old": last_code(OLD), "new": last_code(NEW)}
    codes[wrong] = "111111" if codes[wrong] != "111111" else "222222"
    answer = confirm(owner, **codes)
    assert "验证码不正确" in answer.content.decode()
    assert Account.objects.by_phone(OLD) == account


def test_three_wrong_tries_end_it(owner: Client, account) -> None:
    ask(owner)
    right = last_code(OLD), last_code(NEW)
    for _ in range(3):
        confirm(owner, right[0], "abcdef")
    confirm(owner, *right)
    assert Account.objects.by_phone(OLD) == account


def test_a_number_of_somebody_else_looks_like_any_other(owner: Client) -> None:
    other = make_account("别人", phone=NEW)
    taken = ask(owner)
    assert taken.redirect_chain[-1][0] == reverse("account_confirm_phone_change")
    assert events(NEW) == ["account_exists"]
    confirm(owner, last_code(OLD), "")
    confirm(owner, last_code(OLD), "000000")
    assert Account.objects.by_phone(NEW) == other


def test_the_same_number_is_no_change(owner: Client) -> None:
    assert "这就是您现在的手机号" in ask(owner, "138 0013 8000").content.decode()


def test_two_staff_give_a_lost_number_back(account) -> None:
    first, second = make_staff("周敏"), make_staff("王强")
    elsewhere = Client()
    elsewhere.force_login(account)
    change = ask_phone_recovery(actor=first, account=account, new_phone=NEW)
    assert Account.objects.by_phone(OLD) == account
    with pytest.raises(Refused, match="另一名"):
        confirm_phone_recovery(actor=first, change=change)
    confirm_phone_recovery(actor=second, change=change)
    assert elsewhere.get(reverse("account_security")).status_code == 302
    # The old password may have gone with the phone.
    assert not log_in(Client(), NEW, PASSWORD).wsgi_request.user.is_authenticated
    owner = Client()
    ask_code(owner, NEW)
    assert give_code(owner, last_code(NEW)).wsgi_request.user == account
    with pytest.raises(Refused, match="已经办完"):
        confirm_phone_recovery(actor=second, change=change)


def test_recovery_needs_the_permission_and_anothers_account(account) -> None:
    clerk = make_staff("小张", "exams.review_application")
    with pytest.raises(Refused, match="没有为他人更换手机号的权限"):
        ask_phone_recovery(actor=clerk, account=account, new_phone=NEW)
    self_server = make_staff("小李")
    with pytest.raises(Refused, match="自己的账号"):
        ask_phone_recovery(actor=self_server, account=self_server, new_phone=NEW)


def test_a_taken_number_is_refused_at_the_counter(account) -> None:
    make_account("别人", phone=NEW)
    with pytest.raises(Refused, match="已有账号"):
        ask_phone_recovery(actor=make_staff(), account=account, new_phone=NEW)


def test_a_number_taken_between_the_two_is_refused_and_nothing_changes(account) -> None:
    change = ask_phone_recovery(actor=make_staff("周敏"), account=account, new_phone=NEW)
    make_account("别人", phone=NEW)
    with pytest.raises(Refused, match="已有账号"):
        confirm_phone_recovery(actor=make_staff("王强"), change=change)
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert Account.objects.by_phone(OLD) == account


def test_the_way_back_is_found_from_the_log_in_page(client: Client) -> None:
    way = reverse("account_phone_lost")
    for page in ("account_login", "account_request_login_code", "account_reset_password"):
        assert way in client.get(reverse(page)).content.decode()
    assert "身份证件原件" in client.get(way).content.decode()
