"""Absence with cause: somebody could not come, says why and proves it; staff decide whether the place is kept.

The notice is silent on it; term and consequence are dated policies, cited where they decide (docs/adr/0083). Granted, the
person waits again at the rank they had, without another fee. A session called off is no absence.
"""

from datetime import date
from uuid import uuid4

from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from applicants.records.own import refuse_own
from exams.arrangement.models import Seat, Session
from exams.arrangement.notices import ask_for_tickets
from exams.arrangement.seating import release_seats
from exams.arrangement.sessions import EXCUSED
from exams.catalogue.models import Subject
from exams.catalogue.queries import policy_row
from exams.filing import transitions
from exams.filing.actions.reviewing import set_assess_by
from exams.filing.groups.access import demand_role
from exams.filing.models import Application, Status
from exams.filing.telling import tell, tell_those_who_filed_it
from exams.results.attendance import note_attendance
from exams.results.models import Attendance, Excuse
from exams.results.queries import attendance_by_seat, live_cancellations, standing_scores
from portal import clock, workdays
from portal.audit import trail
from portal.files import store
from portal.files.intake import EvidenceResult
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import day_text
from portal.rules.workdays import Counted, add_working_days

LONGEST_TEXT = 500
REQUEUE = "requeue"
COUNTER = "受理窗口"


def excuse_until(seat: Seat) -> Counted:
    """The last day on which an excuse for the seat's session may be handed in."""
    day = clock.local_day(seat.starts_at)
    term = policy_row("excuse_working_days", day)
    return add_working_days(day, int(str(term.value)), workdays.current())


def excuse_findings(seat: Seat) -> list[Finding]:
    """Why no excuse may be handed in for the seat now; none where it may."""
    if seat.session.state == Session.State.CALLED_OFF:
        return [Finding("", "called_off", "这一场已经取消，不算缺考，会按原次序重新安排，不用说明事由。")]
    application = seat.application
    if seat.released_at is not None or application.status != Status.APPROVED:
        return [Finding("", "no_seat", "这个座位已经收回，或申报已经结束，不用说明缺考事由。")]
    if clock.now() < seat.starts_at:
        sentence = "考试还没有开始。不能参加的，可以在开考以前退出；开考后没能到场的，再来说明事由。"
        return [Finding("", "not_begun", sentence)]
    if published_or_cancelled(seat):
        return [Finding("N2026-3", "published", "这一科的成绩已经公布或取消，不能再提出缺考事由。")]
    noted = attendance_by_seat([seat]).get(seat.pk)
    if noted is not None and noted.state != Attendance.State.ABSENT:
        sentence = f"这一科登记为“{noted.get_state_display()}”，不是缺考。登记有误的，请致电窗口。"
        return [Finding("", "not_absent", sentence)]
    if seat.excuses.exclude(decision=Excuse.Decision.REFUSED).exists():
        return [Finding("", "already_asked", "这一科的缺考事由已经提交，不用重复提交。")]
    until = excuse_until(seat).day
    if clock.today() > until:
        return [Finding("", "too_late", f"提交缺考事由的期限（{day_text(until)}）已过。")]
    return []


def excusable_seats(application: Application) -> list[Seat]:
    """Seats for which an excuse may be handed in now, in order of time."""
    seats = application.seats.filter(released_at=None).select_related("session__site", "application")
    return [seat for seat in seats.order_by("starts_at") if not excuse_findings(seat)]


def published_or_cancelled(seat: Seat) -> bool:
    """Whether the subject is decided: its score is out, or it was cancelled."""
    own = {"subject": seat.subject}
    scored = standing_scores().filter(application=seat.application_id, **own).exists()
    return scored or live_cancellations(seat.application).filter(**own).exists()


def ask_excuse(*, actor: Account, seat: Seat, text: str, proof: EvidenceResult | None) -> Excuse:
    """Hand in why the person could not come; by themselves or by who filed them with a proof, or by staff who saw the
    papers. The person is told where it was not they.

    `proof` was checked by portal.files.intake. Raises `Refused`, QuotaExceeded.
    """
    text = text.strip()
    own = actor.pk == seat.person.account_id
    if not own and not actor.is_staff:
        _demand_who_filed(actor, seat.application)
    found = []
    if not text:
        found.append(Finding("", "no_text", "请写明为什么没能参加考试。", field="text"))
    if len(text) > LONGEST_TEXT:
        found.append(Finding("", "too_long", f"请不超过 {LONGEST_TEXT} 个字。", field="text"))
    if proof is None and (own or not actor.is_staff):
        found.append(Finding("", "no_proof", "请上传证明材料，例如病历或交通延误证明。", field="file"))
    refuse_if_any(found)
    file = None
    if proof is not None:
        file = store.write(
            proof.data,
            kind="excuse",
            media_type=proof.media_type,
            display_name=proof.name,
            person_id=seat.person_id,
        )
    try:
        with transaction.atomic():
            application = transitions.lock(seat.application)
            seat = _lock_seat(seat)
            refuse_if_any(excuse_findings(seat))
            if file is not None:
                file.save(force_insert=True)
            excuse = Excuse.objects.create(
                id=uuid4(), seat=seat, text=text, proof=file, asked_by=actor, asked_at=clock.now()
            )
            trail.record(
                "results.ask_excuse",
                actor=actor,
                subject=excuse,
                person_id=seat.person_id,
                detail={"application": application.number, "subject": seat.subject},
            )
            if not own:
                label, by = str(Subject(seat.subject).label), handed_in_by(excuse)
                tell(application, "excuse_handed_in", key=excuse.pk, subject=label, by=by)
    except (Refused, IntegrityError) as fault:
        if file is not None:
            store.remove_bytes(file)
        if isinstance(fault, Refused):
            raise
        raise Refused(Finding("", "already_asked", "这一科的缺考事由已经提交，不用重复提交。")) from None
    return excuse


def handed_in_by(excuse: Excuse) -> str:
    """On whose behalf somebody else handed it in: the institution's name or 受理窗口; empty where the person did."""
    if excuse.asked_by_id == excuse.seat.person.account_id:
        return ""
    institution = excuse.seat.application.institution
    if institution is not None and institution.members.filter(account=excuse.asked_by_id).exists():
        return institution.name
    return COUNTER


@transaction.atomic
def decide_excuse(
    *, actor: Account, excuse: Excuse, granted: bool, note: str, assess_by: date | None = None
) -> Excuse:
    """Decide it, as somebody who did not hand it in. Tells the person and who filed them. Raises `Refused`.

    Granted: the seat is given back, attendance says why, and the application waits at its rank; where its last day of
    assessment is over, `assess_by` names another, with the policy as its source. Refused: the absence stands.
    """
    note = note.strip()
    if not note:
        raise Refused(Finding("", "no_note", "请写明决定的理由，考生会看到。", field="note"))
    application = transitions.lock(excuse.seat.application)
    session = Session.objects.select_for_update().get(pk=excuse.seat.session_id)
    seat = _lock_seat(excuse.seat)
    excuse = Excuse.objects.select_for_update().get(pk=excuse.pk)
    refuse_own(actor, [application.person_id], "own_excuse")
    if excuse.decision != Excuse.Decision.OPEN:
        raise Refused(Finding("", "decided", "这份缺考事由已经作出决定。"))
    if excuse.asked_by_id == actor.pk:
        raise Refused(
            Finding("", "second_person_needed", "代交事由的人不能自己决定，请由另一位工作人员决定。")
        )
    policy = policy_row("absence_with_cause", clock.local_day(session.starts_at))
    if granted:
        _refuse_to_grant(seat, policy.value)
        _new_last_day(actor, application, assess_by, policy.citation)
        _requeue(actor, seat)
    excuse.decision = Excuse.Decision.GRANTED if granted else Excuse.Decision.REFUSED
    excuse.decision_note, excuse.citation = note, policy.citation
    excuse.decided_by, excuse.decided_at = actor, clock.now()
    excuse.save(update_fields=["decision", "decision_note", "citation", "decided_by", "decided_at"])
    trail.record(
        "results.decide_excuse",
        actor=actor,
        subject=excuse,
        person_id=seat.person_id,
        detail={"application": application.number, "granted": granted, "citation": policy.citation},
        personal={"note": note},
    )
    label = str(Subject(seat.subject).label)
    tell(
        application,
        "excuse_granted" if granted else "excuse_refused",
        key=excuse.pk,
        subject=label,
        note=note,
    )
    tell_those_who_filed_it(application, "filing_excuse_decided", key=excuse.pk)
    return excuse


def needs_new_last_day(application: Application) -> bool:
    """Whether the application's last day of assessment (A2) is over, so that nothing to come suits it."""
    return application.assess_by is not None and application.assess_by <= clock.today()


def _refuse_to_grant(seat: Seat, policy: object) -> None:
    if policy != REQUEUE:
        raise Refused(Finding("", "not_provided", "现行规定没有缺考后重新安排的办法，不能同意。"))
    if published_or_cancelled(seat):
        sentence = "这一科的成绩已经公布或取消，不能再同意。公布有误的，请先撤回公布。"
        raise Refused(Finding("N2026-3", "published", sentence))
    if seat.application.status != Status.APPROVED:
        raise Refused(Finding("", "left", "申报已经结束，不能再安排。"))
    noted = attendance_by_seat([seat]).get(seat.pk)
    if noted is not None and noted.state == Attendance.State.PRESENT:
        raise Refused(Finding("", "not_absent", "这一科登记为到考。请先核对考勤，再作决定。"))


def _new_last_day(actor: Account, application: Application, assess_by: date | None, citation: str) -> None:
    if assess_by is None:
        if needs_new_last_day(application):
            sentence = f"原评价截止日 {day_text(application.assess_by)} 已过，请另定一天，否则无法安排。"
            raise Refused(Finding("A2", "no_assess_by", sentence, field="assess_by"))
        return
    if assess_by <= clock.today():
        raise Refused(Finding("A2", "past", "新的评价截止日须在今天以后。", field="assess_by"))
    if application.assess_by is not None and assess_by < application.assess_by:
        raise Refused(Finding("A2", "earlier", "新的评价截止日不能早于原来的。", field="assess_by"))
    set_assess_by(actor=actor, application=application, assess_by=assess_by, citation=citation)


def _requeue(actor: Account, seat: Seat) -> None:
    note_attendance(actor=actor, seat=seat, state=Attendance.State.OTHER, reason=EXCUSED)
    release_seats([seat], actor=actor, reason=EXCUSED)
    ask_for_tickets()


def _demand_who_filed(actor: Account, application: Application) -> None:
    """Raise `Refused` unless the actor fills in for the institution that filed the application."""
    if application.institution is None:
        raise Refused(Finding("", "not_theirs", "缺考事由由本人、填报机构或受理窗口提交。"))
    demand_role(actor, application.institution)


def _lock_seat(seat: Seat) -> Seat:
    return (
        Seat.objects.select_for_update(of=("self",))
        .select_related("session", "application__person", "person")
        .get(pk=seat.pk)
    )
