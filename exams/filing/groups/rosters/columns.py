"""The columns of a roster: what a person is filed with, in the order of the template.

What stands in a person's record (schooling, jobs, credentials, titles) is asked by the record's own forms, once for each
place the roster has: column `jobs_2_employer` is the field `employer` of the second job.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from applicants.identity.documents import DocumentKind, Sex
from applicants.records.forms import CredentialForm, EntryForm, JobForm, SchoolingForm, TitleForm
from applicants.records.models import GeneralEducation
from applicants.records.rows import MAJOR_NAMES, RELATION_NAMES
from exams.filing.models import Kind
from portal.forms import DayField
from portal.rules.dated import value_for
from portal.rules.routes import EDITIONS
from portal.rules.wording import GRADE_FULL_NAMES, GRADE_NAMES, ROUTE_TITLES, SUBJECT_NAMES

TEXT, CHOICE, DAY, IGNORED = "text", "choice", "day", "ignored"

Choices = tuple[tuple[str, str], ...]
YES_NO: Choices = (("yes", "是"), ("no", "否"))


@dataclass(frozen=True)
class Column:
    """One column of the sheet. `kind` is text, choice, day, or ignored; `choices` are (value, label).

    A required column must be in the sheet and filled in every row. `width` is in characters.
    """

    code: str
    title: str
    group: str
    kind: str = TEXT
    required: bool = False
    choices: Choices = ()
    note: str = ""
    example: str = ""
    width: int = 14


@dataclass(frozen=True)
class Place:
    """Room for one entry of the record: `kind` is its key in `answers.ROW_FIELDS`, `form` what checks it, `columns` by
    the form's field. Its columns are asked for once something stands in one of them."""

    kind: str
    title: str
    form: type[EntryForm]
    columns: dict[str, Column]


def _labelled(pairs: dict) -> Choices:
    return tuple((str(value), label) for value, label in pairs.items())


_PERSON, _FILED = "本人信息", "申报内容"

SERIAL = Column("serial", "序号", _PERSON, IGNORED, note="可以不填，只为方便查看。", width=6)
PROBLEMS = Column("problems", "问题", "检查结果", IGNORED, width=60)

_OF_THE_PERSON = (
    SERIAL,
    Column(
        "name",
        "姓名",
        _PERSON,
        required=True,
        note="与证件上的一字不差。少数民族姓名中间用“·”。",
        example="王小明",
    ),
    Column(
        "document_kind",
        "证件类型",
        _PERSON,
        CHOICE,
        required=True,
        choices=tuple(DocumentKind.choices),
        example=DocumentKind.RESIDENT_ID.label,
        width=20,
    ),
    Column(
        "document_number",
        "证件号码",
        _PERSON,
        required=True,
        note="本列已设为文本格式，请勿改动。末位是 X 的照填。",
        example="11010519491231002X",
        width=22,
    ),
    Column(
        "sex",
        "性别",
        _PERSON,
        CHOICE,
        choices=tuple(Sex.choices),
        note="居民身份证和港澳台居民居住证可以不填，按号码带出。",
        example=Sex.FEMALE.label,
        width=6,
    ),
    Column("birth_date", "出生日期", _PERSON, DAY, note="证件号码里有出生日期的，可以不填。", width=12),
    Column(
        "phone",
        "手机号",
        _PERSON,
        required=True,
        note="本人正在使用的手机号。系统会发短信请本人确认申报内容，请勿填写机构或他人的号码。",
        example="13800000000",
        width=15,
    ),
    Column(
        "general_education",
        "普通受教育程度",
        _PERSON,
        CHOICE,
        required=True,
        choices=tuple(GeneralEducation.choices),
        note="按已经毕业的最高一级填。正在读、还没毕业的不算。",
        example=GeneralEducation.SENIOR_HIGH.label,
        width=18,
    ),
    Column(
        "grade",
        "申报等级",
        _FILED,
        CHOICE,
        required=True,
        choices=_labelled(GRADE_FULL_NAMES),
        example=GRADE_FULL_NAMES[4],
        width=13,
    ),
    Column(
        "kind",
        "申报类别",
        _FILED,
        CHOICE,
        required=True,
        choices=tuple(Kind.choices),
        note="第一次申报这个等级的填“正考”；成绩有效期内只考未合格科目的填“补考”。",
        example=Kind.REGULAR.label,
        width=10,
    ),
    Column(
        "subjects",
        "补考科目",
        _FILED,
        CHOICE,
        choices=_labelled(SUBJECT_NAMES),
        note="补考才填。",
        width=12,
    ),
    Column(
        "route",
        "申报条件",
        _FILED,
        CHOICE,
        note="按哪一项条件申报。不填的，由系统从所填内容中选出已符合的一项。补考不填。",
        width=40,
    ),
    Column(
        "intends_to_work",
        "拟从事本职业",
        _FILED,
        CHOICE,
        choices=YES_NO,
        note="打算从事本职业或相关职业的填“是”。申报五级才会用到。",
        example="是",
        width=13,
    ),
    Column(
        "consent",
        "本人同意",
        _FILED,
        CHOICE,
        required=True,
        choices=YES_NO,
        note="已告知本人并取得同意，由本单位填报其身份、学习和工作信息的，填“是”。本人之后还会收到短信，逐项确认。",
        example="是",
        width=10,
    ),
)

_SHORT_CHOICES: dict[str, Choices] = {
    "relation": _labelled(RELATION_NAMES),
    "major": _labelled(MAJOR_NAMES),
    "approved": YES_NO,
    "corresponds": YES_NO,
}
"""Where the forms' choices are sentences."""


def _places(
    kind: str, noun: str, form: type[EntryForm], count: int, fields: Sequence[tuple[str, str, int, str]]
) -> list[Place]:
    """`fields`: (the form's field, title, width, example). The example stands in the first place only."""
    places = []
    for number in range(1, count + 1):
        mark = str(number) if count > 1 else ""
        columns = {
            field: Column(
                f"{kind}_{number}_{field}",
                f"{title}{mark}",
                f"{noun}{mark}",
                _kind_of(form, field),
                choices=_choices_of(form, field),
                note=_NOTES.get((kind, field), ""),
                example=example if number == 1 else "",
                width=width,
            )
            for field, title, width, example in fields
        }
        places.append(Place(kind, f"{noun}{mark}", form, columns))
    return places


def _kind_of(form: type[EntryForm], field: str) -> str:
    if isinstance(form.base_fields[field], DayField):
        return DAY
    return CHOICE if _choices_of(form, field) else TEXT


def _choices_of(form: type[EntryForm], field: str) -> Choices:
    if field in _SHORT_CHOICES:
        return _SHORT_CHOICES[field]
    offered = getattr(form.base_fields[field], "choices", ())
    return tuple((str(value), label) for value, label in offered if value != "")


_NOTES = {
    ("schooling", "school_name"): "写全称，与毕业证书一致。凭学历、专业申报的才填。",
    ("schooling", "major_name"): "与毕业证书一致。初中、普通高中没有专业，可以不填。",
    ("schooling", "approved"): "专业列入“经评估论证”目录的填“是”，其他不填。",
    ("schooling", "on"): "已毕业的填证书上的日期，在读的填预计毕业的日期。",
    ("jobs", "employer"): "写全称，与公章或社保记录一致。凭工作年限申报的，从最早的一段填起。",
    ("jobs", "left_on"): "已经离开的，填最后上班的那一天；仍在职的不填。",
    ("jobs", "witness_name"): "了解这段工作的领导或同事，不能是本人。",
    ("jobs", "witness_phone"): "手机号，或带区号的固定电话。只用于核实这段经历。",
    ("credentials", "occupation_name"): "与证书一致。凭已有证书申报的才填。",
    ("titles", "rank"): "助理级、士级属初级；主治、主管属中级；副高级、正高级属高级。",
    ("titles", "corresponds"): "例如护理、公共卫生、健康管理类专业。拿不准的填“是”，由审核人认定。",
}

PLACES: tuple[Place, ...] = (
    *_places(
        "schooling",
        "学习经历",
        SchoolingForm,
        2,
        (
            ("school_name", "学校名称", 24, "上海市某某职业技术学校"),
            ("school", "学校类别", 14, "中等职业学校"),
            ("programme", "学制类别", 18, "中职（中专、职高）"),
            ("major_name", "专业", 14, "护理"),
            ("major", "专业关系", 10, "相关专业"),
            ("approved", "经评估论证", 11, ""),
            ("status", "学业状态", 16, "已毕业"),
            ("on", "毕业或预计毕业日期", 19, "1968-07-01"),
        ),
    ),
    *_places(
        "jobs",
        "工作经历",
        JobForm,
        3,
        (
            ("employer", "单位名称", 26, "上海市某某社区卫生服务中心"),
            ("position", "岗位", 14, "社群健康助理"),
            ("relation", "工作关系", 10, "本职业"),
            ("started_on", "开始日期", 12, "1968-09-01"),
            ("left_on", "最后工作日", 12, "1980-12-31"),
            ("witness_name", "证明人", 10, "李建国"),
            ("witness_phone", "证明人电话", 16, "021-60000000"),
        ),
    ),
    *_places(
        "credentials",
        "职业技能证书",
        CredentialForm,
        2,
        (
            ("occupation_name", "证书职业", 16, ""),
            ("grade", "证书等级", 13, ""),
            ("relation", "证书关系", 10, ""),
            ("number", "证书编号", 24, ""),
            ("issued_on", "发证日期", 12, ""),
            ("issuer", "发证机构", 24, ""),
        ),
    ),
    *_places(
        "titles",
        "职称",
        TitleForm,
        1,
        (
            ("name", "职称名称", 14, ""),
            ("rank", "职称级别", 10, ""),
            ("corresponds", "职称专业对应", 13, ""),
            ("obtained_on", "职称取得日期", 13, ""),
            ("number", "职称证书编号", 24, ""),
        ),
    ),
)

COLUMNS: tuple[Column, ...] = (
    *_OF_THE_PERSON,
    *(column for place in PLACES for column in place.columns.values()),
)
"""Every column of the template, in its order."""

REQUIRED = tuple(column for column in COLUMNS if column.required)

_BY_CODE = {one.code: one for one in (*COLUMNS, PROBLEMS)}


def column(code: str) -> Column:
    """Raises KeyError for a code that is none."""
    return _BY_CODE[code]


def columns_for(grades: Collection[int], on: date) -> tuple[Column, ...]:
    """The columns with the choices that a filing has: its grades, and their conditions in the edition of the day."""
    narrowed = {
        "grade": tuple((str(grade), GRADE_FULL_NAMES[grade]) for grade in grades),
        "route": routes_of(grades, on),
        "subjects": _labelled(
            {
                key: name
                for key, name in SUBJECT_NAMES.items()
                if key != "review" or min(grades, default=5) < 3
            }
        ),
    }
    return tuple(replace(one, choices=narrowed[one.code]) if one.code in narrowed else one for one in COLUMNS)


def routes_of(grades: Collection[int], on: date) -> Choices:
    """(clause, 「四级第1项 累计工作满 5 年」) of these grades."""
    edition = value_for(EDITIONS, at=on).value
    return tuple((clause, route_label(clause)) for grade in grades for clause in edition[grade])


def route_label(clause: str) -> str:
    """How a roster writes a condition."""
    section, _, item = clause.removeprefix("TR2023-").partition(".")
    return f"{GRADE_NAMES[6 - int(section)]}第{item}项 {ROUTE_TITLES[clause]}"


def problem_text(problem: dict[str, str]) -> str:
    """A problem of a row with its column's title before it: 「手机号：手机号码应为 11 位…」."""
    return f"{column(problem['column']).title}：{problem['sentence']}"
