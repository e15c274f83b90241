"""How fast rosters are checked, judged, priced, staged and taken (`manage.py bench rosters`).

In a folder of its own with a fresh embedded database: nothing of this machine's portal is touched. The worker is a
process of its own, whose peak of memory (VmHWM) is told in MB, without the confined reader's, which has a limit of its
own. Meanwhile another process writes to the same database ten times a second, as a web page would, and tells how long
it ever waited. The preview is asked for as a logged-in member would, over and over; its median time is told.
"""

import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from statistics import median
from time import perf_counter, sleep
from typing import Any

FEW = 50
MOST_SECONDS, FLAT = 60, 1.25
PAGES = 30


def measure(count: int) -> Iterator[str]:
    """Rosters of FEW, of a fifth of `count` and of `count` rows, one after the other; lines of a report, the verdict
    last."""
    from exams.filing.groups.rosters.samples import workbook

    with tempfile.TemporaryDirectory() as folder, _environment(PORTAL_VAR=folder), _worker() as ask:
        found = {}
        for rows in sorted({FEW, max(FEW, count // 5), count}):
            done = found[rows] = ask(workbook(rows))
            yield (
                f"{rows:>7,} rows: checked in {done['check']:6.1f} s ({rows / done['check']:4.0f} a second, "
                f"{done['good']:,} good), taken in {done['take']:5.1f} s, peak {done['peak']:4.0f} MB; "
                f"another writer waited at most {done['waited']:.2f} s; preview {done['page'] * 1000:.0f} ms"
            )
        few, many = found[min(found)], found[count]
        seconds = many["check"] / count * 5000
        held = seconds < MOST_SECONDS and many["peak"] < FLAT * few["peak"] and many["page"] < 2 * few["page"]
        yield (
            f"5,000 rows in {seconds:.0f} s (under {MOST_SECONDS}), peak {many['peak'] / few['peak']:.2f} of that with "
            f"{FEW} rows (under {FLAT}), preview {many['page'] / few['page']:.2f} of its time (under 2): "
            f"{'holds' if held else 'DOES NOT HOLD'}"
        )


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """For processes started within: the embedded defaults, in a folder of their own."""
    before = dict(os.environ)
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "PORTAL_ENV"):
        os.environ.pop(name, None)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _worker() -> Iterator[Any]:
    """A process with a fresh portal; what is given has it work off one roster and tell its figures."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_work, args=(there,))
    process.start()
    there.close()

    def ask(data: bytes) -> dict[str, float]:
        here.send_bytes(data)
        return here.recv()

    try:
        yield ask
    finally:
        here.close()
        process.join()


def _work(asked: Connection) -> None:
    import django

    django.setup()
    from exams.filing.groups.models import RosterUpload
    from exams.filing.groups.rosters import uploads as rosters

    filing = _open_filing()
    while True:
        try:
            data = asked.recv_bytes()
        except EOFError:
            return
        with _another_writer() as waited:
            begun = perf_counter()
            upload = rosters.receive_upload(
                actor=filing.opened_by, filing=filing, kind="roster", data=data, filename="花名册.xlsx"
            )
            del data
            _until(upload, RosterUpload.State.CHECKED)
            checked = perf_counter()
            page = _preview(upload)
            decided = perf_counter()
            rosters.take_rows(actor=filing.opened_by, upload=upload)
            _until(upload, RosterUpload.State.TAKEN)
            taken = perf_counter()
        asked.send(
            {
                "check": checked - begun,
                "take": taken - decided,
                "page": page,
                "good": upload.counts["new"] + upload.counts["changed"] + upload.counts["same"],
                "peak": _peak_of_this_process(),
                "waited": waited(),
            }
        )


def _open_filing() -> Any:
    """A portal with the shipped notice, an institution, its filer and an open filing."""
    from uuid import uuid4

    from django.core.management import call_command

    from applicants.accounts.models import Account, phone_index
    from applicants.institutions.models import Institution, InstitutionMember
    from exams.catalogue.loading import load_notice
    from exams.catalogue.models import Occupation
    from exams.filing.groups.opening import open_filing
    from portal import clock
    from portal.rules.notice import shipped

    call_command("migrate", verbosity=0)
    for notice in shipped():
        load_notice(notice)
    now, phone = clock.now(), "+8613900000000"
    account = Account.objects.create(
        name="林晓", phone=phone, phone_index=phone_index(phone), phone_verified=True, joined_at=now
    )
    institution = Institution.objects.create(
        id=uuid4(), name="测速培训学校", permit_number="310105000000001", opened_at=now
    )
    InstitutionMember.objects.create(
        id=uuid4(), institution=institution, account=account, role="filer", since=now
    )
    occupation = Occupation.objects.get()
    return open_filing(actor=account, institution=institution, occupation=occupation, title="测速")


def _until(upload: Any, state: str) -> None:
    """Work as the workers do, turn after turn."""
    from exams.filing.groups.rosters import uploads as rosters

    while upload.state != state:
        rosters.work_on_uploads()
        upload.refresh_from_db()
        if upload.state == "failed":
            raise RuntimeError(upload.problem)


def _preview(upload: Any) -> float:
    """Median seconds of a page of all rows, from somewhere in the middle."""
    from django.test import Client
    from django.urls import reverse

    client = Client(HTTP_HOST="localhost")
    client.force_login(upload.uploaded_by)
    address = reverse("groups:upload", args=[upload.pk])
    seconds = []
    for place in range(PAGES + 1):
        begun = perf_counter()
        answer = client.get(address, {"outcome": "all", "page": str(place % 20 + 1)})
        seconds.append(perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(f"the preview answers {answer.status_code}")
    return median(seconds[1:])


@contextmanager
def _another_writer() -> Iterator[Any]:
    """Somebody who writes to the database all the while; what is given tells the longest wait in seconds, at the end."""
    spawn = multiprocessing.get_context("spawn")
    started, stop, longest = spawn.Event(), spawn.Event(), spawn.Value("d", 0.0)
    process = spawn.Process(target=_write, args=(started, stop, longest))
    process.start()
    started.wait(60)

    def waited() -> float:
        return longest.value

    try:
        yield waited
    finally:
        stop.set()
        process.join()


def _write(started: Event, stop: Event, longest: Any) -> None:
    import django

    django.setup()
    from django.db import transaction

    from exams.filing.groups.models import GroupFiling

    while not stop.is_set():
        begun = perf_counter()
        try:
            with transaction.atomic():
                GroupFiling.objects.update(title="测速")
        finally:  # whoever is made to wait too long is refused: that counts as well
            longest.value = max(longest.value, perf_counter() - begun)
        started.set()
        sleep(0.1)


def _peak_of_this_process() -> float:
    """MB. Not getrusage: what that reports outlives exec and may be the parent's."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
