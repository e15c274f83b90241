"""「我能报哪一级」: what a visitor types, read into facts for the rules. Nothing of it is stored.

Rows are added and removed by submit buttons, so that it works without JavaScript. Every POST is first laid out
afresh: the button's wish is done, blank rows fall away before judging, and each typed character is kept.
"""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from applicants.records.models import GeneralEducation, Schooling, Title
from portal import clock
from portal.forms import DayField
from portal.rules import eligibility as law
from portal.templatetags.portal_format import grade_name

LONGEST = 20  # rows of one kind: more is a slip or an attack
PLEASE = [("", "请选择")]
WORK = [("same", "本职业"), ("related", "相关职业"), ("other", "其他职业")]
MAJOR = [("same", "本专业"), ("related", "相关专业"), ("other", "其他专业")]


def _choice(label: str, choices: list[tuple[Any, str]], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=PLEASE + choices, **options)


class PersonForm(forms.Form):
    """What is asked once."""

    birth_date = DayField(label="出生日期", noun="出生日期", help_text="例如 1990 年 5 月 1 日")
    general_education = forms.ChoiceField(
        label="最高学历",
        help_text="中专、职高、技校按高中算，高职按大专算。还没毕业的，选已经毕业的那一级。",
        choices=GeneralEducation.choices,
        widget=forms.RadioSelect,
    )

    def clean_birth_date(self) -> Any:
        day = self.cleaned_data["birth_date"]
        if day > clock.today():
            raise ValidationError("出生日期在今天之后，请核对年份。")
        return day


class JobForm(forms.Form):
    relation = _choice("做的是", WORK)
    from_day = DayField(label="从哪天开始", noun="开始日期")
    to_day = DayField(label="做到哪天", noun="结束日期", required=False, help_text="现在还在做的，空着不填")

    def clean(self) -> None:
        first, last = self.cleaned_data.get("from_day"), self.cleaned_data.get("to_day")
        if first and last and last < first:
            self.add_error("to_day", "结束日期早于开始日期，请核对。")

    def fact(self) -> law.Job:
        return law.Job(**self.cleaned_data)


class CredentialForm(forms.Form):
    relation = _choice("证书的职业", WORK)
    grade = _choice("等级", [(grade, grade_name(grade)) for grade in (5, 4, 3, 2, 1)])
    issued_on = DayField(label="发证日期", noun="发证日期")

    def fact(self) -> law.Credential:
        return law.Credential(**self.cleaned_data | {"grade": int(self.cleaned_data["grade"])})


class SchoolingForm(forms.Form):
    school = _choice("学校", Schooling.School.choices)
    programme = _choice("读的是", Schooling.Programme.choices)
    major = _choice("所学专业", MAJOR)
    status = _choice("现在", Schooling.Status.choices)
    on = DayField(label="毕业日期", noun="毕业日期", required=False, help_text="还没毕业的，空着不填")
    approved = forms.BooleanField(
        label="所学专业在“经评估论证”的专业目录里", required=False, help_text="不清楚的，不用勾选"
    )

    def clean(self) -> None:
        if self.cleaned_data.get("status") == "graduated" and self.cleaned_data.get("on", "") is None:
            self.add_error("on", "已经毕业的，请填写毕业日期。")

    def fact(self) -> law.Schooling:
        return law.Schooling(**self.cleaned_data)


class TitleForm(forms.Form):
    rank = _choice("级别", Title.Rank.choices)
    corresponds = _choice("专业与申报职业", [("yes", "对应"), ("no", "不对应")])
    obtained_on = DayField(label="取得日期", noun="取得日期")

    def fact(self) -> law.Title:
        return law.Title(**self.cleaned_data | {"corresponds": self.cleaned_data["corresponds"] == "yes"})


class Group:
    """One kind of repeatable row; `item` is its measure word and noun, as in 第 1 段工作."""

    def __init__(self, prefix: str, title: str, item: str, hint: str, form: type[forms.Form]) -> None:
        self.prefix, self.title, self.item, self.hint, self.form = prefix, title, item, hint, form
        self.formset_class = forms.formset_factory(form, extra=0, max_num=LONGEST, absolute_max=LONGEST)

    def typed_rows(self, data: Mapping[str, str]) -> list[dict[str, str]]:
        """Every row as typed, blank ones too: name within the row → text."""
        total = data.get(f"{self.prefix}-TOTAL_FORMS", "")
        count = min(int(total), LONGEST) if re.fullmatch(r"[0-9]{1,4}", total) else 0
        rows: list[dict[str, str]] = [{} for _ in range(count)]
        for key, value in data.items():
            found = re.fullmatch(rf"{self.prefix}-([0-9]{{1,2}})-(\w+)", key)
            if found and int(found[1]) < count and value.strip():
                rows[int(found[1])][found[2]] = value
        return rows

    def laid_out(self, rows: list[dict[str, str]]) -> dict[str, str]:
        """Form data for these rows, numbered from 0."""
        data = {f"{self.prefix}-TOTAL_FORMS": str(len(rows)), f"{self.prefix}-INITIAL_FORMS": "0"}
        for number, row in enumerate(rows):
            data |= {f"{self.prefix}-{number}-{name}": value for name, value in row.items()}
        return data

    def bound(self, rows: list[dict[str, str]]) -> forms.BaseFormSet:
        """Rows to be judged: a row that is there must be whole."""
        return self.formset_class(
            self.laid_out(rows),
            prefix=self.prefix,
            form_kwargs={"empty_permitted": False, "use_required_attribute": False},
        )

    def shown(self, rows: list[dict[str, str]]) -> forms.BaseFormSet:
        """The same rows to be typed on, without a word about what is not filled in yet."""
        initial = [_as_typed(self.form, row) for row in rows]
        return self.formset_class(
            prefix=self.prefix, initial=initial, form_kwargs={"use_required_attribute": False}
        )


GROUPS = (
    Group("jobs", "工作", "段工作", "做过的每一段相关工作都填上，时间重叠的只算一次。", JobForm),
    Group(
        "schooling",
        "上学",
        "段学历",
        "只填读过的技工院校、职业学校和大学，普通中小学不用填。",
        SchoolingForm,
    ),
    Group("credentials", "技能等级证书", "本证书", "职业资格证书和职业技能等级证书都算。", CredentialForm),
    Group("titles", "职称", "项职称", "专业技术人员职业资格也算职称。", TitleForm),
)


class Explorer:
    """One visit's form: the person and the rows, either to be typed on or to be judged."""

    def __init__(self, data: QueryDict | None = None) -> None:
        """Without data: an empty form with one row of work open. With data: as its `do` button wishes."""
        typed = data.dict() if data is not None else {}
        rows = {group.prefix: group.typed_rows(typed) for group in GROUPS}
        self.asked = data is not None and not _change(rows, typed.get("do", ""))
        if data is None:
            rows["jobs"] = [{}]
        if self.asked:
            self.person = PersonForm(typed, use_required_attribute=False)
            filled = {prefix: [row for row in typed_rows if row] for prefix, typed_rows in rows.items()}
            formsets = [group.bound(filled[group.prefix]) for group in GROUPS]
        else:
            self.person = PersonForm(initial=_as_typed(PersonForm, typed), use_required_attribute=False)
            formsets = [group.shown(rows[group.prefix]) for group in GROUPS]
        self.sections = list(zip(GROUPS, formsets, strict=True))

    @property
    def forms(self) -> list[Any]:
        """Everything that may hold an error, in the order of the page."""
        return [self.person, *(formset for _, formset in self.sections)]

    def is_valid(self) -> bool:
        """Whether it was asked to be judged and can be. Reads every part, so that all errors are told at once."""
        valid = [part.is_valid() for part in self.forms]
        return self.asked and all(valid)

    def facts(self, minimum_education: str) -> law.Facts:
        """The facts of a valid form. Whoever asks means to work in the occupation (read by TR2023-1.1 only)."""
        lists = {
            group.prefix: tuple(form.fact() for form in formset.forms) for group, formset in self.sections
        }
        return law.Facts(
            minimum_education=minimum_education, intends_to_work=True, **self.person.cleaned_data, **lists
        )


def _as_typed(form: type[forms.Form], data: dict[str, str]) -> dict[str, Any]:
    """What the boxes of a form hold, to be shown again without being judged."""
    fields = form.base_fields.items()
    return {name: field.widget.value_from_datadict(data, {}, name) for name, field in fields}


def _change(rows: dict[str, list[dict[str, str]]], wish: str) -> bool:
    """Do what an add or remove button says (`add-jobs`, `remove-jobs-0`); False: it was no such button."""
    act, _, rest = wish.partition("-")
    prefix, _, number = rest.partition("-")
    if prefix not in rows:
        return False
    if act == "add" and len(rows[prefix]) < LONGEST:
        rows[prefix].append({})
    elif act == "remove" and number in {str(index) for index in range(len(rows[prefix]))}:
        del rows[prefix][int(number)]
    return True
