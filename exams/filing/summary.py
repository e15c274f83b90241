"""An application's answers as people read them: sections of rows, numbers masked, before and after submission."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models

from applicants.identity.documents import DocumentKind
from applicants.identity.masks import mask_number, mask_phone
from applicants.records.issued import issued_for
from applicants.records.models import Credential, Fact, GeneralEducation, Job, Schooling, Sex, Title
from applicants.records.rows import heading, rows_of
from exams.filing.models import Kind, SpecialArrangement
from portal.rules.wording import (
    EVIDENCE_NAMES,
    GRADE_FULL_NAMES,
    ROUTE_TITLES,
    SUBJECT_NAMES,
    cite,
    day_text,
)

MODELS: dict[str, type[Fact]] = {
    "schooling": Schooling,
    "jobs": Job,
    "credentials": Credential,
    "titles": Title,
}
SECTIONS = (
    ("schooling", "schooling", "学历和学习经历"),
    ("jobs", "work", "工作经历"),
    ("credentials", "credentials", "职业技能证书"),
    ("titles", "titles", "职称"),
)


@dataclass(frozen=True)
class Section:
    """`step` is the step at which it is changed; `entries` are (heading, rows) each under a heading of its own."""

    step: str
    title: str
    rows: list[dict[str, Any]]
    entries: list[tuple[str, list[dict[str, Any]]]]


def sections_of(answers: Mapping[str, Any]) -> list[Section]:
    """The answers (exams.filing.answers) in the order of the steps. The photo is the page's own affair."""
    identity, application = answers["identity"], answers["application"]
    sections = [
        Section("route", "申报项目", _application_rows(application), []),
        Section("identity", "身份证件", _identity_rows(identity, answers["phone"]), []),
    ]
    for kind, step, title in SECTIONS:
        entries = [_entry(MODELS[kind], row) for row in answers[kind]]
        rows = []
        if kind == "schooling":
            education = (
                GeneralEducation(identity["general_education"]).label if identity["general_education"] else ""
            )
            rows = _rows(("普通受教育程度", education or "未填写"))
        elif not entries:
            rows = _rows((title, "没有填写"))
        sections.append(Section(step, title, rows, [(heading(entry), rows_of(entry)) for entry in entries]))
    sections.append(Section("arrangement", "特别安排", _arrangement_rows(answers["special_arrangement"]), []))
    return sections


def evidence_rows(answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """How many files there are of each kind of evidence, and each certificate issued here with its state of now."""
    counts = Counter(row["code"] for row in answers["evidence"])
    rows = _rows(
        *((EVIDENCE_NAMES[code].removesuffix("原件"), f"{count} 个文件") for code, count in counts.items())
    )
    issued = issued_for([UUID(row["id"]) for row in answers.get("issued", ())])
    return rows + [
        {
            "key": "本会签发的证书",
            "value": f"{one.number}，{one.state}" + ("，不用上传" if one.valid else "，不再作为证明"),
            "url": one.own_url,
            "change": "查看证书（PDF）",
        }
        for one in issued.values()
    ]


def _application_rows(application: Mapping[str, Any]) -> list[dict[str, Any]]:
    route = application["route"]
    return _rows(
        ("职业", application["occupation_name"]),
        ("等级", GRADE_FULL_NAMES[application["grade"]]),
        ("类别", Kind(application["kind"]).label),
        ("科目", "、".join(SUBJECT_NAMES[subject] for subject in application["subjects"])),
        ("申报条件", f"{ROUTE_TITLES[route]}（{cite(route)}）" if route else ""),
    )


def _identity_rows(identity: Mapping[str, Any], phone: str) -> list[dict[str, Any]]:
    kind, number = identity["document_kind"], identity["document_number"]
    born = identity["birth_date"]
    return _rows(
        ("姓名", identity["name"]),
        ("性别", Sex(identity["sex"]).label if identity["sex"] else "未填写"),
        ("出生日期", day_text(date.fromisoformat(born)) if born else "未填写"),
        ("证件类型", DocumentKind(kind).label if kind else "未填写"),
        ("证件号码", mask_number(number) if number else "未填写"),
        ("手机号", mask_phone(phone) if phone else ""),
    )


def _arrangement_rows(arrangement: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if arrangement is None:
        return _rows(("特别安排", "不需要"))
    needs = "、".join(SpecialArrangement.Need(need).label for need in arrangement["needs"])
    return _rows(("特别安排", needs), ("补充说明", arrangement["note"]))


def _entry(model: type[Fact], row: Mapping[str, Any]) -> Fact:
    """The entry as it was when the answers were made."""
    values = {name: value for name, value in row.items() if name != "id"}
    for field in model._meta.get_fields():
        if isinstance(field, models.DateField) and values.get(field.name):
            values[field.name] = date.fromisoformat(values[field.name])
    return model(**values)


def _rows(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in pairs if value]
