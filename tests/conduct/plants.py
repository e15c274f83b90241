"""Violations of what must hold of cases and decisions, written past every action into the tables.

Each is given a live decision by A3-4 (serious) on an act of the exam day, and one by A3-1 that was reversed.
"""

from datetime import date, timedelta
from uuid import uuid4

from django.db import connection

from applicants.standing.models import Bar
from exams.conduct.models import CaseStep, Decision, Telling, ToldItem
from exams.results.models import Cancellation
from portal import clock
from tests import factories


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def key(row) -> object:
    """The row's key as the database stores it."""
    return row._meta.pk.get_db_prep_value(row.pk, connection)


def wrong_tier(live: Decision, undone: Decision) -> None:
    run("UPDATE exams_decision SET severity = 'minor' WHERE id = %s", key(live))


def decided_alone(live: Decision, undone: Decision) -> None:
    opener = live.case.opened_by
    run("UPDATE exams_decision SET decided_by_id = %s WHERE id = %s", key(opener), key(live))


def unheard_decision(live: Decision, undone: Decision) -> None:
    run("DELETE FROM exams_casestep WHERE case_id = %s AND kind = 'statement'", key(live.case))


def unproven_decision(live: Decision, undone: Decision) -> None:
    run("UPDATE exams_decision SET act_id = 'A3-2.1' WHERE id = %s", key(live))


def decision_out_of_order(live: Decision, undone: Decision) -> None:
    day = clock.today() - timedelta(days=40)
    run("UPDATE exams_decision SET effective_on = %s WHERE id = %s", day.isoformat(), key(live))


def unapplied_effect(live: Decision, undone: Decision) -> None:
    run("DELETE FROM exams_cancellation WHERE application_id = %s", key(live.case.application))


def unreversed_effect(live: Decision, undone: Decision) -> None:
    run("UPDATE exams_norefund SET lifted_at = NULL WHERE decision_id = %s", key(undone))


def barred_but_taking_part(live: Decision, undone: Decision) -> None:
    case = live.case
    day = clock.start_of(clock.today() + timedelta(days=30))
    session = factories.make_session(case.application.offering, "practical", day + timedelta(hours=9))
    factories.seat(undone.case.application, session, 1)
    seat = session.seats.get()
    run("UPDATE exams_seat SET person_id = %s WHERE id = %s", key(case.person), key(seat))


def told_wrongly(live: Decision, undone: Decision) -> None:
    """Of no decision at all."""
    tell(live, about=uuid4())


def tell(live: Decision, *, on: date | None = None, **fields: object) -> None:
    telling = Telling.objects.create(
        office="鉴定中心",
        reference="18",
        told_on=on or clock.today(),
        recorded_by=live.decided_by,
        recorded_at=clock.now(),
    )
    values = {"kind": "referral", "about": live.pk, "text": "移送有关部门"}
    ToldItem.objects.create(telling=telling, person=live.case.person, **(values | fields))


PLANTS = {
    plant.__name__: plant
    for plant in (
        wrong_tier, decided_alone, unheard_decision, unproven_decision, decision_out_of_order,
        unapplied_effect, unreversed_effect, barred_but_taking_part, told_wrongly,
    )
}  # fmt: skip


def lose_the_bar(live: Decision) -> None:
    Bar.objects.filter(decision_id=live.pk).delete()


def lift_a_cancellation(live: Decision) -> None:
    row = Cancellation.objects.filter(decision_id=live.pk).first()
    Cancellation.objects.filter(pk=row.pk).update(lifted_at=clock.now())


def forget_an_effect(live: Decision) -> None:
    live.applied.filter(code="bar").delete()


def keep_a_seat(live: Decision) -> None:
    """Within the bar, in another application."""
    other = factories.make_application(live.case.person, factories.Offering.objects.get(grade=3))
    day = clock.start_of(clock.today() + timedelta(days=30))
    factories.seat(other, factories.make_session(other.offering, "theory", day), 1)


def uphold_it_oneself(live: Decision) -> None:
    CaseStep.objects.create(
        case=live.case, kind="upheld", by=live.decided_by, on=clock.today(), at=clock.now()
    )


def tell_it_before_it_was(live: Decision) -> None:
    tell(live, on=clock.today() - timedelta(days=1))


def tell_a_reversal_of_what_stands(live: Decision) -> None:
    tell(live)
    tell(live, reversal=True)


def tell_a_reversal_first(live: Decision) -> None:
    undone = Decision.objects.get(reversed_at__isnull=False)
    tell(live, about=undone.pk, reversal=True)


def withdraw_it_by_halves(live: Decision) -> None:
    tell(live, withdrawn_at=clock.now())


MORE = {
    tell_it_before_it_was: "told_wrongly",
    tell_a_reversal_of_what_stands: "told_wrongly",
    tell_a_reversal_first: "told_wrongly",
    withdraw_it_by_halves: "told_wrongly",
    lose_the_bar: "unapplied_effect",
    lift_a_cancellation: "unapplied_effect",
    forget_an_effect: "unapplied_effect",
    keep_a_seat: "unapplied_effect",
    uphold_it_oneself: "decided_alone",
}
"""Other ways to break the same, and the check that finds each."""
