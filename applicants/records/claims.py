"""The counter's side of a claimed identity document: verified or refused with the original in hand.

"One live person per document" binds verified persons only. A number somebody else uses as well is answered to the
person exactly like any other; staff see both and decide.
"""

from datetime import date
from uuid import uuid4

from django.db import transaction
from django.db.models import Count, QuerySet

from applicants.accounts.models import Account
from applicants.identity import documents
from applicants.identity.documents import IdentityDocument
from applicants.records.models import DocumentClaim, Person, document_index
from portal import clock
from portal.audit import trail
from portal.messages import outbox
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import day_text

State = DocumentClaim.State
LIVE_STATES = (State.CLAIMED, State.VERIFIED)


def conflicting_claims(claim: DocumentClaim) -> QuerySet[DocumentClaim]:
    """Live claims of other persons to the same document."""
    return DocumentClaim.objects.filter(number_index=claim.number_index, state__in=LIVE_STATES).exclude(
        person=claim.person_id
    )


@transaction.atomic
def verify_document(
    *, actor: Account, claim: DocumentClaim, exception_note: str = "", note: str = ""
) -> DocumentClaim:
    """The original was seen and is this person's. `exception_note` explains a number that contradicts sex or birth date;
    `note` says who saw it, where it was not the counter.

    Raises `Refused` where another person claims the document too: that is decided by `resolve_claim_conflict`.
    """
    claim = _lock(claim)
    _refuse_own(actor, claim)
    if claim.state != State.CLAIMED:
        raise _not_open(claim)
    if conflicting_claims(claim).exists():
        sentence = "这个证件号码还有别人在用，请核对双方信息后处理证件冲突。"
        raise Refused(Finding("A3-1", "claim_conflict", sentence))
    _confirm(claim, actor, exception_note)
    _note("records.verify_document", claim, actor, {}, exception_note or note)
    return claim


@transaction.atomic
def refuse_document(*, actor: Account, claim: DocumentClaim, reason: str) -> DocumentClaim:
    """The original is not this person's, was not shown, or says otherwise: the claim ends and may be made anew."""
    claim = _lock(claim)
    _refuse_own(actor, claim)
    if claim.state not in LIVE_STATES:
        raise _not_open(claim)
    _end(claim, actor, reason)
    _note("records.refuse_document", claim, actor, {}, reason)
    return claim


@transaction.atomic
def resolve_claim_conflict(
    *, actor: Account, claim: DocumentClaim, reason: str, exception_note: str = ""
) -> DocumentClaim:
    """The person of `claim` stands here with the original: this claim is verified, every other claim to it ends.

    Raises `Refused` where one of them was verified of somebody who is barred: a fresh account is no way round it.
    """
    claim = _lock(claim)
    _refuse_own(actor, claim)
    if claim.state not in LIVE_STATES:
        raise _not_open(claim)
    for other in conflicting_claims(claim).select_for_update(of=("self",)).order_by("id"):
        _refuse_if_barred(other)
        _end(other, actor, reason)
        _note("records.refuse_document", other, actor, {"in_favour_of": str(claim.pk)}, reason)
    if claim.state == State.CLAIMED:
        _confirm(claim, actor, exception_note)
    _note("records.resolve_claim_conflict", claim, actor, {}, reason)
    return claim


@transaction.atomic
def replace_document(
    *,
    actor: Account,
    person: Person,
    document: IdentityDocument,
    name: str,
    sex: str,
    birth_date: date,
    reason: str,
) -> DocumentClaim:
    """At the counter, with the new original in hand: a renewed passport, a changed name. Verified at once.

    `document` and `name` are parsed (`applicants.identity`). Raises `Refused`.
    """
    _need_reason(reason)
    person = Person.objects.select_for_update().get(pk=person.pk)
    problems = documents.agree(document, sex, birth_date)
    refuse_if_any(_about(one.field, one.sentence) for one in problems)
    if person.account_id == actor.pk:
        raise _own()
    index = document_index(document.kind, document.number)
    taken = DocumentClaim.objects.filter(number_index=index, state__in=LIVE_STATES).exclude(person=person)
    if taken.exists():
        raise Refused(Finding("A3-1", "claim_conflict", "这个证件号码还有别人在用，请先处理证件冲突。"))
    person.documents.filter(state__in=LIVE_STATES).update(state=State.REPLACED)
    now = clock.now()
    claim = DocumentClaim.objects.create(
        id=uuid4(),
        person=person,
        kind=document.kind,
        number=document.number,
        number_index=index,
        name=name,
        state=State.VERIFIED,
        claimed_at=now,
        decided_by=actor,
        decided_at=now,
    )
    person.name, person.sex, person.birth_date = name, sex, birth_date
    person.save(update_fields=["name", "sex", "birth_date"])
    _note("records.replace_document", claim, actor, {"kind": claim.kind}, reason)
    return claim


def claims_in_conflict() -> QuerySet[DocumentClaim]:
    """Live claims to a document that another person's live claim names too, side by side."""
    shared = (
        DocumentClaim.objects.filter(state__in=LIVE_STATES)
        .values("number_index")
        .annotate(persons=Count("person", distinct=True))
        .filter(persons__gt=1)
        .values("number_index")
    )
    return (
        DocumentClaim.objects.filter(number_index__in=shared, state__in=LIVE_STATES)
        .select_related("person")
        .order_by("number_index", "claimed_at")
    )


def _lock(claim: DocumentClaim) -> DocumentClaim:
    """Person before claim, as everywhere."""
    Person.objects.select_for_update().get(pk=claim.person_id)
    return DocumentClaim.objects.select_for_update(of=("self",)).select_related("person").get(pk=claim.pk)


def _confirm(claim: DocumentClaim, actor: Account, exception_note: str) -> None:
    known = documents.parse(claim.kind, str(claim.number), on=clock.today())
    problems = documents.agree(known, claim.person.sex or None, claim.person.birth_date)
    if problems and not exception_note.strip():
        raise Refused(*(_about(one.field, one.sentence) for one in problems))
    claim.state, claim.decided_by, claim.decided_at = State.VERIFIED, actor, clock.now()
    claim.exception_note = exception_note.strip()
    claim.save(update_fields=["state", "decided_by", "decided_at", "exception_note"])


def _end(claim: DocumentClaim, actor: Account, reason: str) -> None:
    _need_reason(reason)
    claim.state, claim.decided_by, claim.decided_at = State.REFUSED, actor, clock.now()
    claim.save(update_fields=["state", "decided_by", "decided_at"])
    account = claim.person.account
    if address := account.phone if account else claim.person.phone:
        key = f"claim_ended:{claim.pk}"
        outbox.post("claim_conflict", account=account, address=str(address), dedupe_key=key)


def _refuse_if_barred(other: DocumentClaim) -> None:
    bars = other.person.bars.filter(lifted_at=None, barred_until__gte=clock.today())
    bar = bars.order_by("-barred_until").first()
    if other.state == State.VERIFIED and bar is not None:
        sentence = (
            f"这份证件已由另一人核对过原件，此人禁考至 {day_text(bar.barred_until)}（含当日）。是同一个人的，请其使用"
            "原来的账号；确属前次核对有误的，先把那一份登记为核对不符，再来处理。"
        )
        raise Refused(Finding(bar.clause, "barred_owner", sentence, found=bar.barred_until.isoformat()))


def _refuse_own(actor: Account, claim: DocumentClaim) -> None:
    if claim.person.account_id == actor.pk:
        raise _own()


def _own() -> Refused:
    return Refused(Finding("", "own_document", "不能核对自己的证件，请由其他人核对。"))


def _not_open(claim: DocumentClaim) -> Refused:
    sentence = f"这份证件当前是“{claim.get_state_display()}”，不能这样处理。"
    return Refused(Finding("A3-1", "wrong_state", sentence, found=claim.state))


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明理由。", field="reason"))


def _about(field: str, sentence: str) -> Finding:
    return Finding("A3-1", f"bad_{field}", sentence, field=field)


def _note(
    action: str, claim: DocumentClaim, actor: Account, detail: dict[str, str], reason: str = ""
) -> None:
    trail.record(
        action,
        actor=actor,
        subject=claim,
        person_id=claim.person_id,
        detail=detail,
        personal={"reason": reason.strip()} if reason.strip() else None,
    )
