"""What the city's system answered: its sheet, each row kept whole with the person it is about.

Rows find their person by the document number and are compared by name. What fits nobody is listed with the reason and
holds up nothing (R16); nothing of ours is changed by an answer. Worked off in chunks and resumed, like other uploads.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from applicants.identity.documents import DocumentKind
from applicants.identity.masks import mask_number
from applicants.identity.text import compact
from applicants.records.models import document_index
from exams.filing.groups.exchange.fields import REPLY_FIELDS
from exams.filing.groups.exchange.mappings import MappedColumn, Purpose, columns_of, read_row
from exams.filing.groups.models import (
    ColumnMapping,
    ExternalReply,
    GroupFiling,
    RosterEntry,
    RosterUpload,
)
from exams.filing.groups.rosters.file_names import same_name
from exams.filing.groups.rosters.leases import hold_upload
from exams.filing.groups.rosters.staging import fail_upload
from portal import clock
from portal.audit import trail
from portal.files import store
from portal.workbook.heading import LocatedHeading, find_heading, title_key
from portal.workbook.reading import UnusableSheet, parse_sheet, read_lines

CHUNK = 200
MOST_REPORTED = 1000
"""Rows that fit nobody and are listed; the counts are of all, and the file itself is kept."""

NEW, SAME, REFUSED = "new", "same", "refused"
OUTCOMES = {NEW: "新收到回执", SAME: "没有变化", REFUSED: "对不上人"}
"""The keys of an answer sheet's `counts`, with their words."""

_State = RosterUpload.State


@dataclass(frozen=True)
class _Sheet:
    """How an answer sheet is read: every column's heading, and those of them that a mapping knows, by their place."""

    headings: list[str]
    columns: dict[int, MappedColumn]
    heading_row: int


@dataclass(frozen=True)
class _Row:
    """`line`: of the sheet, from 1; `values`: [[heading, text]] of the whole row; `read`: {field: our value}."""

    line: int
    values: list[list[str]]
    read: dict[str, str]
    number_lost: bool


def work_on_replies(upload: RosterUpload, deadline: float) -> None:
    """Read an uploaded answer sheet and put its rows to their people until `deadline` (of `time.monotonic`)."""
    if upload.state == _State.WAITING:
        _open(upload)
    if upload.state == _State.CHECKING and monotonic() < deadline:
        _take(upload, deadline)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────


def _open(upload: RosterUpload) -> None:
    titles = [column.heading for one in ColumnMapping.objects.all() for column in columns_of(one)]
    try:
        parsed = parse_sheet(store.read(upload.file), upload.file.display_name, titles)
    except UnusableSheet as bad:
        fail_upload(upload, bad.sentence)
        return
    sheet = _sheet(parsed)
    if sheet is None:
        fail_upload(upload, _no_heading())
        return
    total = sum(1 for _ in _rows(parsed, sheet))
    if not total:
        fail_upload(upload, "标题行下面没有内容，没有可以导入的回执。")
        return
    file = store.write(
        parsed, kind="reply_lines", media_type="application/gzip", display_name=upload.file.display_name
    )
    try:
        with hold_upload(upload) as held:
            file.save(force_insert=True)
            held.parsed_id, held.total, held.state = file.pk, total, _State.CHECKING
            held.counts, held.report = dict.fromkeys(OUTCOMES, 0), []
    except BaseException:
        store.remove_bytes(file)
        raise


def _no_heading() -> str:
    mapping = ColumnMapping.objects.filter(purpose=Purpose.REPLIES).first()
    if mapping is None:
        return "还没有设置回执的列对照，请联系协会。"
    known = [column.heading for column in columns_of(mapping)]
    number = next(column.heading for column in columns_of(mapping) if column.field == "document_number")
    shown = "、".join(known)[:120]
    return f"没有找到标题行，或者缺少“{number}”这一列。回执应有这些列：{shown}。对方换了标题的，请联系协会修改列对照。"


def _sheet(parsed: bytes) -> _Sheet | None:
    """The sheet by the mapping that fits it best; None where none finds whose rows they are.

    An answer often is the workbook that was sent, with a few columns added: its headings help to find the heading row.
    """
    lines = [line for line in islice(read_lines(parsed), 60) if "cells" in line]
    mappings = list(ColumnMapping.objects.order_by("code"))
    sent = [column.heading for one in mappings if one.purpose == Purpose.EXPORT for column in columns_of(one)]
    best: tuple[LocatedHeading, dict[int, MappedColumn]] | None = None
    for mapping in mappings:
        if mapping.purpose != Purpose.REPLIES:
            continue
        columns = columns_of(mapping)
        own = [column.heading for column in columns]
        located = find_heading(lines, [*(title for title in sent if title not in own), *own])
        if located is None:
            continue
        found = {
            located.columns[column.heading]: column for column in columns if column.heading in located.columns
        }
        knows_whose = any(column.field == "document_number" for column in found.values())
        if knows_whose and (best is None or len(found) > len(best[1])):
            best = located, found
    if best is None:
        return None
    return _Sheet(_headings(lines, best[0]), best[1], best[0].row)


def _headings(lines: Sequence[Mapping[str, Any]], located: LocatedHeading) -> list[str]:
    """Every column's heading as written, each only once; "" where a column has none."""
    cells = next(line["cells"] for line in lines if line["row"] == located.row)
    above = {place: title for title, place in located.columns.items()}
    written = [" ".join(_text(cell).split()) or above.get(place, "") for place, cell in enumerate(cells)]
    counts = Counter(written)
    return [
        f"{title}（第 {place} 列）"
        if title and counts[title] > 1 and title in written[: place - 1]
        else title
        for place, title in enumerate(written, 1)
    ]


def _rows(parsed: bytes, sheet: _Sheet) -> Iterator[_Row]:
    """Every row below the heading with something in it, in the order of the sheet."""
    places = list(sheet.columns)
    columns = [sheet.columns[place] for place in places]
    number_at = next(place for place in places if sheet.columns[place].field == "document_number")
    lines = read_lines(parsed)
    next(lines)
    for line in lines:
        if line["row"] <= sheet.heading_row:
            continue
        texts = [_text(cell) for cell in line["cells"]]
        values = [
            [title or f"第 {place} 列", text]
            for place, (title, text) in enumerate(zip(sheet.headings, texts, strict=True), 1)
            if title or text
        ]
        cell = line["cells"][number_at]
        lost = isinstance(cell, dict) and cell["kind"] == "number" and len(str(cell["value"])) > 15
        yield _Row(line["row"], values, read_row(columns, [texts[place] for place in places]), lost)


def _text(cell: str | dict | None) -> str:
    return str(cell["value"]) if isinstance(cell, dict) else cell or ""


# ── Putting rows to people ───────────────────────────────────────────────────────────────────────────────────


def _take(upload: RosterUpload, deadline: float) -> None:
    assert upload.parsed is not None
    parsed = store.read(upload.parsed)
    sheet = _sheet(parsed)
    if sheet is None:  # the mapping was changed in between
        fail_upload(upload, _no_heading())
        return
    twins = _twins(parsed, sheet)
    rows = islice(_rows(parsed, sheet), upload.done, None)
    while chunk := list(islice(rows, CHUNK)):
        _take_chunk(upload, chunk, twins)
        if monotonic() >= deadline:
            return
    if upload.state == _State.CHECKING:  # fewer rows than were counted: the mapping was changed in between
        with hold_upload(upload) as held:
            held.total = held.done
            _end(held)


def _twins(parsed: bytes, sheet: _Sheet) -> dict[int, int]:
    """Rows whose number stood in an earlier row: line → that line."""
    first: dict[str, int] = {}
    twins = {}
    for row in _rows(parsed, sheet):
        number = _number(row)
        if number and first.setdefault(number, row.line) != row.line:
            twins[row.line] = first[number]
    return twins


def _take_chunk(upload: RosterUpload, chunk: Sequence[_Row], twins: Mapping[int, int]) -> None:
    """Keep a chunk's rows, in the transaction that counts them; the last one ends the upload."""
    people = _people(upload, chunk)
    with hold_upload(upload) as held:
        earlier = _earlier(people.values())
        report = list(held.report or [])
        counts = Counter(held.counts)
        replies = []
        for row in chunk:
            entry = people.get(row.line)
            sentence = _misfit(row, entry, twins)
            if sentence or entry is None:
                counts[REFUSED] += 1
                if len(report) < MOST_REPORTED:
                    report.append(
                        {"name": _named(row), "sentence": sentence, "rows": _masked(row.values, _number(row))}
                    )
            elif _known(row, earlier.get(entry.pk, []), upload.file.sha256):
                counts[SAME] += 1
            else:
                counts[NEW] += 1
                replies.append(
                    ExternalReply(
                        id=uuid4(), entry=entry, upload=upload, values=row.values, received_at=clock.now()
                    )
                )
        ExternalReply.objects.bulk_create(replies)
        held.done, held.counts, held.report = held.done + len(chunk), dict(counts), report
        if held.done >= held.total:
            _end(held)


def _end(held: RosterUpload) -> None:
    assert held.parsed is not None
    transaction.on_commit(partial(store.discard, held.parsed))
    held.state, held.parsed_id, held.finished_at = _State.TAKEN, None, clock.now()
    trail.record("groups.replies_taken", actor=None, subject=held, detail=held.counts)


def _people(upload: RosterUpload, chunk: Sequence[_Row]) -> dict[int, RosterEntry]:
    """Whose row each line is. A number may be of any kind of document; of two such people the name decides."""
    indexes = {row.line: _indexes(_number(row)) for row in chunk}
    wanted = {index for found in indexes.values() for index in found}
    live = RosterEntry.objects.filter(filing=upload.filing_id, removed_at=None, document_index__in=wanted)
    entries = {entry.document_index: entry for entry in live.select_related("row").defer("row__content")}
    people = {}
    for row in chunk:
        found = [entries[index] for index in indexes[row.line] if index in entries]
        found.sort(key=lambda entry: not same_name(row.read.get("name", ""), entry.row.name))
        if found:
            people[row.line] = found[0]
    return people


def _indexes(number: str) -> list[str]:
    return [document_index(kind, number) for kind in DocumentKind.values] if number else []


def _misfit(row: _Row, entry: RosterEntry | None, twins: Mapping[int, int]) -> str:
    """Why a row goes to nobody; "" where it does."""
    if not row.read["document_number"]:
        return "这一行没有证件号码。"
    if row.number_lost:
        return "证件号码是数值，后几位已经丢失。请让对方按文本格式导出，或改为文本后重新填写号码。"
    if row.line in twins:
        return f"与第 {twins[row.line]} 行是同一个证件号码，只采用了前面一行。"
    if entry is None:
        return "证件号码不在这批申报的人员里。"
    name = row.read.get("name", "")
    if name and not same_name(name, entry.row.name):
        return f"姓名与我方不一致：这个证件号码在这批申报里是{entry.row.name}。"
    return ""


def _named(row: _Row) -> str:
    """How a row is listed: its line, the name, the number masked."""
    number = mask_number(_number(row))
    return " ".join(part for part in (f"第 {row.line} 行", row.read.get("name", ""), number) if part)


def _number(row: _Row) -> str:
    return compact(row.read["document_number"])


def _masked(values: Sequence[Sequence[str]], number: str) -> list[list[str]]:
    """What stands in a row, without empty cells, this number masked."""
    return [
        [title, mask_number(number) if compact(text) == number else text] for title, text in values if text
    ]


def _earlier(entries: Iterable[RosterEntry]) -> dict[UUID, list[ExternalReply]]:
    """What was answered before, the latest last."""
    found: dict[UUID, list[ExternalReply]] = {}
    replies = ExternalReply.objects.filter(entry__in=[entry.pk for entry in entries])
    for reply in replies.select_related("upload__file").order_by("received_at", "pk"):
        found.setdefault(reply.entry_id, []).append(reply)
    return found


def _known(row: _Row, earlier: Sequence[ExternalReply], digest: str) -> bool:
    """Whether nothing new is said: as in the latest answer, or as before in this very file."""
    return any(
        reply.values == row.values and (reply is earlier[-1] or reply.upload.file.sha256 == digest)
        for reply in earlier
    )


# ── Showing ──────────────────────────────────────────────────────────────────────────────────────────────────


def counts_in_words(upload: RosterUpload) -> list[tuple[str, int]]:
    """What became of an answer sheet's rows."""
    return [(word, upload.counts.get(outcome, 0)) for outcome, word in OUTCOMES.items()]


@dataclass(frozen=True)
class Shown:
    """An answer as pages show it: `said` are the parts that a mapping knows ({key of REPLY_FIELDS: text}), `rows` the
    whole row as (heading, text), the person's number masked."""

    reply: ExternalReply
    said: dict[str, str]
    rows: list[list[str]]


def latest_replies(filing: GroupFiling) -> QuerySet[ExternalReply]:
    """The latest answer about each person of a filing, by name."""
    newer = ExternalReply.objects.filter(entry=OuterRef("entry"), received_at__gt=OuterRef("received_at"))
    found = ExternalReply.objects.filter(~Exists(newer), entry__filing=filing, entry__removed_at=None)
    return found.select_related("entry__row", "entry__application", "upload").order_by(
        "entry__row__name", "pk"
    )


def shown_replies(replies: Iterable[ExternalReply]) -> list[Shown]:
    """Answers for a page, in the order given. Their entry's row is read."""
    headings = {
        title_key(column.heading): column.field
        for mapping in ColumnMapping.objects.filter(purpose=Purpose.REPLIES)
        for column in columns_of(mapping)
        if column.field in REPLY_FIELDS
    }
    return [_shown(reply, headings) for reply in replies]


def _shown(reply: ExternalReply, headings: Mapping[str, str]) -> Shown:
    number = reply.entry.row.content["record"]["identity"]["document_number"]
    keyed = [(headings.get(title_key(title), ""), text) for title, text in reply.values]
    said = {key: text for key, text in keyed if key}
    return Shown(reply, said, _masked(reply.values, number))
