"""Looking at a published score once more, asked for by the person, answered by somebody who had no hand in it.

What is looked at (the adding up and the carrying over of marks, not the judgement of the examiner) and for how long it
may be asked are dated policies of the association: the notice is silent on both.
"""

from datetime import date
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.own import refuse_own
from exams.catalogue.models import Subject
from exams.catalogue.queries import policy_value
from exams.filing.telling import tell
from exams.filing.transitions import lock
from exams.results.correcting import lock_standing
from exams.results.models import Recheck, Score
from exams.results.publishing import rests_on
from exams.results.queries import live_cancellations, open_corrections
from portal import clock, workdays
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.workdays import Counted, add_working_days


def recheck_until(score: Score) -> Counted:
    """The last day on which a recheck of the score may be asked for."""
    published = clock.local_day(score.published_at)
    days = int(str(policy_value("recheck_working_days", published)))
    return add_working_days(published, days, workdays.current())


def recheck_findings(score: Score, on: date) -> list[Finding]:
    """Why no recheck may be asked for on the day; none where it may."""
    if score.points is None:
        return [Finding("N2026-3", "absent", "缺考的科目没有成绩可以复核。到考登记有误的，请致电窗口。")]
    if live_cancellations(score.application).filter(subject=score.subject).exists():
        sentence = "这一科成绩已因处理决定取消，有异议的请按决定书申请复核。"
        return [Finding("N2026-7", "cancelled", sentence)]
    # Of the subject, not of the row: one that was put right since is not looked at a second time.
    same = {"score__application": score.application_id, "score__subject": score.subject}
    if Recheck.objects.filter(**same, score__retracted_at=None).exists():
        return [Finding("N2026-3", "already_asked", "这一科已经申请过复核，每科只能申请一次。")]
    if what := rests_on(score):
        return [Finding("N2026-3", "rested_on", f"这科成绩之后已有{what}，不能再申请复核。")]
    if on > recheck_until(score).day:
        return [Finding("N2026-3", "too_late", "申请成绩复核的期限已过。")]
    return []


@transaction.atomic
def ask_recheck(*, actor: Account, score: Score, note: str = "") -> Recheck:
    """The person asks for a second look; until it is answered nothing may rest on the score. Raises `Refused`."""
    score = lock_standing(score)
    if findings := recheck_findings(score, clock.today()):
        raise Refused(*findings)
    recheck = Recheck.objects.create(id=uuid4(), score=score, note=note.strip() or None, asked_at=clock.now())
    _note("results.ask_recheck", recheck, actor)
    return recheck


@transaction.atomic
def answer_recheck(*, actor: Account, recheck: Recheck, result: str, answer: str) -> Recheck:
    """Answer it, as somebody who neither read, made, checked nor published the score.

    "changed" needs a confirmed correction of the score made since the request, "unchanged" that there is none and
    none is open. The person is told. Raises `Refused`.
    """
    if not answer.strip():
        raise Refused(Finding("", "no_answer", "请写明复核的情况，考生会看到。", field="answer"))
    if result not in Recheck.Result.values:
        raise Refused(Finding("", "no_result", "请选择复核结果。", field="result"))
    lock(recheck.score.application)
    recheck = (
        Recheck.objects.select_for_update(of=("self",))
        .select_related(
            "score__sheet", "score__application__person__account", "score__application__institution"
        )
        .get(pk=recheck.pk)
    )
    if recheck.answered_at is not None:
        raise Refused(Finding("", "answered", "这个复核申请已经答复。"))
    if recheck.score.retracted_at is not None:
        raise Refused(Finding("", "retracted", "成绩已经撤回，复核申请随之了结，重新公布后可以再申请。"))
    refuse_own(actor, [recheck.score.application.person_id], "own_score")
    if actor.pk in hands_of(recheck.score):
        raise Refused(Finding("", "had_a_hand", "成绩复核须由没有录入、核对、公布过这项成绩的人答复。"))
    refuse_if_any(_result_findings(recheck, result))
    recheck.result, recheck.answer = result, answer.strip()
    recheck.answered_by, recheck.answered_at = actor, clock.now()
    recheck.save(update_fields=["result", "answer", "answered_by", "answered_at"])
    _note("results.answer_recheck", recheck, actor)
    tell(
        recheck.score.application,
        "recheck_answered",
        key=recheck.pk,
        subject=str(Subject(recheck.score.subject).label),
        result=recheck.get_result_display(),
    )
    return recheck


def hands_of(score: Score) -> set[UUID]:
    """Accounts that read, made, checked or published the score."""
    sheet = score.sheet
    read = sheet.entries.filter(seat=score.seat_id).values_list("by_id", flat=True)
    made = (sheet.made_by_id, sheet.checked_by_id, sheet.published_by_id)
    return {pk for pk in (*made, *read) if pk is not None}


def corrected_since(recheck: Recheck) -> bool:
    """Whether the score was put right after the request."""
    later = Score.objects.filter(replaces=recheck.score, retracted_at=None)
    return later.filter(published_at__gte=recheck.asked_at).exists()


def _result_findings(recheck: Recheck, result: str) -> list[Finding]:
    if open_corrections().filter(score=recheck.score).exists():
        return [Finding("", "correction_open", "这项成绩有一个更正等待复核，请先由第二人确认或放弃。")]
    corrected = corrected_since(recheck)
    if corrected and result != Recheck.Result.CHANGED:
        return [Finding("", "corrected", "成绩已经更正，请选择“成绩更正”。", field="result")]
    if not corrected and result == Recheck.Result.CHANGED:
        sentence = "请先办理成绩更正并由第二人复核，再答复“成绩更正”。"
        return [Finding("", "no_correction", sentence, field="result")]
    return []


def _note(action: str, recheck: Recheck, actor: Account) -> None:
    trail.record(
        action,
        actor=actor,
        subject=recheck,
        person_id=recheck.score.application.person_id,
        personal={"note": recheck.note or "", "answer": recheck.answer or ""},
    )
