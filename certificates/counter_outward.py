"""What the outward part of certificates adds to the counter: queues of what waits there, deeds and looks in words."""

from django.urls import reverse

from certificates.collecting import to_collect, to_notify
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _oldest(rows):
    return age_in_working_days(rows.order_by("issued_at").values_list("issued_at", flat=True).first())


QUEUES = (
    Queue(
        code="certificates_to_notify",
        title="证书待通知领取",
        order=93,
        count=lambda: to_notify().count(),
        oldest_working_days=lambda: _oldest(to_notify()),
        url=lambda: reverse("admin:collect") + "?state=notify",
        permission="certificates.hand_over",
        help_text="证书印好以后，通知持证人和申报机构。",
    ),
    Queue(
        code="certificates_to_hand_over",
        title="证书待发放",
        order=94,
        count=lambda: to_collect().count(),
        oldest_working_days=lambda: _oldest(to_collect()),
        url=lambda: reverse("admin:collect"),
        permission="certificates.hand_over",
        help_text="按证书计，本人、受托人或者机构领取时登记。",
    ),
)

WORDS = {
    "certificates.collection_notified": "通知领取证书",
    "certificates.handed_over": "发放证书",
    "certificates.handed_back": "登记证书退回",
    "certificates.outcomes_exported": "导出成绩和证书",
}
LOOKS = {
    "certificate.verified": "公开查验证书",
    "certificate.viewed": "查看证书",
    "certificate.downloaded": "下载证书",
    "collection_list.downloaded": "下载证书领取清单",
    "certificates.search": "查找证书",
    "outcomes.exported": "导出成绩和证书",
}
