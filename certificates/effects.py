"""The effect of a decision on misconduct on certificates: whatever rests on a cancelled score is void (A3, A3-end).

Also a certificate that another decision voided gets an ending of its own by this one: it becomes valid again only once
none of them is in force, and only where it still rests on passes (docs/adr/0087).
"""

from typing import Any
from uuid import uuid4

from applicants.accounts.models import Account
from certificates.credentials import write_credential
from certificates.ending import end_certificate, tell_void
from certificates.models import Certificate, Ending
from certificates.queries import live_certificate, resting_on, with_people
from exams.conduct.models import Decision
from exams.conduct.reach import cancelled_subjects
from portal import clock
from portal.audit import trail
from portal.rules.wording import cite, day_text


class Certificates:
    """Certificates that rest on the cancelled scores are void, also those whose other passes are older."""

    code, title = "certificates", "证书"

    def preview(self, decision: Decision) -> list[str]:
        told = []
        for certificate in affected(decision):
            if certificate.state == Certificate.State.VOID:
                told.append(f"证书 {certificate.number} 已经作废，这个决定也使它不能恢复。")
                continue
            told += [f"证书 {certificate.number}（{certificate.offering}）作废。", to_report(certificate)]
            if certificate.hand_overs.exists():
                told.append(f"证书 {certificate.number} 已经发给持证人，须收回。")
        return told

    def apply(self, decision: Decision) -> dict[str, Any] | None:
        now, ended = clock.now(), []
        reason = f"违纪违规处理（{cite(decision.act_id)}）"
        found = affected(decision)
        list(Certificate.objects.select_for_update().filter(pk__in=[one.pk for one in found]).order_by("pk"))
        for certificate in found:
            ending = Ending.objects.create(
                id=uuid4(),
                certificate=certificate,
                kind=Ending.Kind.DECISION,
                reason=reason,
                asked_by=decision.case.opened_by,
                asked_at=now,
                confirmed_by=decision.decided_by,
                confirmed_at=now,
                decision_id=decision.pk,
            )
            if certificate.state == Certificate.State.VALID:
                end_certificate(certificate, Certificate.State.VOID, reason, now)
                tell_void(certificate, reason, key=ending.pk)
            _record("certificates.voided_by_decision", certificate, decision, decision.decided_by)
            ended.append(str(ending.pk))
        return {"endings": ended} if ended else None

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        told = []
        for ending in Ending.objects.filter(pk__in=undo["endings"]).order_by("certificate__pk"):
            certificate = (
                Certificate.objects.select_for_update(of=("self",))
                .select_related("offering__occupation", "person")
                .get(pk=ending.certificate_id)
            )
            if _otherwise_void(certificate):
                told.append(f"证书 {certificate.number} 仍因另一项处理决定作废，不恢复。")
                continue
            if obstacle := _obstacle(certificate):
                told.append(f"证书 {certificate.number} 不恢复：{obstacle}。")
                certificate.end_reason = f"处理决定已撤销，证书不恢复：{obstacle}。"
                certificate.save(update_fields=["end_reason"])
                _record("certificates.not_restored", certificate, decision, decision.reversed_by)
                continue
            certificate.state = Certificate.State.VALID
            certificate.ended_at = certificate.end_reason = None
            certificate.save(update_fields=["state", "ended_at", "end_reason"])
            endings = certificate.endings.filter(kind=Ending.Kind.DECISION, undone_at=None)
            endings.update(undone_at=clock.now())
            write_credential(certificate)
            _record("certificates.restored", certificate, decision, decision.reversed_by)
        return told


def affected(decision: Decision) -> list[Certificate]:
    """The certificates the decision ends: valid ones that rest on a score it cancels, and void ones by decision."""
    rows = resting_on(decision.case.application_id, cancelled_subjects(decision))
    ended = Ending.objects.filter(kind=Ending.Kind.DECISION, undone_at=None).values("certificate")
    void = rows.filter(state=Certificate.State.VOID, pk__in=ended)
    keys = {*rows.filter(state=Certificate.State.VALID).values_list("pk", flat=True)}
    keys |= {*void.values_list("pk", flat=True)}
    return list(with_people(Certificate.objects.filter(pk__in=keys)).order_by("pk"))


def to_report(certificate: Certificate) -> str:
    """What must be told to the authorities when a certificate is void: its data are public there (N2026-3)."""
    return (
        f"须报告主管部门，撤销证书 {certificate.number} 的联网数据"
        f"（{day_text(certificate.issued_on)}发证，随申办和技能人才评价工作网可查）。"
    )


def _otherwise_void(certificate: Certificate) -> bool:
    """Whether another decision in force ended it too: that one's reversal will ask again."""
    by = certificate.endings.filter(kind=Ending.Kind.DECISION).values("decision_id")
    return Decision.objects.filter(pk__in=by, reversed_at=None).exists()


def _obstacle(certificate: Certificate) -> str:
    """Why the certificate stays void although no decision ends it any more; empty where it is valid again."""
    fresh = live_certificate(certificate.person, certificate.offering)
    if fresh is not None:
        return f"其后已签发 {fresh.number}"
    # Its own cancellations are lifted after this; revoked rows are those that `passes` leaves out.
    named = Certificate.passes.through.objects.filter(certificate=certificate)
    if named.count() > certificate.passes.count():
        return "它依据的合格成绩其后已更正或撤回"
    if certificate.passes.filter(given_up_at__gte=certificate.ended_at).exists():
        return "它依据的合格成绩其后因本人重新申报而不再保留（通知四（二））"
    return ""


def _record(action: str, certificate: Certificate, decision: Decision, actor: Account | None) -> None:
    trail.record(
        action,
        actor=actor,
        subject=certificate,
        person_id=certificate.person_id,
        detail={"number": certificate.number, "decision": str(decision.pk)},
    )
