"""Putting a published score right: asked for by one person, confirmed by another; what rests on it follows."""

from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.catalogue.models import Subject
from exams.filing.models import Application
from exams.filing.telling import tell
from exams.passes.models import Pass
from exams.results.models import Correction, Score
from exams.results.publishing import rests_on, write_pass
from exams.results.queries import marks_of
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.scores import is_pass
from portal.rules.validity import period


@transaction.atomic
def ask_correction(*, actor: Account, score: Score, points: int | None, reason: str) -> Correction:
    """Ask for a published score to be changed; nothing changes until another person confirms it. Raises `Refused`."""
    score = lock_standing(score)
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明更正的理由和依据，考生会看到。", field="reason"))
    if points is not None and not 0 <= points <= score.maximum:
        sentence = f"分数应在 0 到 {score.maximum} 之间。"
        raise Refused(Finding("", "out_of_range", sentence, points, field="points"))
    if points == score.points:
        raise Refused(Finding("", "nothing_changed", "与公布的分数相同，无需更正。", field="points"))
    if score.corrections.filter(confirmed_at=None).exists():
        raise Refused(Finding("", "already_asked", "这项成绩已有一个更正等待复核。"))
    _refuse_if_rested_on(score)
    correction = Correction.objects.create(
        id=uuid4(), score=score, points=points, reason=reason.strip(), asked_by=actor, asked_at=clock.now()
    )
    _note("results.ask_correction", correction, actor)
    return correction


@transaction.atomic
def confirm_correction(*, actor: Account, correction: Correction) -> Score:
    """Change the score as a second person; its pass comes, goes or stays with it. Returns the score that stands now.

    A pass keeps the day of the first publication where it was one before; one that comes with the correction is
    valid from today (docs/adr/0009).
    """
    score = lock_standing(correction.score)
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    if correction.confirmed_at is not None:
        raise Refused(Finding("", "already_confirmed", "这个更正已经生效。"))
    if correction.asked_by_id == actor.pk:
        raise Refused(Finding("", "second_person_needed", "成绩更正须由提出人以外的另一位工作人员复核。"))
    _refuse_if_rested_on(score)
    now = clock.now()
    correction.confirmed_by, correction.confirmed_at = actor, now
    correction.save(update_fields=["confirmed_by", "confirmed_at"])
    fresh = _replace(score, correction.points)
    _carry_pass(actor, score, fresh)
    _note("results.confirm_correction", correction, actor)
    tell(
        score.application,
        "score_corrected",
        key=correction.pk,
        subject=str(Subject(score.subject).label),
        reason=correction.reason,
    )
    return fresh


def _replace(score: Score, points: int | None) -> Score:
    passed = is_pass(points, score.pass_mark)
    first_day = score.published_on if score.passed else clock.today()
    return Score.objects.create(
        id=uuid4(),
        application=score.application,
        subject=score.subject,
        sheet=score.sheet,
        seat=score.seat,
        points=points,
        maximum=score.maximum,
        pass_mark=score.pass_mark,
        passed=passed,
        published_on=first_day if passed else score.published_on,
        published_at=clock.now(),
        valid_until=period(score.application.offering.grade, first_day).last_day if passed else None,
        replaces=score,
    )


def _carry_pass(actor: Account, before: Score, after: Score) -> None:
    if before.passed and not after.passed:
        Pass.objects.filter(application_id=after.application_id, subject=after.subject).delete()
    elif after.passed and not before.passed:
        write_pass(actor, after, marks_of(after.seat.session))


def lock_standing(score: Score) -> Score:
    """Person → Application → score, and only the one that stands."""
    application = Application.objects.select_related("person").get(pk=score.application_id)
    Person.objects.select_for_update().get(pk=application.person_id)
    Application.objects.select_for_update().get(pk=application.pk)
    fresh = (
        Score.objects.select_for_update(of=("self",))
        .select_related(
            "application__offering", "application__person__account", "seat__session__offering", "sheet"
        )
        .get(pk=score.pk)
    )
    if fresh.retracted_at is not None or Score.objects.filter(replaces=fresh).exists():
        raise Refused(Finding("", "not_standing", "这项成绩已撤回或已更正，请查看最新的成绩。"))
    return fresh


def _refuse_if_rested_on(score: Score) -> None:
    if what := rests_on(score):
        sentence = f"这项成绩之后已有{what}，不能直接更正，请先处理{what}。"
        raise Refused(Finding("", "rested_on", sentence))


def _note(action: str, correction: Correction, actor: Account) -> None:
    trail.record(
        action,
        actor=actor,
        subject=correction,
        person_id=correction.score.application.person_id,
        personal={"points": correction.points, "reason": correction.reason},
    )
