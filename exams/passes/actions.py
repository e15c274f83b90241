"""Changes to what a person holds. Called inside the transaction of the action that causes them."""

from collections.abc import Iterable
from uuid import UUID

from applicants.accounts.models import Account
from exams.passes.models import Pass
from portal import clock
from portal.audit import trail


def give_up_passes(*, actor: Account | None, passes: Iterable[Pass], application_id: UUID) -> None:
    """A fresh regular application was approved: these passes count no more, for good (N2026-4.2)."""
    now = clock.now()
    for row in passes:
        row.given_up_at, row.given_up_by = now, application_id
        row.save(update_fields=["given_up_at", "given_up_by"])
        _record("passes.give_up", row, actor, application_id)


def restore_passes(*, actor: Account | None, application_id: UUID) -> None:
    """The approval that gave passes up was itself revoked as a mistake: they count again, exactly as before."""
    for row in Pass.objects.select_for_update().filter(given_up_by=application_id):
        row.given_up_at = row.given_up_by = None
        row.save(update_fields=["given_up_at", "given_up_by"])
        _record("passes.restore", row, actor, application_id)


def _record(action: str, row: Pass, actor: Account | None, application_id: UUID) -> None:
    trail.record(
        action,
        actor=actor,
        subject=row,
        person_id=row.person_id,
        detail={"application": str(application_id), "subject": row.subject},
    )
