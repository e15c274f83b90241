"""Publication: one act for a session's scores by a person who did not make them; it can be taken back.

With it a passed subject becomes a pass the person holds, valid from this day (N2026-4.1, docs/adr/0009), and an
application whose last subject is published, absence included, is concluded.
"""

from datetime import date
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.standing.queries import bar_on
from exams.arrangement.models import Seat
from exams.catalogue.models import SchemeSubject, Subject
from exams.filing.models import LIVE, Application
from exams.filing.telling import tell
from exams.passes.models import Pass
from exams.results.cancelling import mark_pass
from exams.results.conclusion import conclude_if_complete
from exams.results.entering import lock_sheet
from exams.results.models import Attendance, Score, ScoreSheet
from exams.results.queries import (
    agreed,
    attendance_by_seat,
    live_cancellations,
    marks_of,
    readings,
    seats_of_session,
)
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.scores import is_pass
from portal.rules.validity import period

Publication = tuple[list[Score], list[Seat]]
"""What was published, and the seats withheld because their person is barred today (A3)."""


@transaction.atomic
def publish_sheet(*, actor: Account, sheet: ScoreSheet) -> Publication:
    """Publish every score of a checked sheet that may be; once more later for those withheld. Raises `Refused`."""
    _lock_people(sheet)
    sheet = lock_sheet(sheet)
    if sheet.retracted_at is not None or sheet.checked_at is None:
        raise Refused(Finding("N2026-3", "not_checked", "成绩单尚未由第二人核对，不能公布。"))
    if actor.pk == sheet.made_by_id:
        raise Refused(Finding("", "second_person_needed", "成绩须由录入人以外的工作人员公布。"))
    now = clock.now()
    today, marks, read = clock.local_day(now), marks_of(sheet.session), readings(sheet)
    seats = seats_of_session(sheet.session)
    attendance = attendance_by_seat(seats)
    done = set(sheet.scores.values_list("seat_id", flat=True))
    published, withheld = [], []
    for seat in seats:
        if seat.pk in done or attendance[seat.pk].state == Attendance.State.OTHER:
            continue
        if bar_on(seat.person, today) is not None:
            withheld.append(seat)
            continue
        reading = agreed(read.get(seat.pk, {})) or read.get(seat.pk, {}).get(1)
        there = attendance[seat.pk].state == Attendance.State.PRESENT
        points = reading.points if there and reading else None
        published.append(_publish(sheet, seat, points, marks, actor, today))
    if sheet.published_at is None:
        sheet.published_by, sheet.published_at = actor, now
        sheet.save(update_fields=["published_by", "published_at"])
    trail.record(
        "results.publish_sheet",
        actor=actor,
        subject=sheet,
        detail={"published": len(published), "withheld": len(withheld)},
    )
    return published, withheld


def _publish(
    sheet: ScoreSheet, seat: Seat, points: int | None, marks: SchemeSubject, actor: Account, today: date
) -> Score:
    passed = is_pass(points, marks.pass_mark)
    score = Score.objects.create(
        id=uuid4(),
        application=seat.application,
        subject=seat.subject,
        sheet=sheet,
        seat=seat,
        points=points,
        maximum=marks.maximum,
        pass_mark=marks.pass_mark,
        passed=passed,
        published_on=today,
        published_at=clock.now(),
        valid_until=period(seat.application.offering.grade, today).last_day if passed else None,
    )
    if passed:
        write_pass(actor, score, marks)
    conclude_if_complete(seat.application)
    trail.record(
        "results.publish_score",
        actor=actor,
        subject=score,
        person_id=seat.person_id,
        detail={"application": seat.application.number, "subject": seat.subject},
        personal={"points": points, "passed": passed},
    )
    tell(seat.application, "score_published", key=score.pk, subject=str(Subject(seat.subject).label))
    return score


def write_pass(actor: Account, score: Score, marks: SchemeSubject) -> Pass:
    """The pass a passed score gives its person. In the caller's transaction."""
    application = score.application
    assert score.valid_until is not None
    held = Pass.objects.create(
        id=uuid4(),
        person_id=application.person_id,
        occupation_id=application.offering.occupation_id,
        grade=application.offering.grade,
        subject=score.subject,
        scheme=marks.scheme,
        application_id=application.pk,
        published_on=score.published_on,
        valid_until=score.valid_until,
    )
    mark_pass(held)
    trail.record(
        "passes.win",
        actor=actor,
        subject=held,
        person_id=application.person_id,
        detail={"application": str(application.pk), "subject": score.subject},
    )
    return held


@transaction.atomic
def retract_sheet(*, actor: Account, sheet: ScoreSheet, reason: str) -> ScoreSheet:
    """Take a mistaken publication back as a whole: scores, passes and conclusions as if it had not been.

    Refused where something rests on it by now: a correction, a retake or a fresh application approved on its passes, a
    certificate, a cancelled score. A new sheet may be opened then.
    """
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明撤回的理由，考生会看到。", field="reason"))
    _lock_people(sheet)
    sheet = lock_sheet(sheet)
    if sheet.retracted_at is not None:
        raise Refused(Finding("", "retracted", "这份成绩单已经撤回。"))
    scores = list(sheet.scores.filter(retracted_at=None).select_related("application__offering"))
    _refuse_if_rested_on(scores)
    now = clock.now()
    for score in scores:
        score.retracted_at = now
        score.save(update_fields=["retracted_at"])
        Pass.objects.filter(application_id=score.application_id, subject=score.subject).delete()
        conclude_if_complete(score.application)
        trail.record(
            "results.retract_score", actor=actor, subject=score, person_id=score.application.person_id
        )
        tell(
            score.application,
            "score_retracted",
            key=score.pk,
            subject=str(Subject(score.subject).label),
            reason=reason.strip(),
        )
    sheet.retracted_by, sheet.retracted_at, sheet.retract_reason = actor, now, reason.strip()
    sheet.save(update_fields=["retracted_by", "retracted_at", "retract_reason"])
    trail.record("results.retract_sheet", actor=actor, subject=sheet, detail={"scores": len(scores)})
    return sheet


def _refuse_if_rested_on(scores: list[Score]) -> None:
    for score in scores:
        if what := rests_on(score):
            number = score.application.number
            raise Refused(Finding("", "rested_on", f"申报 {number} 的成绩之后已有{what}，不能撤回公布。"))


def rests_on(score: Score) -> str:
    """What was done on the strength of a score, in words; empty where nothing was.

    Certificates stand to the right of this slice: read through the relation, their code is not imported.
    """
    application = score.application
    if live_cancellations(application).filter(subject=score.subject).exists():
        return "取消成绩的决定"
    if Score.objects.filter(replaces=score).exists():
        return "成绩更正"
    held = Pass.objects.filter(application_id=application.pk, subject=score.subject).first()
    if held is not None and held.certificates.exclude(state="void").exists():
        return "签发的证书"
    if held is not None and held.given_up_at is not None:
        return "放弃补考的申报"
    # A draft counts too: with this application open again there would be two live ones.
    later = Application.objects.filter(
        person=application.person_id,
        offering=application.offering_id,
        status__in=LIVE,
        created_at__gt=score.published_at,
    )
    return "新的申报" if later.exists() else ""


def _lock_people(sheet: ScoreSheet) -> None:
    """Person → Application before everything else, in the order of their keys."""
    seats = seats_of_session(sheet.session)
    list(Person.objects.select_for_update().filter(pk__in=[seat.person_id for seat in seats]).order_by("pk"))
    keys = [seat.application_id for seat in seats]
    list(Application.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
