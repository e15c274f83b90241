"""The first of the staff on a fresh machine."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from applicants.accounts.models import Account
from tests.accounts.helpers import ask_code, give_code, last_code

pytestmark = pytest.mark.django_db
PHONE = "+8613800138000"


def test_without_a_password_by_code(client: Client, capsys) -> None:
    call_command("create_staff", "周敏", "13800138000")
    assert "周敏（管理）" in capsys.readouterr().out
    account = Account.objects.by_phone(PHONE)
    assert account.is_staff
    assert account.has_perm("applicants.add_invitation")
    ask_code(client, PHONE)
    assert give_code(client, last_code(PHONE)).wsgi_request.user == account


def test_with_a_password_from_standard_input(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("这句话只有我一个人知道\n"))
    call_command("create_staff", "周敏", "13800138000", "--group", "受理", "--password-stdin")
    account = Account.objects.by_phone(PHONE)
    assert account.check_password("这句话只有我一个人知道")
    assert not account.has_perm("applicants.add_invitation")


@pytest.mark.parametrize(
    ("name", "phone", "sentence"),
    [("周敏", "1380013800", "11 位"), ("周😀", "13800138000", "不能用在姓名里")],
)
def test_what_is_wrong_is_said(name: str, phone: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("create_staff", name, phone)


def test_a_weak_password_and_a_known_number_are_refused(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("82736451920\n"))
    with pytest.raises(CommandError, match="不能全是数字"):
        call_command("create_staff", "周敏", "13800138000", "--password-stdin")
    call_command("create_staff", "周敏", "13800138000")
    with pytest.raises(CommandError, match="已有账号"):
        call_command("create_staff", "王强", "13800138000")
