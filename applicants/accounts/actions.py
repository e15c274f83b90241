"""Opening an account, its password, and the log-ins that are open: every change of state."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction

from applicants.accounts.consents import PHONE
from applicants.accounts.groups import ensure_staff_groups
from applicants.accounts.models import Account, phone_index
from applicants.records.joining import adopt_person
from applicants.records.models import Consent, Person
from portal import clock
from portal.audit import trail
from portal.contacts import notice_in_force
from portal.messages import outbox
from portal.messages.models import Message
from portal.rules.findings import Finding, Refused
from portal.templatetags.portal_format import moment

# A sign-up that never proved its number is forgotten after a day, and so is a code that was sent.
UNFINISHED = timedelta(days=1)


@transaction.atomic
def open_account(*, name: str, phone: str, password: str) -> Account:
    """Take down a sign-up: account, record, consent to the phone. `phone` in E.164.

    The number is not the account's yet: it cannot be logged in with, nor does it keep anybody else from signing
    up with it, until `confirm_phone`. Else one could take a stranger's number first and wait for its owner.
    """
    account = Account(id=uuid4(), name=name, phone=phone, joined_at=clock.now())
    account.set_password(password)
    account.save(force_insert=True)
    person = Person.objects.create(account=account, name=name, created_at=clock.now())
    Consent.objects.create(
        account=account, person=person, about=PHONE.about, version=PHONE.version, at=clock.now()
    )
    trail.record(
        "open_account",
        actor=account,
        subject=account,
        person_id=person.pk,
        detail={"consent": PHONE.version},
        personal={"name": name, "phone": phone},
    )
    return account


def confirm_phone(*, account: Account, phone: str) -> None:
    """The code sent to `phone` came back: from now on the account logs in with it. Idempotent.

    Whoever confirmed an institution's filing with this number before finds it in their record.
    Raises Refused where another account proved the same number first.
    """
    if account.phone_verified and account.phone_index == phone_index(phone):
        return
    try:
        with transaction.atomic():
            account.phone, account.phone_index, account.phone_verified = phone, phone_index(phone), True
            account.save(update_fields=["phone", "phone_index", "phone_verified"])
            adopt_person(account=account)
            trail.record("confirm_phone", actor=account, subject=account, person_id=person_of(account))
    except IntegrityError:
        raise phone_taken() from None


@transaction.atomic
def set_password(*, account: Account, password: str) -> None:
    """Give the account a new password, which ends its other log-ins, and tell its owner."""
    account.set_password(password)
    account.save(update_fields=["password"])
    entry = trail.record("set_password", actor=account, subject=account, person_id=person_of(account))
    outbox.post(
        "password_changed",
        account=account,
        address=str(account.phone),
        dedupe_key=f"password_changed:{entry.pk}",
        at=moment(entry.at),
        contact=notice_in_force(clock.today()).contacts.phone,
    )


@transaction.atomic
def end_logins(*, actor: Account | None, account: Account, sessions: Iterable[UserSession]) -> None:
    """End these of the account's open log-ins at once."""
    ended = list(sessions)
    for session in ended:
        session.end()
    trail.record(
        "end_logins",
        actor=actor,
        subject=account,
        person_id=person_of(account),
        detail={"ended": len(ended)},
    )


@transaction.atomic
def stop_account(*, actor: Account, account: Account, reason: str) -> None:
    """Close an account for the time being: a lost phone, a member of staff who left. Its log-ins end. Idempotent."""
    _may_change(actor, account)
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.is_active:
        account.is_active = False
        account.save(update_fields=["is_active"])
        trail.record(
            "stop_account",
            actor=actor,
            subject=account,
            person_id=person_of(account),
            detail={"reason": reason},
        )
        end_logins(actor=actor, account=account, sessions=UserSession.objects.filter(user=account))


@transaction.atomic
def restore_account(*, actor: Account, account: Account) -> None:
    """Undo `stop_account`. Idempotent. Raises Refused for an account its owner deleted."""
    _may_change(actor, account)
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.phone is None:
        raise Refused(Finding("", "deleted", "此账号已由本人删除，不能恢复。"))
    if not account.is_active:
        account.is_active = True
        account.save(update_fields=["is_active"])
        trail.record("restore_account", actor=actor, subject=account, person_id=person_of(account))


def _may_change(actor: Account, account: Account) -> None:
    if not actor.has_perm("applicants.change_account"):
        raise Refused(Finding("", "not_allowed", "您没有停用和恢复账号的权限。"))
    if actor.pk == account.pk:
        raise Refused(Finding("", "own_account", "不能停用或恢复自己的账号。"))


def forget_unfinished() -> int:
    """Delete sign-ups whose number was never proved, and codes long past; returns how many rows went."""
    before = clock.now() - UNFINISHED
    gone = Message.objects.filter(event="verification_code", created_at__lt=before).delete()[0]
    stale = Account.objects.filter(
        phone_index=None, phone_verified=False, is_staff=False, last_login=None, joined_at__lt=before
    )
    for account in stale:
        with transaction.atomic():
            for person in Person.objects.filter(account=account):
                trail.erase_person(person.pk)
                person.delete()
            account.delete()
            gone += 1
    return gone


def person_of(account: Account) -> UUID | None:
    """The key of the person whose account this is, for the trail; None for staff and members."""
    return Person.objects.filter(account=account).values_list("pk", flat=True).first()


def phone_taken() -> Refused:
    return Refused(Finding("", "phone_taken", "此手机号已有账号，请直接登录。", field="phone"))


def open_staff_account(*, name: str, phone: str, password: str | None, group: str) -> Account:
    """The first of the staff, whom nobody can invite, or a rehearsal's: an account in one group, by the operator.

    `phone` in E.164. Without a password the person logs in by code and sets one. Raises Refused for a number known.
    """
    account = Account(
        id=uuid4(),
        name=name,
        phone=phone,
        phone_index=phone_index(phone),
        phone_verified=True,
        is_staff=True,
        joined_at=clock.now(),
    )
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            account.groups.add(ensure_staff_groups()[group])
            trail.record("open_staff_account", actor=None, subject=account, detail={"group": group})
    except IntegrityError:
        raise phone_taken() from None
    return account
