"""The trail: append-only, chained, personal values under a key per person; planted edits are found."""

import json
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from portal import clock
from portal.audit import trail, triggers
from portal.audit.models import AccessEntry, AuditEntry, AuditSeal, PersonKey
from tests.factories import make_account, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return make_person("陈志远")


@pytest.fixture
def entry(person) -> AuditEntry:
    return trail.record(
        "claim_document",
        actor=person.account,
        subject=person,
        person_id=person.pk,
        detail={"kind": "resident_id"},
        personal={"number": "310105199003050011"},
    )


@contextmanager
def without_triggers():
    """As somebody with the database's own rights could work."""
    triggers.remove(connection)
    try:
        yield
    finally:
        triggers.install(connection)


def run(sql: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize("table", triggers.TABLES)
@pytest.mark.parametrize("sql", ["DELETE FROM {}", "UPDATE {} SET digest = 'x'"])
def test_the_database_refuses_to_change_it(entry, table: str, sql: str) -> None:
    trail.seal()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql.format(table))
    assert trail.verify() == []


def test_sealing_twice_adds_nothing_and_a_whole_trail_verifies(entry) -> None:
    count = AuditEntry.objects.count()
    assert (trail.seal(), trail.seal()) == (count, 0)
    assert AuditSeal.objects.count() == count
    assert trail.verify() == []


def test_sealing_in_portions_gives_one_chain(person) -> None:
    for number in range(7):
        trail.record("look", actor=None, subject=person, detail={"number": number})
    while trail.seal(limit=3):
        pass
    assert [seal.sequence for seal in AuditSeal.objects.order_by("sequence")] == list(
        range(1, AuditEntry.objects.count() + 1)
    )
    assert trail.verify() == []


@pytest.mark.parametrize(
    "column", ["action", "actor_id", "subject_type", "subject_id", "person_id", "digest"]
)
def test_an_edited_column_is_found(entry, column: str) -> None:
    trail.seal()
    with without_triggers():
        run(f"UPDATE portal_auditentry SET {column} = 'planted'")
        assert any("内容与摘要不符" in line for line in trail.verify())


def test_an_edited_detail_moment_or_ciphertext_is_found(entry) -> None:
    trail.seal()
    for change in (
        {"detail": {"kind": "passport"}},
        {"at": clock.now() + timedelta(hours=1)},
        {"personal": b"other bytes"},
    ):
        with without_triggers(), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(**change)
            assert any("内容与摘要不符" in line for line in trail.verify())
            transaction.set_rollback(True)


def test_an_entry_rewritten_with_a_fitting_digest_is_found(entry) -> None:
    trail.seal()
    entry.action = "nothing_happened"
    with without_triggers():
        AuditEntry.objects.filter(pk=entry.pk).update(action=entry.action, digest=trail._digest(entry))
        assert trail.verify()


def test_a_removed_entry_a_removed_link_and_an_exchanged_link_are_found(person) -> None:
    for number in range(5):
        trail.record("look", actor=None, subject=person, detail={"number": number})
    trail.seal()
    middle = AuditSeal.objects.get(sequence=3)
    with without_triggers():
        with transaction.atomic():
            AuditEntry.objects.filter(pk=middle.entry_id).delete()
            assert any("不存在" in line for line in trail.verify())
            transaction.set_rollback(True)
        with transaction.atomic():
            AuditSeal.objects.filter(sequence=3).delete()
            assert any("断开" in line for line in trail.verify())
            transaction.set_rollback(True)
        AuditSeal.objects.filter(sequence=3).update(chain="0" * 64)
        assert any("链值不符" in line for line in trail.verify())


def test_erasing_a_person_hides_the_values_and_keeps_the_chain_whole(entry, person) -> None:
    trail.seal()
    assert trail.read_personal(entry) == {"number": "310105199003050011"}
    trail.erase_person(person.pk)
    assert trail.read_personal(entry) is None
    assert trail.verify() == []


def test_one_persons_key_opens_no_others_values(entry, person) -> None:
    other = make_person("张一鸣")
    trail.record("look", actor=None, subject=other, person_id=other.pk, personal={"name": "张一鸣"})
    trail.erase_person(other.pk)
    assert trail.read_personal(entry) == {"number": "310105199003050011"}


def test_personal_values_are_not_in_the_clear_and_need_their_person(entry, person) -> None:
    assert b"310105199003050011" not in bytes(entry.personal)
    assert "310105199003050011" not in json.dumps(entry.detail)
    with pytest.raises(ValueError, match="need the person"):
        trail.record("look", actor=None, subject=person, personal={"name": "陈志远"})


def test_an_action_that_fails_leaves_no_entry(person) -> None:
    before = AuditEntry.objects.count()

    @transaction.atomic
    def action_that_fails() -> None:
        trail.record("look", actor=None, subject=person)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        action_that_fails()
    assert AuditEntry.objects.count() == before


def test_what_waits_for_its_seal_too_long_alarms(entry, frozen_day) -> None:
    trail.seal()
    trail.record("look", actor=None, subject=make_account())
    assert trail.unsealed_too_long() == 0
    frozen_day(clock.now() + trail.UNSEALED_ALARM + timedelta(seconds=1))
    assert trail.unsealed_too_long() == 1
    trail.seal()
    assert trail.unsealed_too_long() == 0


@pytest.mark.parametrize(("born", "minor"), [(date(2008, 11, 24), True), (date(2008, 11, 23), False)])
def test_looks_at_the_data_of_minors_are_marked_until_their_birthday(person, frozen_day, born, minor) -> None:
    frozen_day(date(2026, 11, 23))
    trail.record_access("unmask", actor=None, subject=person, person_id=person.pk, birth_date=born)
    assert AccessEntry.objects.get(kind="unmask").of_minor is minor


def test_the_command_seals_and_says_the_trail_is_whole(entry, capsys) -> None:
    call_command("verify_audit")
    assert "完整" in capsys.readouterr().out
    assert trail.seal() == 0


def test_the_command_names_what_is_broken_and_fails(entry, capsys) -> None:
    trail.seal()
    with without_triggers():
        run("UPDATE portal_auditentry SET action = 'planted'")
        with pytest.raises(CommandError) as failed:
            call_command("verify_audit")
    assert failed.value.returncode == 1
    assert "内容与摘要不符" in capsys.readouterr().out


def test_the_key_itself_is_wrapped(entry, person) -> None:
    kept = PersonKey.objects.get(pk=person.pk)
    assert len(bytes(kept.wrapped_key)) > 32
    stranger = uuid4()
    PersonKey.objects.create(pk=stranger, wrapped_key=kept.wrapped_key)
    moved = AuditEntry(id=entry.id, person_id=str(stranger), personal=entry.personal)
    with pytest.raises(ValueError, match="does not open"):
        trail.read_personal(moved)
