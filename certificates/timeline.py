"""What certificates add to an application's time line: its issue, and who collects it where (N2026-5)."""

from datetime import date

from django.urls import reverse

from certificates.collecting import hand_overs_of
from certificates.due import standing_of
from certificates.models import Certificate
from exams.filing.models import Application, Status
from exams.filing.timeline import APPLICANT, ASSOCIATION, DONE, INSTITUTION, NEXT, NOW, Step
from portal import clock
from portal.contacts import notice_in_force

CLAUSE = "N2026-5"
OTHERWISE = {"in_batch": "证书正在签发。", "has_certificate": ""}
"""What the person reads instead of the sentence for staff."""


def certificate_steps(application: Application, on: date) -> list[Step]:
    """The steps `certificate` and `collect` of an approved application; none where it leads to no certificate."""
    if application.status != Status.APPROVED:
        return []
    certificates = sorted(
        Certificate.objects.filter(application=application),
        key=lambda one: (one.state == Certificate.State.VALID, one.issued_at),
    )
    if certificates:
        return _issued(certificates[-1])
    if application.concluded_at is None:
        note = "全部科目合格并在有效期内的，由本会签发。"
        return [
            Step("certificate", "签发证书", NEXT, ASSOCIATION, note=note, clause=CLAUSE),
            Step("collect", "领取证书", NEXT, _collector(application), note="印好以后通知领取。"),
        ]
    return _concluded(application, on)


def _concluded(application: Application, on: date) -> list[Step]:
    standing = standing_of(application, on)
    codes = {finding.code for finding in standing.findings}
    if standing.failed or codes & {"has_certificate", "not_the_latest"}:
        return []
    waits = "".join(OTHERWISE.get(finding.code, finding.sentence) for finding in standing.findings)
    note = waits or "全部科目合格，证书正在签发。"
    return [
        Step("certificate", "签发证书", NOW, ASSOCIATION, note=note, clause=CLAUSE),
        Step("collect", "领取证书", NEXT, _collector(application), note="印好以后通知领取。"),
    ]


def _issued(certificate: Certificate) -> list[Step]:
    day = clock.local_day(certificate.issued_at)
    url, link = reverse("certificates:mine"), "查看证书"
    if certificate.state == Certificate.State.VOID:
        assert certificate.ended_at is not None
        ended = clock.local_day(certificate.ended_at)
        note = f"证书 {certificate.number} 不再有效：{certificate.end_reason}"
        return [Step("certificate", "证书已作废", DONE, ASSOCIATION, on=ended, note=note, url=url, link=link)]
    note = f"证书编号 {certificate.number}。"
    return [
        Step(
            "certificate",
            "证书已签发",
            DONE,
            ASSOCIATION,
            on=day,
            note=note,
            clause=CLAUSE,
            url=url,
            link=link,
        ),
        _collected(certificate),
    ]


def _collected(certificate: Certificate) -> Step:
    actor = _collector(certificate.application)
    if given := hand_overs_of([certificate]).get(certificate.pk):
        taker = given.institution.name if given.institution else given.received_by
        return Step(
            "collect", "证书已领取", DONE, actor, on=clock.local_day(given.given_at), note=f"由{taker}领取。"
        )
    told = certificate.collection_notices.order_by("sent_at").first()
    if certificate.file_id is None or told is None:
        return Step(
            "collect", "领取证书", NEXT, actor, note="证书正在印制，印好以后通知领取。", clause=CLAUSE
        )
    place = notice_in_force(clock.today()).contacts.address
    note = f"请带领取人的身份证件原件到受理窗口：{place}。"
    if certificate.application.institution_id:
        note = "由申报机构到受理窗口统一领取后发给您。"
    return Step("collect", "领取证书", NOW, actor, on=clock.local_day(told.sent_at), note=note, clause=CLAUSE)


def _collector(application: Application) -> str:
    return INSTITUTION if application.institution_id else APPLICANT
