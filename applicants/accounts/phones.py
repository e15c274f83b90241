"""A number changed by codes to both, or recovered at the counter by two staff with the original seen."""

from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction

from applicants.accounts.actions import end_logins, person_of, phone_taken
from applicants.accounts.models import Account, PhoneChange, phone_index
from applicants.identity.masks import mask_phone
from portal import clock
from portal.audit import trail
from portal.contacts import notice_in_force
from portal.messages import outbox
from portal.rules.findings import Finding, Refused
from portal.templatetags.portal_format import moment

RECOVER = "exams.recover_phone"
MANAGE = "applicants.change_account"


def change_phone(*, actor: Account, new_phone: str) -> PhoneChange:
    """The codes sent to the old number and to `new_phone` (E.164) both came back: log in with the new one from now on.

    All log-ins of the account end, this one too. Raises Refused where the number belongs to another account.
    """
    with transaction.atomic():
        change = PhoneChange(id=uuid4(), account=actor, new_phone=new_phone, asked_at=clock.now())
        change.save(force_insert=True)
        _take_number(change, actor=actor)
    return change


@transaction.atomic
def ask_phone_recovery(*, actor: Account, account: Account, new_phone: str) -> PhoneChange:
    """The first of two staff has seen the original and takes down the number the person now has (E.164).

    An earlier request still open is replaced. Raises Refused without the permission, for one's own account, for
    staff's unless one manages accounts, or where the number belongs to another account.
    """
    _may_recover(actor, account)
    if Account.objects.exclude(pk=account.pk).filter(phone_index=phone_index(new_phone)).exists():
        raise phone_taken()
    PhoneChange.objects.filter(account=account, done_at=None).delete()
    change = PhoneChange(
        id=uuid4(), account=account, new_phone=new_phone, asked_at=clock.now(), first_staff=actor
    )
    change.save(force_insert=True)
    trail.record(
        "ask_phone_recovery",
        actor=actor,
        subject=account,
        person_id=person_of(account),
        detail={"change": change.pk, "to": mask_phone(new_phone)},
    )
    return change


def confirm_phone_recovery(*, actor: Account, change: PhoneChange) -> None:
    """A second of the staff has seen the original too: the number is changed.

    All log-ins end, and password and second factors are gone with the phone: the person logs in by code and sets
    new ones. Raises Refused for the first person again, or where it was decided already.
    """
    with transaction.atomic():
        change = PhoneChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
        _may_recover(actor, change.account)
        if change.done_at is not None:
            raise Refused(Finding("", "already_done", "此次更换手机号已经办完。"))
        if change.first_staff_id == actor.pk:
            raise Refused(Finding("", "same_person", "须由另一名工作人员核对原件后确认。"))
        change.second_staff = actor
        account = change.account
        account.set_unusable_password()
        account.save(update_fields=["password"])
        Authenticator.objects.filter(user=account).delete()
        _take_number(change, actor=actor)


@transaction.atomic
def drop_phone_recovery(*, actor: Account, change: PhoneChange) -> None:
    """Take back a request for recovery that was not confirmed."""
    change = PhoneChange.objects.select_for_update(of=("self",)).get(pk=change.pk, done_at=None)
    _may_recover(actor, change.account)
    trail.record(
        "drop_phone_recovery",
        actor=actor,
        subject=change.account,
        person_id=person_of(change.account),
        detail={"change": change.pk},
    )
    change.delete()


def _may_recover(actor: Account, account: Account) -> None:
    if not actor.has_perm(RECOVER):
        raise Refused(Finding("", "not_allowed", "您没有为他人更换手机号的权限。"))
    if actor.pk == account.pk:
        raise Refused(Finding("", "own_account", "不能为自己的账号办理，请由其他工作人员办理。"))
    if account.phone is None:
        raise Refused(Finding("", "deleted", "此账号已由本人删除，不能再办理。"))
    # Recovery ends password and second factor: two clerks could make themselves their head.
    if account.is_staff and not actor.has_perm(MANAGE):
        raise Refused(Finding("", "staff_account", "工作人员的账号由管理岗位的人员办理。"))


def _take_number(change: PhoneChange, *, actor: Account) -> None:
    account = Account.objects.select_for_update().get(pk=change.account_id)
    old_phone, new_phone = str(account.phone), str(change.new_phone)
    account.phone, account.phone_index, account.phone_verified = new_phone, phone_index(new_phone), True
    change.done_at = clock.now()
    try:
        with transaction.atomic():
            account.save(update_fields=["phone", "phone_index", "phone_verified"])
    except IntegrityError:
        raise phone_taken() from None
    change.save(update_fields=["second_staff", "done_at"])
    trail.record(
        "change_phone",
        actor=actor,
        subject=account,
        person_id=person_of(account),
        detail={"change": change.pk, "to": mask_phone(new_phone)},
    )
    end_logins(actor=actor, account=account, sessions=UserSession.objects.filter(user=account))
    for place, phone in (("old", old_phone), ("new", new_phone)):
        outbox.post(
            "phone_changed",
            account=account,
            address=phone,
            dedupe_key=f"phone_changed:{change.pk}:{place}",
            at=moment(change.done_at),
            contact=notice_in_force(clock.today()).contacts.phone,
        )
