"""Institutions and who acts for them: every change of state."""

from uuid import uuid4

from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from applicants.institutions.models import Institution, InstitutionMember
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused


@transaction.atomic
def open_institution(*, actor: Account, name: str, permit_number: str) -> Institution:
    """Enter an institution of this city that files groups (N2026-2.2). Raises Refused for a name or permit known."""
    _demand(actor, "applicants.add_institution", "登记机构")
    for field, value, word in (("name", name, "名称"), ("permit_number", permit_number, "证号")):
        if Institution.objects.filter(**{field: value}).exists():
            raise Refused(Finding("N2026-2.2", "known", f"此{word}的机构已经登记过。", field=field))
    institution = Institution.objects.create(
        id=uuid4(), name=name, permit_number=permit_number, opened_at=clock.now()
    )
    trail.record("open_institution", actor=actor, subject=institution)
    return institution


@transaction.atomic
def close_institution(*, actor: Account, institution: Institution) -> None:
    """From now on nobody files for it; what it filed stays. Its members keep their accounts. Idempotent."""
    _demand(actor, "applicants.change_institution", "停用机构")
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    if institution.closed_at is None:
        institution.closed_at = clock.now()
        institution.save(update_fields=["closed_at"])
        trail.record("close_institution", actor=actor, subject=institution)


@transaction.atomic
def reopen_institution(*, actor: Account, institution: Institution) -> None:
    """Undo `close_institution`. Idempotent."""
    _demand(actor, "applicants.change_institution", "恢复机构")
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    if institution.closed_at is not None:
        institution.closed_at = None
        institution.save(update_fields=["closed_at"])
        trail.record("reopen_institution", actor=actor, subject=institution)


@transaction.atomic
def add_member(*, actor: Account, institution: Institution, account: Account, role: str) -> InstitutionMember:
    """Let `account` act for the institution: when an invitation by `actor` is accepted.

    Raises Refused where the account acts for an institution already.
    """
    if InstitutionMember.objects.filter(account=account, ended_at=None).exists():
        raise Refused(Finding("", "member_already", "此账号已是一家机构的成员，须先结束原来的成员资格。"))
    try:
        with transaction.atomic():
            member = InstitutionMember.objects.create(
                id=uuid4(), institution=institution, account=account, role=role, since=clock.now()
            )
    except IntegrityError:
        raise Refused(Finding("", "member_already", "此账号已是一家机构的成员。")) from None
    trail.record(
        "add_member", actor=actor, subject=member, detail={"institution": institution.pk, "role": role}
    )
    return member


@transaction.atomic
def end_membership(*, actor: Account, member: InstitutionMember) -> None:
    """The account no longer acts for the institution, from now on. Idempotent."""
    _demand(actor, "applicants.change_institutionmember", "结束成员资格")
    member = InstitutionMember.objects.select_for_update().get(pk=member.pk)
    if member.ended_at is None:
        member.ended_at = clock.now()
        member.save(update_fields=["ended_at"])
        trail.record("end_membership", actor=actor, subject=member)


def _demand(actor: Account, permission: str, deed: str) -> None:
    if not actor.has_perm(permission):
        raise Refused(Finding("", "not_allowed", f"您没有{deed}的权限。"))
