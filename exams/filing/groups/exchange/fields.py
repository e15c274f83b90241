"""What we can tell another system of a person whose application was approved: every field that a column may hold.

Later apps bring workbooks of their own, in `later`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from applicants.identity.documents import DocumentKind, Sex
from applicants.identity.masks import mask_name, mask_number, mask_phone
from applicants.records.models import GeneralEducation
from exams.filing.groups.models import GroupFiling
from exams.filing.groups.rosters.columns import PLACES, YES_NO, Choices, Place, route_label
from exams.filing.models import Application, Kind
from portal import clock
from portal.rules.wording import GRADE_FULL_NAMES, ROUTE_TITLES, SUBJECT_NAMES


@dataclass(frozen=True)
class Filed:
    """One approved person. `answers` are those of the submission that was approved, corrections included; `fee_fen` is
    None where nothing is to be paid (any more); `place` counts from 1 within the workbook."""

    filing: GroupFiling
    application: Application
    answers: Mapping[str, Any]
    fee_fen: int | None
    place: int


@dataclass(frozen=True)
class Field:
    """`read` gives our value of a `Filed`, or of what a later app's workbook is made of: one of `choices`, where there
    are any, else text; "" where there is none.

    `mask` hides what a page without need should not show.
    """

    title: str
    group: str
    read: Callable[[Any], str]
    choices: Choices = ()
    width: int = 14
    mask: Callable[[str], str] = str

    def label(self, value: str) -> str:
        """The word for one of the choices; other values as they are."""
        return dict(self.choices).get(value, value)


def _mask_day(text: str) -> str:
    return text[:4] + "*" * len(text[4:])


def _mask_file(text: str) -> str:
    name, _, rest = text.partition("_")
    return f"{mask_name(name)}_{mask_number(rest.removesuffix('.jpg'))}.jpg"


def _identity(key: str) -> Callable[[Filed], str]:
    return lambda filed: str(filed.answers["identity"][key] or "")


def _wish(key: str) -> Callable[[Filed], str]:
    return lambda filed: str(filed.answers["application"][key] or "")


def _digits(read: Callable[[Filed], str]) -> Callable[[Filed], str]:
    """2026-11-01 as 20261101."""
    return lambda filed: read(filed).replace("-", "")


def _takes(subject: str) -> Callable[[Filed], str]:
    return lambda filed: "yes" if subject in filed.answers["application"]["subjects"] else "no"


def _phone(filed: Filed) -> str:
    """As it is dialled within the country."""
    return filed.answers["phone"].removeprefix("+86")


def _subjects(filed: Filed) -> str:
    return "、".join(SUBJECT_NAMES[subject] for subject in filed.answers["application"]["subjects"])


def _approved_on(filed: Filed) -> str:
    at = filed.application.approved_at
    return at.astimezone(clock.SHANGHAI).date().isoformat() if at else ""


def _fee(filed: Filed) -> str:
    return "" if filed.fee_fen is None else f"{filed.fee_fen // 100}.{filed.fee_fen % 100:02d}"


def photo_name(filed: Filed) -> str:
    """How the person's photo is called in the archive beside the workbook."""
    identity = filed.answers["identity"]
    return f"{identity['name']}_{identity['document_number']}.jpg"


def _of_a_place(place: Place, index: int, name: str) -> Callable[[Filed], str]:
    def read(filed: Filed) -> str:
        rows = filed.answers[place.kind]
        value = rows[index].get(name) if index < len(rows) else None
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if value is None else str(value)

    return read


_PERSON, _FILED, _OURS = "本人信息", "申报内容", "机构和审核"
_EDUCATION: Choices = tuple(GeneralEducation.choices)
_GRADES: Choices = tuple((str(grade), name) for grade, name in GRADE_FULL_NAMES.items())
_ROUTES: Choices = tuple((clause, route_label(clause)) for clause in ROUTE_TITLES)
_MASKS = {
    "witness_name": mask_name,
    "witness_phone": mask_phone,
    "number": mask_number,
}
"""Of what stands in the record's rows."""

FIELDS: dict[str, Field] = {
    "place": Field("序号", _PERSON, lambda filed: str(filed.place), width=6),
    "name": Field("姓名", _PERSON, _identity("name"), mask=mask_name),
    "document_kind": Field(
        "证件类型", _PERSON, _identity("document_kind"), tuple(DocumentKind.choices), width=20
    ),
    "document_number": Field("证件号码", _PERSON, _identity("document_number"), width=22, mask=mask_number),
    "sex": Field("性别", _PERSON, _identity("sex"), tuple(Sex.choices), width=6),
    "birth_date": Field("出生日期（2026-11-01）", _PERSON, _identity("birth_date"), width=12, mask=_mask_day),
    "birth_date_digits": Field(
        "出生日期（20261101）", _PERSON, _digits(_identity("birth_date")), width=12, mask=_mask_day
    ),
    "phone": Field("手机号", _PERSON, _phone, width=15, mask=mask_phone),
    "general_education": Field(
        "普通受教育程度", _PERSON, _identity("general_education"), _EDUCATION, width=18
    ),
    "photo": Field("照片文件名", _PERSON, photo_name, width=34, mask=_mask_file),
    "application_number": Field("申报号", _FILED, _wish("number"), width=16),
    "occupation_name": Field("职业名称", _FILED, _wish("occupation_name"), width=18),
    "occupation_code": Field("职业代码", _FILED, _wish("occupation"), width=13),
    "grade": Field("申报等级", _FILED, _wish("grade"), _GRADES, width=13),
    "kind": Field("申报类别", _FILED, _wish("kind"), tuple(Kind.choices), width=10),
    "subjects": Field("科目（顿号隔开）", _FILED, _subjects, width=18),
    **{
        f"takes_{subject}": Field(f"是否参加{name}", _FILED, _takes(subject), YES_NO, width=12)
        for subject, name in SUBJECT_NAMES.items()
    },
    "route": Field("申报条件", _FILED, _wish("route"), _ROUTES, width=40),
    "route_number": Field(
        "申报条件第几项", _FILED, lambda filed: _wish("route")(filed).rpartition(".")[2], width=8
    ),
    "filing_number": Field("团体申报号", _OURS, lambda filed: filed.filing.number, width=13),
    "filing_title": Field("团体申报名称", _OURS, lambda filed: filed.filing.title, width=26),
    "institution_name": Field("机构名称", _OURS, lambda filed: filed.filing.institution.name, width=30),
    "permit_number": Field(
        "办学许可证号", _OURS, lambda filed: filed.filing.institution.permit_number, width=20
    ),
    "approved_on": Field("审核通过日期（2026-11-01）", _OURS, _approved_on, width=14),
    "approved_on_digits": Field("审核通过日期（20261101）", _OURS, _digits(_approved_on), width=14),
    "fee": Field("费用（元）", _OURS, _fee, width=10),
    **{
        column.code: Field(
            f"{place.title}：{column.title}",
            place.title,
            _of_a_place(place, int(column.code.split("_")[1]) - 1, name),
            column.choices,
            column.width,
            _MASKS.get(name, str),
        )
        for place in PLACES
        for name, column in place.columns.items()
    },
}
"""By key, in the order in which they are offered. Keys are kept in mappings: they never change."""

REPLY_FIELDS: dict[str, str] = {
    "result": "办理结果",
    "external_number": "对方的编号",
    "message": "说明或原因",
}
"""What an answer may say beside our own fields."""


@dataclass(frozen=True)
class LaterWorkbook:
    """A later app's workbook: what its columns may hold, its latest rows for a look, the mappings that come with it.

    Its fields have keys of their own; a key of FIELDS stands for that same field.
    """

    fields: Mapping[str, Field]
    latest: Callable[[], Iterable[Any]]
    shipped: Path


later: dict[str, LaterWorkbook] = {}
"""By purpose of the mapping; filled in `AppConfig.ready()`."""


def known_field(key: str) -> Field | None:
    """The field of this key, whosoever it is."""
    if key in FIELDS:
        return FIELDS[key]
    return next((one.fields[key] for one in later.values() if key in one.fields), None)
