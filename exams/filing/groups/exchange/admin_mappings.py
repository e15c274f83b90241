"""Editing a column mapping at the counter: one line a column, moved and added by buttons, without a script."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from exams.filing.groups.exchange import mappings
from exams.filing.groups.exchange.fields import FIELDS, REPLY_FIELDS, known_field, later
from exams.filing.groups.exchange.mappings import MappedColumn, Purpose
from exams.filing.groups.exchange.workbooks import latest_filed
from exams.filing.groups.models import ColumnMapping
from portal.access import staff
from portal.counter.acting import act, data, page
from portal.rules.findings import Refused

CHANGE = "exams.change_columnmapping"
PARTS = ("heading", "field", "constant", "values")
Typed = dict[str, str]
"""What was typed of one column, by PARTS."""


class MappingForm(forms.Form):
    name = forms.CharField(label="名称", required=False)
    sheet = forms.CharField(label="工作表名称", required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)


class CopyForm(forms.Form):
    name = forms.CharField(
        label="新列对照的名称",
        max_length=mappings.LONGEST_NAME,
        help_text="例如：区级系统花名册（2027 年版）",
        error_messages={"required": "请填写名称。"},
    )


class ColumnForm(forms.Form):
    """One line. It refuses only what cannot be read as a column; the rest is `mappings.findings`."""

    heading = forms.CharField(label="标题", required=False)
    field = forms.ChoiceField(
        label="内容", required=False, error_messages={"invalid_choice": "请从列表中选择内容。"}
    )
    constant = forms.CharField(label="固定文字", required=False)
    values = forms.CharField(
        label="对方的写法",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 1, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = _offered(purpose)  # type: ignore[attr-defined]
        if purpose == Purpose.REPLIES:
            del self.fields["constant"], self.fields["values"]

    def clean_values(self) -> dict[str, str]:
        """{our value: theirs} of lines like 男=1."""
        known = known_field(self.cleaned_data.get("field", ""))
        ours = {label: value for value, label in known.choices} if known else {}
        found: dict[str, str] = {}
        for place, line in enumerate(self.cleaned_data["values"].splitlines(), 1):
            if not line.strip():
                continue
            left, sign, right = (part.strip() for part in line.replace("＝", "=").partition("="))
            if not sign:
                raise forms.ValidationError(f"第 {place} 行请写成“我方写法=对方写法”，例如“男=1”。")
            value = ours.get(left, left)
            if value in found:
                raise forms.ValidationError(f"第 {place} 行的“{left}”前面已经写过。")
            found[value] = right
        return found

    def column(self) -> MappedColumn:
        """Of a valid form."""
        data = self.cleaned_data
        return MappedColumn(data["heading"], data["field"], data.get("constant", ""), data.get("values", {}))


def _offered(purpose: str) -> list[Any]:
    """The select's choices, in groups."""
    fields = later[purpose].fields if purpose in later else FIELDS
    groups = groupby(fields.items(), key=lambda item: item[1].group)
    ours = [(group, [(key, one.title) for key, one in members]) for group, members in groups]
    if purpose == Purpose.REPLIES:
        return [("", "请选择"), ("回执", list(REPLY_FIELDS.items())), *ours]
    return [("", "（空，或用固定文字）"), *ours]


@staff(CHANGE, "GET", "POST")
def mapping_page(request: HttpRequest, key: str) -> HttpResponse:
    """The mapping as a form. A button beside a line moves or removes it without saving; saving checks everything."""
    mapping = get_object_or_404(ColumnMapping, pk=key)
    if request.method == "GET":
        lines = [_typed(column) for column in mappings.columns_of(mapping)]
        head = {"name": mapping.name, "sheet": mapping.sheet, "seen": mappings.version_of(mapping)}
        return _page(request, mapping, MappingForm(initial=head), _forms(mapping, lines))
    lines = _sent(request.POST)
    head = {name: request.POST.get(name, "") for name in ("name", "sheet", "seen")}
    pressed = request.POST.get("do", "")
    if pressed not in ("save", "look"):
        return _page(request, mapping, MappingForm(initial=head), _forms(mapping, _moved(lines, pressed)))
    form, columns = MappingForm(request.POST), _forms(mapping, lines, bound=True)
    if form.is_valid() and all(one.is_valid() for one in columns):
        typed = [one.column() for one in columns]
        try:
            if pressed == "look":
                found = mappings.findings(
                    mapping.purpose,
                    name=form.cleaned_data["name"],
                    sheet=form.cleaned_data["sheet"],
                    columns=typed,
                )
                if found:
                    raise Refused(*found)
                return _page(request, mapping, form, columns, looked=True)
            mappings.change_mapping(actor=request.user, mapping=mapping, columns=typed, **form.cleaned_data)
        except Refused as refusal:
            _show(refusal, form, columns)
        else:
            messages.success(request, f"“{form.cleaned_data['name']}”已保存。")
            return redirect("admin:exams_columnmapping_change", key)
    return _page(request, mapping, form, columns)


@staff(CHANGE, "GET", "POST")
def copy_page(request: HttpRequest, key: str) -> HttpResponse:
    """A mapping of the staff's own, begun as a copy; its columns are changed on its page afterwards."""
    source = get_object_or_404(ColumnMapping, pk=key)
    return act(
        request,
        CopyForm(data(request)),
        lambda typed: mappings.copy_mapping(actor=request.user, source=source, name=typed["name"]),
        title=f"复制列对照：{source.name}",
        facts=[
            {"key": "用途", "value": source.get_purpose_display()},
            {"key": "工作表名称", "value": source.sheet},
            {"key": "列数", "value": f"{len(source.columns)} 列"},
        ],
        words=("新的列对照先和这一份一样，接着可以改标题、内容和次序。原来的不变，两份都可以选用。",),
        button="复制",
        done=lambda made: f"已添加“{made.name}”，请逐列核对后保存。",
        to=lambda made: reverse("admin:exams_columnmapping_change", args=[made.pk]),
        back=reverse("admin:exams_columnmapping_changelist"),
    )


def _page(
    request: HttpRequest,
    mapping: ColumnMapping,
    form: MappingForm,
    columns: Sequence[ColumnForm],
    *,
    looked: bool = False,
) -> HttpResponse:
    """Below the lines stands how the latest people look in them: as typed where that was asked for, else as saved."""
    shown = [one.column() for one in columns] if looked else mappings.columns_of(mapping)
    export = mapping.purpose != Purpose.REPLIES
    wrong = form.is_bound and (bool(form.errors) or any(one.errors for one in columns))
    return page(
        request,
        "admin/exams/groups/mapping.html",
        title=mapping.name,
        mapping=mapping,
        export=export,
        form=form,
        columns=columns,
        wrong=wrong,
        looked=looked,
        headings=[column.heading for column in shown],
        rows=_look(mapping, shown) if export and not wrong else [],
        hints=mappings.merged_values(shown) if export else [],
        back=reverse("admin:exams_columnmapping_changelist"),
    )


def _look(mapping: ColumnMapping, columns: Sequence[MappedColumn]) -> list[list[str]]:
    """The latest people as these columns show them, masked."""
    latest = later[mapping.purpose].latest() if mapping.purpose in later else latest_filed()
    return [mappings.row_texts(columns, row, masked=True) for row in latest]


def _typed(column: MappedColumn) -> Typed:
    known = known_field(column.field)
    values = [f"{known.label(ours) if known else ours}={theirs}" for ours, theirs in column.values.items()]
    return {
        "heading": column.heading,
        "field": column.field,
        "constant": column.constant,
        "values": "\n".join(values),
    }


def _sent(sent: Mapping[str, str]) -> list[Typed]:
    """The lines of a sent form, as typed; no more than a mapping may have, and one."""
    number = sent.get("lines", "")
    count = min(int(number), mappings.MOST_COLUMNS + 1) if number.isdecimal() and len(number) < 5 else 0
    return [{part: sent.get(f"columns-{place}-{part}", "") for part in PARTS} for place in range(count)]


def _moved(lines: list[Typed], pressed: str) -> list[Typed]:
    """After a button: add, up-3, down-3, remove-3. What is no button changes nothing."""
    lines = list(lines)
    deed, _, number = pressed.partition("-")
    place = int(number) if number.isdecimal() and len(number) < 5 else -1
    if deed == "add" and len(lines) < mappings.MOST_COLUMNS:
        lines.append(dict.fromkeys(PARTS, ""))
    elif not 0 <= place < len(lines):
        return lines
    elif deed == "remove":
        del lines[place]
    elif deed == "up" and place > 0:
        lines[place - 1 : place + 1] = lines[place], lines[place - 1]
    elif deed == "down" and place + 1 < len(lines):
        lines[place : place + 2] = lines[place + 1], lines[place]
    return lines


def _forms(mapping: ColumnMapping, lines: Sequence[Typed], *, bound: bool = False) -> list[ColumnForm]:
    return [
        ColumnForm(
            {f"columns-{place}-{part}": text for part, text in line.items()} if bound else None,
            initial=line,
            prefix=f"columns-{place}",
            purpose=mapping.purpose,
        )
        for place, line in enumerate(lines)
    ]


def _show(refusal: Refused, form: MappingForm, columns: Sequence[ColumnForm]) -> None:
    """Each finding at its field: of the head, or of its line."""
    for finding in refusal.findings:
        _, _, at = (finding.field or "").partition("columns-")
        place, _, part = at.partition("-")
        if place and part in columns[int(place)].fields:
            columns[int(place)].add_error(part, finding.sentence)
        else:
            form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
