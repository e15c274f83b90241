"""What a person types into their record, checked field by field with a sentence for each thing wrong."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from applicants.identity.documents import BadDocument, DocumentKind, agree, parse
from applicants.identity.names import BadName, parse_name
from applicants.identity.phones import BadPhone, parse_contact
from applicants.identity.text import compact
from applicants.records.consents import DOCUMENT
from applicants.records.models import DocumentClaim, Fact, GeneralEducation, Person, Schooling, Sex, Title
from portal import clock
from portal.contacts import notice_in_force
from portal.forms import DayField
from portal.rules.wording import GRADE_FULL_NAMES

GRADE_CHOICES = (("", "请选择"), *GRADE_FULL_NAMES.items())


class IdentityForm(forms.Form):
    """The identity document. `earlier`: the live claim, whose number may stay when the box is left empty; `agreed`:
    the consent was given before and is not asked for again.
    """

    kind = forms.ChoiceField(
        label="证件类型",
        choices=DocumentKind.choices,
        widget=forms.RadioSelect,
        initial=DocumentKind.RESIDENT_ID,
    )
    name = forms.CharField(
        label="姓名",
        max_length=200,
        help_text="与证件上的一字不差。少数民族姓名中间用“·”。",
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    number = forms.CharField(
        label="证件号码",
        max_length=200,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "class": "width-20", "spellcheck": "false"}),
    )
    sex = forms.ChoiceField(
        label="性别",
        choices=Sex.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="居民身份证和居住证可以不填，按号码带出。",
    )
    birth_date = DayField(
        label="出生日期", noun="出生日期", required=False, help_text="号码里有出生日期的，可以不填。"
    )
    consent = forms.BooleanField(
        label=DOCUMENT.label,
        help_text=DOCUMENT.explanation,
        error_messages={"required": "请先勾选同意处理身份证件信息，才能保存。"},
    )

    def __init__(
        self, *args: Any, earlier: DocumentClaim | None, agreed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if agreed:
            del self.fields["consent"]
        self.earlier = earlier
        self.notes: tuple[str, ...] = ()
        self.fields["number"].label_suffix = ""
        if earlier is None:
            self.fields["number"].required = True
            self.fields["number"].error_messages["required"] = "请填写证件上的证件号码。"
        else:
            self.fields["number"].help_text = "已填写，不再显示。号码没有变就不必重填。"

    def clean_name(self) -> str:
        try:
            parsed = parse_name(self.cleaned_data["name"])
        except BadName as bad:
            raise ValidationError(bad.sentence) from None
        self.notes = parsed.notes
        return parsed.value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = values.get("kind")
        if not kind or "number" not in values:
            return values
        typed = values["number"]
        if not typed and self.earlier is not None:
            if self.earlier.kind != kind:
                self.add_error("number", "证件类型改了，请重新填写证件号码。")
                return values
            typed = self.earlier.number
        try:
            document = parse(kind, typed, on=clock.today())
        except BadDocument as bad:
            self.add_error("number", bad.sentence)
            return values
        for problem in agree(document, values.get("sex"), values.get("birth_date")):
            self.add_error(problem.field, problem.sentence)
        values["document"] = document
        values["sex"] = values.get("sex") or document.sex or ""
        values["birth_date"] = values.get("birth_date") or document.birth_date
        if not values["sex"] and "sex" not in self.errors:
            self.add_error("sex", "请选择性别，与证件上的一致。")
        if not values["birth_date"] and "birth_date" not in self.errors:
            self.add_error("birth_date", "请填写出生日期，与证件上的一致。")
        elif values["birth_date"] and values["birth_date"] > clock.today():
            self.add_error("birth_date", "出生日期还没有到，请核对。")
        return values


class EducationForm(forms.Form):
    general_education = forms.ChoiceField(
        label="您的最高普通受教育程度是？",
        choices=GeneralEducation.choices,
        widget=forms.RadioSelect,
        help_text="按已经毕业的最高一级选。正在读、还没毕业的不算。",
    )


class EntryForm(forms.Form):
    """An entry of a record. Its fields are the model's; `values` are what `save_entry` writes."""

    def __init__(self, *args: Any, person: Person, entry: Fact | None = None, **kwargs: Any) -> None:
        self.person = person
        initial = self.initial_of(entry) if entry is not None else {}
        super().__init__(*args, initial=initial, **kwargs)
        self.occupations = notice_in_force(clock.today()).occupations
        if len(self.occupations) > 1:
            names = [(one.code, one.name) for one in self.occupations]
            chosen = forms.ChoiceField(label="对照哪个职业", choices=names, widget=forms.RadioSelect)
            self.fields = {"occupation_code": chosen, **self.fields}

    def initial_of(self, entry: Fact) -> dict[str, Any]:
        return {name: getattr(entry, name, None) for name in ("occupation_code", *self.base_fields)}

    @property
    def values(self) -> dict[str, Any]:
        return {"occupation_code": self.occupations[0].code, **self.cleaned_data}

    def refuse_future(self, name: str, sentence: str) -> None:
        day = self.cleaned_data.get(name)
        if isinstance(day, date) and day > clock.today():
            self.add_error(name, sentence)


class JobForm(EntryForm):
    employer = forms.CharField(label="单位名称", max_length=100, help_text="写全称，与公章或社保记录一致。")
    position = forms.CharField(label="岗位或职务", max_length=60)
    relation = forms.ChoiceField(
        label="这份工作与所申报职业的关系",
        choices=(
            ("same", "就是本职业的工作"),
            ("related", "相关职业的工作"),
            ("other", "其他工作，不计入年限"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择这份工作与所申报职业的关系。"},
    )
    started_on = DayField(label="哪一天开始", noun="开始日期")
    employed = forms.BooleanField(label="现在仍在做这份工作", required=False)
    left_on = DayField(
        label="最后工作的一天",
        noun="最后工作日",
        required=False,
        help_text="已经离开的才填，填最后上班的那一天。",
    )
    witness_name = forms.CharField(
        label="证明人", max_length=50, help_text="了解您这段工作的领导或同事，不能是您自己。"
    )
    witness_phone = forms.CharField(
        label="证明人电话",
        max_length=30,
        help_text="手机号，或带区号的固定电话。只用于核实这段经历。",
        widget=forms.TextInput({"inputmode": "tel", "class": "width-20", "autocomplete": "off"}),
    )

    def initial_of(self, entry: Fact) -> dict[str, Any]:
        initial = super().initial_of(entry)
        return {**initial, "employed": initial["left_on"] is None}

    def clean_witness_phone(self) -> str:
        try:
            return parse_contact(self.cleaned_data["witness_phone"])
        except BadPhone as bad:
            raise ValidationError(bad.sentence) from None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        started, left, employed = values.get("started_on"), values.get("left_on"), values.get("employed")
        if employed and left:
            self.add_error("left_on", "已勾选仍在做这份工作，就不填最后工作日；两项请只保留一项。")
        elif not employed and not left and "left_on" not in self.errors:
            self.add_error("left_on", "请填写最后工作的一天；还在职的，请勾选仍在做这份工作。")
        if started and left and left < started:
            self.add_error("left_on", "最后工作日早于开始日期，请核对这两个日期。")
        if started and self.person.birth_date and started < self.person.birth_date:
            self.add_error("started_on", "开始日期早于出生日期，请核对。")
        self.refuse_future("started_on", "开始日期还没有到。尚未开始的工作不填。")
        self.refuse_future("left_on", "最后工作日还没有到。仍在做这份工作的，不填最后工作日。")
        return values

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in super().values.items() if name != "employed"}


class CredentialForm(EntryForm):
    occupation_name = forms.CharField(label="证书上的职业（工种）", max_length=60)
    grade = forms.TypedChoiceField(label="等级", choices=GRADE_CHOICES, coerce=int)
    relation = forms.ChoiceField(
        label="与所申报职业的关系",
        choices=(("same", "就是本职业"), ("related", "相关职业"), ("other", "其他职业")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择证书与所申报职业的关系。"},
    )
    number = forms.CharField(label="证书编号", max_length=40)
    issued_on = DayField(label="发证日期", noun="发证日期")
    issuer = forms.CharField(label="发证机构", max_length=100)

    def clean_number(self) -> str:
        number = compact(self.cleaned_data["number"])
        if not number:
            raise ValidationError("请填写证书编号。")
        return number

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self.refuse_future("issued_on", "发证日期还没有到，请对照证书核对。")
        return values


class TitleForm(EntryForm):
    name = forms.CharField(label="职称或职业资格名称", max_length=60, help_text="例如：主管护师、执业药师。")
    rank = forms.ChoiceField(
        label="级别",
        choices=Title.Rank.choices,
        widget=forms.RadioSelect,
        help_text="助理级、士级属初级；主治、主管属中级；副高级、正高级属高级。",
    )
    corresponds = forms.TypedChoiceField(
        label="职称的专业与所申报职业对应吗？",
        choices=(("yes", "对应"), ("no", "不对应")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text="例如护理、公共卫生、健康管理类专业。拿不准可选“对应”，由窗口审核认定。",
        error_messages={"required": "请选择专业是否对应。"},
    )
    obtained_on = DayField(label="取得日期", noun="取得日期")
    number = forms.CharField(label="证书编号", max_length=40, required=False)

    def initial_of(self, entry: Fact) -> dict[str, Any]:
        return {
            **super().initial_of(entry),
            "corresponds": "yes" if getattr(entry, "corresponds", False) else "no",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self.refuse_future("obtained_on", "取得日期还没有到，请对照证书核对。")
        return values


class SchoolingForm(EntryForm):
    school_name = forms.CharField(label="学校名称", max_length=100, help_text="写全称，与毕业证书一致。")
    school = forms.ChoiceField(label="学校类别", choices=(("", "请选择"), *Schooling.School.choices))
    programme = forms.ChoiceField(
        label="读的是哪一种", choices=(("", "请选择"), *Schooling.Programme.choices)
    )
    major_name = forms.CharField(
        label="专业",
        max_length=60,
        required=False,
        help_text="与毕业证书一致。初中、普通高中没有专业，可以不填。",
    )
    major = forms.ChoiceField(
        label="专业与所申报职业的关系",
        choices=(("same", "本专业"), ("related", "相关专业"), ("other", "其他专业，或没有专业")),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择专业与所申报职业的关系。"},
    )
    approved = forms.BooleanField(
        label="这个专业在“经评估论证”的专业目录里",
        required=False,
        help_text="只有目录里确有的才勾选；不清楚就不勾，不影响其他条件。",
    )
    status = forms.ChoiceField(
        label="现在的状态",
        choices=Schooling.Status.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是已毕业还是在读。"},
    )
    on = DayField(
        label="毕业日期", noun="毕业日期", help_text="已毕业的填证书上的日期；在读的填预计毕业的日期。"
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        counted = values.get("major") in {"same", "related"}
        if counted and not values.get("major_name"):
            self.add_error("major_name", "请填写专业名称，与毕业证书一致。")
        if values.get("approved") and not counted:
            self.add_error("approved", "“经评估论证”只对本专业或相关专业有意义，请核对专业的关系和这一项。")
        if values.get("status") == Schooling.Status.GRADUATED:
            self.refuse_future("on", "毕业日期还没有到。还在读的，请选择在读。")
        return values
