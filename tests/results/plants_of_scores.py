"""Violations of what must hold of scores, written past every action into the tables.

Each is given the published world of test_invariants.py: 陈志远 passed both subjects, 吴梅 failed theory and asked for a
recheck that was answered, 丁磊's theory was corrected from 59 to 60.
"""

from datetime import date

from django.db import connection

from exams.filing.models import Application
from exams.passes.models import Pass
from exams.results.models import Correction, Recheck, Score, ScoreSheet


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def key(row) -> object:
    """The row's key as the database stores it."""
    return row._meta.pk.get_db_prep_value(row.pk, connection)


def drop(table: str, name: str) -> None:
    """Take a constraint away for the rest of this test's transaction."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
    else:
        run("PRAGMA ignore_check_constraints = ON")


def theory(name: str) -> Score:
    return Score.objects.filter(application__person__name=name, subject="theory").latest("published_at")


def score_of_nobody_admitted() -> None:
    run("UPDATE exams_seat SET released_at = placed_at WHERE id = %s", key(theory("陈志远").seat))


def score_out_of_range() -> None:
    run("DELETE FROM exams_attendance WHERE seat_id = %s", key(theory("吴梅").seat))


def published_by_one() -> None:
    drop("exams_scoresheet", "scores_published_by_another")
    run(
        "UPDATE exams_scoresheet SET published_by_id = made_by_id WHERE id = %s",
        key(ScoreSheet.objects.first()),
    )


def corrected_by_one() -> None:
    drop("exams_correction", "correction_by_two_people")
    run(
        "UPDATE exams_correction SET confirmed_by_id = asked_by_id WHERE id = %s",
        key(Correction.objects.get()),
    )


def wrongly_passed() -> None:
    run("UPDATE exams_score SET points = 59 WHERE id = %s", key(theory("陈志远")))


def wrong_validity() -> None:
    run("UPDATE exams_score SET valid_until = %s WHERE id = %s", date(2030, 1, 1), key(theory("陈志远")))


def pass_without_score() -> None:
    run("DELETE FROM exams_pass WHERE id = %s", key(Pass.objects.filter(person__name="陈志远").first()))


def cancelled_but_counted() -> None:
    score = theory("陈志远")
    run(
        "INSERT INTO exams_cancellation (application_id, subject, clause, decision_id, cancelled_at)"
        " SELECT application_id, subject, 'A3-2.1', id, published_at FROM exams_score WHERE id = %s",
        key(score),
    )


def wrongly_concluded() -> None:
    application = Application.objects.get(person__name="陈志远")
    run("UPDATE exams_application SET concluded_at = NULL WHERE id = %s", key(application))


def retake_sat_without_right() -> None:
    application = theory("吴梅").application
    run("UPDATE exams_application SET kind = 'retake' WHERE id = %s", key(application))


def answered_by_a_hand() -> None:
    maker = ScoreSheet.objects.first().made_by
    run("UPDATE exams_recheck SET answered_by_id = %s WHERE id = %s", key(maker), key(Recheck.objects.get()))


PLANTS = {
    plant.__name__: plant
    for plant in (
        score_of_nobody_admitted, score_out_of_range, published_by_one, corrected_by_one, wrongly_passed,
        wrong_validity, pass_without_score, cancelled_but_counted, wrongly_concluded, retake_sat_without_right,
        answered_by_a_hand,
    )
}  # fmt: skip
