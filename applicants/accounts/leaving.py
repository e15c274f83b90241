"""Deleting an account: what stands in the way, what the law makes us keep, and the deletion itself."""

from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from applicants.accounts.consents import PHONE
from applicants.accounts.models import Account, PhoneChange
from applicants.records.models import Consent, Person
from portal import clock, registry
from portal.audit import trail
from portal.files import store
from portal.files.models import StoredFile
from portal.messages.models import Message
from portal.rules.findings import Finding, Refused

GONE = "已注销"


def obstacles(account: Account) -> list[str]:
    """Sentences saying why the account cannot be deleted now; none where it can."""
    person = Person.objects.filter(account=account).first()
    found = []
    if account.is_staff or account.active_membership():
        found.append("工作人员和机构成员的账号由管理员停用，不能自行删除。")
    if person is not None:
        found += [sentence for holding in registry.holdings for sentence in holding.obstacles(person)]
        if person.bars.filter(lifted_at=None, barred_until__gte=clock.today()).exists():
            found.append("您尚在禁考期内，处理决定执行完毕前不能删除账号（附件3）。")
    return found


def kept(account: Account) -> list[str]:
    """Sentences saying what must be kept after the deletion, why, and how long."""
    person = Person.objects.filter(account=account).first()
    if person is None:
        return []
    sentences = [sentence for holding in registry.holdings for sentence in holding.kept(person)]
    if person.bars.exists():
        sentences.append("违纪违规处理记录：按技能人才评价管理要求保存（附件3）。")
    return sentences


@transaction.atomic
def delete_account(*, actor: Account) -> None:
    """Delete the actor's own account: log-in, phone, messages, and every record that need not be kept.

    Where the law keeps a record, it stays without an account; else the whole person goes. Either way the key of
    the person's values in the trail is destroyed. Raises Refused while `obstacles` says something.
    """
    account = Account.objects.select_for_update().get(pk=actor.pk)
    person = Person.objects.select_for_update().filter(account=account).first()
    if found := obstacles(account):
        raise Refused(*(Finding("", "obstacle", sentence) for sentence in found))
    kept_records = kept(account)
    trail.record(
        "delete_account",
        actor=account,
        subject=account,
        person_id=person.pk if person else None,
        detail={"kept": len(kept_records)},
    )
    if person is not None:
        _erase_person(person, keep=bool(kept_records))
    _erase_account(account)


def _erase_person(person: Person, *, keep: bool) -> None:
    for holding in registry.holdings:
        holding.erase(person)
    trail.erase_person(person.pk)
    if keep:
        person.account, person.erased_at = None, clock.now()
        person.phone, person.phone_index = None, ""
        person.save(update_fields=["account", "erased_at", "phone", "phone_index"])
        Consent.objects.create(
            id=uuid4(), person=person, about=PHONE.about, version=PHONE.version, given=False, at=clock.now()
        )
        return
    # What an institution handed in is its own, in its filing; here only the person's name goes from it.
    photos = person.photos.filter(institution=None).select_related("file", "print_copy")
    files = [file for photo in photos for file in (photo.file, photo.print_copy)]
    files += [piece.file for piece in person.evidence.filter(institution=None).select_related("file")]
    person.photo = None
    person.save(update_fields=["photo"])
    person.photos.all().delete()
    person.delete()
    transaction.on_commit(lambda: _discard(files))


def _discard(files: list[StoredFile]) -> None:
    for file in files:
        store.discard(file)


def _erase_account(account: Account) -> None:
    """The row stays, empty: what others did with the account in the past points to it."""
    Message.objects.filter(account=account).delete()
    Authenticator.objects.filter(user=account).delete()
    PhoneChange.objects.filter(account=account).delete()
    for session in UserSession.objects.filter(user=account):
        session.end()
    account.name, account.email, account.phone, account.phone_index = GONE, "", None, None
    account.phone_verified = account.is_active = False
    account.set_unusable_password()
    account.save()
