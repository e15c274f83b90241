"""A row of a roster, checked: everything that is wrong with it at once, the rules' verdict, and the price.

The forms of a person's own pages check what they check there, so that a fact is read by one rule whoever types it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.forms import BaseForm

from applicants.identity.documents import IdentityDocument
from applicants.identity.phones import BadPhone, parse_phone
from applicants.identity.text import fold_width
from applicants.records.forms import IdentityForm
from applicants.records.models import Person, document_index
from exams.catalogue.models import Occupation
from exams.catalogue.queries import fee_schedules
from exams.filing.answers import ROW_FIELDS, plain
from exams.filing.groups.rosters.columns import (
    CHOICE,
    DAY,
    PLACES,
    SERIAL,
    Column,
    Place,
    columns_for,
)
from exams.filing.groups.rosters.judging import judge_row
from exams.filing.groups.rosters.reading import BadCell, read_choice, read_day, read_route, read_text
from exams.filing.models import Kind
from exams.filing.prices import priced_offerings
from exams.passes.queries import scheme_subjects
from portal.crypto import keyed_digest
from portal.rules.dated import value_for
from portal.rules.dates import corresponding_day
from portal.rules.fees import FeeSchedule, price, schedule_for
from portal.rules.findings import canonical_json
from portal.rules.requirements import MINIMUM_AGE

Problem = dict[str, str]
"""{"column": code, "sentence": Chinese}, as `RosterRow.problems` keeps it."""

JUDGED_FIELDS = {
    "jobs": ("relation", "started_on", "left_on"),
    "credentials": ("relation", "grade", "issued_on"),
    "titles": ("rank", "corresponds", "obtained_on"),
    "schooling": ("school", "programme", "major", "approved", "status", "on"),
}
"""Of each kind of entry, what the rules read; where one of these is wrong, the row cannot be judged."""

IDENTITY_COLUMNS = {
    "name": "name",
    "kind": "document_kind",
    "number": "document_number",
    "sex": "sex",
    "birth_date": "birth_date",
}


@dataclass(frozen=True)
class Context:
    """What the catalogue says on the day, read once for all rows; `grades` take applications and have a price."""

    occupation: Occupation
    on: date
    grades: tuple[int, ...]
    subjects: Mapping[int, tuple[str, ...]]
    schedules: Mapping[int, FeeSchedule]
    columns: Mapping[str, Column]


def read_context(occupation: Occupation, on: date) -> Context:
    offered = [row.offering for row in priced_offerings(on) if row.offering.occupation_id == occupation.pk]
    schedules = fee_schedules()
    grades = tuple(offering.grade for offering in offered)
    return Context(
        occupation=occupation,
        on=on,
        grades=grades,
        subjects={offering.grade: tuple(scheme_subjects(offering, on)) for offering in offered},
        schedules={
            grade: schedule_for(schedules, occupation=occupation.pk, grade=grade, on=on) for grade in grades
        },
        columns={column.code: column for column in columns_for(grades, on)},
    )


@dataclass
class Checked:
    """What a row came to. `cells`: by column, as they are kept and shown again: canonical where they could be read, as
    typed elsewhere. `record`: the answers' part that a record would give, None where there are problems. `eligible` is
    None for a retake and where the row could not be judged. `notes` say what was taken otherwise than written.
    """

    cells: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    record: dict[str, Any] | None = None
    name: str = ""
    phone: str = ""
    document_index: str = ""
    grade: int | None = None
    kind: str = Kind.REGULAR
    subjects: list[str] = field(default_factory=list)
    route: str = ""
    eligible: bool | None = None
    opens_on: date | None = None
    price_fen: int | None = None

    @property
    def digest(self) -> str:
        """Equal for rows that say the same, however they were typed and wherever they stand."""
        told = {code: text for code, text in self.cells.items() if code != SERIAL.code}
        return keyed_digest(canonical_json(told), purpose="roster-row")


def check_row(cells: Mapping[str, Any], *, context: Context) -> Checked:
    """Check one row: its cells by column code, as `portal.workbook.reading` gives them or as typed into a page."""
    return _Row(cells, context).check()


class _Row:
    def __init__(self, cells: Mapping[str, Any], context: Context) -> None:
        self.cells, self.context, self.columns = cells, context, context.columns
        self.values: dict[str, Any] = {}
        self.bad: set[str] = set()
        self.judged: dict[str, list[dict]] = {kind: [] for kind in ROW_FIELDS}
        self.unread = False
        self.done = Checked()

    def check(self) -> Checked:
        self._read_cells()
        document, identity = self._check_identity()
        self._check_phone()
        self._check_what_is_filed()
        entries = self._check_places(identity.get("birth_date"))
        record = self._record(document, identity, entries)
        if self.done.kind == Kind.REGULAR and self.done.grade is not None:
            self._judge(identity, self.done.grade)
        if not self.done.problems:
            self.done.record = record
        order = list(self.columns)
        self.done.problems.sort(key=lambda problem: order.index(problem["column"]))
        return self.done

    def _wrong(self, code: str, sentence: str) -> None:
        self.bad.add(code)
        problem = {"column": code, "sentence": sentence}
        if problem not in self.done.problems:
            self.done.problems.append(problem)

    def _read_cells(self) -> None:
        for code, column in self.columns.items():
            try:
                text = read_text(column, self.cells.get(code))
                if text:
                    self._read_value(column, text)
                elif column.required:
                    self._wrong(code, _please_fill(column))
            except BadCell as bad:
                self.done.cells[code] = bad.text
                self._wrong(code, bad.sentence)

    def _read_value(self, column: Column, text: str) -> None:
        """Keep the value and how it is shown."""
        if column.code == "route":
            self.values["route"], self.done.cells["route"] = text, text  # it needs the grade
        elif column.code == "subjects":
            chosen = {read_choice(column, part) for part in re.split(r"[、，,;；/+和与\s]+", text) if part}
            labels = [label for value, label in column.choices if value in chosen]
            self.values["subjects"], self.done.cells["subjects"] = chosen, "、".join(labels)
        elif column.kind == CHOICE:
            value = read_choice(column, text)
            self.values[column.code], self.done.cells[column.code] = value, dict(column.choices)[value]
        elif column.kind == DAY:
            day = read_day(column, text)
            self.values[column.code], self.done.cells[column.code] = day, day.isoformat()
        else:
            self.values[column.code], self.done.cells[column.code] = text, text

    def _check_identity(self) -> tuple[IdentityDocument | None, dict[str, Any]]:
        form = IdentityForm(
            _form_data({name: self.columns[code] for name, code in IDENTITY_COLUMNS.items()}, self.values),
            earlier=None,
            agreed=True,
        )
        self._take_errors(form, {name: self.columns[code] for name, code in IDENTITY_COLUMNS.items()})
        identity = form.cleaned_data
        document = identity.get("document")
        name = identity.get("name", "")
        if re.search(r"\d{4}", fold_width(name or self.values.get("name", ""))):
            self._wrong("name", "姓名里有一串数字，可能填错了列，请核对。")
        elif name:
            self.done.name = self.done.cells["name"] = name
            self.done.notes += form.notes
        else:
            self.done.name = self.values.get("name", "")[:50]
        if document:
            self.done.cells["document_number"] = document.number
            self.done.document_index = document_index(document.kind, document.number)
        if self.values.get("consent") == "no":
            self._wrong("consent", "须先取得本人同意，才能填报。取得后填“是”。")
        return document, identity

    def _check_phone(self) -> None:
        if "phone" in self.values:
            try:
                self.done.phone = parse_phone(self.values["phone"])
                self.done.cells["phone"] = self.done.phone.removeprefix("+86")
            except BadPhone as bad:
                self._wrong("phone", bad.sentence)

    def _check_what_is_filed(self) -> None:
        """Grade, kind, subjects and what they cost (N2026-2.4). Nothing is said here of whether a retake is possible:
        what a person passed is theirs to know."""
        done, grade = self.done, self.values.get("grade")
        done.kind = self.values.get("kind", Kind.REGULAR)
        wanted = self.values.get("subjects")
        if done.kind == Kind.RETAKE and not wanted and "subjects" not in self.bad:
            self._wrong("subjects", "补考须填补考科目。")
        if done.kind == Kind.REGULAR and wanted:
            self._wrong("subjects", "正考须考全部科目，不填补考科目；只考部分科目的，申报类别填“补考”。")
        if grade is None:
            return
        done.grade = int(grade)
        every = self.context.subjects[done.grade]
        schedule = self.context.schedules[done.grade]
        if done.kind == Kind.REGULAR:
            done.subjects, done.price_fen = list(every), price(schedule, ()).total_fen
            self._read_route()
        elif wanted:
            retaken = [one for one in every if one in wanted]
            if len(retaken) < len(wanted):
                self._wrong("subjects", "这个等级没有所填的科目，请从列表中选择。")
            elif len(retaken) == len(every):
                self._wrong("subjects", "全部科目都要考的，按正考申报：申报类别填“正考”，补考科目不填。")
            else:
                passed = [one for one in every if one not in retaken]
                done.subjects, done.price_fen = retaken, price(schedule, passed).total_fen
                done.notes.append("有没有仍有效的合格科目，提交时核对。")

    def _read_route(self) -> None:
        if "route" not in self.values:
            return
        column = self.columns["route"]
        try:
            self.done.route = read_route(column, self.values["route"], self.done.grade)
            self.done.cells["route"] = dict(column.choices)[self.done.route]
        except BadCell as bad:
            self._wrong("route", bad.sentence)

    def _check_places(self, birth_date: date | None) -> dict[str, list[dict]]:
        """The entries of each kind as a record has them. What the rules can read of them is set aside to be judged."""
        person = Person(birth_date=birth_date)
        entries: dict[str, list[dict]] = {kind: [] for kind in ROW_FIELDS}
        least = value_for(MINIMUM_AGE, at=self.context.on).value
        for place in PLACES:
            if not self._is_used(place):
                continue
            columns = {name: self.columns[column.code] for name, column in place.columns.items()}
            data = {"occupation_code": self.context.occupation.pk, **_form_data(columns, self.values)}
            if "left_on" in columns and not self.done.cells.get(columns["left_on"].code):
                data["employed"] = "on"
            form = place.form(data, person=person)
            self._take_errors(form, columns)
            read = {name: plain(value) for name, value in form.cleaned_data.items()}
            entries[place.kind].append(
                {"id": str(uuid4()), **{name: read.get(name) for name in ROW_FIELDS[place.kind]}}
            )
            wanted = JUDGED_FIELDS[place.kind]
            if any(name not in read or columns[name].code in self.bad for name in wanted):
                self.unread = True
            else:
                self.judged[place.kind].append({name: read[name] for name in wanted})
            started_on = form.cleaned_data.get("started_on")
            if birth_date and started_on and started_on < corresponding_day(birth_date, least):
                self.done.notes.append(
                    f"第 {len(entries[place.kind])} 段工作开始时不满 {least} 周岁，请核对日期。"
                )
        return entries

    def _is_used(self, place: Place) -> bool:
        """A template may come with 否 filled in; that alone says nothing."""
        return any(
            self.done.cells.get(column.code) and self.values.get(column.code) != "no"
            for column in place.columns.values()
        )

    def _take_errors(self, form: BaseForm, columns: Mapping[str, Column]) -> None:
        """What the form says, where the cell itself was readable."""
        for name, errors in form.errors.as_data().items():
            column = columns[name]
            if column.code in self.bad:
                continue
            for error in errors:
                self._wrong(column.code, _sentence(error, column))

    def _record(
        self, document: IdentityDocument | None, identity: dict[str, Any], entries: dict[str, list[dict]]
    ) -> dict[str, Any]:
        return {
            "identity": {
                "name": self.done.name,
                "sex": plain(identity.get("sex")),
                "birth_date": plain(identity.get("birth_date")),
                "general_education": self.values.get("general_education"),
                "intends_to_work": self.values.get("intends_to_work") == "yes",
                "document_kind": str(document.kind) if document else None,
                "document_number": document.number if document else None,
            },
            **entries,
        }

    def _judge(self, identity: dict[str, Any], grade: int) -> None:
        """Where an entry could not be read, age and education are judged alone: those are told in any case."""
        birth_date, education = identity.get("birth_date"), self.values.get("general_education")
        if not birth_date or not education:
            return
        facts = {
            "identity": {
                "birth_date": birth_date.isoformat(),
                "general_education": education,
                "intends_to_work": self.values.get("intends_to_work") == "yes",
            },
            **self.judged,
        }
        found = judge_row(
            facts,
            minimum_education=self.context.occupation.minimum_education,
            grade=grade,
            route=self.done.route,
            on=self.context.on,
        )
        whole = not self.unread and "route" not in self.bad
        for code, sentence in found.problems:
            if whole or code != "route":
                self._wrong(code, sentence)
        if whole:
            self.done.route, self.done.eligible = found.route, found.eligible
            self.done.opens_on = found.opens_on
            self.done.notes += found.notes


def _form_data(columns: Mapping[str, Column], values: Mapping[str, Any]) -> dict[str, str]:
    """The row's values as the form's page would send them: yes as a tick, a day in three boxes."""
    data: dict[str, str] = {}
    for name, column in columns.items():
        value = values.get(column.code)
        if value is None:
            continue
        if isinstance(value, date):
            boxes = (value.year, value.month, value.day)
            data |= {f"{name}_{place}": str(box) for place, box in enumerate(boxes)}
        elif name == "approved":
            data |= {name: "on"} if value == "yes" else {}
        else:
            data[name] = value
    return data


def _sentence(error: ValidationError, column: Column) -> str:
    """The form's sentence; Django's own ones, made for a labelled box, in our words."""
    match error.code:
        case "required":
            return _please_fill(column)
        case "max_length":
            limit = (error.params or {})["limit_value"]
            return f"最多 {limit} 个字，现在是 {(error.params or {})['show_value']} 个字，请精简。"
        case "null_characters_not_allowed":
            return "这一格里有看不见的控制字符，请清空后重新输入。"
    return error.messages[0]


def _please_fill(column: Column) -> str:
    return f"请{'选择' if column.kind == CHOICE else '填写'}{column.title.rstrip('123')}。"
