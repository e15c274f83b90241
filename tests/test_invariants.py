"""Broken state is found by us first: a whole world is clean, and each check finds the violation planted for it.

Violations are written past every action, straight into the tables; where the database itself would refuse one, its
constraint is taken away first, which shows that the check does not lean on it.
"""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from applicants.records.models import DocumentClaim
from certificates.invariants import INVARIANTS as CERTIFICATES
from certificates.models import Certificate
from exams.arrangement import drawing
from exams.arrangement.models import Seat, SeatDraw, Session
from exams.arrangement.queries import queue
from exams.catalogue.loading import copy_notice_into_year
from exams.conduct.invariants import INVARIANTS as CONDUCT
from exams.filing.groups.invariants import INVARIANTS as GROUPS
from exams.filing.invariants import INVARIANTS as FILING
from exams.filing.models import Check, Submission, Transition
from exams.payments.bill_invariants import INVARIANTS as BILLS
from exams.payments.models import Invoice, Payment, Refund, Reversal
from exams.results.invariants import INVARIANTS as SCORES
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from portal import clock, registry
from portal.audit import trail, triggers
from portal.files import store
from portal.management.commands.demo import SEEDS
from portal.models import AuditEntry, Message
from tests import factories
from tests.results.plants_of_days import PLANTS as PLANTS_OF_DAYS
from tests.results.plants_of_leaving import PLANTS as PLANTS_OF_LEAVING
from tests.tickets.conftest import seat_someone, september, sessions  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {one.code for one in registry.invariants if list(one.offenders())}


@pytest.fixture
def world(seat_someone, september, approve):  # noqa: F811
    """Two people approved by the real action, paid, seated, drawn, with their tickets open."""
    people = [approve(seat_someone(name)) for name in ("陈志远", "吴梅")]
    session = people[0].theory
    Seat.objects.filter(session=session).update(room=None, number=None)
    planner = factories.make_staff("顾晓峰")
    drawing.draw_seats(actor=planner, draw=drawing.fix_candidates(actor=planner, session=session))
    september(date(2026, 9, 29))
    sweep()
    trail.seal()
    assert broken() == set(), "the world must be clean before anything is planted"
    return people


@pytest.fixture
def approve():
    """Give a factory's application the submission, checks and verdict that real approval leaves."""
    from exams.filing.answers import build_answers, digest, facts_of
    from exams.filing.checks import check_codes
    from exams.filing.eligibility import verdict_text
    from portal.rules.eligibility import judge
    from portal.rules.findings import canonical_json

    def make(seated):
        application = seated.application
        day = clock.today()
        answers = build_answers(application)
        facts = facts_of(answers, application.offering.occupation.minimum_education)
        submission = Submission.objects.create(
            application=application,
            serial=1,
            at=application.submitted_at,
            judged_on=day,
            submitted_by=application.person.account,
            answers=answers,
            facts=canonical_json(facts.to_json()).decode(),
            verdict=verdict_text(judge(facts, grade=4, on=day)),
            answers_digest=digest(answers),
        )
        for code in check_codes(application, submission):
            Check.objects.create(submission=submission, code=code, result="passed", checked_at=clock.now())
        Transition.objects.filter(application=application, after="approved").update(
            actor=factories.make_staff()
        )
        return seated

    return make


def drop(table: str, name: str) -> None:
    """Take a constraint away for the rest of this test's transaction."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')


@pytest.fixture(autouse=True)
def constraints_back():
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def payment_of(application):
    return Payment.objects.get(quote__application=application)


def doubled_number(one, other):
    name = next(
        name
        for name, found in _constraints("exams_payment").items()
        if found["unique"] and found["columns"] == ["receipt_number"]
    )
    drop("exams_payment", name)
    Payment.objects.filter(pk=payment_of(other).pk).update(receipt_number=payment_of(one).receipt_number)


def _constraints(table):
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, table)


def overpaid(one, other):
    Payment.objects.filter(pk=payment_of(one).pk).update(amount_fen=48001)


def partly_paid(one, other):
    Payment.objects.filter(pk=payment_of(one).pk).update(amount_fen=100)


def empty_payment(one, other):
    drop("exams_payment", "payment_is_positive")
    Payment.objects.filter(pk=payment_of(one).pk).update(amount_fen=0)


def overrefunded(one, other):
    clerk = factories.make_staff()
    Refund.objects.create(
        application=one, amount_fen=48001, reason="多退", asked_by=clerk, asked_at=clock.now()
    )


def undone_by_one(one, other):
    drop("exams_reversal", "reversal_by_two_people")
    clerk = factories.make_staff()
    Reversal.objects.create(
        payment=payment_of(one),
        reason="一人经办",
        asked_by=clerk,
        asked_at=clock.now(),
        confirmed_by=clerk,
        confirmed_at=clock.now(),
    )


def invoice_without_money(one, other):
    Invoice.objects.create(application=one, title="陈志远", state="issued", asked_at=clock.now())


def shared_seat(one, other):
    drop("exams_seat", "one_person_a_seat")
    held = one.seats.get(subject="theory")
    other.seats.filter(subject="theory").update(room=held.room, number=held.number)


def doubled_person(one, other):
    drop("exams_seat", "nobody_sits_twice_at_once")
    theory = one.seats.get(subject="theory")
    one.seats.filter(subject="practical").update(starts_at=theory.starts_at, ends_at=theory.ends_at)


def oversold_session(one, other):
    room = one.seats.get(subject="theory").session.rooms.get()
    type(room).objects.filter(pk=room.pk).update(seats=1)


def impossible_seat(one, other):
    one.seats.filter(subject="theory").update(number=31)


def seat_without_right(one, other):
    Session.objects.filter(seats__application=one, subject="theory").update(state="called_off")


def broken_draw(one, other):
    draw = SeatDraw.objects.get()
    first, second = draw.result
    SeatDraw.objects.update(result=[[second[0], *first[1:]], [first[0], *second[1:]]])


def doubled_ticket(one, other):
    drop("exams_ticket", "one_live_ticket_an_application")
    Ticket.objects.filter(application=other).update(application=one)


def reused_ticket_number(one, other):
    Ticket.objects.filter(application=other).update(
        number=Ticket.objects.get(application=one).number, version=2
    )


def ticket_without_right(one, other):
    payment_of(one).delete()


def stale_ticket(one, other):
    one.seats.filter(subject="theory").update(number=17)


def broken_ticket_file(one, other):
    file = Ticket.objects.get(application=one).file
    store._on_disk(file).write_bytes(b"something else")


def unfinished_ticket(one, other):
    Ticket.objects.filter(application=one).update(state="void")


def missing_ticket(one, other):
    Ticket.objects.filter(application=one).delete()


def broken_trail(one, other):
    triggers.remove(connection)
    AuditEntry.objects.filter(pk=AuditEntry.objects.first().pk).update(action="something.else")


def old_message(one, other):
    Message.objects.create(
        event="seated", channel="sms", text="", dedupe_key="old", created_at=clock.now() - timedelta(hours=25)
    )


def clear_document_number(one, other):
    number = one.person.documents.get().number
    Session.objects.filter(subject="theory").update(note=f"考生证件 {number}")


def missing_file(one, other):
    store.remove_bytes(one.person.photo.file)


PLANTS = {
    plant.__name__: plant
    for plant in (
        doubled_number, overpaid, partly_paid, empty_payment, overrefunded, undone_by_one, invoice_without_money,
        shared_seat, doubled_person, oversold_session, impossible_seat, seat_without_right, broken_draw,
        doubled_ticket, reused_ticket_number, ticket_without_right, stale_ticket, broken_ticket_file,
        unfinished_ticket, missing_ticket,
        broken_trail, old_message, missing_file, clear_document_number,
        *PLANTS_OF_DAYS,
        *PLANTS_OF_LEAVING,
    )
}  # fmt: skip


def test_every_invariant_has_a_planted_violation():
    """Those of filing, groups, bills, scores, conduct and certificates are planted beside their other tests."""
    elsewhere = (*FILING, *GROUPS, *BILLS, *SCORES, *CONDUCT, *CERTIFICATES)
    ours = {one.code for one in registry.invariants} - {one.code for one in elsewhere}
    assert ours == set(PLANTS)


# A column's own UNIQUE cannot be taken away on SQLite.
ONLY_ON_POSTGRESQL = {"doubled_number"}
CASES = [
    pytest.param(code, marks=[pytest.mark.postgres] if code in ONLY_ON_POSTGRESQL else []) for code in PLANTS
]


@pytest.mark.parametrize("code", CASES)
def test_a_planted_violation_is_found(world, code):
    one, other = (seated.application for seated in world)
    PLANTS[code](one, other)
    assert code in broken()


@pytest.mark.parametrize(
    "day",
    [date(2026, 11, 24), date(2026, 12, 31), date(2027, 1, 4), date(2027, 3, 1), date(2028, 2, 29)],
    ids=str,
)
def test_the_demo_is_whole_from_the_start_on_any_day(frozen_day, day):
    frozen_day(day)
    factories.load_catalogue()
    copy_notice_into_year(day.year)
    for seed in SEEDS:
        import_string(seed)()
    sweep()
    assert broken() == set()
    assert DocumentClaim.objects.filter(state="claimed").count() > 3
    assert Ticket.objects.filter(state="ready").count() >= 2
    assert Certificate.objects.filter(state="valid", made_at__isnull=False).count() == 2
    assert not [row.person.name for row in queue() if row.completed_at < clock.now() - timedelta(days=10)]
