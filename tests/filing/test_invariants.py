"""Each check stays silent over a sound case and finds the violation planted in it behind every action's back."""

import json
from datetime import date
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from applicants.standing.models import Bar
from exams.filing.actions import drafting, submitting
from exams.filing.invariants import INVARIANTS
from exams.filing.models import Application
from exams.passes.models import Pass
from portal import clock, registry
from tests.filing.conftest import approve, draft, ready_person
from tests.passes.test_queries import make_pass

OFFENDERS = {invariant.code: invariant.offenders for invariant in INVARIANTS}


@pytest.fixture
def approved(offering, staff) -> Application:
    """An approved application of somebody who gave a pass up for it, and a draft of somebody else."""
    draft(ready_person(), offering)
    person = ready_person()
    row = make_pass(person, offering, "theory", published_on=date(2026, 3, 2))
    application = draft(person, offering)
    drafting.confirm_forfeiture(actor=person.account, application=application, passes=[row.pk])
    return approve(submit(application), staff)


def submit(application):
    return submitting.submit_application(actor=application.person.account, application=application)


def sql(statement: str, *values: object) -> None:
    """Change rows past every action, and tables too: PostgreSQL first wants its deferred checks done."""
    connection.check_constraints()
    plain = [
        value.hex if isinstance(value, UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, plain)


def test_the_checks_are_registered_and_silent_over_sound_data(approved):
    assert set(INVARIANTS) <= set(registry.invariants)
    assert {code: list(offenders()) for code, offenders in OFFENDERS.items()} == {
        code: [] for code in OFFENDERS
    }


def plant_unreadable_document(one):
    claim = one.person.documents.get()
    sql("UPDATE applicants_documentclaim SET number_index = 'i1:0' WHERE id = %s", claim.pk)
    return claim.pk


def plant_contradicted_document(one):
    sql("UPDATE applicants_person SET birth_date = '1980-01-01' WHERE id = %s", one.person_id)
    return one.person.documents.get().pk


def plant_unfolded_status(one):
    sql("UPDATE exams_application SET status = 'rejected' WHERE id = %s", one.pk)
    return one.pk


def plant_unlisted_transition(one):
    sql("UPDATE exams_transition SET before = 'draft' WHERE after = 'approved'")
    return one.pk


def plant_approved_without_verdict(one):
    sql("UPDATE exams_submission SET judged_on = '2019-01-01' WHERE application_id = %s", one.pk)
    return one.pk


def plant_approved_unchecked(one):
    check = one.submissions.get().checks.first()
    sql("UPDATE exams_check SET result = 'unknown' WHERE id = %s", check.pk)
    return one.pk


def plant_approved_by_submitter(one):
    sql("UPDATE exams_transition SET actor_id = %s WHERE after = 'approved'", one.person.account_id)
    return one.pk


def plant_outside_window(one):
    moment = clock.start_of(date(2026, 11, 1))
    sql("UPDATE exams_submission SET at = %s WHERE application_id = %s", moment, one.pk)
    return one.pk


def plant_barred_but_admitted(one):
    Bar.objects.create(
        person=one.person, barred_from=date(2026, 10, 12), barred_until=date(2026, 12, 31), clause="A3-3.1",
        created_at=one.submitted_at,
    )  # fmt: skip
    return one.pk


def plant_wrong_quote(one):
    quote = one.quotes.get()
    sql("UPDATE exams_quote SET total_fen = 47000 WHERE id = %s", quote.pk)
    return quote.pk


def plant_approved_without_quote(one):
    sql("UPDATE exams_quote SET ended_at = quoted_at WHERE application_id = %s", one.pk)
    return one.pk


def plant_unforfeited_pass(one):
    row = Pass.objects.get()
    sql("UPDATE exams_pass SET given_up_at = NULL, given_up_by = NULL")
    return row.pk


def plant_retake_without_right(one):
    sql("UPDATE exams_application SET kind = 'retake' WHERE id = %s", one.pk)
    sql("UPDATE exams_pass SET valid_until = '2026-10-11'")
    return one.pk


def plant_pass_out_of_order(one):
    row = Pass.objects.get()
    sql("UPDATE exams_pass SET given_up_at = NULL")
    return row.pk


PLANTS = {
    name.removeprefix("plant_"): plant for name, plant in globals().items() if name.startswith("plant_")
}
# The database itself refuses these two (unique constraints); the checks stand for a database that lost them.
HELD_BY_THE_DATABASE = {
    "shared_document": "one_verified_person_a_document",
    "doubled_application": "one_live_application_an_offering",
}


def test_every_check_has_its_plant():
    assert set(PLANTS) | set(HELD_BY_THE_DATABASE) == set(OFFENDERS)


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_violation_is_found(approved, code):
    key = PLANTS[code](approved)
    assert key in list(OFFENDERS[code]())


@pytest.mark.parametrize("code", HELD_BY_THE_DATABASE)
def test_what_the_database_refuses_is_found_without_its_constraint(approved, code):
    table = "applicants_documentclaim" if code == "shared_document" else "exams_application"
    sql(f"DROP INDEX {HELD_BY_THE_DATABASE[code]}")
    other = Application.objects.exclude(pk=approved.pk).get()
    if code == "shared_document":
        claim, rival = approved.person.documents.get(), other.person.documents.get()
        sql(f"UPDATE {table} SET number_index = %s WHERE id = %s", claim.number_index, rival.pk)
        expected = {claim.pk, rival.pk}
    else:
        sql(f"UPDATE {table} SET person_id = %s WHERE id = %s", approved.person_id, other.pk)
        expected = {approved.pk, other.pk}
    assert set(OFFENDERS[code]()) == expected


def test_the_command_prints_keys_only_and_says_by_its_exit_code(approved, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 0
    capsys.readouterr()
    plant_wrong_quote(approved)
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--json")
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert json.loads(printed)["broken"] == {"wrong_quote": [str(approved.quotes.get().pk)]}
    assert approved.person.name not in printed


def test_without_tables_the_command_says_that_it_could_not_run(db, capsys):
    sql("ALTER TABLE exams_quote RENAME TO elsewhere")
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 2
