"""The same person filed twice for one offering: the counter decides which application stands, and both sides are told."""

from django.db import transaction
from django.db.models import QuerySet

from applicants.accounts.models import Account
from exams.filing import transitions
from exams.filing.actions.leaving import cancel_application
from exams.filing.groups.batches.deciding import refuse_if_concerned
from exams.filing.groups.models import Clash, GroupFiling, RosterEntry
from exams.filing.groups.queries import filing_of
from exams.filing.models import LIVE, Application
from exams.filing.telling import tell, tell_institution
from portal import clock
from portal.audit import trail
from portal.celery_app import nudge
from portal.rules.findings import Finding, Refused

Decision = Clash.Decision


def open_clashes() -> QuerySet[Clash]:
    """What waits for a decision, the oldest first."""
    return Clash.objects.filter(decided_at=None).order_by("found_at", "pk")


@transaction.atomic
def decide_clash(*, actor: Account, clash: Clash, decision: str, reason: str) -> Clash:
    """Let one of the two stand. `this`: the other application is cancelled, as far as no money was taken for it, and
    the person is put back to be filed with the group. `other`: the group's entry stays unfiled, with that as its reason.

    Both sides are told, neither by the other's name. Raises `Refused`: no reason, decided already, the actor concerned
    on either side, or money held for the application that would be cancelled.
    """
    if decision not in Decision.values:
        raise _refusal("no_decision", "请选择保留哪一份申报。", "decision")
    if not reason.strip():
        raise _refusal("no_reason", "请写明决定的理由，双方都会看到。", "reason")
    other = transitions.lock(clash.other)
    entry = RosterEntry.objects.select_for_update().get(pk=clash.entry_id)
    clash = Clash.objects.select_for_update().get(pk=clash.pk)
    if clash.decided_at is not None:
        raise _refusal("decided_already", "这份重复申报已经有决定，请刷新页面查看。")
    _refuse_own(actor, entry, other)
    clash.decision, clash.reason = decision, reason.strip()
    clash.decided_by, clash.decided_at = actor, clock.now()
    clash.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    trail.record(
        "groups.decide_clash",
        actor=actor,
        subject=clash,
        person_id=other.person_id,
        detail={"decision": decision, "entry": entry.pk, "other": other.pk},
        personal={"reason": clash.reason},
    )
    if decision == Decision.THIS:
        _keep_this(actor, entry, other, clash.reason)
    else:
        _keep_other(entry, other, clash.reason)
    _tell_institution(clash, entry.filing, kept=decision == Decision.THIS)
    if filing := filing_of(other):
        _tell_institution(clash, filing, kept=decision == Decision.OTHER)
    return clash


def _tell_institution(clash: Clash, filing: GroupFiling, *, kept: bool) -> None:
    tell_institution(
        filing.institution,
        "filing_clash_decided",
        key=clash.pk,
        number=filing.number,
        decision="保留本团体申报的一份" if kept else "保留另一份申报",
    )


def _keep_this(actor: Account, entry: RosterEntry, other: Application, reason: str) -> None:
    """The other one ends; the entry goes the way of every submitted entry again, in the act that submitted it."""
    if other.status in LIVE and other.concluded_at is None:
        cancel_application(actor=actor, application=other, reason=f"重复申报，保留另一份。{reason}")
    entry.obstacles = []
    entry.save(update_fields=["obstacles"])
    submission = entry.submission
    if submission is not None:
        submission.filed_at = None
        submission.save(update_fields=["filed_at"])
        transaction.on_commit(lambda: nudge("exams.tasks.file_submissions"))


def _keep_other(entry: RosterEntry, other: Application, reason: str) -> None:
    sentence = f"受理窗口决定保留此人另一份同项目申报，这一份不再建档：{reason}"
    entry.obstacles = [Finding("N2026-2.2", "clash_decided", sentence).to_json()]
    entry.save(update_fields=["obstacles"])
    tell(other, "clash_decided", key=entry.pk)


def _refuse_own(actor: Account, entry: RosterEntry, other: Application) -> None:
    if entry.submission is not None:
        refuse_if_concerned(actor, entry.submission)
    if actor.pk == other.person.account_id or (
        other.institution_id and actor.memberships.filter(institution=other.institution_id).exists()
    ):
        raise _refusal("own_application", "不能决定自己的或自己所在机构的申报，请由其他人办理。")


def _refusal(code: str, sentence: str, field: str | None = None) -> Refused:
    return Refused(Finding("", code, sentence, field=field))
