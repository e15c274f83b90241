"""Signing up: name, phone, password, consent, and the code that comes by SMS."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from applicants.accounts.consents import PHONE
from applicants.accounts.models import Account
from applicants.records.models import Consent, Person
from portal.messages.models import Message
from tests.accounts.helpers import TYPED, last_code, sign_up, verify
from tests.factories import PASSWORD, make_account

pytestmark = pytest.mark.django_db


def test_a_sign_up_makes_account_record_and_consent(client: Client) -> None:
    answer = sign_up(client, name="陈志远", phone="138 0013 8000")
    assert answer.redirect_chain[-1][0] == reverse("account_verify_phone")
    assert "138****8000" in answer.content.decode()
    answer = verify(client, last_code("+8613800138000"))
    assert answer.wsgi_request.user.is_authenticated
    account = Account.objects.by_phone("+8613800138000")
    assert (account.name, account.phone_verified) == ("陈志远", True)
    assert Person.objects.get(account=account).name == "陈志远"
    consent = Consent.objects.get(account=account)
    assert (consent.about, consent.version, consent.given) == (Consent.About.PHONE, PHONE.version, True)
