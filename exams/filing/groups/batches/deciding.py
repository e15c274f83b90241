"""The counter's decisions about a batch: the sample, and what is decided for many at once and worked off one by one.

A decision is a row with an item for each application it is about. `batch_work` carries the items out by the existing
actions, each in a transaction of its own, so that one that refuses holds up nobody (docs/adr/0066).
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from applicants.accounts.models import Account
from exams.filing.actions.reviewing import return_reasons
from exams.filing.checks import latest_submissions
from exams.filing.groups.batches.models import BatchDecision, BatchItem, SampleDraw
from exams.filing.groups.batches.sampling import draw
from exams.filing.groups.batches.standings import Approvable, Standing, approvable, open_entries, outcome_of
from exams.filing.groups.models import GroupSubmission, RosterEntry
from exams.filing.models import Application, Check
from portal import clock
from portal.audit import trail
from portal.celery_app import nudge
from portal.rules.findings import Finding, Refused

DEFAULT_PERCENT = 10
Deed = BatchDecision.Deed


@transaction.atomic
def draw_sample(*, actor: Account, submission: GroupSubmission, percent: int) -> SampleDraw:
    """Draw who of the batch is looked at one by one: `percent` of the open applications, rounded up. Once for ever.

    Raises `Refused` while the submission is still being filed, where nobody waits, or where a sample was drawn before.
    """
    refuse_if_concerned(actor, submission)
    if submission.filed_at is None:
        raise _refusal("still_filing", "这次提交还在逐人建档，完成后才能抽查。")
    if not 1 <= percent <= 100:
        raise _refusal("bad_percent", "抽查比例须在 1% 到 100% 之间。", "percent")
    candidates = sorted(open_entries(submission).values_list("application__number", flat=True))
    if not candidates:
        raise _refusal("nobody_waits", "这次提交没有待审核的人员。")
    seed = secrets.token_hex(16)
    try:
        with transaction.atomic():
            sample = SampleDraw.objects.create(
                id=uuid4(),
                submission=submission,
                seed=seed,
                percent=percent,
                candidates=candidates,
                drawn=draw(seed, candidates, percent),
                drawn_by=actor,
                drawn_at=clock.now(),
            )
    except IntegrityError:
        raise _refusal("drawn_already", "这次提交已经抽查过，不能重抽。") from None
    trail.record(
        "groups.draw_sample",
        actor=actor,
        subject=sample,
        detail={"submission": submission.pk, "percent": percent, "of": len(candidates)},
    )
    return sample


def originals_to_confirm(lists: Approvable) -> list[Standing]:
    """Who handed in, by the institution's word, the original signed for the latest submission, not confirmed yet."""
    return [
        one
        for one in (*lists.drawn, *lists.complete, *lists.single)
        if any(reason.code == "original_unconfirmed" for reason in one.reasons)
    ]


@transaction.atomic
def confirm_handed_in(*, actor: Account, submission: GroupSubmission, seen: str) -> BatchDecision:
    """The institution's signed originals lie on the counter, every one that it marked as handed in (A3-1).

    `seen` is the `digest` of the list that was shown. Raises `Refused` where the list is another one by now.
    """
    refuse_if_concerned(actor, submission)
    waiting = originals_to_confirm(approvable(submission))
    return _decide(actor, submission, Deed.ORIGINALS, _pairs(waiting), seen)


@transaction.atomic
def approve_batch(
    *, actor: Account, submission: GroupSubmission, seen: str, despite_sample: bool = False
) -> BatchDecision:
    """Approve all that is complete. Those drawn have been decided one by one before; all others wait for that.

    `seen` is the `digest` of the complete list as it was shown; `despite_sample` says that the actor knows of those
    drawn who were not approved. Raises `Refused` where no sample was drawn, where somebody drawn is still undecided or
    was not approved and the actor does not say so, where the list is another one by now, or where the actor acts or
    acted for the institution or submitted the batch.
    """
    refuse_if_concerned(actor, submission)
    sample = SampleDraw.objects.filter(submission=submission).first()
    if sample is None:
        raise _refusal("no_sample", "请先抽查，再批量审核。")
    lists = approvable(submission)
    if lists.drawn:
        sentence = f"抽中的人还有 {len(lists.drawn)} 人没有逐个审核，请先审核他们。"
        raise _refusal("drawn_undecided", sentence)
    outcome = outcome_of(sample)
    if not outcome.passed and not despite_sample:
        sentence = f"{outcome}。请先据此判断其余人员可否批量通过，可以的，勾选后再办理。"
        raise _refusal("sample_not_passed", sentence, "despite_sample")
    found = {"sample": asdict(outcome), "despite_sample": not outcome.passed}
    return _decide(actor, submission, Deed.APPROVE, _pairs(lists.complete), seen, found=found)


@transaction.atomic
def return_batch(
    *,
    actor: Account,
    submission: GroupSubmission,
    numbers: Collection[str],
    reasons: Sequence[Mapping[str, Any]],
) -> BatchDecision:
    """Give some applications back with the same coded reasons; the others go on. Raises `Refused`."""
    refuse_if_concerned(actor, submission)
    return_reasons(reasons)
    entries = list(open_entries(submission).filter(application__number__in=numbers))
    if not entries or len(entries) < len(set(numbers)):
        raise _refusal("list_changed", "所选的人中有人已经不在待审核，请返回名单重新选择。")
    pairs = _with_serials([entry.application_id for entry in entries])
    return _decide(actor, submission, Deed.RETURN, pairs, digest(pairs), reasons=list(reasons))


def digest(pairs: Iterable[tuple[Application, int]]) -> str:
    """What stands for a list that was shown: which applications, in which submission of theirs."""
    lines = sorted(f"{application.number}:{serial}" for application, serial in pairs)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def shown(standings: Iterable[Standing]) -> str:
    """The digest of a list of standings."""
    return digest(_pairs(standings))


def refuse_if_concerned(actor: Account, submission: GroupSubmission) -> None:
    """Raise `Refused` for somebody who acts or acted for the institution, or who submitted the batch."""
    institution = submission.filing.institution_id
    if actor.pk == submission.by_id or actor.memberships.filter(institution=institution).exists():
        sentence = "您是（或曾是）提交这批申报的机构的成员，不能办理它的申报，请由其他人办理。"
        raise _refusal("own_institution", sentence)


def _decide(
    actor: Account,
    submission: GroupSubmission,
    deed: str,
    pairs: list[tuple[Application, int]],
    seen: str,
    *,
    reasons: list[Mapping[str, Any]] | None = None,
    found: Mapping[str, Any] | None = None,
) -> BatchDecision:
    if not pairs:
        raise _refusal("nobody_listed", "名单里没有人，无需办理。")
    if digest(pairs) != seen:
        raise _refusal("list_changed", "您打开页面之后名单有变化，请重新查看后再办理。")
    decision = BatchDecision.objects.create(
        id=uuid4(),
        submission=submission,
        deed=deed,
        reasons=reasons or [],
        decided_by=actor,
        decided_at=clock.now(),
    )
    BatchItem.objects.bulk_create(
        BatchItem(id=uuid4(), decision=decision, application=application, serial=serial)
        for application, serial in pairs
    )
    trail.record(
        f"groups.decide_{deed}",
        actor=actor,
        subject=decision,
        detail={"submission": submission.pk, "applications": len(pairs), "seen": seen, **(found or {})},
    )
    transaction.on_commit(lambda: nudge("exams.tasks.work_on_batches"))
    return decision


def _pairs(standings: Iterable[Standing]) -> list[tuple[Application, int]]:
    return [(one.application, one.serial) for one in standings]


def _with_serials(keys: Collection[Any]) -> list[tuple[Application, int]]:
    return [
        (one.application, one.serial)
        for one in latest_submissions(keys).select_related("application").defer("answers", "facts")
    ]


def progress(decision: BatchDecision) -> dict[str, int]:
    """How many items there are, are done, and were refused."""
    done = Q(done_at__isnull=False)
    return decision.items.aggregate(
        total=Count("pk"), done=Count("pk", filter=done), refused=Count("pk", filter=done & ~Q(refusal=""))
    )


def originals_state(submission: GroupSubmission) -> dict[str, int]:
    """Of the batch's people with an application: how many there are, handed in as they stand now, and confirmed."""
    entries = RosterEntry.objects.filter(submission=submission, removed_at=None, application__isnull=False)
    latest = latest_submissions(list(entries.values_list("application", flat=True)))
    passed = Check.objects.filter(submission__in=latest, code="signed_form", result=Check.Result.PASSED)
    handed_in = latest.filter(application__roster_entry__handed_in_serial=F("serial"))
    return {
        "people": entries.count(),
        "handed_in": handed_in.count(),
        "confirmed": passed.count(),
    }


def _refusal(code: str, sentence: str, field: str | None = None) -> Refused:
    return Refused(Finding("", code, sentence, field=field))
