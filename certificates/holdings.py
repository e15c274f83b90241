"""What certificates keep on a person: for their own export, and what outlives a deletion so that anybody can verify."""

from collections.abc import Iterable
from typing import Any

from applicants.accounts.export import plain, rows_values
from applicants.records.models import Person
from certificates.models import Certificate, CollectionNotice, Ending, HandBack, HandOver
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    own = {"certificate__person": person}
    yield "职业技能等级证书", rows_values(Certificate.objects.filter(person=person).order_by("issued_at"))
    yield "证书作废与换发", rows_values(Ending.objects.filter(**own).order_by("asked_at"))
    yield "证书领取通知", rows_values(CollectionNotice.objects.filter(**own).order_by("sent_at"))
    yield "证书领取", [_taken(given) for given in _hand_overs(person)]
    yield "证书退回", rows_values(HandBack.objects.filter(**own).order_by("noted_at"))


def _hand_overs(person: Person) -> Iterable[HandOver]:
    found = HandOver.objects.filter(certificates__person=person).distinct()
    return found.select_related("institution").order_by("given_at")


def _taken(given: HandOver) -> dict[str, Any]:
    """One hand-over without the others it was for; what an institution's agent showed is the institution's."""
    institution = given.institution
    return {
        "领取时间": plain(given.given_at),
        "领取人": given.received_by,
        "领取机构": institution.name if institution else "",
        "委托说明": "" if institution else given.proxy_note or "",
    }


def _kept(person: Person) -> list[str]:
    if not Certificate.objects.filter(person=person).exists():
        return []
    return ["已签发的职业技能等级证书及其作废、换发、领取记录：证书长期有效，须供查验，不能删除。"]


HOLDING = Holding("certificates", _export, lambda person: [], _kept, lambda person: None)
