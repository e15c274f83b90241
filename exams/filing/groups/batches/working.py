"""Carries out what was decided about a batch: item by item, found by state, each in a transaction of its own (R6, R16).

An item is done in the same transaction as its action, so that a killed worker leaves it either wholly done or waiting.
What an action refuses is written to the item with its sentence, and the others go on.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.claims import verify_document
from applicants.records.models import DocumentClaim
from applicants.records.queries import live_document
from exams.filing import transitions
from exams.filing.actions.reviewing import approve_application, record_check, return_application
from exams.filing.checks import refuse_own, reviewed_submission
from exams.filing.eligibility import ON_PAPER
from exams.filing.groups.batches.models import BatchDecision, BatchItem
from exams.filing.groups.batches.standings import review_of, with_their_reviews
from exams.filing.groups.models import RosterEntry
from exams.filing.models import Application, Check
from portal import clock, leases
from portal.celery_app import nudge
from portal.rules.findings import Finding, Refused
from portal.rules.wording import day_text

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""Longer than any one item takes."""
BROKEN = "处理时出错，已记入系统日志，请联系管理员。"


def work_on_batches(*, seconds: float = 20) -> int:
    """Carry out open decisions, the oldest first, for about so many seconds; returns how many items were done.

    May run late, twice or side by side. What is left goes on at once by another nudge.
    """
    deadline = time.monotonic() + seconds
    done = 0
    while (decision := _claim()) is not None:
        done += _work_on(decision, deadline)
        if time.monotonic() >= deadline:
            nudge("exams.tasks.work_on_batches")
            break
    return done


def _claim() -> BatchDecision | None:
    """The oldest open decision nobody works on, leased to us."""
    return leases.claim(BatchDecision.objects.filter(finished_at=None).order_by("decided_at", "pk"), LEASE)


def _work_on(decision: BatchDecision, deadline: float) -> int:
    done = 0
    waiting = decision.items.filter(done_at=None).order_by("application__number")
    for item in waiting.select_related("application__institution", "decision__decided_by"):
        done += _carry_out(item)
        if time.monotonic() >= deadline or not leases.renew(decision, LEASE):
            break
    left = decision.items.filter(done_at=None).exists()
    leases.give_back(decision, finished_at=None if left else clock.now())
    return done


class _DoneElsewhere(Exception):
    """Another worker finished the item first: what was just done is undone."""


def _carry_out(item: BatchItem) -> bool:
    """Do one item, or set it aside with its reason. False where another worker had it."""
    try:
        with transaction.atomic():
            DEEDS[item.decision.deed](item)
            if not _finish(item, ""):
                raise _DoneElsewhere
    except _DoneElsewhere:
        return False
    except Refused as refused:
        return _finish(item, "".join(one.sentence for one in refused.findings))
    except Exception:  # one poisoned record never blocks the rest
        logger.exception("Batch item %s could not be carried out", item.pk)
        return _finish(item, BROKEN)
    return True


def _finish(item: BatchItem, refusal: str) -> bool:
    """Exactly once: False where somebody did before us."""
    open_item = BatchItem.objects.filter(pk=item.pk, done_at=None)
    return bool(open_item.update(done_at=clock.now(), refusal=refusal[:500]))


def _confirm_original(item: BatchItem) -> None:
    _refuse_if_another(item)
    confirm_original(actor=item.decision.decided_by, application=item.application)


@transaction.atomic
def confirm_original(*, actor: Account, application: Application) -> Application:
    """The person's signed form lies on the counter, with the undertaking about their years where they gave one.

    Raises `Refused` where the application no longer waits for the counter.
    """
    note = f"签名原件由{application.institution}统一交来" if application.institution else ""
    for code in (
        reviewed_submission(application).checks.filter(code__in=ON_PAPER).values_list("code", flat=True)
    ):
        record_check(actor=actor, application=application, code=code, result=Check.Result.PASSED, note=note)
    return application


def confirm_originals(
    *, actor: Account, applications: Iterable[Application]
) -> list[tuple[Application, str]]:
    """The same for several, each by itself; returns those refused, with the sentence."""
    refusals = []
    for application in applications:
        try:
            confirm_original(actor=actor, application=application)
        except Refused as refused:
            refusals.append((application, "".join(one.sentence for one in refused.findings)))
    return refusals


def _approve(item: BatchItem) -> None:
    """On the institution's review: verify the document, pass the checks nobody made yet, approve."""
    actor = item.decision.decided_by
    application = transitions.lock_for(item.application, "approve_application")
    refuse_own(actor, application)
    basis = basis_of(application)
    claim = live_document(application.person)
    if claim is not None and claim.state == DocumentClaim.State.CLAIMED:
        verify_document(actor=actor, claim=claim, note=basis)
    checks = reviewed_submission(application).checks.filter(result=Check.Result.UNKNOWN)
    for code in checks.exclude(code__in=ON_PAPER).order_by("code").values_list("code", flat=True):
        record_check(actor=actor, application=application, code=code, result=Check.Result.PASSED, note=basis)
    approve_application(actor=actor, application=application, seen_serial=item.serial)


def basis_of(application: Application) -> str:
    """On whose review the counter relies: 据某校资格初审（顾明，2026年10月12日）. Refused where there is none."""
    entry = with_their_reviews(RosterEntry.objects.filter(application=application)).first()
    review = review_of(entry) if entry else None
    if review is None:
        raise Refused(Finding("N2026-2.2", "not_reviewed", "现在的内容没有机构的资格初审。"))
    day = day_text(clock.local_day(review.at))
    return f"据{application.institution}资格初审（{review.reviewer}，{day}）"


def _return(item: BatchItem) -> None:
    _refuse_if_another(item)
    return_application(
        actor=item.decision.decided_by, application=item.application, reasons=item.decision.reasons
    )


def _refuse_if_another(item: BatchItem) -> None:
    """The list showed an earlier submission of this application."""
    transitions.lock(item.application)
    if reviewed_submission(item.application).serial != item.serial:
        sentence = "决定之后申报内容有更新，请重新查看后再办理。"
        raise Refused(Finding("", "not_the_latest", sentence))


DEEDS: dict[str, Callable[[BatchItem], None]] = {
    BatchDecision.Deed.ORIGINALS: _confirm_original,
    BatchDecision.Deed.APPROVE: _approve,
    BatchDecision.Deed.RETURN: _return,
}
