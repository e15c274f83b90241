"""Two who issue at the same moment: each person one certificate, each number once, and none left out between them."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from certificates import issuing
from certificates.ending import ask_ending, confirm_ending
from certificates.issuing import confirm_batch, drop_batch, propose_batch
from certificates.making import make_certificates
from certificates.models import Certificate, IssueBatch, NumberSeries, SetAside
from certificates.numbers import lock_series, number_text
from exams.catalogue.models import Offering
from portal import clock
from portal.models import StoredFile
from tests import factories
from tests.certificates.people import batch_of, issued, passed
from tests.contention import at_once, wait_for_a_waiter
from tests.results.world import EXAM_DAY, Team

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
NAMES = ("陈志远", "吴梅", "林晓", "高翔", "罗静", "宋宁")


@pytest.fixture
def team(process_day) -> Team:
    process_day(clock.start_of(EXAM_DAY) + timedelta(hours=18))
    factories.load_catalogue()
    return Team()


def numbers(grade: int = 4) -> list[str]:
    return sorted(Certificate.objects.filter(offering__grade=grade).values_list("number", flat=True))


def without_gap(count: int, grade: int = 4) -> list[str]:
    return [number_text(EXAM_DAY.year, grade, serial) for serial in range(1, count + 1)]


def test_a_batch_confirmed_by_two_at_once_is_issued_once(team: Team):
    batch = batch_of(team.maker, passed(team, *NAMES[:3]))
    outcomes = at_once(
        *(lambda actor=actor: confirm_batch(actor=actor, batch=batch) for actor in (team.second, team.third))
    )
    assert sorted(map(str, outcomes)) == sorted([str(batch), "batch_issued"])
    assert numbers() == without_gap(3)
    assert NumberSeries.objects.get().next_serial == 4


def test_two_batches_at_once_share_one_series_without_gap_or_double(team: Team):
    people = passed(team, *NAMES)
    batches = [batch_of(team.maker, people[::2]), batch_of(team.maker, people[1::2])]
    at_once(*(lambda batch=batch: confirm_batch(actor=team.second, batch=batch) for batch in batches))
    assert numbers() == without_gap(len(NAMES))
    assert [batch.certificates.count() for batch in batches] == [3, 3]


def test_batches_that_mix_grades_the_other_way_round_both_go_through(team: Team, monkeypatch):
    """Each has written its first certificate before either goes on, unless one waits for the other already."""
    fours = passed(team, *NAMES[:2])
    threes = passed(team, *NAMES[2:4], offering=Offering.objects.get(grade=3))
    mixed = [(fours[0], threes[0]), (threes[1], fours[1])]
    for place, application in enumerate(one for pair in mixed for one in pair):
        application.number = f"N{place}"  # people are issued in the order of these
        application.save(update_fields=["number"])
    batches = [batch_of(team.maker, pair) for pair in mixed]
    write, begun = issuing._write_first, set()

    def write_and_meet(actor, standing, batch, now):
        certificate = write(actor, standing, batch, now)
        begun.add(batch.pk)
        wait_for_a_waiter(unless=lambda: len(begun) == len(batches))
        return certificate

    monkeypatch.setattr(issuing, "_write_first", write_and_meet)
    outcomes = at_once(*(lambda one=one: confirm_batch(actor=team.second, batch=one) for one in batches))
    assert outcomes == batches
    assert (numbers(4), numbers(3)) == (without_gap(2, 4), without_gap(2, 3))


def test_who_stands_in_two_batches_gets_one_certificate_and_is_set_aside_in_the_other(team: Team):
    people = passed(team, *NAMES[:4])
    batches = [batch_of(team.maker, people[:3]), batch_of(team.maker, people[3:])]
    batches[1].applications.add(people[0])  # as two proposals at the same moment may leave it
    at_once(*(lambda one=one: confirm_batch(actor=team.second, batch=one) for one in batches))
    assert numbers() == without_gap(4)
    assert sorted(Certificate.objects.values_list("application", flat=True)) == sorted(
        one.pk for one in people
    )
    assert SetAside.objects.get().application == people[0]


def test_a_batch_issued_and_dropped_at_once_is_one_of_both(team: Team):
    batch = batch_of(team.maker, passed(team, NAMES[0]))
    issued, dropped = at_once(
        lambda: confirm_batch(actor=team.second, batch=batch),
        lambda: drop_batch(actor=team.maker, batch=batch, reason="姓名待核"),
    )
    batch.refresh_from_db()
    assert (issued, dropped) in [(batch, "batch_issued"), ("batch_dropped", batch)]
    assert Certificate.objects.count() == bool(batch.confirmed_at) != bool(batch.dropped_at)


def test_people_proposed_twice_at_once_are_in_one_batch(team: Team):
    people = passed(team, *NAMES[:3])
    outcomes = at_once(*(lambda: propose_batch(actor=team.maker, applications=people) for _ in range(3)))
    assert sum(outcome == "not_due" for outcome in outcomes) == 2
    assert IssueBatch.objects.get().applications.count() == 3


def test_a_replacement_confirmed_by_two_at_once_is_one(team: Team):
    (certificate,) = issued(team, *passed(team, NAMES[0]))
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    outcomes = at_once(
        *(lambda one=one: confirm_ending(actor=one, ending=ending) for one in (team.second, team.third))
    )
    assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
    assert numbers() == without_gap(2)
    assert Certificate.objects.filter(state="valid").count() == 1


def test_printers_side_by_side_print_each_certificate_once(team: Team):
    issued(team, *passed(team, *NAMES))
    counts = at_once(make_certificates, make_certificates)
    assert sum(count["made"] for count in counts) == len(NAMES)
    files = StoredFile.objects.filter(kind="certificate", discarded_at=None)
    assert sorted(files.values_list("pk", flat=True)) == sorted(
        Certificate.objects.values_list("file", flat=True)
    )
    assert set(Certificate.objects.values_list("attempts", "leased_until")) == {(1, None)}


def test_control_without_the_lock_of_the_series_two_draw_the_same_number(team: Team):
    with transaction.atomic():
        lock_series(year=EXAM_DAY.year, grade=4)
    met = threading.Barrier(2, timeout=60)

    def look_then_move():
        series = NumberSeries.objects.get(grade=4)
        met.wait()
        series.next_serial += 1
        series.save(update_fields=["next_serial"])
        return series.next_serial

    assert len(set(at_once(look_then_move, look_then_move))) == 1
