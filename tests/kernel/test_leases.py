"""One worker at a time has a row, for a while: in their order, again after a death, and never two at once."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import QuerySet

from portal import clock, leases
from portal.messages import outbox
from portal.models import Message
from tests.contention import at_once, wait_for_a_waiter

SPAN = timedelta(minutes=5)
NOW = datetime(2026, 3, 2, 12, tzinfo=clock.SHANGHAI)
database = pytest.mark.django_db


@pytest.fixture
def waiting(process_day) -> QuerySet[Message]:
    """Three rows that wait, in their order."""
    process_day(NOW)
    for key in "abc":
        outbox.post(
            "verification_code",
            account=None,
            address="+8613900000001",
            dedupe_key=key,
            code="123456",
            minutes="5",
            purpose="登录",
        )
    return Message.objects.filter(state="waiting").order_by("dedupe_key")


def key_of(message: Message | None) -> str:
    return message.dedupe_key if message else ""


def stored(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


@database
def test_the_first_free_row_is_claimed_and_the_attempt_counted(waiting):
    first = leases.claim(waiting, SPAN, now=NOW)
    assert (key_of(first), first.leased_until, first.attempts) == ("a", NOW + SPAN, 1)
    assert (stored(first).leased_until, stored(first).attempts) == (NOW + SPAN, 1)
    assert [key_of(leases.claim(waiting, SPAN, now=NOW)) for _ in range(3)] == ["b", "c", ""]


@database
def test_only_rows_that_wait_are_claimed(waiting):
    Message.objects.filter(dedupe_key="a").update(state="sent")
    assert key_of(leases.claim(waiting, SPAN)) == "b"


@database
def test_many_are_claimed_in_their_order_as_far_as_they_are_free(waiting):
    leases.claim(waiting, SPAN, now=NOW)
    assert [key_of(one) for one in leases.claim_many(waiting, SPAN, most=5, now=NOW)] == ["b", "c"]
    assert leases.claim_many(waiting, SPAN, most=5, now=NOW) == []


@database
def test_what_a_killed_worker_had_is_free_when_its_time_is_over_and_not_before(waiting):
    dead = leases.claim(waiting.filter(dedupe_key="a"), SPAN, now=NOW)
    moment = timedelta(microseconds=1)
    assert leases.claim(waiting.filter(pk=dead.pk), SPAN, now=NOW + SPAN - moment) is None
    heir = leases.claim(waiting.filter(pk=dead.pk), SPAN, now=NOW + SPAN)
    assert (heir.pk, heir.attempts) == (dead.pk, 2)


@database
def test_a_slow_worker_writes_nothing_over_the_one_that_took_its_row(waiting):
    slow = leases.claim(waiting, SPAN, now=NOW)
    heir = leases.claim(waiting.filter(pk=slow.pk), SPAN, now=NOW + SPAN)
    with transaction.atomic(), pytest.raises(leases.LeaseLost):
        leases.still_ours(waiting, slow)
    assert not leases.renew(slow, SPAN)
    assert not leases.give_back(slow, error="late")
    assert (stored(slow).leased_until, stored(slow).error) == (heir.leased_until, "")
    with transaction.atomic():
        assert leases.still_ours(waiting, heir) == heir


@database
@pytest.mark.parametrize("decided", [{"leased_until": None}, {"state": "failed"}])
def test_who_decides_about_a_row_ends_its_lease(waiting, decided):
    ours = leases.claim(waiting, SPAN)
    Message.objects.filter(pk=ours.pk).update(**decided)
    with transaction.atomic(), pytest.raises(leases.LeaseLost):
        leases.still_ours(waiting, ours)


@database
def test_a_lease_is_renewed_from_now(waiting, process_day):
    ours = leases.claim(waiting, SPAN)
    process_day(NOW + timedelta(minutes=4))
    assert leases.renew(ours, SPAN)
    assert stored(ours).leased_until == ours.leased_until >= NOW + timedelta(minutes=9)
    assert stored(ours).attempts == 1, "it is the same attempt"


@database
def test_what_is_given_back_is_free_at_once_with_its_changes(waiting):
    ours = leases.claim(waiting, SPAN, now=NOW)
    assert leases.give_back(ours, attempts=ours.attempts - 1, error="no room")
    assert (stored(ours).leased_until, stored(ours).attempts, stored(ours).error) == (None, 0, "no room")
    assert key_of(leases.claim(waiting, SPAN, now=NOW)) == "a"


@database
def test_what_is_given_back_for_later_rests_until_then(waiting):
    later = NOW + timedelta(seconds=30)
    leases.give_back(leases.claim(waiting, SPAN, now=NOW), until=later)
    assert key_of(leases.claim(waiting, SPAN, now=NOW)) == "b"
    assert key_of(leases.claim(waiting, SPAN, now=later)) == "a"


WORKERS, ROWS = 8, 24


@pytest.fixture
def queue(process_day) -> QuerySet[Message]:
    process_day(NOW)
    for number in range(ROWS):
        outbox.post(
            "verification_code",
            account=None,
            address="+8613900000001",
            dedupe_key=f"{number:02}",
            code="1",
            minutes="5",
            purpose="登录",
        )
    return Message.objects.filter(state="waiting").order_by("dedupe_key")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("most", [1, 5])
def test_workers_side_by_side_get_every_row_once(queue, most):
    def work():
        got = []
        while claimed := leases.claim_many(queue, SPAN, most=most, now=NOW):
            got += [one.dedupe_key for one in claimed]
        return got

    assert sorted(key for got in at_once(*[work] * WORKERS) for key in got) == [
        f"{number:02}" for number in range(ROWS)
    ]
    assert set(queue.values_list("attempts", "leased_until")) == {(1, NOW + SPAN)}


@pytest.mark.django_db(transaction=True)
def test_control_looking_and_then_taking_gives_a_row_to_several(queue):
    looked = threading.Barrier(WORKERS, timeout=60)

    def work():
        first = queue.filter(leases.free(NOW)).first()
        looked.wait()
        Message.objects.filter(pk=first.pk).update(leased_until=NOW + SPAN)
        return first.dedupe_key

    assert at_once(*[work] * WORKERS) == ["00"] * WORKERS


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_who_waits_for_a_row_that_is_being_taken_gets_the_next_one(queue):
    """The second worker's UPDATE waits for the first one's transaction, and then looks at the row again."""
    taken = threading.Event()

    def slow():
        with transaction.atomic():
            first = leases.claim(queue, SPAN, now=NOW)
            taken.set()
            wait_for_a_waiter()
        return first.dedupe_key

    def second():
        taken.wait(60)
        return leases.claim(queue, SPAN, now=NOW).dedupe_key

    assert at_once(slow, second) == ["00", "01"]
