"""Publication: one act for a session's scores by a person who did not make them; it can be taken back.

With it a passed subject becomes a pass the person holds, valid from this day (N2026-4.1, docs/adr/0009), and an
application whose last subject is published, absence included, is concluded.
"""

from collections import Counter
from datetime import date
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.arrangement.models import Seat
from exams.arrangement.notices import session_text
from exams.catalogue.models import SchemeSubject, Subject
from exams.filing.models import LIVE, Application
from exams.filing.telling import tell, tell_institution
from exams.passes.models import Pass
from exams.results.conclusion import conclude_if_complete
from exams.results.entering import lock_sheet, refuse_own_sheet
from exams.results.models import Score, ScoreSheet
from exams.results.queries import live_cancellations, marks_of, seats_of_session
from exams.results.roll import BARRED, Row, roll_of
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.scores import is_pass
from portal.rules.validity import period

Publication = tuple[list[Score], list[Seat]]
"""What was published, and the seats withheld because their person is barred today (A3)."""


@transaction.atomic
def publish_sheet(*, actor: Account, sheet: ScoreSheet) -> Publication:
    """Publish every score of a checked sheet that may be; once more later for those left open. Raises `Refused`.

    Left open are people barred today, those whose attendance or excuse is undecided, and papers that came later.
    """
    _lock_people(sheet)
    sheet = lock_sheet(sheet)
    refuse_own_sheet(actor, sheet)
    if sheet.retracted_at is not None or sheet.checked_at is None:
        raise Refused(Finding("N2026-3", "not_checked", "成绩单尚未由第二人核对，不能公布。"))
    if actor.pk == sheet.made_by_id:
        raise Refused(Finding("", "second_person_needed", "成绩须由录入人以外的工作人员公布。"))
    roll, marks = roll_of(sheet.session), marks_of(sheet.session)
    ready, left = roll.publishable(sheet), roll.left_open(sheet)
    if not ready and sheet.published_at is not None:
        raise Refused(Finding("", "nothing_to_publish", "现在没有可以公布的成绩。"))
    now = clock.now()
    published = [_publish(sheet, row, marks, actor, clock.local_day(now)) for row in ready]
    if sheet.published_at is None:
        sheet.published_by, sheet.published_at = actor, now
        sheet.save(update_fields=["published_by", "published_at"])
    _tell_institutions(sheet, ready)
    trail.record(
        "results.publish_sheet",
        actor=actor,
        subject=sheet,
        detail={"published": len(published), "left_open": len(left)},
    )
    return published, [row.seat for row in left if row.where == BARRED]


def _publish(sheet: ScoreSheet, row: Row, marks: SchemeSubject, actor: Account, today: date) -> Score:
    seat, passed = row.seat, is_pass(row.points, marks.pass_mark)
    score = Score.objects.create(
        id=uuid4(),
        application=seat.application,
        subject=seat.subject,
        sheet=sheet,
        seat=seat,
        points=row.points,
        maximum=marks.maximum,
        pass_mark=marks.pass_mark,
        passed=passed,
        published_on=today,
        published_at=clock.now(),
        valid_until=period(seat.application.offering.grade, today).last_day if passed else None,
    )
    if passed:
        win_pass(actor, score, marks)
    conclude_if_complete(seat.application)
    trail.record(
        "results.publish_score",
        actor=actor,
        subject=score,
        person_id=seat.person_id,
        detail={"application": seat.application.number, "subject": seat.subject},
        personal={"points": row.points, "passed": passed},
    )
    tell(seat.application, "score_published", key=score.pk, subject=str(Subject(seat.subject).label))
    return score


def _tell_institutions(sheet: ScoreSheet, published: list[Row]) -> None:
    """One message an institution and publication, naming the session and how many."""
    filed_by = (row.seat.application.institution for row in published)
    for institution, persons in Counter(one for one in filed_by if one is not None).items():
        tell_institution(
            institution,
            "institution_scores_published",
            key=f"{sheet.pk}:{sheet.scores.count()}",
            session=session_text(sheet.session),
            persons=str(persons),
        )


def win_pass(actor: Account, score: Score, marks: SchemeSubject) -> Pass:
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
    _note_pass("passes.win", held, actor)
    return held


def revoke_pass(actor: Account, score: Score) -> None:
    """The pass of a score that was published by mistake, or is no pass: as if it had never been held."""
    for held in Pass.objects.select_for_update().filter(
        application_id=score.application_id, subject=score.subject
    ):
        held.revoked_at = clock.now()
        held.save(update_fields=["revoked_at"])
        _note_pass("passes.revoke", held, actor)


@transaction.atomic
def retract_sheet(*, actor: Account, sheet: ScoreSheet, reason: str) -> ScoreSheet:
    """Take a sheet back as a whole, with its corrections: scores, passes and conclusions as if it had not been.

    A sheet not published yet is discarded by it. Refused where something rests on a score by now: a certificate, a
    further application for the same offering, a decision that cancelled it. A new sheet may be opened then.
    """
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明撤回的理由，考生会看到。", field="reason"))
    _lock_people(sheet)
    sheet = lock_sheet(sheet)
    refuse_own_sheet(actor, sheet)
    if sheet.retracted_at is not None:
        raise Refused(Finding("", "retracted", "这份成绩单已经撤回。"))
    scores = list(
        sheet.scores.select_for_update(of=("self",))
        .filter(retracted_at=None)
        .select_related("application__offering", "application__person__account", "application__institution")
        .order_by("published_at", "pk")
    )
    obstacles = retraction_findings(scores)
    if obstacles:
        raise Refused(*obstacles)
    now = clock.now()
    for score in scores:
        score.retracted_at = now
        score.save(update_fields=["retracted_at"])
    for score in _latest(scores):
        _undo(actor, score, reason.strip())
    sheet.retracted_by, sheet.retracted_at, sheet.retract_reason = actor, now, reason.strip()
    sheet.save(update_fields=["retracted_by", "retracted_at", "retract_reason"])
    trail.record("results.retract_sheet", actor=actor, subject=sheet, detail={"scores": len(_latest(scores))})
    return sheet


def _undo(actor: Account, score: Score, reason: str) -> None:
    revoke_pass(actor, score)
    conclude_if_complete(score.application)
    trail.record("results.retract_score", actor=actor, subject=score, person_id=score.application.person_id)
    tell(
        score.application,
        "score_retracted",
        key=score.pk,
        subject=str(Subject(score.subject).label),
        reason=reason,
    )


def retraction_findings(scores: list[Score]) -> list[Finding]:
    """What stands in the way of taking these scores back, person by person."""
    return [
        Finding("", "rested_on", f"申报 {score.application.number} 的成绩之后已有{what}，不能撤回公布。")
        for score in _latest(scores)
        if (what := rests_on(score))
    ]


def rests_on(score: Score) -> str:
    """What was done on the strength of a standing score, in words; empty where nothing was.

    Certificates stand to the right of this slice: read through the relation, their code is not imported.
    """
    application = score.application
    if live_cancellations(application).filter(subject=score.subject).exists():
        return "取消成绩的决定"
    held = Pass.objects.filter(application_id=application.pk, subject=score.subject).first()
    if held is not None and held.certificates.filter(state="valid").exists():
        return "签发的证书"
    if held is not None and held.given_up_at is not None:
        return "放弃补考的申报"
    # A draft counts too: with this application open again there would be two live ones.
    others = Application.objects.filter(
        Q(created_at__gt=application.created_at) | Q(concluded_at=None),
        person=application.person_id,
        offering=application.offering_id,
        status__in=LIVE,
    )
    return "新的申报" if others.exclude(pk=application.pk).exists() else ""


def _latest(scores: list[Score]) -> list[Score]:
    """Those that no other of them replaces."""
    replaced = {score.replaces_id for score in scores}
    return [score for score in scores if score.pk not in replaced]


def _note_pass(action: str, held: Pass, actor: Account) -> None:
    trail.record(
        action,
        actor=actor,
        subject=held,
        person_id=held.person_id,
        detail={"application": str(held.application_id), "subject": held.subject},
    )


def _lock_people(sheet: ScoreSheet) -> None:
    """Person → Application before everything else, in the order of their keys."""
    seats = seats_of_session(sheet.session)
    list(Person.objects.select_for_update().filter(pk__in=[seat.person_id for seat in seats]).order_by("pk"))
    keys = [seat.application_id for seat in seats]
    list(Application.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
