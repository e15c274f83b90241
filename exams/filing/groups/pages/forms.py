"""What a member types and uploads for a group filing."""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import ErrorDict
from django.http import QueryDict

from exams.catalogue.models import Occupation
from exams.filing.groups.models import RosterUpload
from exams.filing.groups.opening import LONGEST_TITLE
from exams.filing.groups.rosters.columns import CHOICE, DAY, IGNORED, PLACES, Column, column
from exams.filing.groups.rosters.reading import MOST_KEPT
from exams.filing.groups.rosters.uploads import MOST_BYTES
from portal.files.intake import MEBIBYTE
from portal.templatetags.portal_parts import first_input_id


class TitleForm(forms.Form):
    title = forms.CharField(
        label="这批申报的名称",
        max_length=LONGEST_TITLE,
        help_text="方便本机构自己辨认，例如“2026 年秋季社群健康助理员四级一班”。可以随时修改。",
        error_messages={"required": "请给这批申报起个名称。"},
    )


class OpenForm(TitleForm):
    """`occupations`: those that take applications today; asked for only where there are several."""

    def __init__(self, *args: Any, occupations: list[Occupation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(occupations) > 1:
            chosen = forms.ChoiceField(
                label="申报哪个职业？",
                choices=[(one.code, one.name) for one in occupations],
                widget=forms.RadioSelect,
                error_messages={"required": "请选择要申报的职业。", "invalid_choice": "请选择要申报的职业。"},
            )
            self.fields = {"occupation": chosen, **self.fields}
        self._occupations = {one.code: one for one in occupations}

    @property
    def occupation(self) -> Occupation:
        """Of a valid form."""
        code = self.cleaned_data.get("occupation")
        return self._occupations[code] if code else next(iter(self._occupations.values()))


class UploadForm(forms.Form):
    """One file of a kind (`RosterUpload.Kind`); too large a one is refused before it is read into memory."""

    file = forms.FileField(label="选择文件", allow_empty_file=True)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limit = MOST_BYTES[RosterUpload.Kind(kind)]
        label, accept, missing = _UPLOADS[RosterUpload.Kind(kind)]
        field = self.fields["file"]
        field.label, field.error_messages["required"] = label, missing
        field.help_text = f"不超过 {self.limit // MEBIBYTE} MB。"
        field.widget.attrs["accept"] = accept

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > self.limit:
            found, most = file.size / MEBIBYTE, self.limit // MEBIBYTE
            raise ValidationError(f"这个文件有 {found:.1f} MB，超过上限 {most} MB。请分成几个文件上传。")
        return file


_UPLOADS = {
    RosterUpload.Kind.ROSTER: (
        "花名册文件",
        ".xlsx,.xls,.ods,.csv",
        "请先选择填好的花名册文件，再上传。",
    ),
    RosterUpload.Kind.FILES: ("照片压缩包", ".zip", "请先选择照片的 ZIP 压缩包，再上传。"),
    RosterUpload.Kind.REPLIES: (
        "回执文件",
        ".xlsx,.xls,.ods,.csv",
        "请先选择市自助经办系统给出的回执文件，再上传。",
    ),
}
"""Label, what the file box offers, what is said where none was chosen."""


class RowForm(forms.Form):
    """A roster's row by its columns, filled with `cells` as they stood or were typed. It checks nothing itself:
    `check_row` does, and `show` puts what it found at the fields."""

    use_required_attribute = False

    def __init__(self, columns: Iterable[Column], cells: Mapping[str, str]) -> None:
        self.columns = [one for one in columns if one.kind != IGNORED]
        data: dict[str, Any] = dict(cells)
        data["subjects"] = [part for part in cells.get("subjects", "").split("、") if part]
        super().__init__(data)
        for one in self.columns:
            self.fields[one.code] = _field(one, cells.get(one.code, ""))
        self.summary: list[dict[str, str]] = []

    def full_clean(self) -> None:
        self._errors, self.cleaned_data = ErrorDict(), {}

    def show(self, problems: Iterable[tuple[str | None, str]]) -> None:
        """(column code or None, sentence) of each thing wrong: at its field, and in the summary under its title."""
        for code, sentence in problems:
            known = code if code in self.fields else None
            self.add_error(known, sentence)
            target = first_input_id(self[known]) if known else ""
            title = f"{column(known).title}：" if known else ""
            self.summary.append({"target": target, "message": f"{title}{sentence}"})

    def groups(self) -> list[dict[str, Any]]:
        """The columns' groups in order with their fields; `optional` ones are `open` where something stands in them."""
        return [
            {
                "title": title,
                "fields": [self[one.code] for one in members],
                "optional": not any(one.required for one in members),
                "open": any(self.data.get(one.code) or one.code in self.errors for one in members),
            }
            for title, found in groupby(self.columns, key=lambda one: one.group)
            for members in [list(found)]
        ]


def typed_cells(data: QueryDict, columns: Iterable[Column]) -> dict[str, str]:
    """What was sent from a RowForm, by column code: an empty text where a cell was emptied."""
    return {one.code: "、".join(data.getlist(one.code)) for one in columns if one.kind != IGNORED}


def _field(one: Column, text: str) -> forms.Field:
    """A box for the column. A text that is none of its choices is kept as one more, so that nothing typed is lost."""
    common: dict[str, Any] = {
        "label": re.sub(r"[0-9]$", "", one.title),
        "help_text": _HINTS.get(one.code, one.note),
        "required": one.required or one.code in _NEEDED,
    }
    labels = [(label, label) for _, label in one.choices]
    if one.code == "subjects":
        strange = [(part, part) for part in text.split("、") if part and part not in dict(labels)]
        return forms.MultipleChoiceField(
            choices=[*labels, *strange], widget=forms.CheckboxSelectMultiple, **common
        )
    if one.kind == CHOICE:
        known = not text or text in dict(labels)
        if one.required and known and len(labels) <= RADIOS:
            return forms.ChoiceField(choices=labels, widget=forms.RadioSelect, **common)
        blank = "由系统选出已符合的一项" if one.code == "route" else "请选择" if one.required else "不填"
        kept = [] if known else [(text, f"{text}（认不出，请重新选择）")]
        return forms.ChoiceField(choices=[("", blank), *kept, *labels], **common)
    attrs = {"autocomplete": "off", "maxlength": str(MOST_KEPT)}
    if one.kind == DAY:
        attrs |= {"inputmode": "numeric", "class": "width-20"}
        common["help_text"] += "例如 2026-11-01，也可以连着写成 20261101。"
    elif one.code in _SHORT:
        attrs |= {"inputmode": _SHORT[one.code], "class": "width-20", "spellcheck": "false"}
    return forms.CharField(widget=forms.TextInput(attrs), **common)


_NEEDED = {
    one.code
    for place in PLACES
    for name, one in place.columns.items()
    if place.form.base_fields[name].required
}
"""Columns without which a place of the roster, once used, is not complete: they are not called optional there."""

RADIOS = 3
"""Up to so many choices of a required column are all shown at once."""

_HINTS = {
    "document_number": "与证件上的一字不差，末位是 X 的照填。",
    "subjects": "补考才选。",
    "route": "按哪一项条件申报。",
}
"""Where a note of the sheet does not fit a page."""

_SHORT = {"phone": "tel", "document_number": "text"}
