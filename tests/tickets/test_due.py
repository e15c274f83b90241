"""Tickets become due by state, are made once, follow their sources, and open on the day and not before."""

from datetime import date, timedelta

import pytest

from applicants.standing.models import Bar
from exams.arrangement.sessions import call_off_session, move_session
from exams.payments.actions import ask_reversal
from exams.tickets import due, making
from exams.tickets.due import sweep
from exams.tickets.ending import retry_held
from exams.tickets.leaving import confirm_reversal, leave_after_payment
from exams.tickets.models import Ticket
from exams.tickets.queries import completeness, door_state, is_open, my_standings
from portal import clock
from portal.files import store
from portal.leases import LeaseLost
from portal.models import DayException, Message, StoredFile
from portal.pdf.trying import ATTEMPTS
from portal.rules.findings import Refused
from tests import factories
from tests.tickets.conftest import at

pytestmark = pytest.mark.django_db

EVE = date(2026, 9, 28)
OPENING = date(2026, 9, 29)


def only_ticket() -> Ticket:
    return Ticket.objects.get()


@pytest.mark.parametrize(
    ("day", "made"), [(date(2026, 9, 27), 0), (EVE, 1), (OPENING, 1), (date(2026, 10, 11), 1)]
)
def test_a_ticket_is_made_from_the_day_before_it_opens(seat_someone, september, day, made):
    seat_someone()
    september(day)
    assert sweep()["made"] == made
    assert Ticket.objects.filter(state="ready").count() == made


def test_it_opens_at_midnight_five_working_days_before_and_tells_once(seat_someone, september):
    seated = seat_someone()
    september(EVE)
    assert sweep()["opened"] == 0
    ticket = only_ticket()
    assert (ticket.opens_on, ticket.provisional) == (OPENING, False)
    assert not is_open(ticket, clock.start_of(OPENING) - timedelta(seconds=1))
    assert is_open(ticket, clock.start_of(OPENING))
    september(clock.start_of(OPENING))
    assert [sweep()["opened"] for _ in range(3)] == [1, 0, 0]
    message = Message.objects.get(event="ticket_open")
    assert message.account == seated.application.person.account
    assert "10月12日（周一）9:00" in message.text


def test_a_second_sweep_finds_nothing_to_do(seat_someone, september):
    seat_someone()
    september(OPENING)
    sweep()
    before = (only_ticket().pk, StoredFile.objects.filter(kind="ticket").count())
    assert sweep() == {"ended": 0, "added": 0, "made": 0, "held": 0, "opened": 0}
    assert before == (only_ticket().pk, 1)


def test_missing_everything_between_changes_nothing_in_the_end(seat_someone, september):
    seat_someone()
    september(date(2026, 10, 11))
    assert sweep() == {"ended": 0, "added": 1, "made": 1, "held": 0, "opened": 1}


@pytest.mark.parametrize("rows", ["unpaid", "undrawn", "barred", "no_photo", "unverified", "over"])
def test_no_ticket_without_every_gate(seat_someone, september, rows):
    seated = seat_someone()
    application, person = seated.application, seated.application.person
    match rows:
        case "unpaid":
            application.quotes.get().payments.all().delete()
        case "undrawn":
            application.seats.update(room=None, number=None)
        case "barred":
            Bar.objects.create(
                person=person,
                barred_from=date(2026, 10, 1),
                barred_until=date(2026, 10, 12),
                clause="A3-3.1",
                created_at=clock.now(),
            )
        case "no_photo":
            person.photo = None
            person.save()
        case "unverified":
            person.documents.update(state="claimed")
    september(date(2026, 10, 13) if rows == "over" else OPENING)
    assert sweep()["added"] == 0
    assert not Ticket.objects.exists()
    if rows != "over":
        report = completeness(clock.today())
        assert (report.seated, report.ready, len(report.explained), report.holds) == (1, 0, 1, True)


def test_a_moved_session_supersedes_only_the_tickets_it_concerns(seat_someone, september, sessions):
    theory, practical = sessions
    first, second = seat_someone("陈志远"), seat_someone("吴梅")
    second.application.seats.all().delete()
    other = factories.make_session(first.application.offering, "theory", at(date(2026, 10, 12), 9))
    factories.seat(second.application, other, 1)
    factories.seat(second.application, practical, 9)
    september(OPENING)
    sweep()
    kept = Ticket.objects.get(application=second.application)
    move_session(
        actor=factories.make_staff(),
        session=theory,
        site=theory.site,
        rooms=list(theory.rooms.all()),
        starts_at=theory.starts_at + timedelta(minutes=30),
        ends_at=theory.ends_at + timedelta(minutes=30),
        reason="道路施工",
    )
    sweep()
    old, new = Ticket.objects.filter(application=first.application).order_by("version")
    assert (old.state, new.state, new.version, new.number) == ("superseded", "ready", 2, old.number)
    assert "T09:30" in new.face["sittings"][0]["starts_at"]
    assert (door_state(old.number, 1), door_state(new.number, 2)) == ("superseded", "valid")
    assert Ticket.objects.get(application=second.application).pk == kept.pk


def test_a_called_off_subject_leaves_a_ticket_for_the_other(seat_someone, september):
    seated = seat_someone()
    september(OPENING)
    sweep()
    call_off_session(actor=factories.make_staff(), session=seated.theory, reason="台风")
    sweep()
    live = Ticket.objects.get(state="ready")
    assert (live.version, [row["subject"] for row in live.face["sittings"]]) == (2, ["practical"])


def test_a_reversed_payment_takes_seat_and_ticket_by_a_second_person(seat_someone, september):
    seated = seat_someone()
    september(OPENING)
    sweep()
    payment = seated.application.quotes.get().payments.get()
    clerk = factories.make_staff("周敏")
    reversal = ask_reversal(actor=clerk, payment=payment, reason="金额录错")
    with pytest.raises(Refused, match="另一位"):
        confirm_reversal(actor=clerk, reversal=reversal)
    assert only_ticket().state == "ready"
    confirm_reversal(actor=factories.make_staff("沈岚"), reversal=reversal)
    ticket = only_ticket()
    assert (ticket.state, door_state(ticket.number, 1)) == ("void", "void")
    assert not seated.application.seats.filter(released_at=None).exists()
    assert sweep()["added"] == 0


def test_who_leaves_after_paying_gives_up_seat_and_ticket_before_the_first_session(seat_someone, september):
    seated = seat_someone()
    september(OPENING)
    sweep()
    account = seated.application.person.account
    september(seated.theory.starts_at)
    with pytest.raises(Refused, match="开考"):
        leave_after_payment(actor=account, application=seated.application, reason="工作冲突")
    september(seated.theory.starts_at - timedelta(minutes=1))
    left = leave_after_payment(actor=account, application=seated.application, reason="工作冲突")
    assert left.status == "withdrawn"
    assert only_ticket().state == "void"


def test_a_name_no_font_prints_is_held_with_an_alarm_and_blocks_nobody(seat_someone, september):
    unprintable, ordinary = seat_someone("陈\U0003fffd远"), seat_someone("吴梅")
    september(OPENING)
    assert (sweep()["made"], Ticket.objects.get(application=ordinary.application).state) == (1, "ready")
    held = Ticket.objects.get(application=unprintable.application)
    assert (held.state, "U+3FFFD" in held.hold_reason) == ("held", True)
    assert completeness(OPENING).explained == [(unprintable.application, held.hold_reason)]
    unprintable.application.person.documents.update(name="陈志远")
    retry_held(actor=factories.make_staff(), ticket=held)
    sweep()
    assert Ticket.objects.get(application=unprintable.application, state="ready").version == 2


def test_rare_names_are_printed(seat_someone, september):
    for name in ("马\U0002c029", "李㛃", "王䶮", "阿卜杜拉·买买提"):
        seat_someone(name)
    september(OPENING)
    assert sweep()["made"] == 4


def test_a_killed_worker_loses_nothing_and_doubles_nothing(seat_someone, september):
    for _ in range(3):
        seat_someone()
    september(OPENING)
    now = clock.now()
    due.add_due(now)
    assert len(making._claim(now)) == 3, "claimed by a worker that dies here"
    assert making.make_chunk(now) is None, "the lease holds others off"
    later = now + making.LEASE
    while making.make_chunk(later):
        pass
    assert Ticket.objects.filter(state="ready", version=1).count() == 3
    assert StoredFile.objects.filter(kind="ticket", discarded_at=None).count() == 3


def test_a_slow_worker_whose_lease_ran_out_does_not_finish_twice(seat_someone, september):
    seat_someone()
    september(OPENING)
    now = clock.now()
    due.add_due(now)
    (slow,) = making._claim(now)
    while making.make_chunk(now + making.LEASE):
        pass
    made = only_ticket()
    with pytest.raises(LeaseLost):
        making._finish(slow, b"late")
    assert only_ticket().file_id == made.file_id
    assert StoredFile.objects.filter(kind="ticket", discarded_at=None).count() == 1


def test_a_row_that_keeps_killing_its_worker_is_set_aside(seat_someone, september):
    seat_someone()
    september(OPENING)
    now = clock.now()
    due.add_due(now)
    for attempt in range(ATTEMPTS):
        assert len(making._claim(now + attempt * making.LEASE)) == 1
    making.make_chunk(now + ATTEMPTS * making.LEASE)
    assert (only_ticket().state, "多次中断" in only_ticket().hold_reason) == ("held", True)


def test_a_late_holiday_arrangement_moves_an_unopened_ticket_and_never_takes_back_an_opened_one(
    seat_someone, september
):
    seat_someone()
    september(EVE)
    sweep()
    DayException.objects.create(day=date(2026, 9, 30), is_working_day=False, citation="临时调休")
    sweep()
    assert Ticket.objects.get(state="ready").opens_on == EVE
    assert Ticket.objects.get(state="ready").opened_at is not None
    DayException.objects.all().delete()
    DayException.objects.create(day=date(2026, 10, 11), is_working_day=True, citation="补班")
    sweep()
    ticket = Ticket.objects.get(state="ready")
    assert is_open(ticket, clock.now())


def test_the_file_is_what_the_mark_says(seat_someone, september):
    seat_someone()
    september(OPENING)
    sweep()
    file = only_ticket().file
    assert store.read(file).startswith(b"%PDF")
    assert file.size == len(store.read(file))


def test_my_page_reads_the_same_number_of_queries_for_one_and_many(
    seat_someone, september, django_assert_max_num_queries
):
    seated = seat_someone()
    september(OPENING)
    sweep()
    with django_assert_max_num_queries(14):
        rows = my_standings(seated.application.person.account)
    assert [row.open_now for row in rows] == [True]
