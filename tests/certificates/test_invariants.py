"""Each check of certificates finds the violation planted for it, past every action, straight in the tables."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from certificates.ending import ask_ending, confirm_ending
from certificates.face import digest_of
from certificates.invariants import INVARIANTS
from certificates.making import make_certificates
from certificates.models import Certificate, Ending, IssueBatch
from exams.conduct.models import Telling, ToldItem
from portal import clock
from portal.crypto import seal_bytes
from portal.files import store
from tests.certificates.people import issued, passed
from tests.results.world import Team
from tests.test_invariants import constraints_back, drop  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {one.code for one in INVARIANTS if list(one.offenders())}


@pytest.fixture
def pair(team: Team) -> tuple[Certificate, Certificate]:
    first, second = issued(team, *passed(team, "陈志远", "吴梅"))
    make_certificates()
    assert broken() == set(), "the world must be clean before anything is planted"
    return first, second


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value.hex if isinstance(value, UUID) else value for value in values])


def certificate_without_passes(one: Certificate, other: Certificate) -> None:
    sql("DELETE FROM certificates_certificate_passes WHERE certificate_id = %s", one.pk)


def cancelled_pass(one: Certificate, other: Certificate) -> None:
    sql("UPDATE exams_pass SET cancelled_at = %s WHERE person_id = %s", clock.now(), one.person_id)


def given_up_before(one: Certificate, other: Certificate) -> None:
    before = one.issued_at - timedelta(hours=1)
    sql("UPDATE exams_pass SET given_up_at = %s WHERE person_id = %s", before, one.person_id)


def given_up_while_void(one: Certificate, other: Certificate) -> None:
    """Made valid again though a pass was given up in between."""
    hour = timedelta(hours=1)
    Ending.objects.create(
        certificate=one,
        kind="decision",
        reason="处理决定",
        asked_by=one.batch.proposed_by,
        asked_at=one.issued_at + hour,
        confirmed_by=one.batch.confirmed_by,
        confirmed_at=one.issued_at + hour,
        undone_at=one.issued_at + 3 * hour,
    )
    between = one.issued_at + 2 * hour
    sql("UPDATE exams_pass SET given_up_at = %s WHERE person_id = %s", between, one.person_id)


def lapsed_pass(one: Certificate, other: Certificate) -> None:
    sql(
        "UPDATE exams_pass SET published_on = '2024-01-01', valid_until = '2026-01-01' WHERE person_id = %s",
        one.person_id,
    )


def anothers_pass(one: Certificate, other: Certificate) -> None:
    sql("UPDATE exams_pass SET person_id = %s WHERE person_id = %s", other.person_id, one.person_id)


def reused_certificate_number(one: Certificate, other: Certificate) -> None:
    sql("UPDATE certificates_certificate SET number = %s WHERE id = %s", one.number[:-1] + "x", one.pk)


def doubled_certificate(one: Certificate, other: Certificate) -> None:
    drop("certificates_certificate", "one_live_certificate_a_person")
    sql("UPDATE certificates_certificate SET person_id = %s WHERE id = %s", one.person_id, other.pk)


def unexplained_ending(one: Certificate, other: Certificate) -> None:
    one.state, one.ended_at, one.end_reason = "void", clock.now(), "错发"
    one.save(update_fields=["state", "ended_at", "end_reason"])


def certificate_by_one(one: Certificate, other: Certificate) -> None:
    drop("certificates_issuebatch", "issued_by_two_people")
    batch = IssueBatch.objects.get()
    sql("UPDATE certificates_issuebatch SET confirmed_by_id = proposed_by_id WHERE id = %s", batch.pk)


def changed_face(one: Certificate, other: Certificate) -> None:
    """The name on the face replaced by somebody who has the field keys, but not the digest's."""
    face = json.dumps(one.face | {"name": "陈致远"}, ensure_ascii=False, sort_keys=True).encode()
    sealed = seal_bytes(face, bound_to=f"certificates_certificate.face.{one.pk}")
    sql("UPDATE certificates_certificate SET face = %s WHERE id = %s", sealed, one.pk)


def anothers_face(one: Certificate, other: Certificate) -> None:
    sql(
        "UPDATE certificates_certificate SET face = (SELECT face FROM certificates_certificate WHERE id = %s) "
        "WHERE id = %s",
        other.pk,
        one.pk,
    )


def broken_certificate_file(one: Certificate, other: Certificate) -> None:
    one.refresh_from_db()
    assert one.file is not None
    store.remove_bytes(one.file)


def gap_in_numbers(one: Certificate, other: Certificate) -> None:
    sql("UPDATE certificates_numberseries SET next_serial = next_serial + 2")


def credential_astray(one: Certificate, other: Certificate) -> None:
    sql("UPDATE applicants_credential SET grade = 3 WHERE person_id = %s", one.person_id)


def _told(one: Certificate, **fields: object) -> None:
    telling = Telling.objects.create(
        office="鉴定中心",
        reference="18",
        told_on=clock.today(),
        recorded_by=one.batch.proposed_by,
        recorded_at=clock.now(),
    )
    ToldItem.objects.create(telling=telling, person=one.person, kind="certificate", text="证书作废", **fields)


def told_of_no_ending(one: Certificate, other: Certificate) -> None:
    _told(one, about=one.pk)


def told_valid_again(one: Certificate, other: Certificate) -> None:
    asked = ask_ending(actor=one.batch.proposed_by, certificate=one, kind="void", reason="错发")
    confirm_ending(actor=one.batch.confirmed_by, ending=asked)
    _told(one, about=asked.pk)
    assert "told_of_no_ending" not in broken()
    _told(one, about=asked.pk, reversal=True)


PLANTS = {
    "certificate_without_passes": (
        certificate_without_passes,
        cancelled_pass,
        given_up_before,
        given_up_while_void,
        lapsed_pass,
        anothers_pass,
    ),
    "reused_certificate_number": (reused_certificate_number,),
    "doubled_certificate": (doubled_certificate,),
    "unexplained_ending": (unexplained_ending,),
    "told_of_no_ending": (told_of_no_ending, told_valid_again),
    "certificate_by_one": (certificate_by_one,),
    "changed_face": (changed_face, anothers_face),
    "broken_certificate_file": (broken_certificate_file,),
    "gap_in_numbers": (gap_in_numbers,),
    "credential_astray": (credential_astray,),
}


def test_every_check_has_a_planted_violation():
    assert set(PLANTS) == {one.code for one in INVARIANTS}


@pytest.mark.parametrize(
    ("code", "plant"),
    [pytest.param(code, plant, id=plant.__name__) for code, plants in PLANTS.items() for plant in plants],
)
def test_a_planted_violation_is_found(pair, code, plant):
    plant(*pair)
    assert code in broken()


def test_a_face_is_checked_under_the_key_it_was_sealed_with(pair, settings):
    """Rotating the index keys makes no certificate suspect."""
    settings.INDEX_KEYS = {"i9": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=", **settings.INDEX_KEYS}
    assert digest_of(pair[0].face) != pair[0].face_digest
    assert broken() == set()
