"""What tests of accounts do over and over: fill in the forms, read the code from the outbox."""

import re

from django.test import Client
from django.urls import reverse

from portal.messages.models import Message

TYPED = {"name": "陈志远", "phone": "13800138000", "password1": "白鹭洲上的风-2026", "consent": "on"}


def sign_up(client: Client, **typed: str):
    return client.post(reverse("account_signup"), {**TYPED, **typed}, follow=True)


def verify(client: Client, code: str):
    return client.post(reverse("account_verify_phone"), {"action": "verify", "code": code}, follow=True)


def ask_code(client: Client, phone: str):
    return client.post(reverse("account_request_login_code"), {"phone": phone}, follow=True)


def give_code(client: Client, code: str):
    return client.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)


def log_in(client: Client, phone: str, password: str, **more: str):
    typed = {"login": phone, "password": password, **more}
    return client.post(reverse("account_login"), typed, follow=True)


def last_code(phone: str) -> str:
    """The code last sent to this number."""
    codes = Message.objects.filter(event="verification_code").order_by("-created_at")
    message = next(message for message in codes if message.address == phone)
    return re.search(r"验证码 (\d{6})", message.text)[1]


def events(phone: str) -> list[str]:
    """The events of the messages to this number, oldest first."""
    return [m.event for m in Message.objects.order_by("created_at") if m.address == phone]
