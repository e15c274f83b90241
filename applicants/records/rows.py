"""An entry as pages tell it: one heading, and rows of key and value."""

from functools import singledispatch
from typing import Any

from applicants.identity.masks import mask_phone
from applicants.records.models import Credential, Fact, Job, Schooling, Title
from portal.rules.wording import GRADE_FULL_NAMES, day_text

RELATION_NAMES = {"same": "本职业", "related": "相关职业", "other": "其他"}
MAJOR_NAMES = {"same": "本专业", "related": "相关专业", "other": "其他"}


@singledispatch
def heading(entry: Fact) -> str:
    raise NotImplementedError(type(entry))


@singledispatch
def rows_of(entry: Fact) -> list[dict[str, Any]]:
    """Phone numbers are masked."""
    raise NotImplementedError(type(entry))


@heading.register
def _(entry: Job) -> str:
    return f"{entry.employer}，{entry.position}"


@rows_of.register
def _(entry: Job) -> list[dict[str, Any]]:
    left = day_text(entry.left_on) if entry.left_on else "至今"
    witness = f"{entry.witness_name}，{mask_witness(entry.witness_phone or '')}" if entry.witness_name else ""
    return _rows(
        ("起止", f"{day_text(entry.started_on)} — {left}"),
        (
            "与申报职业的关系",
            RELATION_NAMES[entry.relation] + ("" if entry.relation != "other" else "，不计入年限"),
        ),
        ("证明人", witness),
    )


@heading.register
def _(entry: Credential) -> str:
    return f"{entry.occupation_name}（{GRADE_FULL_NAMES[entry.grade]}）"


@rows_of.register
def _(entry: Credential) -> list[dict[str, Any]]:
    return _rows(
        ("与申报职业的关系", RELATION_NAMES[entry.relation]),
        ("证书编号", entry.number),
        ("发证日期", day_text(entry.issued_on)),
        ("发证机构", entry.issuer),
    )


@heading.register
def _(entry: Title) -> str:
    return f"{entry.name}（{entry.get_rank_display()}）"


@rows_of.register
def _(entry: Title) -> list[dict[str, Any]]:
    return _rows(
        ("专业与申报职业", "对应" if entry.corresponds else "不对应"),
        ("取得日期", day_text(entry.obtained_on)),
        ("证书编号", entry.number),
    )


@heading.register
def _(entry: Schooling) -> str:
    major = f"，{entry.major_name}" if entry.major_name else ""
    return f"{entry.school_name}{major}"


@rows_of.register
def _(entry: Schooling) -> list[dict[str, Any]]:
    graduated = entry.status == Schooling.Status.GRADUATED
    return _rows(
        ("学校类别", entry.get_school_display()),
        ("学制", entry.get_programme_display()),
        ("专业与申报职业的关系", MAJOR_NAMES[entry.major] + ("，经评估论证" if entry.approved else "")),
        ("状态", entry.get_status_display()),
        ("毕业日期" if graduated else "预计毕业", day_text(entry.on)),
    )


def mask_witness(phone: str) -> str:
    """Mobile numbers as everywhere; of a fixed line the area code and the last two digits."""
    if "-" in phone:
        area, _, number = phone.partition("-")
        return f"{area}-{'*' * max(0, len(number) - 2)}{number[-2:]}"
    return mask_phone(phone)


def _rows(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in pairs if value]
