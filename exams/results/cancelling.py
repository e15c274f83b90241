"""Scores that count no more by a decision on misconduct, and count again when it is reversed (A3).

The truth is the `Cancellation` rows, several of which may lie on one subject; the mark on the pass follows them. Both
functions run inside the decision's transaction, which holds the person and the application.
"""

from collections.abc import Iterable
from uuid import UUID

from applicants.accounts.models import Account
from exams.filing.models import Application
from exams.passes.models import Pass
from exams.results.conclusion import conclude_if_complete
from exams.results.models import Cancellation
from exams.results.queries import live_cancellations
from portal import clock
from portal.audit import trail


def cancel_scores(
    *, actor: Account, application: Application, subjects: Iterable[str], clause: str, decision_id: UUID
) -> list[Cancellation]:
    """Cancel the subjects of this application, published or not; passes of other applications stand (ADR 0015)."""
    now = clock.now()
    rows = [
        Cancellation.objects.create(
            application=application,
            subject=subject,
            clause=clause,
            decision_id=decision_id,
            cancelled_at=now,
        )
        for subject in subjects
    ]
    _settle(actor, application, rows, "results.cancel_score")
    return rows


def lift_cancellations(*, actor: Account, application: Application, decision_id: UUID) -> list[Cancellation]:
    """Let what this decision cancelled count again, unless another decision cancelled it too."""
    rows = list(
        live_cancellations(application).select_for_update().filter(decision_id=decision_id).order_by("pk")
    )
    now = clock.now()
    for row in rows:
        row.lifted_at = now
        row.save(update_fields=["lifted_at"])
    _settle(actor, application, rows, "results.restore_score")
    return rows


def mark_pass(held: Pass) -> Pass:
    """Bring the pass's mark of cancellation in line with the oldest cancellation that is not lifted."""
    row = (
        Cancellation.objects.filter(application=held.application_id, subject=held.subject, lifted_at=None)
        .order_by("cancelled_at", "pk")
        .first()
    )
    held.cancelled_at = row.cancelled_at if row else None
    held.cancelled_by = row.decision_id if row else None
    held.save(update_fields=["cancelled_at", "cancelled_by"])
    return held


def _settle(actor: Account, application: Application, rows: list[Cancellation], action: str) -> None:
    subjects = [row.subject for row in rows]
    for held in Pass.objects.select_for_update().filter(application_id=application.pk, subject__in=subjects):
        mark_pass(held)
    conclude_if_complete(application)
    for row in rows:
        trail.record(
            action,
            actor=actor,
            subject=row,
            person_id=application.person_id,
            detail={
                "application": application.number,
                "subject": row.subject,
                "decision": str(row.decision_id),
            },
        )
