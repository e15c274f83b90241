"""Full disk, lost or busy database: a clear 503, and nothing half written (R9)."""

import errno
import os
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from applicants.portraits import portrait
from applicants.records.models import Evidence, Photo
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from portal import faults
from portal.models import StoredFile
from tests import factories
from tests.drills.processes import files_on_disk, run
from tests.records.conftest import upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disk(monkeypatch):
    """`disk(errno.ENOSPC, after=2)`: what is written then does not reach the disk; `disk(None)`: it does again."""
    reach = os.fsync

    def fail(code: int | None, after: int = 0) -> None:
        left = iter(range(after))

        def fsync(descriptor: int) -> None:
            if code is not None and next(left, None) is None:
                raise OSError(code, os.strerror(code))
            reach(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)

    return fail


def browser(person) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person.account)
    return client


def says_come_again(answer) -> None:
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    page = answer.content.decode()
    assert "请过几分钟，用浏览器的“返回”回到刚才那一页再试一次" in page


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("page", ["records:identity-evidence", "records:photo"])
def test_an_upload_onto_a_full_disk(disk, code, page):
    client, before = browser(factories.make_person()), files_on_disk()
    typed = {"code": "identity_document", "consent": "on"}
    disk(code)
    says_come_again(client.post(reverse(page), typed | {"file": upload(portrait(2, quality=95))}))
    assert files_on_disk() == before
    assert not StoredFile.objects.exists()
    disk(None)
    assert client.post(reverse(page), typed | {"file": upload(portrait(2, quality=95))}).status_code == 302
    assert Evidence.objects.count() + Photo.objects.count() == 1


def test_tickets_on_a_full_disk_wait_and_are_made_when_there_is_room(batch, disk):
    batch(6)
    before = files_on_disk()
    disk(errno.ENOSPC, after=6)  # two files, each with its two folders
    assert sweep() == {"ended": 0, "added": 6, "made": 2, "held": 0, "opened": 2}
    waiting = Ticket.objects.filter(state="making")
    assert set(waiting.values_list("attempts", "leased_until")) == {(0, None)}, "no ticket's fault"
    assert len(files_on_disk() - before) == StoredFile.objects.filter(kind="ticket").count() == 2
    disk(None)
    assert sweep() == {"ended": 0, "added": 0, "made": 4, "held": 0, "opened": 4}
    assert set(Ticket.objects.values_list("state", "version")) == {("ready", 1)}


@contextmanager
def somebody_holds_the_database():
    """Another connection holds what an upload must write to; ours waits for it 50 ms only."""
    other = connection.copy()
    ours, theirs = (
        ("PRAGMA busy_timeout = 50", ["BEGIN EXCLUSIVE"])
        if connection.vendor == "sqlite"
        else ("SET lock_timeout = '50ms'", ["BEGIN", "LOCK TABLE portal_storedfile IN ACCESS EXCLUSIVE MODE"])
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(ours)
        with other.cursor() as cursor:
            for statement in theirs:
                cursor.execute(statement)
            yield
            cursor.execute("ROLLBACK")
    finally:
        other.close()
        connection.close()


def test_a_busy_database():
    client = browser(factories.make_person())
    page = reverse("records:identity-evidence")
    with somebody_holds_the_database():
        says_come_again(client.post(page, {"code": "identity_document", "file": upload()}))
    assert not StoredFile.objects.exists()
    again = client.post(page, {"code": "identity_document", "file": upload()})
    assert again.status_code == 302, "sent again, it succeeds"
    assert Evidence.objects.count() == 1


@pytest.mark.postgres
def test_a_connection_that_was_cut_costs_one_answer(client):
    client.raise_request_exception = False
    assert client.get("/").status_code == 200
    other = connection.copy()
    connection.ensure_connection()
    ours = connection.connection.info.backend_pid
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
    finally:
        other.close()
    says_come_again(client.get("/"))
    connection.close_if_unusable_or_obsolete()
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("address", ["postgres://nobody:secret@127.0.0.1:1/none", "sqlite:////proc/none/db"])
def test_no_database_at_all(address):
    said = run(
        "from django.test import Client\n"
        "client = Client(raise_request_exception=False, SERVER_NAME='localhost')\n"
        "for page in ('/', '/programme/timetable/', '/my/'):\n"
        "    client.cookies['sessionid'] = 'x' * 32\n"
        "    answer = client.get(page)\n"
        "    print(answer.status_code, '请过几分钟' in answer.content.decode())",
        TEST_DATABASE_URL=address,
    )
    assert said.splitlines() == ["503 True"] * 3


def test_a_missing_table_is_our_fault_and_no_passing_one():
    with pytest.raises(Exception, match="no_such_table") as caught, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")
    assert not faults.passes(caught.value)
    assert faults.passes(RuntimeError()) is False
    assert faults.passes(OperationalError("server closed the connection"))
