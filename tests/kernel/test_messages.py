"""The outbox: each message once, claimed with a lease, tried again, and given up with its reason."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

import portal.messages
from portal import clock
from portal.messages import outbox
from portal.messages.models import Message
from portal.messages.texts import TEXTS

PHONE = "+8613800138000"
SENT: list[str] = []


class Keeping:
    """A provider that keeps what it was given."""

    def send(self, message: Message) -> None:
        SENT.append(str(message.text))


class Failing:
    def send(self, message: Message) -> None:
        raise ConnectionError("网关无响应")


class Stumbling:
    """Fails on the first message of a run only, as a provider does on one bad number."""

    def send(self, message: Message) -> None:
        if "111111" in str(message.text):
            raise ValueError("号码不存在")
        SENT.append(str(message.text))


@pytest.fixture(autouse=True)
def backend(settings):
    SENT.clear()

    def use(cls: type) -> None:
        settings.MESSAGE_BACKEND = f"{cls.__module__}.{cls.__qualname__}"

    use(Keeping)
    return use


def post(code: str = "123456", key: str = "one", **more: str) -> Message | None:
    values = {"code": code, "minutes": 10, "purpose": "登录", **more}
    return outbox.post("verification_code", account=None, address=PHONE, dedupe_key=key, **values)


@pytest.mark.django_db
def test_the_same_key_writes_one_message() -> None:
    assert post() is not None
    assert post() is None
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_a_reason_that_ends_its_own_sentence_gets_no_second_full_stop() -> None:
    message = outbox.post(
        "session_called_off",
        account=None,
        address=PHONE,
        dedupe_key="one",
        number="2600000001",
        session="操作技能",
        reason="考场停电。",
        choice="退出",
    )
    assert message is not None
    assert "取消：考场停电。将按原次序" in message.text


@pytest.mark.django_db
def test_sending_twice_sends_once() -> None:
    post()
    assert (outbox.send_waiting(), outbox.send_waiting()) == (1, 0)
    assert len(SENT) == 1
    assert "123456" in SENT[0]


@pytest.mark.django_db
def test_what_another_sender_holds_is_left_to_it_until_its_lease_ends(frozen_day) -> None:
    post()
    Message.objects.update(leased_until=clock.now() + outbox.LEASE, attempts=1)
    assert outbox.send_waiting() == 0
    frozen_day(clock.now() + outbox.LEASE + timedelta(seconds=1))
    assert outbox.send_waiting() == 1


@pytest.mark.django_db
def test_a_failing_provider_is_tried_again_and_given_up_with_the_reason(backend, frozen_day) -> None:
    backend(Failing)
    post()
    for attempt in range(1, outbox.ATTEMPTS + 1):
        assert outbox.send_waiting() == 0
        assert Message.objects.get().attempts == attempt
        frozen_day(clock.now() + outbox.LEASE * attempt + timedelta(seconds=1))
    message = Message.objects.get()
    assert (message.state, message.error) == (Message.State.FAILED, "网关无响应")
    backend(Keeping)
    assert outbox.send_waiting() == 0


@pytest.mark.django_db
def test_one_bad_number_does_not_hold_up_the_others(backend) -> None:
    backend(Stumbling)
    post(code="111111", key="bad")
    for number in range(3):
        post(key=f"good {number}")
    assert outbox.send_waiting() == 3
    assert Message.objects.filter(state=Message.State.WAITING).count() == 1


@pytest.mark.django_db
def test_a_message_of_a_change_that_failed_is_not_there() -> None:
    @transaction.atomic
    def change_that_fails() -> None:
        post()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        change_that_fails()
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_without_an_address_it_is_read_on_the_page() -> None:
    message = outbox.post("application_withdrawn", account=None, address=None, dedupe_key="p", number="A1")
    assert (message.channel, message.state) == (Message.Channel.PAGE, Message.State.SENT)


@pytest.mark.django_db
def test_text_and_address_are_sealed_at_rest() -> None:
    post()
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, address FROM portal_message")
        stored = b"".join(bytes(value) for value in cursor.fetchone())
    assert b"123456" not in stored
    assert PHONE.encode() not in stored
    assert Message.objects.get().address == PHONE


@pytest.mark.django_db
def test_the_demos_backend_writes_a_line_a_message(backend, caplog) -> None:
    settings.MESSAGE_BACKEND = "portal.messages.backends.FileBackend"
    post()
    outbox.send_waiting()
    line = json.loads((settings.VAR_DIR / "outbox.jsonl").read_text().splitlines()[-1])
    assert (line["to"], line["channel"]) == (PHONE, "sms")


def test_a_missing_value_is_a_fault_and_an_unknown_event_too() -> None:
    with pytest.raises(KeyError):
        outbox.post("verification_code", account=None, address=PHONE, dedupe_key="x", code="1")
    with pytest.raises(KeyError):
        outbox.post("no_such_event", account=None, address=PHONE, dedupe_key="x")


def test_the_table_names_every_event_with_its_text() -> None:
    readme = Path(portal.messages.__file__).with_name("README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {row[0].strip("`"): row[3] for row in rows} == TEXTS
    assert all(row[1] and row[2] for row in rows)
