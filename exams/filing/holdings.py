"""What applications keep on a person: for their own export, and when they delete their account."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from applicants.accounts.export import row_values, rows_values
from applicants.records.models import Person
from exams.filing.models import LIVE, Application, Status
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    applications = Application.objects.filter(person=person).select_related("offering").order_by("created_at")
    yield "申报", [_told(application) for application in applications]
    yield "合格科目", rows_values(person.passes.order_by("published_on"))


def _told(application: Application) -> dict[str, Any]:
    told = {"项目": str(application.offering), **row_values(application)}
    told["提交"] = rows_values(application.submissions.all())
    told["缴费单"] = rows_values(application.quotes.order_by("quoted_at"))
    told["经过"] = rows_values(application.transitions.order_by("at"))
    if special := getattr(application, "special_arrangement", None):
        told["合理便利"] = row_values(special)
    return told


def _obstacles(person: Person) -> list[str]:
    live = _decided(person).filter(status__in=LIVE, concluded_at=None)
    return [
        f"申报 {one.number} 还在办理中（{one.get_status_display()}），办结或撤回后才能删除。" for one in live
    ]


def _kept(person: Person) -> list[str]:
    if not _decided(person).exists() and not person.passes.exists():
        return []
    return ["提交过的申报、核对过的证件和材料、审核决定与成绩：评价机构须留存备查，以便核验证书。"]


def _erase(person: Person) -> None:
    """Drafts go; what was ever submitted stays."""
    Application.objects.filter(person=person).exclude(pk__in=_decided(person).values("pk")).delete()


def _decided(person: Person) -> QuerySet[Application]:
    """The person's applications that were ever handed in."""
    ever = Q(submissions__isnull=False) | ~Q(status__in=[Status.DRAFT, Status.WITHDRAWN, Status.CANCELLED])
    return Application.objects.filter(ever, person=person).distinct()


HOLDING = Holding("applications", _export, _obstacles, _kept, _erase)
