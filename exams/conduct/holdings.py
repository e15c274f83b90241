"""What misconduct keeps on a person: for their own export, and why some of it outlives the account."""

from collections.abc import Iterable
from typing import Any

from applicants.accounts.export import plain, row_values, rows_values
from applicants.records.models import Person
from applicants.standing.models import Bar
from exams.conduct.models import CaseStep, Decision, IncidentPerson, ToldItem
from exams.conduct.queries import OPEN_STAGES, cases_of, stage_of
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    told = cases_of(person)
    yield "违纪违规案件", rows_values(told)
    yield "案件步骤", rows_values(CaseStep.objects.filter(case__in=told).order_by("at"))
    noted = IncidentPerson.objects.filter(seat__person=person).order_by("incident__at")
    yield "现场记录中的本人情况", rows_values(noted)
    yield "处理决定", rows_values(Decision.objects.filter(case__in=told).order_by("decided_at"))
    told_items = ToldItem.objects.filter(person=person).select_related("telling")
    yield "报送主管部门", [_told(item) for item in told_items]
    yield "禁考期", rows_values(Bar.objects.filter(person=person).order_by("barred_from"))


def _told(item: ToldItem) -> dict[str, Any]:
    """What an authority was told of the person, and by which document."""
    return {
        "报送日期": plain(item.telling.told_on),
        "报送单位": item.telling.office,
        "文号或回执": item.telling.reference,
        **row_values(item),
    }


def _obstacles(person: Person) -> list[str]:
    if any(stage_of(case) in OPEN_STAGES for case in cases_of(person)):
        return ["有一份关于您申报的告知或决定还没有办结，办结以后才能注销账号。"]
    return []


def _kept(person: Person) -> list[str]:
    if cases_of(person).exists() or Bar.objects.filter(person=person).exists():
        return ["违纪违规案件的记录和禁考期：按规定留存，禁考期在注销账号以后仍然有效。"]
    return []


def _untold(person: Person) -> set[str]:
    """Cases the person hears of with the notice only, or never where they were dropped before."""
    told = cases_of(person).values("pk")
    return {str(key) for key in person.cases.exclude(pk__in=told).values_list("pk", flat=True)}


HOLDING = Holding("conduct", _export, _obstacles, _kept, lambda person: None, _untold)
