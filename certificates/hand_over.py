"""Certificates given out at the counter against a signature, and taken back where that was wrong (N2026-5).

To the person; to somebody they sent, with what shows it; or to the institution that filed them, for its own people
only. Whoever comes is looked at with the original of their document. A wrong entry is not erased: the certificate is
noted as given back, with the reason, and waits again.
"""

from collections.abc import Collection
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.institutions.models import Institution
from applicants.records.own import refuse_own
from certificates.collecting import hand_overs_of, lock_certificates
from certificates.models import Certificate, Ending, HandBack, HandOver
from exams.filing.telling import tell
from portal import clock
from portal.audit import trail
from portal.contacts import notice_in_force
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import day_text


@transaction.atomic
def hand_over(
    *,
    actor: Account,
    certificates: Collection[Certificate],
    received_by: str,
    document_checked: bool,
    institution: Institution | None = None,
    proxy_note: str = "",
) -> HandOver:
    """Note that `received_by` took and signed for these certificates; tells each holder.

    `proxy_note`: what shows that they may (委托书, 介绍信), for everybody but the holder. Raises `Refused` with every
    reason there is, one a certificate; then none of them is noted.
    """
    received_by, proxy_note = received_by.strip(), proxy_note.strip()
    rows = lock_certificates(certificates)
    refuse_own(actor, [row.person_id for row in rows], "own_certificate")
    findings = obstacles(rows)
    if not rows:
        findings.append(Finding("N2026-5", "none_chosen", "没有选择证书。"))
    if institution is not None:
        findings += [_strangers(row, institution) for row in rows if not _filed_by(row, institution)]
    if not received_by:
        findings.append(Finding("N2026-5", "no_receiver", "请填写领取人的姓名。", field="received_by"))
    elif not proxy_note and (institution is not None or not _holds_all(rows, received_by)):
        sentence = "不是持证人本人来领，请写明凭什么领取，例如委托书日期、介绍信编号。"
        findings.append(Finding("N2026-5", "no_proxy", sentence, field="proxy_note"))
    elif received_by == actor.name and proxy_note:
        sentence = "经办人不能自己代人领取，请由另一位工作人员发放。"
        findings.append(Finding("N2026-5", "own_proxy", sentence, field="received_by"))
    if not document_checked:
        sentence = "请核对领取人的身份证件原件，并勾选。"
        findings.append(Finding("N2026-5", "document_unchecked", sentence, field="document_checked"))
    refuse_if_any(findings)
    given = HandOver.objects.create(
        id=uuid4(),
        institution=institution,
        received_by=received_by,
        proxy_note=proxy_note or None,
        given_by=actor,
        given_at=clock.now(),
    )
    given.certificates.set(rows)
    for row in rows:
        _note(
            "certificates.handed_over", given, row, actor, {"received_by": received_by, "proxy": proxy_note}
        )
        _tell(given, row)
    return given


@transaction.atomic
def hand_back(*, actor: Account, given: HandOver, certificate: Certificate, reason: str) -> HandBack:
    """Note that a certificate came back, or was put down by mistake; it can be handed over again. Raises `Refused`."""
    reason = reason.strip()
    if not reason:
        raise Refused(Finding("", "no_reason", "请写明理由。", field="reason"))
    (row,) = lock_certificates([certificate])
    refuse_own(actor, [row.person_id], "own_certificate")
    standing = hand_overs_of([row]).get(row.pk)
    if standing is None or standing.pk != given.pk:
        raise Refused(Finding("", "not_with_them", "这张证书已经登记退回，不用再登记。"))
    back = HandBack.objects.create(
        id=uuid4(), hand_over=given, certificate=row, reason=reason, noted_by=actor, noted_at=clock.now()
    )
    _note("certificates.handed_back", given, row, actor, {"reason": reason})
    return back


def obstacles(certificates: Collection[Certificate]) -> list[Finding]:
    """Why some of these cannot be handed over as they stand, one finding for each of them; empty where all can."""
    taken = hand_overs_of(certificates)
    open_endings = Ending.objects.filter(certificate__in=certificates, confirmed_at=None, dropped_at=None)
    ending = set(open_endings.values_list("certificate", flat=True))
    found = []
    for one in certificates:
        code = sentence = ""
        if one.state != Certificate.State.VALID:
            code, sentence = "ended", f"证书{one.get_state_display()}，不能发放。"
        elif one.file_id is None:
            code, sentence = "not_printed", "证书还没有印好。"
        elif one.pk in ending:
            code, sentence = "ending_open", "正在办理作废或换发，办完以前不能发放。"
        elif one.pk in taken:
            day = day_text(clock.local_day(taken[one.pk].given_at))
            code, sentence = "taken", f"{day}已由{taken[one.pk].received_by}领取。"
        if code:
            found.append(Finding("N2026-5", code, f"{one.face['name']}（{one.number}）：{sentence}"))
    return found


def _filed_by(certificate: Certificate, institution: Institution) -> bool:
    return certificate.application.institution_id == institution.pk


def _strangers(certificate: Certificate, institution: Institution) -> Finding:
    name = certificate.face["name"]
    sentence = f"{name}（{certificate.number}）：不是{institution.name}申报的学员，机构不能代领。"
    return Finding("N2026-5", "not_their_own", sentence)


def _holds_all(certificates: list[Certificate], name: str) -> bool:
    """Whether one person of that name holds them all."""
    same = len({one.person_id for one in certificates}) == 1
    return same and {one.face["name"] for one in certificates} == {name}


def _tell(given: HandOver, certificate: Certificate) -> None:
    taker = given.institution.name if given.institution else given.received_by
    tell(
        certificate.application,
        "certificate_handed_over",
        key=f"{given.pk}:{certificate.pk}",
        offering=str(certificate.offering),
        day=day_text(clock.local_day(given.given_at)),
        taker=taker,
        contact=notice_in_force(clock.today()).contacts.phone,
    )


def _note(
    action: str, given: HandOver, certificate: Certificate, actor: Account, personal: dict[str, str]
) -> None:
    detail = {"hand_over": str(given.pk), "institution": str(given.institution_id or "")}
    trail.record(
        action,
        actor=actor,
        subject=certificate,
        person_id=certificate.person_id,
        detail=detail,
        personal=personal,
    )
