"""资格初审 (N2026-2.2): the institution looks at each person's originals before the submission; whom it takes out."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.filing.actions.drafting import discard_draft
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import Clash, GroupFiling, PreliminaryReview, RosterEntry
from exams.filing.groups.people.obstacles import TWICE
from exams.filing.groups.queries import STAGES, WITH_THE_INSTITUTION, staged
from exams.filing.groups.rosters.rows import codes_to_see, judge_row, row_findings, said_of
from exams.filing.models import Application, Status
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import EVIDENCE_NAMES

Result = PreliminaryReview.Result

_TAKEN_OUT = "机构在提交以前移出了这个人。"


@dataclass(frozen=True)
class Outcome:
    """What a review of many did: who passed, and who did not with every reason."""

    passed: tuple[RosterEntry, ...]
    refused: tuple[tuple[RosterEntry, tuple[Finding, ...]], ...]


@transaction.atomic
def review_entry(
    *, actor: Account, entry: RosterEntry, result: str, seen: Collection[str], note: str = ""
) -> PreliminaryReview:
    """Review the present row: passed, with every original of its route seen, or sent back with a note.

    Passing needs a portrait and facts that meet the chosen route today. Somebody who could not be filed goes with the
    next submission once passed anew. The person may confirm before or after. Raises `Refused`.
    """
    entry = lock_entry(entry)
    demand_role(actor, entry.filing.institution, "reviewer")
    _refuse_elsewhere(entry, "初审")
    if Clash.objects.filter(entry=entry, decided_at=None).exists():
        raise Refused(TWICE)
    note = note.strip()
    if result == Result.PASSED:
        refuse_if_any(passing_findings(entry, seen))
    elif result != Result.SENT_BACK:
        raise Refused(Finding("", "no_result", "请选择初审结果。", found=result, field="result"))
    elif not note:
        sentence = "退回时请写明要修改什么，填报人员会看到。"
        raise Refused(Finding("", "no_note", sentence, field="note"))
    review = PreliminaryReview.objects.create(
        id=uuid4(),
        entry=entry,
        row=entry.row,
        result=result,
        seen=sorted(set(seen)),
        note=note,
        reviewer=actor,
        at=clock.now(),
    )
    if result == Result.PASSED and entry.obstacles:
        entry.obstacles, entry.submission = [], None  # goes with the next act, not with that of then
        entry.save(update_fields=["obstacles", "submission"])
    _note("groups.review_entry", entry, actor, {"result": result, "seen": review.seen, "row": entry.row_id})
    return review


def passing_findings(entry: RosterEntry, seen: Collection[str]) -> list[Finding]:
    """Why the present row may not pass today with these originals seen."""
    row, occupation, today = entry.row, entry.filing.occupation, clock.today()
    if findings := row_findings(row, occupation, today):
        return [said_of(one) for one in findings]
    findings = []
    if entry.portrait_id is None:
        findings.append(Finding("N2026-2.5", "no_photo", "还没有照片，请先上传。", field="photo"))
    for code in codes_to_see(row, judge_row(row, occupation, today)):
        if code not in seen:
            sentence = f"请核对{EVIDENCE_NAMES[code]}，并勾选。"
            findings.append(Finding(row.route or "N2026-4.1", "not_seen", sentence, code, field="seen"))
    return findings


def review_entries(*, actor: Account, entries: Iterable[RosterEntry], seen_all: bool) -> Outcome:
    """Pass many at once, the reviewer declaring to have seen every original each of their routes asks for.

    Each in a transaction of its own: whoever may not pass is named with the reasons and holds up nobody (R16). Raises
    `Refused` where the declaration is missing or nobody is named.
    """
    if not seen_all:
        sentence = "请先确认已逐人核对所列原件。"
        raise Refused(Finding("N2026-2.2", "not_declared", sentence, field="seen_all"))
    passed, refused = [], []
    for entry in entries:
        try:
            codes = codes_to_see(entry.row, judge_row(entry.row, entry.filing.occupation, clock.today()))
            review_entry(actor=actor, entry=entry, result=Result.PASSED, seen=codes)
        except Refused as refusal:
            refused.append((entry, refusal.findings))
        else:
            passed.append(entry)
    if not passed and not refused:
        raise Refused(Finding("", "nobody", "请先勾选人员。", field="entries"))
    return Outcome(tuple(passed), tuple(refused))


@transaction.atomic
def remove_entry(*, actor: Account, entry: RosterEntry) -> RosterEntry:
    """Take somebody out of the filing before they are filed; the rows stay, a new roster may bring them back.

    A draft that waited for the person goes with them, and a clash with another application is over. Raises `Refused`.
    """
    entry = lock_entry(entry)
    demand_role(actor, entry.filing.institution)
    _refuse_elsewhere(entry, "移出")
    if entry.application is not None:
        if entry.application.status != Status.DRAFT:
            sentence = (
                f"{entry.row.name}已有申报 {entry.application.number}，不能移出；不报了的，由本人撤回。"
            )
            raise Refused(Finding("", "already_filed", sentence))
        discard_draft(actor=actor, application=entry.application)
    now = clock.now()
    Clash.objects.filter(entry=entry, decided_at=None).update(
        decision=Clash.Decision.OTHER, reason=_TAKEN_OUT, decided_by=actor, decided_at=now
    )
    entry.removed_at = now
    entry.save(update_fields=["removed_at"])
    _note("groups.remove_entry", entry, actor, {"stage": entry.stage})
    return entry


def lock_entry(entry: RosterEntry) -> RosterEntry:
    """The entry read afresh with its stage and held, its person and application first (docs/adr/0065). Raises `Refused`
    where it was taken out."""
    if entry.person_id is not None:
        Person.objects.select_for_update().get(pk=entry.person_id)
    if entry.application_id is not None:
        Application.objects.select_for_update().get(pk=entry.application_id)
    RosterEntry.objects.select_for_update().get(pk=entry.pk)
    rows = staged(RosterEntry.objects.filter(pk=entry.pk)).select_related(
        "filing__institution", "filing__occupation", "person__account", "submission__by"
    )
    fresh = rows.get()
    if fresh.removed_at is not None:
        raise Refused(Finding("", "removed", f"{fresh.row.name}已经移出这批申报。"))
    return fresh


def live_filing(filing: GroupFiling) -> None:
    """Raise `Refused` where nothing more may be done in the filing."""
    if filing.closed_at is not None:
        sentence = f"团体申报 {filing.number} 已关闭，须先重新开启。"
        raise Refused(Finding("N2026-2.2", "filing_closed", sentence))


def _refuse_elsewhere(entry: RosterEntry, what: str) -> None:
    live_filing(entry.filing)
    if entry.stage not in WITH_THE_INSTITUTION:
        sentence = f"{entry.row.name}目前是“{STAGES[entry.stage]}”，不能{what}。"
        raise Refused(Finding("", "wrong_stage", sentence, found=entry.stage))


def _note(action: str, entry: RosterEntry, actor: Account, detail: dict[str, object]) -> None:
    trail.record(action, actor=actor, subject=entry, person_id=entry.person_id, detail=detail)
