"""What issuing and ending certificates add to the counter's first page, and their deeds and looks in words."""

from datetime import date, datetime

from django.urls import reverse

from certificates.due import candidates, read_standings
from certificates.queries import held, open_batches, open_endings
from exams.filing.models import Application
from portal import clock
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def due_now() -> list[Application]:
    """Everybody who is due a certificate and in no batch yet, the longest waiting first."""
    found = candidates().select_related("person__photo__print_copy", "offering__occupation")
    return [row.application for row in read_standings(list(found), clock.today()) if row.due]


def _age(since: date | datetime | None) -> int | None:
    return age_in_working_days(since)


def _oldest_due() -> int | None:
    return _age(min((one.concluded_at for one in due_now() if one.concluded_at), default=None))


QUEUES = (
    Queue(
        code="certificates_due",
        title="待发证",
        order=90,
        count=lambda: len(due_now()),
        oldest_working_days=_oldest_due,
        url=lambda: reverse("admin:certificates_due"),
        permission="certificates.propose_certificates",
        help_text="全部科目合格且在有效期内，还没有列入批次的人。",
    ),
    Queue(
        code="batches_to_issue",
        title="发证批次待签发",
        order=91,
        count=lambda: open_batches().count(),
        oldest_working_days=lambda: _age(
            open_batches().order_by("proposed_at").values_list("proposed_at", flat=True).first()
        ),
        url=lambda: reverse("admin:certificates_issuebatch_changelist") + "?stage=open",
        permission="certificates.issue_certificates",
        help_text="须由提出人以外的人签发。",
    ),
    Queue(
        code="endings_to_confirm",
        title="证书作废、换发待复核",
        order=92,
        count=lambda: open_endings().count(),
        oldest_working_days=lambda: _age(
            open_endings().order_by("asked_at").values_list("asked_at", flat=True).first()
        ),
        url=lambda: reverse("admin:certificates_ending_changelist") + "?waiting=yes",
        permission="certificates.confirm_ending",
        help_text="须由提出人以外的人复核。",
    ),
    Queue(
        code="certificates_held",
        title="证书制作受阻",
        order=93,
        count=lambda: held().count(),
        oldest_working_days=lambda: _age(
            held().order_by("issued_at").values_list("issued_at", flat=True).first()
        ),
        url=lambda: reverse("admin:certificates_certificate_changelist") + "?print=held",
        permission="certificates.issue_certificates",
        help_text="按原因解决以后，重新制作。",
        attention=True,
    ),
)

WORDS = {
    "certificates.batch_proposed": "提出发证批次",
    "certificates.batch_dropped": "放弃发证批次",
    "certificates.batch_issued": "签发批次",
    "certificates.issued": "签发证书",
    "certificates.credential_written": "证书写入资料",
    "certificates.credential_withdrawn": "证书从资料中移出",
    "certificates.printed": "证书制成",
    "certificates.print_held": "证书制作受阻",
    "certificates.print_retried": "重新制作证书",
    "certificates.ending_asked": "申请证书作废或换发",
    "certificates.ending_dropped": "放弃证书作废或换发",
    "certificates.ending_confirmed": "复核证书作废或换发",
    "certificates.voided_by_decision": "处理决定使证书作废",
    "certificates.restored": "处理决定撤销，证书恢复有效",
    "certificates.not_restored": "处理决定撤销，证书不恢复",
    "certificates.numbers_imported": "导入证书编号",
    "certificates.series_opened": "设定证书号段",
}
LOOKS = {
    "certificate.viewed": "查看证书",
    "certificate.batch_viewed": "查看待签发的证书",
}
