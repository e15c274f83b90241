"""An approved filing for the city's self-service system: its workbook by a mapping, and the photos beside it.

The system is the official channel for group filing (N2026-2.2): numbers are whole in it. Every export is logged, and so
is each person in it.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from applicants.accounts.models import Account
from applicants.records.models import Photo
from exams.filing.checks import latest_submissions
from exams.filing.groups.access import demand_exchange
from exams.filing.groups.exchange.fields import Filed, photo_name
from exams.filing.groups.exchange.mappings import columns_of, row_texts, width_of
from exams.filing.groups.models import ColumnMapping, GroupFiling, GroupSubmission, RosterEntry
from exams.filing.groups.queries import counts_by_stage
from exams.filing.models import Quote, Status
from portal.audit import trail
from portal.files import store
from portal.rules.findings import Finding, Refused
from portal.workbook.writing import Heading, write_sheet

CHUNK = 200
PHOTOS_A_PART = 300
CONFIDENTIAL = "内含个人信息，请妥善保管，用后删除"


@dataclass(frozen=True)
class Export:
    """A file, how it is called, and how many people are in it."""

    data: bytes
    filename: str
    persons: int


def approved_entries(filing: GroupFiling, submission: GroupSubmission | None = None) -> QuerySet[RosterEntry]:
    """The people of a filing, or of one submission of it, whose application is approved, by application number."""
    found = filing.entries.filter(removed_at=None, application__status=Status.APPROVED)
    if submission is not None:
        found = found.filter(submission=submission)
    return found.select_related("application", "person").order_by("application__number")


def left_out(filing: GroupFiling) -> int:
    """How many people of a filing no export has: not approved (yet), or ended."""
    return sum(people for stage, people in counts_by_stage(filing).items() if stage != "approved")


def export_filing(
    *,
    actor: Account,
    filing: GroupFiling,
    mapping: ColumnMapping,
    submission: GroupSubmission | None = None,
) -> Export:
    """The workbook of everybody approved: the mapping's columns in their order, every cell text (S10).

    Raises Refused where the actor may not have it, or nobody is approved.
    """
    demand_exchange(actor, filing)
    columns = columns_of(mapping)
    entries = list(approved_entries(filing, submission))
    _refuse_if_nobody(entries)
    headings = [Heading(title=column.heading, width=width_of(column)) for column in columns]
    data = write_sheet(
        headings,
        (row_texts(columns, filed) for filed in _filed(filing, entries)),
        title=f"{mapping.name} {filing.number}（{CONFIDENTIAL}）",
        sheet=mapping.sheet,
    )
    _log(actor, filing, entries, {"mapping": mapping.pk, "persons": len(entries)})
    name = f"{mapping.sheet}-{filing.number}-{len(entries)}人（内含个人信息）.xlsx"
    return Export(data, name, len(entries))


@dataclass(frozen=True)
class Download:
    """A workbook on offer: its mapping, the serial of the submission it is of ("": the whole filing), how many people."""

    mapping: ColumnMapping
    serial: int | str
    persons: int


def downloads(filing: GroupFiling) -> list[Download]:
    """Every workbook that has somebody in it: of the whole filing, and, where it was submitted several times, of each
    act, since the other system may have the earlier ones already."""
    acts = Counter(approved_entries(filing).order_by().values_list("submission__serial", flat=True))
    if not acts:
        return []
    offered = []
    for mapping in ColumnMapping.objects.filter(purpose=ColumnMapping.Purpose.EXPORT).order_by("code"):
        offered.append(Download(mapping, "", acts.total()))
        if len(acts) > 1:
            offered += [Download(mapping, serial, acts[serial]) for serial in sorted(acts) if serial]
    return offered


def asked_export(*, actor: Account, filing: GroupFiling, code: str, serial: str) -> Export | None:
    """The workbook an address asks for; None where there is no such mapping or submission. Raises as `export_filing`."""
    mapping = ColumnMapping.objects.filter(pk=code, purpose=ColumnMapping.Purpose.EXPORT).first()
    act = filing.submissions.filter(serial=serial).first() if serial.isdecimal() and len(serial) < 5 else None
    if mapping is None or (serial and act is None):
        return None
    return export_filing(actor=actor, filing=filing, mapping=mapping, submission=act)


def photo_parts(persons: int) -> int:
    """In how many archives so many people's photos come."""
    return -(-persons // PHOTOS_A_PART)


def export_photos(*, actor: Account, filing: GroupFiling, part: int = 1) -> Export:
    """One part of the photos those people were approved with, in a ZIP, named as the workbook names them.

    Raises Refused as `export_filing`, and where there is no such part.
    """
    demand_exchange(actor, filing)
    first = (part - 1) * PHOTOS_A_PART
    entries = list(approved_entries(filing)[first : first + PHOTOS_A_PART]) if part > 0 else []
    _refuse_if_nobody(entries)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for filed, photo in _with_photos(filing, entries):
            archive.writestr(photo_name(filed), store.read(photo.file))
    _log(actor, filing, entries, {"photos": len(entries), "part": part})
    name = f"照片-{filing.number}-第{part}包（内含个人信息）.zip"
    return Export(out.getvalue(), name, len(entries))


def latest_filed(number: int = 3) -> Iterator[Filed]:
    """The latest approved people, for a look at a mapping under change."""
    found = RosterEntry.objects.filter(removed_at=None, application__status=Status.APPROVED)
    found = found.select_related("application", "filing__institution").order_by("-application__approved_at")
    for place, entry in enumerate(found[:number], 1):
        for filed in _filed(entry.filing, [entry]):
            yield replace(filed, place=place)


def _filed(filing: GroupFiling, entries: Sequence[RosterEntry]) -> Iterator[Filed]:
    """The people with what they were approved with, a chunk at a time."""
    waiting = iter(entries)
    place = 0
    while chunk := list(islice(waiting, CHUNK)):
        keys = [entry.application_id for entry in chunk if entry.application_id]
        answers = {one.application_id: one.answers for one in latest_submissions(keys)}
        quotes = Quote.objects.filter(application__in=keys, ended_at=None)
        fees = dict(quotes.values_list("application", "total_fen"))
        for entry in chunk:
            application = entry.application
            assert application is not None
            place += 1
            yield Filed(filing, application, answers[application.pk], fees.get(application.pk), place)


def _with_photos(filing: GroupFiling, entries: Sequence[RosterEntry]) -> Iterator[tuple[Filed, Photo]]:
    filed = list(_filed(filing, entries))
    keys = [one.answers["photo"] for one in filed if one.answers["photo"]]
    photos = {str(photo.pk): photo for photo in Photo.objects.filter(pk__in=keys).select_related("file")}
    for one in filed:
        if photo := photos.get(one.answers["photo"]):
            yield one, photo


def _refuse_if_nobody(entries: Sequence[RosterEntry]) -> None:
    if not entries:
        raise Refused(Finding("N2026-2.2", "nobody_approved", "还没有审核通过的人，没有可以导出的内容。"))


@transaction.atomic
def _log(actor: Account, filing: GroupFiling, entries: Sequence[RosterEntry], detail: dict[str, Any]) -> None:
    trail.record("groups.export_filing", actor=actor, subject=filing, detail=detail)
    trail.record_accesses(
        "export_filing",
        actor=actor,
        looked_at=[(one, one.person.pk, one.person.birth_date) for one in entries if one.person],
    )
