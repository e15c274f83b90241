"""Personal values where they should not lie: in rows, in caches, with those who should have no power over them."""

import pytest
from django.test import Client
from django.urls import reverse

from applicants.accounts.groups import RECEPTION, SECOND, ensure_staff_groups
from applicants.accounts.phones import ask_phone_recovery
from portal.messages import backends, outbox
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import submitted

PHONE = "+8613800138000"


class Talkative:
    """A provider whose complaints repeat what it was given."""

    def send(self, message: Message) -> None:
        raise RuntimeError(f"cannot deliver to {message.address} (13800138000): {message.text}")


@pytest.mark.django_db
def test_a_provider_s_complaint_brings_no_number_or_code_into_the_clear(settings, monkeypatch) -> None:
    monkeypatch.setattr(backends, "Talkative", Talkative, raising=False)
    settings.MESSAGE_BACKEND = "portal.messages.backends.Talkative"
    values = {"code": "482913", "minutes": 10, "purpose": "登录"}
    outbox.post("verification_code", account=None, address=PHONE, dedupe_key="a", **values)
    outbox.send_waiting()
    error = Message.objects.get().error
    assert "cannot deliver" in error
    assert "13800138000" not in error
    assert "482913" not in error


def test_no_page_of_a_person_is_kept_by_anybody(browser_of, offering, person) -> None:
    application = submitted(person, offering)
    client = browser_of(person.account)
    for address in (
        reverse("my"),
        reverse("my-messages"),
        reverse("records:overview"),
        reverse("records:identity"),
        reverse("filing:status", args=[application.pk]),
        reverse("filing:answers", args=[application.pk]),
        reverse("tickets:mine"),
        reverse("account_security"),
        reverse("account_logins"),
        reverse("account_export"),
        reverse("mfa_index"),
    ):
        assert "no-store" in client.get(address).get("Cache-Control", ""), address


def test_pages_for_all_may_be_kept(client: Client, offering) -> None:
    assert "no-store" not in client.get("/").get("Cache-Control", "")


@pytest.mark.django_db
@pytest.mark.parametrize("group", [RECEPTION, SECOND])
def test_two_at_the_desk_do_not_take_over_their_head(group) -> None:
    """Recovery ends password and second factor: of staff's accounts, it is for those who manage them."""
    clerk = factories.make_account("周敏", is_staff=True)
    clerk.groups.add(ensure_staff_groups()[group])
    head = factories.make_staff("许正平")
    with pytest.raises(Refused):
        ask_phone_recovery(actor=clerk, account=head, new_phone=PHONE)
    ask_phone_recovery(actor=clerk, account=factories.make_account("李娜"), new_phone=PHONE)
