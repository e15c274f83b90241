"""An uploaded roster, checked in the background: opened once, then staged in chunks, resumed wherever it stopped."""

import gzip
import io
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any

from django.db import transaction

from applicants.identity.text import compact
from exams.filing.groups.models import GroupFiling, RosterRow, RosterUpload
from exams.filing.groups.rosters.checking import Checked, Context, check_row, read_context
from exams.filing.groups.rosters.columns import COLUMNS, PROBLEMS, REQUIRED, SERIAL, column
from exams.filing.groups.rosters.leases import hold_upload
from exams.filing.groups.rosters.outcomes import Outcome, make_row, read_standing
from exams.filing.groups.rosters.shared_phones import shared_phones
from portal import clock
from portal.audit import trail
from portal.files import store
from portal.workbook.reading import LocatedHeading, UnusableSheet, locate_heading, parse_sheet, read_lines

logger = logging.getLogger(__name__)

CHUNK = 200
LEAST_SECONDS = 5
TWINS_TOLD = 10
MOST_ROWS = 100_000
PHONE = column("phone")
TITLES = {one.title: one.code for one in (*COLUMNS, PROBLEMS)}
_State = RosterUpload.State

Cells = dict[str, Any]


def check_roster(upload: RosterUpload, deadline: float) -> None:
    """Open and stage until everything is checked or `deadline` (of `time.monotonic`) has passed."""
    if upload.state == _State.WAITING:
        _open(upload)
    if upload.state == _State.CHECKING and monotonic() < deadline:
        _stage(upload, deadline)


def fail_upload(upload: RosterUpload, sentence: str, report: Sequence[dict[str, str]] = ()) -> None:
    """The whole file is no use."""
    with hold_upload(upload) as held:
        held.state, held.problem, held.finished_at = _State.FAILED, sentence[:300], clock.now()
        held.report = list(report)
        trail.record("groups.upload_failed", actor=None, subject=held)


def _open(upload: RosterUpload) -> None:
    """Parse the file, see whether its heading will do, keep the lines for the chunks to come."""
    titles = [one.title for one in REQUIRED]
    try:
        parsed = parse_sheet(store.read(upload.file), upload.file.display_name, titles)
        head, heading = read_heading(parsed)
    except UnusableSheet as bad:
        fail_upload(upload, bad.sentence)
        return
    if sentence := _unfit(heading):
        fail_upload(upload, sentence)
        return
    rows, total = _pack(parsed, heading)
    if not total or total > MOST_ROWS:
        few = "标题行下面没有名单。请从标题行的下一行起，一人一行填写。"
        many = f"共 {total} 行，一次最多 {MOST_ROWS} 行。请分成几个文件上传。"
        fail_upload(upload, many if total else few)
        return
    shared = shared_phones(roster_rows(parsed, heading))
    file = store.write(
        rows, kind="roster_rows", media_type="application/gzip", display_name=upload.file.display_name
    )
    try:
        with hold_upload(upload) as held:
            file.save(force_insert=True)
            held.parsed_id, held.total, held.state = file.pk, total, _State.CHECKING
            held.counts = dict.fromkeys(Outcome.values, 0)
            held.report = [
                *({"name": "", "sentence": note} for note in head["notes"]),
                *({"name": name, "sentence": "模板中没有这一列，没有采用。"} for name in heading.unknown),
                *({"name": PHONE.title, "sentence": sentence} for sentence in shared),
            ]
    except BaseException:
        store.remove_bytes(file)
        raise


def read_heading(parsed: bytes) -> tuple[Mapping[str, Any], LocatedHeading]:
    lines = read_lines(parsed)
    head = next(lines)
    return head, locate_heading(lines, list(TITLES), required=[one.title for one in REQUIRED])


def _unfit(heading: LocatedHeading) -> str:
    missing = [one.title for one in REQUIRED if one.title in heading.missing]
    if missing:
        return f"缺少必需的列：{'、'.join(missing)}。请使用从系统下载的模板，不要删改标题行。"
    if heading.doubled:
        return f"有重复的列：{'、'.join(heading.doubled)}。每一列只能出现一次，请删去多余的列后再上传。"
    return ""


def roster_rows(parsed: bytes, heading: LocatedHeading) -> Iterator[tuple[int, Cells]]:
    """(sheet row, cells by column code) of every person, in the order of the sheet.

    Left out: lines with nothing but a serial number in them, and the template's own example if somebody copied it.
    """
    places = [(place, TITLES[title]) for title, place in heading.columns.items() if title != PROBLEMS.title]
    lines = read_lines(parsed)
    next(lines)
    for line in lines:
        if line["row"] <= heading.row:
            continue
        cells = {code: line["cells"][place] for place, code in places if line["cells"][place] is not None}
        if cells.keys() - {SERIAL.code} and not _is_example(cells):
            yield line["row"], cells


def _is_example(cells: Cells) -> bool:
    return all(cells.get(code) == column(code).example for code in ("name", "document_number", "phone"))


def _pack(parsed: bytes, heading: LocatedHeading) -> tuple[bytes, int]:
    """The rows for the chunks to come, and how many there are: compressed lines, the first of them `_twins`.

    They are read once for all chunks: whoever resumes skips lines instead of understanding the sheet anew.
    """
    seen: set[int] = set()
    doubled: set[int] = set()
    total, out = 0, io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as packed:
        for row in roster_rows(parsed, heading):
            total += 1
            packed.write(json.dumps(row).encode() + b"\n")
            if number := _number(row[1]):
                (doubled if hash(number) in seen else seen).add(hash(number))
    twins = _twins(roster_rows(parsed, heading), doubled) if doubled else {}
    return gzip.compress(json.dumps(twins).encode() + b"\n", mtime=0) + out.getvalue(), total


def _twins(rows: Iterator[tuple[int, Cells]], doubled: set[int]) -> dict[int, list[int]]:
    """Sheet row → others with the same number, as many as are told and one. Only numbers known (by their hash) to be
    doubled are remembered."""
    found: dict[str, list[int]] = {}
    for line, cells in rows:
        if (number := _number(cells)) and hash(number) in doubled:
            found.setdefault(number, []).append(line)
    return {
        line: [other for other in lines[: TWINS_TOLD + 2] if other != line]
        for lines in found.values()
        for line in lines
    }


def _number(cells: Cells) -> str:
    cell = cells.get("document_number")
    return compact(cell) if isinstance(cell, str) else ""


def _stage(upload: RosterUpload, deadline: float) -> None:
    """Chunk after chunk, LEAST_SECONDS at least: on a busy machine getting there alone may take the whole turn."""
    assert upload.parsed is not None
    context = read_context(upload.filing.occupation, clock.today())
    with gzip.GzipFile(fileobj=io.BytesIO(store.read(upload.parsed))) as packed:
        twins = json.loads(packed.readline())
        lines = islice(packed, upload.done, None)
        deadline = max(deadline, monotonic() + LEAST_SECONDS)
        while chunk := [json.loads(line) for line in islice(lines, CHUNK)]:
            _stage_chunk(upload, _check(upload.filing, chunk, twins, context), context)
            if monotonic() >= deadline:
                return


def _check(
    filing: GroupFiling, chunk: list[tuple[int, Cells]], twins: Mapping[str, list[int]], context: Context
) -> list[tuple[int, Checked]]:
    """Check a chunk of rows. One that cannot be checked at all is refused, and does not hold up the others (R16)."""
    checked = []
    for line, cells in chunk:
        try:
            row = check_row(cells, context=context)
        except Exception:
            logger.exception("row %s of filing %s cannot be checked", line, filing.pk)
            row = Checked(
                problems=[
                    {"column": "name", "sentence": "这一行无法检查，请核对内容后重新填写，或联系协会。"}
                ]
            )
        if others := twins.get(str(line)):
            row.problems.append({"column": "document_number", "sentence": twin_sentence(others)})
        checked.append((line, row))
    return checked


def twin_sentence(lines: Sequence[int | None]) -> str:
    shown = "、".join(map(str, lines[:TWINS_TOLD])) + (" 等" if len(lines) > TWINS_TOLD else " ")
    return f"与第 {shown}行是同一个证件号码。一人只能占一行，请核对号码或只保留一行。"


def _stage_chunk(upload: RosterUpload, checked: list[tuple[int, Checked]], context: Context) -> None:
    """Keep a chunk's rows, in the transaction that counts them; the last chunk needs the lines no longer."""
    standing = read_standing(upload.filing, [row.document_index for _, row in checked])
    rows = [
        make_row(
            row,
            filing=upload.filing,
            standing=standing,
            judged_on=context.on,
            made_by_id=upload.uploaded_by_id,
            upload_id=upload.pk,
            line=line,
        )
        for line, row in checked
    ]
    found = Counter(row.outcome for row in rows)
    with hold_upload(upload) as held:
        RosterRow.objects.bulk_create(rows)
        held.done += len(rows)
        held.counts = {name: held.counts.get(name, 0) + found[name] for name in Outcome.values}
        if held.done >= held.total:
            assert held.parsed is not None
            transaction.on_commit(partial(store.discard, held.parsed))
            held.state, held.parsed_id = _State.CHECKED, None
            trail.record("groups.roster_checked", actor=None, subject=held, detail=held.counts)
