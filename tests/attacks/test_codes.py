"""Codes on paper and on tickets, forged: each is called what it is, none is a fault."""

import base64

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def _as_code(body: bytes) -> str:
    return base64.urlsafe_b64encode(body + bytes(64)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1400,
        b'{"a":' * 280,
        b"[" * 700 + b"]" * 700,
        b"9" * 1400,
        b"[1e999]",
        b'[["t1"]]',
        b"[null]",
        b'["t1"]',
        b'["t1","x"]',
        b'"\\ud800"',
        b"\xff\xfe",
        b"",
    ],
)
def test_a_forged_ticket_code_is_no_ticket(client, body) -> None:
    client.raise_request_exception = False
    answer = client.post(reverse("tickets:door-status"), {"code": _as_code(body)})
    assert answer.status_code == 400
    assert answer.json() == {"state": "not_a_ticket"}


@pytest.mark.parametrize("code", ["", "码" * 50, "\x00", "=" * 80, "A", "A" * 100_000, "../../etc/passwd"])
def test_what_is_no_code_at_all_is_no_ticket(client, code) -> None:
    client.raise_request_exception = False
    assert client.post(reverse("tickets:door-status"), {"code": code}).status_code == 400


@pytest.mark.parametrize(
    "text",
    [
        "BMB1:",
        "bmb1:2612501207:0123456789abcdef",
        "BMB1:٢٦١٢٥٠١٢٠٧:0123456789ABCDEF",
        "BMB1:2612501207:0123456789ABCDEF\x00",
        "\x00",
        "%",
        "' OR 1=1 --",
        "😀\u202e",
        "9" * 5000,
    ],
)
def test_a_strange_search_finds_nobody_and_breaks_nothing(clerk, person, text) -> None:
    answer = clerk.post(reverse("admin:find"), {"text": text})
    assert answer.status_code == 200
    assert person.name not in answer.content.decode()
