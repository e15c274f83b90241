"""What must always hold of scores; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from exams.filing.models import Application, Kind, Status
from exams.passes.models import Pass
from exams.results.conclusion import followed, is_complete
from exams.results.models import Attendance, Cancellation, Correction, Recheck, Score, ScoreSheet
from exams.results.queries import standing_scores
from portal import clock
from portal.registry import Invariant
from portal.rules.scores import is_pass
from portal.rules.validity import period


def _cancelled_subject() -> Exists:
    """Of a score: whether a decision that stands cancelled its subject."""
    return Exists(
        Cancellation.objects.filter(
            application=OuterRef("application"), subject=OuterRef("subject"), lifted_at=None
        )
    )


def scores_of_nobody_admitted() -> Iterator[UUID]:
    """Standing scores without a seat of that person and subject, attended and closed, or without an approved application.

    What a decision cancelled may have lost its approval with it (A3-1).
    """
    elsewhere = ~Q(seat__application=F("application")) | ~Q(seat__subject=F("subject"))
    other_sheet = ~Q(sheet__session=F("seat__session"))
    unsat = Q(seat__released_at__isnull=False) | Q(seat__session__closing=None)
    wrong = Q(elsewhere | other_sheet | unsat)
    yield from standing_scores().filter(wrong).values_list("pk", flat=True)
    not_approved = (
        standing_scores().exclude(application__status=Status.APPROVED).exclude(_cancelled_subject())
    )
    yield from not_approved.values_list("pk", flat=True)


def scores_out_of_range() -> Iterator[UUID]:
    """Points beyond the maximum; points without attendance, or attendance without points, unless corrected since."""
    yield from Score.objects.filter(points__gt=F("maximum")).values_list("pk", flat=True)
    came = Exists(Attendance.objects.filter(seat=OuterRef("seat"), state=Attendance.State.PRESENT))
    uncorrected = standing_scores().filter(replaces=None)
    yield from uncorrected.filter(~came, points__isnull=False).values_list("pk", flat=True)


def published_by_one_person() -> Iterator[UUID]:
    """Sheets with standing scores that were not checked and published, or not by another than who made them."""
    half = Q(checked_by=None) | Q(checked_at=None) | Q(published_by=None) | Q(published_at=None)
    alone = Q(checked_by=F("made_by")) | Q(published_by=F("made_by"))
    published = Exists(Score.objects.filter(sheet=OuterRef("pk"), retracted_at=None))
    yield from ScoreSheet.objects.filter(Q(half | alone), published).values_list("pk", flat=True)
    for score in Score.objects.filter(retracted_at=None, sheet__retracted_at__isnull=False):
        yield score.pk


def corrected_by_one_person() -> Iterator[UUID]:
    """Scores that replace another without a correction that two people made; corrections half confirmed."""
    asked = Correction.objects.filter(score=OuterRef("replaces"), confirmed_at__isnull=False)
    by_two = Exists(asked.filter(confirmed_by__isnull=False).exclude(confirmed_by=F("asked_by")))
    yield from Score.objects.filter(~by_two, replaces__isnull=False).values_list("pk", flat=True)
    half = Q(confirmed_by=None, confirmed_at__isnull=False) | Q(confirmed_by__isnull=False, confirmed_at=None)
    yield from Correction.objects.filter(half).values_list("pk", flat=True)


def wrongly_passed() -> Iterator[UUID]:
    """Scores whose verdict is not what points and pass mark give."""
    for score in Score.objects.iterator():
        if score.passed != is_pass(score.points, score.pass_mark):
            yield score.pk


def wrong_validity() -> Iterator[UUID]:
    """Passed scores, and passes of theirs, not valid from publication for the grade's years (N2026-4.1)."""
    for score in standing_scores().select_related("application__offering"):
        last = period(score.application.offering.grade, score.published_on).last_day if score.passed else None
        if score.valid_until != last:
            yield score.pk


def passes_without_score() -> Iterator[UUID]:
    """Passes that no standing passed score gives, or that do not say what it says; passed scores without a pass.

    Passes of applications that were never scored here came from elsewhere.
    """
    scored = {
        (score.application_id, score.subject): score
        for score in standing_scores().filter(passed=True).select_related("application__offering")
    }
    ours = set(Score.objects.values_list("application_id", flat=True))
    held = {(row.application_id, row.subject): row for row in Pass.objects.filter(application_id__in=ours)}
    for key, row in held.items():
        score = scored.get(key)
        if score is None or _pass_says(row) != (
            score.application.person_id,
            score.application.offering.grade,
            score.published_on,
            score.valid_until,
        ):
            yield row.pk
    yield from (score.pk for key, score in scored.items() if key not in held)


def _pass_says(row: Pass) -> tuple:
    return (row.person_id, row.grade, row.published_on, row.valid_until)


def cancelled_but_counted() -> Iterator[UUID]:
    """Passes whose mark of cancellation is not what the cancellations in force say."""
    live = set(Cancellation.objects.filter(lifted_at=None).values_list("application_id", "subject"))
    for row in Pass.objects.iterator():
        if (row.cancelled_at is not None) != ((row.application_id, row.subject) in live):
            yield row.pk


def wrongly_concluded() -> Iterator[UUID]:
    """Applications whose conclusion does not agree with what is published and cancelled.

    One that another followed stays concluded (results/conclusion.py).
    """
    touched = Application.objects.filter(
        Q(concluded_at__isnull=False) | Q(scores__isnull=False) | Q(cancellations__isnull=False)
    ).distinct()
    for application in touched:
        complete = is_complete(application)
        if complete and application.concluded_at is None:
            yield application.pk
        if not complete and application.concluded_at is not None and not followed(application):
            yield application.pk


def retakes_without_right() -> Iterator[UUID]:
    """Retakes sat when no pass of the person counted: lapsed by then, or won in a competition (N2026-4.1, 4.4)."""
    for score in (
        standing_scores().filter(application__kind=Kind.RETAKE).select_related("application", "seat")
    ):
        application, sat = score.application, clock.local_day(score.seat.starts_at)
        kept = Pass._base_manager.filter(
            person=application.person_id,
            occupation=application.offering.occupation_id,
            grade=application.offering.grade,
            from_competition=False,
            valid_until__gte=sat,
            published_on__lte=sat,
        ).exclude(application_id=application.pk)
        if not kept.exists():
            yield score.pk


def answered_by_a_hand() -> Iterator[UUID]:
    """Rechecks answered by somebody who made, checked or published the score, or answered by halves."""
    hands = [
        Q(answered_by=F(f"score__sheet__{field}")) for field in ("made_by", "checked_by", "published_by")
    ]
    half = Q(answered_at=None) ^ Q(answered_by=None) | Q(answered_at__isnull=False, answer=None)
    wrong = half
    for hand in hands:
        wrong |= hand
    yield from Recheck.objects.filter(wrong).values_list("pk", flat=True)


INVARIANTS = (
    Invariant("score_of_nobody_admitted", "成绩没有对应的座位、登记或有效申报", scores_of_nobody_admitted),
    Invariant("score_out_of_range", "分数超出范围，或没有到考而有分数", scores_out_of_range),
    Invariant("published_by_one", "成绩没有经两人录入、核对、公布", published_by_one_person),
    Invariant("corrected_by_one", "成绩更正没有两人经办", corrected_by_one_person),
    Invariant("wrongly_passed", "合格与否和分数不符", wrongly_passed),
    Invariant("wrong_validity", "成绩有效期与规定不符", wrong_validity),
    Invariant("pass_without_score", "合格科目与公布的成绩不符", passes_without_score),
    Invariant("cancelled_but_counted", "已取消的成绩仍算合格", cancelled_but_counted),
    Invariant("wrongly_concluded", "办结与成绩不符", wrongly_concluded),
    Invariant("retake_sat_without_right", "补考时没有有效的合格科目", retakes_without_right),
    Invariant("answered_by_a_hand", "成绩复核由经手人答复", answered_by_a_hand),
)
