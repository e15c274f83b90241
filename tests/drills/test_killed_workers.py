"""Workers killed with SIGKILL, and two at once: every ticket once, whole, and nothing left lying about (R4, R6)."""

import os
import time
from datetime import timedelta

import pytest

from exams.tickets import invariants, making
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from exams.tickets.queries import completeness
from portal import clock
from portal.files import strays
from portal.models import AuditEntry, Message, StoredFile
from tests.drills.conftest import OPENING
from tests.drills.processes import files_on_disk, start

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 40
KILLED_AFTER = (0, 1, 12, 27)
"""So many tickets are ready when the worker is killed; with 0 it has claimed its first chunk."""
WORKER = "from django.core.management import call_command\ncall_command('issue_due_tickets')"


def ready() -> int:
    return Ticket.objects.filter(state="ready").count()


def everything_is_there_once(applications) -> None:
    tickets = Ticket.objects.all()
    assert {ticket.application_id for ticket in tickets} == {one.pk for one in applications}
    assert {(ticket.state, ticket.version) for ticket in tickets} == {("ready", 1)}
    assert len(tickets) == len(applications)
    kept = StoredFile.objects.filter(kind="ticket", discarded_at=None)
    assert set(kept.values_list("pk", flat=True)) == {ticket.file_id for ticket in tickets}
    assert list(invariants.broken_files()) == [], "each file is the one whose hash was marked"
    report = completeness(clock.today())
    assert (report.seated, report.ready, report.unexplained) == (len(applications), len(applications), [])
    for deed in ("tickets.ticket_due", "tickets.ticket_made"):
        assert AuditEntry.objects.filter(action=deed).count() == len(applications)
    assert Message.objects.filter(event="ticket_open").count() == len(applications)


def test_workers_killed_at_many_points_of_a_batch(batch, process_day):
    applications = batch(PEOPLE)
    moment = OPENING
    for wanted in KILLED_AFTER:
        worker = start(WORKER, moment)
        while worker.poll() is None and not (
            ready() >= wanted and Ticket.objects.filter(leased_until__gt=moment).exists()
        ):
            time.sleep(0.01)
        worker.kill()
        worker.communicate()
        assert worker.returncode == -9, "it must not have come to its end by itself"
        assert ready() < PEOPLE
        moment += making.LEASE + timedelta(seconds=60)
    process_day(moment)
    sweep()
    everything_is_there_once(applications)


def test_two_workers_at_once(batch):
    applications = batch(12)
    workers = [start(WORKER, OPENING) for _ in range(2)]
    for worker in workers:
        _, errors = worker.communicate(timeout=180)
        assert "Traceback" not in errors
    everything_is_there_once(applications)


@pytest.fixture
def own_folder(settings, tmp_path) -> None:
    """Files of this test alone: other tests leave theirs behind."""
    settings.FILES_DIR = tmp_path / "files"


def test_bytes_whose_row_never_came_are_cleared_after_a_day(own_folder, batch):
    batch(2)
    sweep()
    in_use = files_on_disk()
    folder = next(iter(in_use)).parent
    killed = [folder / "0123.part", folder / "4567"]
    for path in killed:
        path.write_bytes(b"half")
    assert strays.clear() == 0, "they may belong to a transaction that is still running"
    day_before = time.time() - strays.OLD_SECONDS - 60
    for path in (*in_use, *killed):
        os.utime(path, (day_before, day_before))
    assert strays.clear() == len(killed)
    assert files_on_disk() == in_use


def test_where_the_rows_are_those_of_another_database_nothing_is_cleared(own_folder, batch):
    batch(1)
    sweep()
    day_before = time.time() - strays.OLD_SECONDS - 60
    before = files_on_disk()
    for path in before:
        os.utime(path, (day_before, day_before))
    StoredFile.objects.update(discarded_at=clock.now())
    assert strays.clear() == 0
    assert files_on_disk() == before
