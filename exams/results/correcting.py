"""Putting a published score right: asked for by one person, confirmed by another; what rests on it follows."""

from datetime import date
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.records.own import refuse_own
from exams.catalogue.models import Subject
from exams.filing.models import Application
from exams.filing.telling import tell
from exams.results.models import Correction, Score
from exams.results.publishing import rests_on, revoke_pass, win_pass
from exams.results.queries import marks_of, open_corrections
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.scores import is_pass
from portal.rules.validity import period


@transaction.atomic
def ask_correction(*, actor: Account, score: Score, points: int | None, reason: str) -> Correction:
    """Ask for a published score to be changed; nothing changes until another person confirms it. Raises `Refused`."""
    score = lock_standing(score)
    refuse_own(actor, [score.application.person_id], "own_score")
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明更正的理由和依据，考生会看到。", field="reason"))
    if points is not None and not 0 <= points <= score.maximum:
        sentence = f"分数应在 0 到 {score.maximum} 之间。"
        raise Refused(Finding("", "out_of_range", sentence, points, field="points"))
    if points == score.points:
        raise Refused(Finding("", "nothing_changed", "与公布的分数相同，无需更正。", field="points"))
    if open_corrections().filter(score=score).exists():
        raise Refused(Finding("", "already_asked", "这项成绩已有一个更正等待复核。"))
    _refuse_if_rested_on(score, points)
    correction = Correction.objects.create(
        id=uuid4(), score=score, points=points, reason=reason.strip(), asked_by=actor, asked_at=clock.now()
    )
    _note("results.ask_correction", correction, actor)
    return correction


@transaction.atomic
def confirm_correction(*, actor: Account, correction: Correction) -> Score:
    """Change the score as a second person; its pass comes, goes or stays with it. Returns the score that stands now.

    A pass keeps the day from which it was valid, also where it was corrected away in between; one that comes with the
    correction is valid from today (docs/adr/0009). Raises `Refused`.
    """
    score = lock_standing(correction.score)
    correction = _lock_open(correction)
    refuse_own(actor, [score.application.person_id], "own_score")
    if correction.asked_by_id == actor.pk:
        raise Refused(Finding("", "second_person_needed", "成绩更正须由提出人以外的另一位工作人员复核。"))
    _refuse_if_rested_on(score, correction.points)
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


@transaction.atomic
def drop_correction(*, actor: Account, correction: Correction) -> Correction:
    """The published score was right after all: the request is dropped, by the one who asked or by another."""
    score = lock_standing(correction.score)
    refuse_own(actor, [score.application.person_id], "own_score")
    correction = _lock_open(correction)
    correction.dropped_by, correction.dropped_at = actor, clock.now()
    correction.save(update_fields=["dropped_by", "dropped_at"])
    _note("results.drop_correction", correction, actor)
    return correction


def _lock_open(correction: Correction) -> Correction:
    correction = Correction.objects.select_for_update().get(pk=correction.pk)
    if correction.confirmed_at is not None:
        raise Refused(Finding("", "already_confirmed", "这个更正已经生效。"))
    if correction.dropped_at is not None:
        raise Refused(Finding("", "dropped", "这个更正已经放弃。"))
    return correction


def _replace(score: Score, points: int | None) -> Score:
    passed = is_pass(points, score.pass_mark)
    first_day = _valid_from(score) or clock.today()
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


def _valid_from(score: Score | None) -> date | None:
    """The first day of the pass that the score, or one it replaces, gave; None where there was none."""
    while score is not None:
        if score.passed:
            return score.published_on
        score = score.replaces
    return None


def _carry_pass(actor: Account, before: Score, after: Score) -> None:
    if before.passed and not after.passed:
        revoke_pass(actor, before)
    elif after.passed and not before.passed:
        win_pass(actor, after, marks_of(after.seat.session))


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


def _refuse_if_rested_on(score: Score, points: int | None) -> None:
    """Points alone may always be put right; what others built on is that the subject was passed, or was not."""
    if is_pass(points, score.pass_mark) != score.passed and (what := rests_on(score)):
        sentence = f"更正后合格与否会改变，而这项成绩之后已有{what}，请先处理{what}。"
        raise Refused(Finding("", "rested_on", sentence))


def _note(action: str, correction: Correction, actor: Account) -> None:
    trail.record(
        action,
        actor=actor,
        subject=correction,
        person_id=correction.score.application.person_id,
        personal={"points": correction.points, "reason": correction.reason},
    )
