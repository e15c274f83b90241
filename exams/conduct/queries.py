"""Where a case stands, what is to be done next and until when: derived from its steps and its decision."""

from datetime import date

from django.db.models import QuerySet, TextChoices

from applicants.records.models import Person
from exams.conduct.models import Case, CaseStep, Decision
from portal import clock

Kind = CaseStep.Kind


class Stage(TextChoices):
    """The stages of a case, in their order."""

    OPENED = "opened", "待告知"
    NOTIFIED = "notified", "陈述申辩期内"
    TO_DECIDE = "to_decide", "待决定"
    DECIDED = "decided", "待送达"
    SERVED = "served", "可申请复核"
    REVIEW = "review", "复核中"
    FINAL = "final", "已办结"
    REVERSED = "reversed", "处理决定已撤销"
    DROPPED = "dropped", "已撤案"


NEXT_STEPS: dict[str, str] = {
    Stage.OPENED: "核实事实和证据，向本人发出拟处理告知。",
    Stage.NOTIFIED: "等待本人陈述申辩；收到陈述或期限届满以后，由立案人以外的人决定。",
    Stage.TO_DECIDE: "由立案人以外的人预览后果、作出处理决定，或者撤案。",
    Stage.DECIDED: "把处理决定书送达本人，并登记送达。",
    Stage.SERVED: "等待复核期限届满；本人申请复核的，由没有立案、没有决定的人复核。",
    Stage.REVIEW: "由没有立案、没有决定的人复核：维持，或者撤销处理决定。",
    Stage.FINAL: "",
    Stage.REVERSED: "",
    Stage.DROPPED: "",
}
"""What is to be done at a stage; empty: nothing."""

OPEN_STAGES = (Stage.OPENED, Stage.NOTIFIED, Stage.TO_DECIDE, Stage.DECIDED, Stage.SERVED, Stage.REVIEW)


def with_steps(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with all that `stage_of` and `deadline_of` read, in a fixed number of queries."""
    return cases.select_related("person", "application__offering__occupation", "act").prefetch_related(
        "steps", "decisions"
    )


def last_step(case: Case, kind: str) -> CaseStep | None:
    """The latest step of the kind, or None."""
    return max((step for step in case.steps.all() if step.kind == kind), key=_moment, default=None)


def decision_of(case: Case) -> Decision | None:
    """The case's decision, in force or reversed; a case is decided once."""
    return next(iter(case.decisions.all()), None)


def statements(case: Case) -> list[CaseStep]:
    """What the person said to the latest notice, in order of time."""
    notice = last_step(case, Kind.NOTICE)
    said = [step for step in case.steps.all() if step.kind == Kind.STATEMENT]
    return sorted((step for step in said if notice and step.at >= notice.at), key=_moment)


def may_be_decided(case: Case) -> bool:
    """Whether the person was told and has spoken, or has let the term for it pass."""
    notice = last_step(case, Kind.NOTICE)
    if notice is None or notice.due_on is None:
        return False
    return bool(statements(case)) or clock.today() > notice.due_on


def stage_of(case: Case) -> Stage:
    """Where the case stands today."""
    if case.dropped_at is not None:
        return Stage.DROPPED
    decision = decision_of(case)
    if decision is None:
        if last_step(case, Kind.NOTICE) is None:
            return Stage.OPENED
        return Stage.TO_DECIDE if may_be_decided(case) else Stage.NOTIFIED
    if decision.reversed_at is not None:
        return Stage.REVERSED
    if last_step(case, Kind.UPHELD) is not None:
        return Stage.FINAL
    if last_step(case, Kind.REVIEW_ASKED) is not None:
        return Stage.REVIEW
    service = last_step(case, Kind.SERVICE)
    if service is None or service.due_on is None:
        return Stage.DECIDED
    return Stage.SERVED if clock.today() <= service.due_on else Stage.FINAL


def deadline_of(case: Case) -> date | None:
    """The last day of the person's term that runs now: for a statement, or to ask for a review; else None."""
    stage = stage_of(case)
    kinds = {Stage.NOTIFIED: Kind.NOTICE, Stage.SERVED: Kind.SERVICE}
    step = last_step(case, kinds[stage]) if stage in kinds else None
    return step.due_on if step else None


def open_cases() -> list[Case]:
    """Cases that are not over: what staff must do first, oldest first; then the running terms by their last day."""
    rows = [
        case for case in with_steps(Case.objects.filter(dropped_at=None)) if stage_of(case) in OPEN_STAGES
    ]
    return sorted(rows, key=lambda case: (deadline_of(case) or date.min, case.opened_at))


def cases_of(person: Person) -> QuerySet[Case]:
    """The person's cases that they may see: from the first notice on."""
    told = CaseStep.objects.filter(kind=Kind.NOTICE).values("case")
    return with_steps(Case.objects.filter(person=person, pk__in=told)).order_by("-opened_at")


def _moment(step: CaseStep) -> tuple[object, str]:
    return step.at, str(step.pk)
