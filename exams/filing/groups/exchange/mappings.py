"""How our facts stand in another system's workbook: columns kept as data, checked, changed by staff, read both ways."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as data_field
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.filing.groups.exchange.fields import FIELDS, REPLY_FIELDS, known_field, later
from exams.filing.groups.models import ColumnMapping
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.workbook.cells import clean
from portal.workbook.heading import title_key

SHIPPED = Path(__file__).parent / "shipped_mappings"
MOST_COLUMNS = 100
LONGEST_NAME, LONGEST_SHEET, LONGEST_TEXT = 60, 31, 100
NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
Purpose = ColumnMapping.Purpose


@dataclass(frozen=True)
class MappedColumn:
    """One column of the other system's sheet: a field of ours, or the same text in every row, or left empty.

    `values`: our value → theirs, for what they write in another way than we do.
    """

    heading: str
    field: str = ""
    constant: str = ""
    values: Mapping[str, str] = data_field(default_factory=dict)

    def theirs(self, value: str) -> str:
        """What stands in their sheet for our value: as translated, else in the words of our choices, else as it is."""
        known = known_field(self.field)
        shown = self.values.get(value) if value in self.values else known.label(value) if known else value
        return clean(shown or "").strip()

    def ours(self, text: str) -> str:
        """Our value for what stands in their sheet; the text itself where it could be none of ours, or several."""
        choices = [value for value, _ in FIELDS[self.field].choices] if self.field in FIELDS else []
        found = [value for value in {*choices, *self.values} if self.theirs(value) == text]
        return found[0] if len(found) == 1 else text

    def as_data(self) -> dict[str, Any]:
        """As `ColumnMapping.columns` holds it."""
        return {
            "heading": self.heading,
            "field": self.field,
            "constant": self.constant,
            "values": dict(self.values),
        }


def columns_of(mapping: ColumnMapping) -> list[MappedColumn]:
    """The columns in the order of the sheet."""
    return [MappedColumn(**one) for one in mapping.columns]


def row_texts(columns: Iterable[MappedColumn], row: Any, *, masked: bool = False) -> list[str]:
    """What stands in each column for this person; `row` is what the fields of the mapping's purpose read."""
    texts = []
    for column in columns:
        known = known_field(column.field)
        text = column.theirs(known.read(row)) if known else column.constant
        texts.append(known.mask(text) if known and masked else text)
    return texts


def width_of(column: MappedColumn) -> int:
    """How wide the column is written, in characters."""
    known = known_field(column.field)
    return known.width if known else 16


def read_row(columns: Iterable[MappedColumn], texts: Iterable[str]) -> dict[str, str]:
    """The other way: {field: our value} of a row of their sheet, whose texts stand in the order of `columns`."""
    pairs = zip(columns, texts, strict=True)
    return {column.field: column.ours(text.strip()) for column, text in pairs if column.field}


def fields_for(purpose: str) -> dict[str, str]:
    """{key: title} of what a column may hold."""
    if purpose in later:
        return {key: one.title for key, one in later[purpose].fields.items()}
    ours = {key: one.title for key, one in FIELDS.items()}
    return ours if purpose == Purpose.EXPORT else {**REPLY_FIELDS, **ours}


# ── Checking and changing ────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def change_mapping(
    *,
    actor: Account,
    mapping: ColumnMapping,
    name: str,
    sheet: str,
    columns: Sequence[MappedColumn],
    seen: str,
) -> ColumnMapping:
    """Give a mapping another name, sheet or columns. `seen` is `version_of` what was shown when it was opened.

    Raises Refused, with findings at "name", "sheet" or "columns-2-heading", where it is no use, or was changed meanwhile.
    """
    mapping = ColumnMapping.objects.select_for_update().get(pk=mapping.pk)
    if seen != version_of(mapping):
        sentence = "这份对照刚被别人改过。请重新打开，看过新的内容再改；您填的还在下面。"
        raise Refused(Finding("", "changed_meanwhile", sentence))
    refuse_if_any(
        [
            *findings(mapping.purpose, name=name, sheet=sheet, columns=columns),
            *(_taken(name, mapping.purpose, but=mapping.pk) if name != mapping.name else ()),
        ]
    )
    before = _content(mapping)
    mapping.name, mapping.sheet = name, sheet
    mapping.columns = [column.as_data() for column in columns]
    after = _content(mapping)
    if after == before:
        return mapping
    mapping.changed_by, mapping.changed_at = actor, clock.now()
    mapping.save()
    trail.record(
        "groups.change_mapping", actor=actor, subject=mapping, detail={"before": before, "after": after}
    )
    return mapping


@transaction.atomic
def copy_mapping(*, actor: Account, source: ColumnMapping, name: str) -> ColumnMapping:
    """Add a mapping of the staff's own for the same purpose, beginning with the sheet and columns of another.

    It is offered wherever those of its purpose are. Raises Refused, with findings at "name".
    """
    name = name.strip()
    columns = columns_of(source)
    refuse_if_any(
        [
            *findings(source.purpose, name=name, sheet=source.sheet, columns=columns),
            *_taken(name, source.purpose),
        ]
    )
    mapping = ColumnMapping.objects.create(
        code=f"own_{uuid4().hex}",
        name=name,
        purpose=source.purpose,
        sheet=source.sheet,
        columns=[column.as_data() for column in columns],
        changed_by=actor,
        changed_at=clock.now(),
    )
    trail.record(
        "groups.add_mapping", actor=actor, subject=mapping, detail={"copied_from": source.pk, "name": name}
    )
    return mapping


def _taken(name: str, purpose: str, but: str = "") -> list[Finding]:
    """Another mapping for the purpose has the name: where one is chosen they could not be told apart."""
    same = ColumnMapping.objects.filter(name=name.strip(), purpose=purpose).exclude(pk=but)
    return (
        [_wrong("name", "name_taken", "已有同样用途、同样名称的列对照，请换一个名称。")]
        if same.exists()
        else []
    )


def version_of(mapping: ColumnMapping) -> str:
    """Tells one state of a mapping from another."""
    return mapping.changed_at.isoformat() if mapping.changed_at else "shipped"


def _content(mapping: ColumnMapping) -> dict[str, Any]:
    return {"name": mapping.name, "sheet": mapping.sheet, "columns": mapping.columns}


def findings(purpose: str, *, name: str, sheet: str, columns: Sequence[MappedColumn]) -> list[Finding]:
    """Everything wrong with a mapping, at its fields."""
    found = []
    if not name.strip() or len(name) > LONGEST_NAME:
        found.append(_wrong("name", "bad_name", f"请写一个名称，最多 {LONGEST_NAME} 个字。"))
    if not sheet.strip() or len(sheet) > LONGEST_SHEET or NO_SHEET_NAME.search(sheet) or "'" in sheet:
        sentence = f"工作表名称须有 1 至 {LONGEST_SHEET} 个字，不能有 [ ] : * ? / \\ 和单引号。"
        found.append(_wrong("sheet", "bad_sheet", sentence))
    if not columns or len(columns) > MOST_COLUMNS:
        found.append(_wrong(None, "bad_count", f"须有 1 至 {MOST_COLUMNS} 列。"))
    same = Counter(title_key(column.heading) for column in columns)
    for place, column in enumerate(columns):
        at = f"columns-{place}-"
        found += [_wrong(at + part, code, sentence) for part, code, sentence in _of_column(purpose, column)]
        if same[title_key(column.heading)] > 1:
            found.append(
                _wrong(at + "heading", "doubled", f"有两列的标题都是“{column.heading}”，请改成不同的。")
            )
    if purpose == Purpose.REPLIES:
        used = Counter(column.field for column in columns)
        if not used["document_number"]:
            sentence = "须有一列是“证件号码”：回执里的每一行按它找到人。"
            found.append(_wrong(None, "no_document_number", sentence))
        for place, column in enumerate(columns):
            if column.field and used[column.field] > 1:
                found.append(_wrong(f"columns-{place}-field", "field_twice", "同一内容只能指定一列。"))
    return found


def _of_column(purpose: str, column: MappedColumn) -> list[tuple[str, str, str]]:
    """(part, code, sentence) of what is wrong with one column by itself."""
    found = []
    if not title_key(column.heading) or len(column.heading) > LONGEST_TEXT:
        found.append(("heading", "bad_heading", f"请填写标题，最多 {LONGEST_TEXT} 个字。"))
    if column.field and column.field not in fields_for(purpose):
        found.append(("field", "unknown_field", "请从列表中选择内容。"))
    if len(column.constant) > LONGEST_TEXT or clean(column.constant).strip() != column.constant:
        sentence = f"固定文字最多 {LONGEST_TEXT} 个字，前后不能有空格。"
        found.append(("constant", "bad_constant", sentence))
    if purpose == Purpose.REPLIES:
        if column.constant:
            found.append(("constant", "constant_in_reply", "回执是对方填写的，不能指定固定文字。"))
        if not column.field:
            sentence = "请选择这一列是什么。其他列不用写在这里，整行都会保留。"
            found.append(("field", "no_field", sentence))
    elif column.field and column.constant:
        found.append(("constant", "both", "内容和固定文字只能选一样，请清空其中一样。"))
    known = known_field(column.field)
    strange = (
        {value for value in column.values if value} - {value for value, _ in known.choices}
        if known
        else set()
    )
    if known and known.choices and strange:
        offered = "、".join(label for _, label in known.choices)
        found.append(("values", "unknown_value", f"“{min(strange)}”不是我方的写法。我方写法：{offered}。"))
    if column.values and not column.field:
        found.append(("values", "no_field_to_translate", "先选择内容，才能写对方的写法。"))
    if any(len(text) > LONGEST_TEXT for text in column.values.values()):
        found.append(("values", "long_value", f"每个写法最多 {LONGEST_TEXT} 个字。"))
    return found


def merged_values(columns: Iterable[MappedColumn]) -> list[str]:
    """Sentences about columns in which several of our values are written alike: read back, they cannot be told apart."""
    said = []
    for column in columns:
        known = known_field(column.field)
        theirs: dict[str, list[str]] = {}
        for value, label in known.choices if known else ():
            theirs.setdefault(column.theirs(value), []).append(label)
        said += [
            f"“{column.heading}”：{'、'.join(ours)}都写成“{text}”，读回时分不清。"
            for text, ours in theirs.items()
            if len(ours) > 1
        ]
    return said


def _wrong(at: str | None, code: str, sentence: str) -> Finding:
    return Finding("", code, sentence, field=at)


# ── What comes with the portal ───────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ensure_mappings(*, dry_run: bool = False) -> list[str]:
    """Bring the mappings that come with the portal to what their files say, except those that staff changed; returns the
    names of those made or brought up to date. Run again it changes nothing."""
    changed = []
    folders = [SHIPPED, *(one.shipped for one in later.values())]
    for file in [file for folder in folders for file in sorted(folder.glob("*.toml"))]:
        shipped = tomllib.loads(file.read_text(encoding="utf-8"))
        columns = [MappedColumn(**one).as_data() for one in shipped["columns"]]
        values = {**shipped, "columns": columns}
        kept = ColumnMapping.objects.select_for_update().filter(pk=shipped["code"]).first()
        if kept is not None and (kept.changed_at is not None or _differs_not(kept, values)):
            continue
        changed.append(shipped["name"])
        if not dry_run:
            ColumnMapping(**values).save()
    return changed


def _differs_not(kept: ColumnMapping, values: Mapping[str, Any]) -> bool:
    return all(getattr(kept, name) == value for name, value in values.items())
