"""A case by its steps: opened, notified, answered, served, reviewed, or dropped (A3). Deciding is in deciding.py."""

from datetime import date
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.records.own import refuse_own
from exams.arrangement.models import Seat
from exams.catalogue.models import ListedAct
from exams.catalogue.queries import policy_value
from exams.conduct.models import Case, CaseStep, Decision, Incident, IncidentPerson
from exams.conduct.queries import Stage, decision_of, last_step, stage_of
from exams.filing.models import Application
from exams.filing.numbers import draw_number
from exams.filing.telling import tell
from portal import clock, workdays
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.sanctions import SEVERITIES, needs_warning
from portal.rules.wording import day_text
from portal.rules.workdays import add_working_days

Kind = CaseStep.Kind


@transaction.atomic
def open_case(
    *,
    actor: Account,
    application: Application,
    act: ListedAct,
    act_on: date,
    facts: str,
    seat: Seat | None = None,
    incident: Incident | None = None,
) -> Case:
    """Open a case on one act of one person in one sitting (application). The person hears of it with the notice.

    An act of A3-2 needs the seat whose subject it concerns; A3-2.1 to 2.3 also a record of a warning that was
    ignored. Raises `Refused`.
    """
    application = _lock_application(application)
    refuse_own(actor, [application.person_id], "own_case")
    refuse_if_any(_opening_findings(application, act, act_on, facts, seat, incident))
    case = Case.objects.create(
        id=uuid4(),
        number=_new_number(),
        person_id=application.person_id,
        application=application,
        seat=seat,
        incident=incident,
        act=act,
        act_on=act_on,
        facts=facts.strip(),
        opened_by=actor,
        opened_at=clock.now(),
    )
    note("open_case", case, actor=actor, detail={"act": act.pk, "application": application.number})
    return case


@transaction.atomic
def give_notice(
    *,
    actor: Account,
    case: Case,
    facts: str,
    reasons: str,
    severity: str = "",
    how: str = "",
    on: date | None = None,
) -> CaseStep:
    """Tell the person what is intended: facts, reasons, clause and, for A3-4, the severity; they may answer.

    `on` is the day it reached them (today unless given); the term counts from it. Given again, the newest counts and
    the term starts anew. Raises `Refused`.
    """
    case = lock_case(case)
    refuse_own(actor, [case.person_id], "own_case")
    refuse_unless(case, Stage.OPENED, Stage.NOTIFIED, Stage.TO_DECIDE, deed="发出告知")
    day = on or clock.today()
    found = [*_day_findings(day, clock.local_day(case.opened_at)), *severity_findings(case.act_id, severity)]
    if not facts.strip():
        found.append(Finding("A3", "no_facts", "请写明查明的事实和证据，本人会看到。", field="facts"))
    if not reasons.strip():
        found.append(Finding("A3", "no_reasons", "请写明拟处理的理由，本人会看到。", field="reasons"))
    refuse_if_any(found)
    step = _add_step(
        case,
        Kind.NOTICE,
        actor,
        day,
        text=reasons.strip(),
        facts=facts.strip(),
        severity=severity,
        how=how.strip(),
        due_on=_term(day, "statement_working_days"),
    )
    tell(case.application, "case_notice", key=step.pk, until=_until(step))
    return step


@transaction.atomic
def take_statement(
    *, actor: Account, case: Case, text: str, how: str = "", on: date | None = None
) -> CaseStep:
    """The person answers the notice, themselves or at the counter; as often as they like while the term runs.

    After the term it is still taken, as long as nobody decided: more can only be known by it. Raises `Refused`.
    """
    case = lock_case(case)
    refuse_unless(case, Stage.NOTIFIED, Stage.TO_DECIDE, deed="陈述申辩")
    notice = last_step(case, Kind.NOTICE)
    assert notice is not None
    day = on or clock.today()
    found = _day_findings(day, notice.on)
    if not text.strip():
        found.append(Finding("A3", "no_text", "请写下您要说明的情况。", field="text"))
    refuse_if_any(found)
    return _add_step(case, Kind.STATEMENT, actor, day, text=text.strip(), how=how.strip())


@transaction.atomic
def drop_case(*, actor: Account, case: Case, reason: str) -> Case:
    """End a case that nobody decided. Somebody who was given a notice is told. Raises `Refused`."""
    case = lock_case(case)
    refuse_own(actor, [case.person_id], "own_case")
    refuse_unless(case, Stage.OPENED, Stage.NOTIFIED, Stage.TO_DECIDE, deed="撤案")
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明撤案的理由。", field="reason"))
    case.dropped_at, case.dropped_by, case.dropped_reason = clock.now(), actor, reason.strip()
    case.save(update_fields=["dropped_at", "dropped_by", "dropped_reason"])
    note("drop_case", case, actor=actor, personal={"reason": case.dropped_reason})
    if last_step(case, Kind.NOTICE) is not None:
        tell(case.application, "case_dropped", key=case.pk)
    return case


@transaction.atomic
def record_service(
    *, actor: Account, case: Case, how: str, on: date | None = None, text: str = ""
) -> CaseStep:
    """Write down how and on which day the decision reached the person; the term for a review counts from it."""
    case = lock_case(case)
    refuse_own(actor, [case.person_id], "own_case")
    refuse_unless(case, Stage.DECIDED, deed="登记送达")
    decision = _decision(case)
    day = on or clock.today()
    found = _day_findings(day, clock.local_day(decision.decided_at))
    if not how.strip():
        found.append(Finding("A3", "no_how", "请写明送达方式，如当面签收、邮寄签收。", field="how"))
    refuse_if_any(found)
    step = _add_step(
        case,
        Kind.SERVICE,
        actor,
        day,
        text=text.strip() or None,
        how=how.strip(),
        due_on=_term(day, "review_working_days"),
    )
    tell(case.application, "decision_served", key=step.pk, until=_until(step))
    return step


@transaction.atomic
def ask_review(*, actor: Account, case: Case, text: str, how: str = "", on: date | None = None) -> CaseStep:
    """The person asks for the decision to be reviewed: once, from the decision to the end of the term.

    `on` is the day they asked, which counts for the term where staff write it down later. Raises `Refused`.
    """
    case = lock_case(case)
    day = on or clock.today()
    if (service := last_step(case, Kind.SERVICE)) is not None and service.due_on and day > service.due_on:
        sentence = f"申请复核的期限已过（至 {day_text(service.due_on)}）。"
        raise Refused(Finding("A3", "too_late", sentence, day.isoformat(), service.due_on.isoformat(), "on"))
    if stage_of(case) != Stage.FINAL or last_step(
        case, Kind.UPHELD
    ):  # in time, though written down after the term
        refuse_unless(case, Stage.DECIDED, Stage.SERVED, deed="申请复核")
    found = _day_findings(day, clock.local_day(_decision(case).decided_at))
    if not text.strip():
        found.append(Finding("A3", "no_text", "请写明申请复核的理由。", field="text"))
    refuse_if_any(found)
    return _add_step(case, Kind.REVIEW_ASKED, actor, day, text=text.strip(), how=how.strip())


@transaction.atomic
def uphold_decision(*, actor: Account, case: Case, text: str) -> CaseStep:
    """Answer a review: the decision stands. By a person who neither opened nor decided; else it is reversed."""
    case = lock_case(case)
    refuse_own(actor, [case.person_id], "own_case")
    refuse_unless(case, Stage.REVIEW, deed="复核")
    refuse_reviewer(actor, case)
    if not text.strip():
        raise Refused(Finding("A3", "no_text", "请写明复核的意见，本人会看到。", field="text"))
    step = _add_step(case, Kind.UPHELD, actor, clock.today(), text=text.strip())
    tell(case.application, "review_answered", key=step.pk)
    return step


def lock_case(case: Case) -> Case:
    """The case afresh with its steps, its person and application held first."""
    _lock_application(case.application)
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("act", "application__person")
        .get(pk=case.pk)
    )


def refuse_unless(case: Case, *stages: Stage, deed: str) -> None:
    """Raise `Refused` where the case stands at none of the stages."""
    stage = stage_of(case)
    if stage not in stages:
        sentence = f"案件 {case.number} 当前是“{stage.label}”，不能{deed}。"
        raise Refused(Finding("A3", "wrong_stage", sentence, found=str(stage), need=[str(s) for s in stages]))


def refuse_reviewer(actor: Account, case: Case) -> None:
    """Raise `Refused` where the reviewer opened the case or decided it."""
    if actor.pk in {case.opened_by_id, _decision(case).decided_by_id}:
        raise Refused(Finding("A3", "had_a_hand", "复核须由没有立案、也没有作出决定的人进行。"))


def severity_findings(clause: str, severity: str) -> list[Finding]:
    """What is wrong with a severity for the clause: A3-4 names one, the others none."""
    if clause.startswith("A3-4") and severity not in SEVERITIES:
        return [Finding("A3-4", "no_severity", "请选择情节：轻微或严重。", severity, field="severity")]
    if not clause.startswith("A3-4") and severity:
        return [Finding(clause, "no_severity_here", "只有附件3 第四条的行为区分情节轻重。", field="severity")]
    return []


def warning_ignored(seat: Seat | None, incident: Incident | None) -> bool:
    """Whether the record shows that this seat's person was warned and went on."""
    if seat is None or incident is None:
        return False
    return incident.persons.filter(seat=seat, went_on=True, warned_at__isnull=False).exists()


def warning_findings(clause: str, seat: Seat | None, incident: Incident | None) -> list[Finding]:
    """A3-2.1 to 2.3 are punished only after a warning that was given, ignored and recorded."""
    if not needs_warning(clause) or warning_ignored(seat, incident):
        return []
    sentence = "这一行为须经提醒拒不改正才能处理：请选择写明已提醒、仍不改正的现场记录。"
    return [Finding(clause, "no_warning", sentence, field="incident")]


def note(action, case: Case, *, actor: Account, detail=None, personal=None) -> None:
    """The audit entry of a step."""
    trail.record(
        f"conduct.{action}",
        actor=actor,
        subject=case,
        person_id=case.person_id,
        detail={"case": case.number, **(detail or {})},
        personal=personal,
    )


def _opening_findings(
    application: Application,
    act: ListedAct,
    act_on: date,
    facts: str,
    seat: Seat | None,
    incident: Incident | None,
) -> list[Finding]:
    found = []
    if application.submitted_at is None:
        sentence = "这份申报还没有提交，没有可以处理的报名。"
        found.append(Finding("A3", "not_submitted", sentence, field="application"))
    if not facts.strip():
        found.append(Finding("A3", "no_facts", "请写明事实和证据。", field="facts"))
    if act_on > clock.today():
        found.append(Finding("A3", "in_future", "行为日期还没有到，请核对。", field="act_on"))
    if seat is not None and seat.application_id != application.pk:
        found.append(Finding("A3", "other_seat", "这个座位不属于该申报，请核对。", field="seat"))
    if seat is None and act.pk.startswith("A3-2"):
        sentence = "这类行为取消的是该科目成绩，请选择行为发生的科目（座位）。"
        found.append(Finding(act.pk, "no_seat", sentence, field="seat"))
    if incident is not None:
        found += _incident_findings(incident, seat, act_on)
    found += warning_findings(act.pk, seat, incident)
    same = Case.objects.filter(application=application, act=act, act_on=act_on, seat=seat, dropped_at=None)
    if same.exclude(decisions__reversed_at__isnull=False).exists():
        found.append(Finding("A3", "already_open", "这一行为已经立案，不重复立案。", field="act"))
    return found


def _incident_findings(incident: Incident, seat: Seat | None, act_on: date) -> list[Finding]:
    found = []
    if seat is None or not IncidentPerson.objects.filter(incident=incident, seat=seat).exists():
        sentence = "这份现场记录没有写到这个人，请核对。"
        found.append(Finding("A3", "not_in_record", sentence, field="incident"))
    if clock.local_day(incident.at) != act_on:
        found.append(Finding("A3", "other_day", "行为日期与现场记录的日期不一致，请核对。", field="act_on"))
    return found


def _day_findings(day: date, earliest: date) -> list[Finding]:
    if day > clock.today():
        return [Finding("", "in_future", "日期还没有到，请核对。", day.isoformat(), field="on")]
    if day < earliest:
        sentence = f"日期不能早于 {day_text(earliest)}，请核对。"
        return [Finding("", "too_early", sentence, day.isoformat(), earliest.isoformat(), "on")]
    return []


def _lock_application(application: Application) -> Application:
    Person.objects.select_for_update().get(pk=application.person_id)
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("person__account")
        .get(pk=application.pk)
    )


def _decision(case: Case) -> Decision:
    decision = decision_of(case)
    assert decision is not None
    return decision


def _add_step(case: Case, kind: str, actor: Account, on: date, **values) -> CaseStep:
    step = CaseStep.objects.create(
        id=uuid4(), case=case, kind=kind, by=actor, on=on, at=clock.now(), **values
    )
    note(
        kind,
        case,
        actor=actor,
        detail={"on": on.isoformat(), "due_on": step.due_on and step.due_on.isoformat()},
    )
    return step


def _term(day: date, code: str) -> date:
    """The last day of a term that policy counts in working days, from the day (not counted).

    It is told to the person and stays as told, also when the calendar is published later: a term is not shortened.
    """
    return add_working_days(day, int(str(policy_value(code, day))), workdays.current()).day


def _until(step: CaseStep) -> str:
    assert step.due_on is not None
    return day_text(step.due_on)


def _new_number() -> str:
    while True:
        number = f"W{draw_number(clock.today().year)}"
        if not Case.objects.filter(number=number).exists():
            return number
