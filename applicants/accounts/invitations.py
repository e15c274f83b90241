"""Inviting staff and members: a one-time link to their phone, with which they set a password."""

import secrets
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse

from applicants.accounts.actions import phone_taken
from applicants.accounts.models import Account, Invitation, phone_index
from applicants.institutions.actions import add_member
from applicants.institutions.models import Institution
from portal import clock
from portal.audit import trail
from portal.crypto import blind_index
from portal.messages import outbox
from portal.rules.findings import Finding, Refused
from portal.templatetags.portal_format import moment

INVITE = "applicants.add_invitation"
VALID_FOR = timedelta(days=7)


def token_index(token: str) -> str:
    """The blind index of a link's token, the only trace of it we keep."""
    return blind_index(token, purpose="invitation")


def invite_staff(*, actor: Account, name: str, phone: str, group: Group) -> Invitation:
    """Invite somebody to the association's staff, in one group. `phone` in E.164. Raises Refused."""
    return _invite(
        actor=actor,
        name=name,
        phone=phone,
        place=f"{settings.ASSOCIATION_NAME}{group.name}岗位",
        group=group.name,
    )


def invite_member(
    *, actor: Account, name: str, phone: str, institution: Institution, role: str
) -> Invitation:
    """Invite somebody to act for an institution in a role. `phone` in E.164. Raises Refused."""
    if institution.closed_at is not None:
        raise Refused(Finding("", "closed", "此机构已停用，不能邀请成员。"))
    return _invite(
        actor=actor, name=name, phone=phone, place=institution.name, institution=institution, role=role
    )


@transaction.atomic
def _invite(
    *,
    actor: Account,
    name: str,
    phone: str,
    place: str,
    group: str = "",
    institution: Institution | None = None,
    role: str = "",
) -> Invitation:
    """Earlier invitations of the same number to the same place end with this one."""
    if not actor.has_perm(INVITE):
        raise Refused(Finding("", "not_allowed", "您没有邀请工作人员和机构成员的权限。"))
    index, token, now = phone_index(phone), secrets.token_urlsafe(24), clock.now()
    earlier = Invitation.objects.filter(
        phone_index=index, staff_group=group, institution=institution, accepted_at=None, expires_at__gt=now
    )
    earlier.update(expires_at=now)
    invitation = Invitation(
        id=uuid4(),
        name=name,
        phone=phone,
        phone_index=index,
        token_index=token_index(token),
        staff_group=group,
        institution=institution,
        role=role,
        invited_by=actor,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    invitation.save(force_insert=True)
    trail.record(
        "invite",
        actor=actor,
        subject=invitation,
        detail={"group": group, "institution": institution and institution.pk, "role": role},
    )
    outbox.post(
        "invitation",
        account=None,
        address=phone,
        dedupe_key=f"invitation:{invitation.pk}",
        inviter=actor.name,
        place=place,
        until=moment(invitation.expires_at),
        link=settings.PUBLIC_BASE_URL + reverse("accept_invitation", args=[token]),
    )
    return invitation


def find_invitation(token: str) -> Invitation | None:
    """The invitation of a link still good, or None: unknown, used or past."""
    return (
        Invitation.objects.filter(
            token_index=token_index(token), accepted_at=None, expires_at__gt=clock.now()
        )
        .select_related("institution", "invited_by")
        .first()
    )


def accept_invitation(*, invitation: Invitation, account: Account | None, password: str | None) -> Account:
    """Use the link once. Holding it proves the phone, so the account is opened with it and the password chosen.

    Where the number has an account already, that account, logged in, must be given; a password is not needed then.
    Raises Refused where the link was used meanwhile, or for somebody else's account.
    """
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if invitation.accepted_at is not None or invitation.expires_at <= clock.now():
            raise Refused(Finding("", "used", "这个邀请链接已经用过或过期，请联系邀请人重新邀请。"))
        holder = Account.objects.filter(phone_index=invitation.phone_index).first()
        if holder != account:
            raise Refused(Finding("", "other_account", "请先用收到邀请的手机号登录。"))
        account = account or _open(invitation, password or "")
        if invitation.staff_group:
            account.is_staff = True
            account.save(update_fields=["is_staff"])
            account.groups.add(Group.objects.get(name=invitation.staff_group))
        if invitation.institution:
            add_member(
                actor=invitation.invited_by,
                institution=invitation.institution,
                account=account,
                role=invitation.role,
            )
        invitation.accepted_at = clock.now()
        invitation.save(update_fields=["accepted_at"])
        trail.record(
            "accept_invitation", actor=account, subject=account, detail={"invitation": invitation.pk}
        )
    return account


def _open(invitation: Invitation, password: str) -> Account:
    account = Account(
        id=uuid4(),
        name=invitation.name,
        phone=invitation.phone,
        phone_index=invitation.phone_index,
        phone_verified=True,
        joined_at=clock.now(),
    )
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise phone_taken() from None
    return account
