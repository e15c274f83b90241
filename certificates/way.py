"""What certificates add to the way of a group filing: how many are issued, wait to be collected, and were taken."""

from collections.abc import Mapping

from django.urls import reverse

from certificates.collecting import taken, to_collect
from certificates.queries import live_certificates
from exams.filing.groups.models import GroupFiling
from exams.filing.groups.way import FILER, GroupStep
from exams.filing.timeline import DONE, NEXT, NOW


def certificate_step(filing: GroupFiling, counts: Mapping[str, int]) -> list[GroupStep]:
    """The step `certificate`, once somebody of the filing is approved; with figures once one is issued."""
    if not counts.get("approved"):
        return []
    own = {"application__roster_entry__filing": filing}
    issued = live_certificates().filter(**own).count()
    if not issued:
        note = "全部科目合格的人由协会签发证书，印好以后通知机构统一领取。"
        return [GroupStep("certificate", "领取证书", NEXT, FILER, note=note)]
    waiting = to_collect().filter(**own).count()
    passed = live_certificates().filter(taken(), **own).count()
    note = "请派人带介绍信、身份证件原件和领取清单到受理窗口领取，发给学员。" if waiting else ""
    if not waiting and passed < issued:
        note = f"{issued - passed} 张正在印制，印好以后通知。"
    state = NOW if waiting else DONE if passed == issued else NEXT
    return [
        GroupStep(
            "certificate",
            "领取证书",
            state,
            FILER,
            waiting=waiting,
            passed=passed,
            note=note,
            url=f"{reverse('certificates:institution')}?filing={filing.pk}",
            link="证书和领取清单",
        )
    ]
