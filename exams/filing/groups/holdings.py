"""What group filings keep on a person: for their own export, and when they delete their account."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from applicants.accounts.export import plain, rows_values
from applicants.records.models import Person
from exams.filing.groups.models import Clash, Confirmation, RosterEntry
from exams.filing.models import Status
from portal.registry import Holding
from portal.rules.wording import EVIDENCE_NAMES, GRADE_NAMES


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    entries = person.roster_entries.select_related("row", "filing__institution", "filing__occupation")
    yield "团体申报", [_told(entry) for entry in entries.order_by("added_at")]


def _told(entry: RosterEntry) -> dict[str, Any]:
    """What was filled in for the person and what they answered; nothing of what the institution noted for itself."""
    content = entry.row.content
    return {
        "团体申报号": entry.filing.number,
        "机构": entry.filing.institution.name,
        "职业": entry.filing.occupation.name,
        "等级": GRADE_NAMES[entry.row.grade] if entry.row.grade else "",
        "加入时间": plain(entry.added_at),
        "移出时间": plain(entry.removed_at),
        "填报内容": {"record": content["record"], "phone": content["phone"]},
        "机构上传的材料": [
            {"类别": EVIDENCE_NAMES[file.code], "上传时间": plain(file.added_at)}
            for file in entry.files.filter(removed_at=None)
        ],
        "本人确认": rows_values(entry.confirmations.all()),
        "市自助经办系统的回执": [
            {"导入时间": plain(reply.received_at), "内容": reply.values} for reply in entry.replies.all()
        ],
    }


def _obstacles(person: Person) -> list[str]:
    live = person.roster_entries.filter(removed_at=None)
    being_filed = live.filter(submission__isnull=False, submission__filed_at=None, obstacles=[]).exclude(
        application__status__in=[status for status in Status if status != Status.RETURNED]
    )
    found = [
        f"{entry.filing.institution.name}正在提交您的申报，办完后才能删除。"
        for entry in being_filed.select_related("filing__institution")
    ]
    if Clash.objects.filter(entry__in=live, decided_at=None).exists():
        found.append("您有两份同项目的申报，等受理窗口决定保留哪一份后才能删除。")
    return found


def _kept(person: Person) -> list[str]:
    """Words of their own for the answers; that the applications stay is said by those."""
    if not _filed(person).filter(confirmations__confirmed_at__isnull=False).exists():
        return []
    return ["机构为您填报的申报，连同您的确认和承诺：评价机构须留存备查，以便核验证书。"]


def _erase(person: Person) -> None:
    """Where nothing was handed in yet, the answer is taken back: the roster is the institution's, the person is not.

    Runs before the drafts go, which entries and clashes point to.
    """
    filed = list(_filed(person).values_list("pk", flat=True))
    for link in Confirmation.objects.filter(entry__in=filed):
        link.phone, link.arrangement = "", None  # what was asked for stays with the application
        link.save(update_fields=["phone", "arrangement"])
    unfiled = person.roster_entries.exclude(pk__in=filed)
    Confirmation.objects.filter(entry__in=unfiled).delete()
    Clash.objects.filter(other__person=person, other__submissions=None).delete()
    unfiled.update(person=None, application=None, photo=None, submission=None, obstacles=[])


def _filed(person: Person) -> QuerySet[RosterEntry]:
    """The person's entries with which something was ever handed in to the association."""
    ever = Q(application__submissions__isnull=False)
    return person.roster_entries.filter(ever).distinct()


HOLDING = Holding("group_filings", _export, _obstacles, _kept, _erase)
