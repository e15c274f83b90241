"""Every text field, fed what nobody's keyboard gives by accident: refused or kept as written, never a fault."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.filing.conftest import draft, submitted

VALUES = (
    "<script>alert(1)</script>",
    "{{7*7}}{% load x %}${7*7}",
    "=HYPERLINK(1)",
    "\x00",
    "a\x00b",
    "\u202efdp\u2066",
    "👩‍👩‍👧‍👦",
    "长" * 10_001,
    "\ud7ff\ufffe",
    "٢٠٢٦",
    "9" * 5000,
    "-1",
    "1e400",
    "' OR 1=1 --",
    "\r\nBcc: x@y.z",
)
DAY = ("0000", "99999", "٢٠٢٦", "-1", "1e3", "\x00", "2026-02-30")


def _fields(page) -> dict[str, str]:
    """Every field of the page's form, by the name it is sent under."""
    form = page.context["form"]
    return {form.add_prefix(name): "" for name in form.fields}


@pytest.mark.parametrize("value", VALUES)
def test_no_field_of_the_record_or_the_filing_breaks(browser_of, offering, person, value) -> None:
    application = draft(person, offering)
    client = browser_of(person.account)
    pages = [reverse("records:add", args=[slug]) for slug in ("jobs", "schooling", "credentials", "titles")]
    pages += [reverse("records:identity-form"), reverse("records:education"), reverse("account_change_phone")]
    for step in ("kind", "arrangement", "undertaking", "route"):
        pages.append(reverse(f"filing:{step}", args=[application.pk]))
    for address in pages:
        page = client.get(address)
        names = _fields(page) if page.context and "form" in page.context else {"route": ""}
        answer = client.post(address, dict.fromkeys(names, value) | {"key": value, "next": value})
        assert answer.status_code < 500, address
        assert "<script>alert(1)" not in answer.content.decode(), address


@pytest.mark.parametrize("value", VALUES)
def test_no_field_open_to_all_breaks(db, value) -> None:
    client = Client(raise_request_exception=False)
    typed = {
        "name": value,
        "phone": value,
        "password1": value,
        "consent": value,
        "login": value,
        "code": value,
    }
    typed |= {"password": value, "next": value, "do": value, "birth_date_0": value, "jobs-TOTAL_FORMS": value}
    for name in ("account_signup", "account_login", "account_request_login_code", "account_reset_password"):
        answer = client.post(reverse(name), typed)
        assert answer.status_code < 500, name
        assert "<script>alert(1)" not in answer.content.decode(), name
    assert client.post(reverse("explorer"), typed).status_code < 500


@pytest.mark.parametrize("part", DAY)
def test_no_day_breaks_a_form(browser_of, offering, person, part) -> None:
    client = browser_of(person.account)
    for slug, names in (
        ("jobs", ("started_on", "left_on")),
        ("titles", ("obtained_on",)),
        ("schooling", ("on",)),
    ):
        typed = {f"{name}_{box}": part for name in names for box in (0, 1, 2)}
        assert client.post(reverse("records:add", args=[slug]), typed).status_code == 422, slug


@pytest.mark.parametrize("value", VALUES)
def test_no_reason_given_at_the_counter_breaks_a_page(clerk, offering, person, value) -> None:
    application = submitted(person, offering)
    for name in (
        "reject_application",
        "return_application",
        "set_assess_by",
        "cancel_application",
        "approve_application",
    ):
        address = reverse(f"admin:{name}", args=[application.pk])
        page = clerk.get(address)
        answer = clerk.post(address, dict.fromkeys(_fields(page), value), follow=True)
        assert answer.status_code < 500, name
        assert "<script>alert(1)" not in answer.content.decode(), name
