"""No staff power without a second factor; staff set one up and pass it, and cannot drop the last."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.accounts.helpers import log_in
from tests.factories import PASSWORD, make_person, make_staff

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def demanded(settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def staff():
    return make_staff("周敏")


def digits(secret: str = SECRET) -> str:
    """What the authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_staff_without_one_are_led_to_set_it_up(client: Client, staff) -> None:
    answer = log_in(client, staff.phone, PASSWORD, next=reverse("admin:index"))
    assert answer.redirect_chain[-1][0] == reverse("mfa_index")
    assert "才能进入受理窗口" in answer.content.decode()


def test_they_set_up_an_authenticator_and_come_in(client: Client, staff) -> None:
    log_in(client, staff.phone, PASSWORD)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'class="secret">(\w+)<', page)[1]
    answer = client.post(reverse("mfa_activate_totp"), {"code": digits(secret)}, follow=True)
    assert "恢复码" in answer.content.decode()
    # Having set it up is not yet having passed it.
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("mfa_reauthenticate"))
    authenticator = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert authenticator.wrap().validate_code("") is False
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    answer = client.post(answer.redirect_chain[-1][0], {"code": codes[0]}, follow=True)
    assert answer.status_code == 200
    assert client.get(reverse("admin:index")).status_code == 200


def test_logging_in_asks_for_it_and_then_the_counter_is_open(client: Client, staff) -> None:
    TOTP.activate(staff, SECRET)
    answer = log_in(client, staff.phone, PASSWORD, next=reverse("admin:index"))
    assert answer.redirect_chain[-1][0] == reverse("mfa_authenticate")
    assert not answer.wsgi_request.user.is_authenticated
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "验证码不正确" in wrong.content.decode()
    answer = client.post(reverse("mfa_authenticate"), {"code": digits()}, follow=True)
    assert answer.wsgi_request.path == reverse("admin:index")
    assert answer.status_code == 200


def test_a_recovery_code_is_good_once(client: Client, staff) -> None:
    TOTP.activate(staff, SECRET)
    code = RecoveryCodes.activate(staff).get_unused_codes()[0]
    log_in(client, staff.phone, PASSWORD)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.get(reverse("admin:index")).status_code == 200
    again = Client()
    log_in(again, staff.phone, PASSWORD)
    again.post(reverse("mfa_authenticate"), {"code": code})
    assert again.get(reverse("admin:index")).status_code == 302


def test_a_code_by_message_is_no_way_around_it(client: Client, staff) -> None:
    from tests.accounts.helpers import ask_code, give_code, last_code

    TOTP.activate(staff, SECRET)
    ask_code(client, staff.phone)
    answer = give_code(client, last_code(staff.phone))
    assert answer.redirect_chain[-1][0] == reverse("mfa_authenticate")


def test_staff_cannot_drop_the_last_one(client: Client, staff) -> None:
    TOTP.activate(staff, SECRET)
    log_in(client, staff.phone, PASSWORD)
    client.post(reverse("mfa_authenticate"), {"code": digits()})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_deactivate_totp")).content.decode()
    assert "必须保留至少一种两步验证" in page
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=staff, type=Authenticator.Type.TOTP).exists()


def test_an_applicant_may_drop_theirs(client: Client) -> None:
    account = make_person().account
    TOTP.activate(account, SECRET)
    log_in(client, account.phone, PASSWORD)
    client.post(reverse("mfa_authenticate"), {"code": digits()})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=account).exists()


def test_the_secret_is_sealed_at_rest(staff) -> None:
    TOTP.activate(staff, SECRET)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        assert SECRET not in str(cursor.fetchone()[0])


def test_an_applicant_at_the_counters_door_is_told_so(client: Client) -> None:
    client.force_login(make_person().account)
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.status_code == 403
    assert "本页供工作人员使用" in answer.content.decode()
