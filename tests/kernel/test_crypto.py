"""Sealed values open in their own row and column only; indexes find equal values and betray nothing."""

import base64
import secrets

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from applicants.accounts.models import Account, phone_index
from applicants.records.models import DocumentClaim, document_index
from portal.crypto import Unreadable, blind_index, keyed_digest, open_bytes, seal_bytes
from portal.sessions import SessionStore
from tests.factories import make_account, make_person


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_opens_and_never_looks_the_same_twice(data: bytes, place: str) -> None:
    sealed = seal_bytes(data, bound_to=place)
    assert open_bytes(sealed, bound_to=place) == data
    assert seal_bytes(data, bound_to=place) != sealed


def test_another_place_an_altered_byte_or_an_unknown_key_does_not_open() -> None:
    sealed = seal_bytes(b"310105199003050011", bound_to="table.field.row")
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for bad, place in (
        (sealed, "table.field.other"),
        (altered, "table.field.row"),
        (b"zz" + sealed[2:], "table.field.row"),
        (b"", "table.field.row"),
        (b"\xff\xfe.rubbish", "table.field.row"),
    ):
        with pytest.raises(Unreadable):
            open_bytes(bad, bound_to=place)


def test_old_keys_still_open_and_the_first_one_seals(settings) -> None:
    sealed = seal_bytes(b"kept", bound_to="x")
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    settings.FIELD_KEYS = {"f2": fresh, **settings.FIELD_KEYS}
    assert open_bytes(sealed, bound_to="x") == b"kept"
    assert seal_bytes(b"new", bound_to="x").startswith(b"f2.")


def test_an_index_depends_on_value_purpose_and_key(settings) -> None:
    index = blind_index("+8613800138000", purpose="phone")
    assert index == blind_index("+8613800138000", purpose="phone")
    assert index != blind_index("+8613800138000", purpose="identity-document")
    assert index != blind_index("+8613800138001", purpose="phone")
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    settings.INDEX_KEYS = {**settings.INDEX_KEYS, "i2": fresh}
    assert blind_index("+8613800138000", purpose="phone") == index
    assert blind_index("+8613800138000", purpose="phone", key_id="i2").startswith("i2:")


def test_two_kinds_of_document_with_one_number_do_not_collide() -> None:
    assert document_index("passport", "E12345678") != document_index("mainland_travel", "E12345678")


def test_a_printed_digest_shows_a_change() -> None:
    assert keyed_digest(b"answers", purpose="form") != keyed_digest(b"answers!", purpose="form")
    assert keyed_digest(b"answers", purpose="form") != keyed_digest(b"answers", purpose="ticket")


@pytest.mark.django_db
def test_the_column_holds_no_clear_value_and_the_row_reads_it_back() -> None:
    account = make_account(phone="+8613800138000")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM applicants_account")
        stored = bytes(cursor.fetchone()[0])
    assert b"13800138000" not in stored
    assert Account.objects.get(pk=account.pk).phone == "+8613800138000"
    assert Account.objects.get(phone_index=phone_index("+8613800138000")) == account


@pytest.mark.django_db
def test_a_value_copied_to_another_row_does_not_open() -> None:
    mine, theirs = make_account("甲"), make_account("乙")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM applicants_account WHERE name = %s", ["甲"])
        stolen = cursor.fetchone()[0]
        cursor.execute("UPDATE applicants_account SET phone = %s WHERE name = %s", [stolen, "乙"])
    assert Account.objects.get(pk=mine.pk).phone
    with pytest.raises(Unreadable):
        _ = Account.objects.get(pk=theirs.pk).phone


@pytest.mark.django_db
def test_a_list_that_does_not_show_the_value_does_not_open_it() -> None:
    make_account()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE applicants_account SET phone = %s", [b"broken"])
    assert [account.name for account in Account.objects.all()] == ["陈志远"]


@pytest.mark.django_db
def test_saving_a_row_that_was_not_opened_keeps_its_value() -> None:
    claim = make_person().documents.get()
    number = str(claim.number)
    again = DocumentClaim.objects.get(pk=claim.pk)
    again.state = DocumentClaim.State.REFUSED
    again.save()
    assert DocumentClaim.objects.get(pk=claim.pk).number == number


@pytest.mark.django_db
def test_a_sessions_payload_is_sealed_and_an_altered_one_is_empty() -> None:
    store = SessionStore()
    store["phone"] = "+8613800138000"
    store.create()
    row = Session.objects.get(pk=store.session_key)
    assert "13800138000" not in row.session_data
    assert "13800138000" not in base64.b64decode(row.session_data).decode("latin-1")
    assert SessionStore(store.session_key)["phone"] == "+8613800138000"
    Session.objects.update(session_data=row.session_data[:-8] + "AAAAAAA=")
    assert SessionStore(store.session_key).load() == {}


@pytest.mark.django_db
def test_a_session_of_rubbish_is_just_nobody(client: Client) -> None:
    client.force_login(make_account())
    Session.objects.update(session_data="not even base64 ☃")
    assert client.get("/account/security/").status_code == 302
