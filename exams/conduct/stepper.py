"""A case as a line of steps: each that was done, by whom and when; the one that is due; what comes after."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from exams.conduct import wording
from exams.conduct.models import Case, CaseStep, Decision
from exams.conduct.queries import Kind, Stage, deadline_of, decision_of, last_step, stage_of, statements
from portal import clock
from portal.rules.wording import day_text
from portal.templatetags.portal_format import moment

LINE = (
    (Stage.OPENED, "拟处理告知"),
    (Stage.NOTIFIED, "陈述申辩"),
    (Stage.TO_DECIDE, "处理决定"),
    (Stage.DECIDED, "送达"),
    (Stage.SERVED, "申请复核"),
)
"""What is due at a stage, in order; before them stand the record and the opening, after them the review's answer."""

WHO = {
    Stage.OPENED: "立案与告知人员",
    Stage.NOTIFIED: "本人",
    Stage.TO_DECIDE: "立案人以外的工作人员",
    Stage.DECIDED: "立案与告知人员",
    Stage.SERVED: "本人",
    Stage.REVIEW: "没有立案、没有决定的工作人员",
}


def rows(case: Case) -> list[dict[str, Any]]:
    """Rows for {% timeline %}, for staff. Fetch the case with queries.with_steps, incident and opened_by."""
    return [*_done(case), *_ahead(case)]


def own_rows(case: Case) -> list[dict[str, Any]]:
    """The same for the person: from the notice on, and without the names of staff."""
    told = [row for row in rows(case) if row["title"] not in {"现场记录", "立案"}]
    return [{**row, "who": "由您办理" if row.get("who") == "本人" else ""} for row in told]


def _done(case: Case) -> Iterator[dict[str, Any]]:
    if case.incident is not None:
        incident = case.incident
        yield _row("现场记录", incident.recorded_at, f"{incident.recorded_by}、{incident.witnessed_by}")
    yield _row("立案", case.opened_at, case.opened_by, wording.act_text(case.act))
    steps: list[CaseStep | Decision] = [*case.steps.all(), *case.decisions.all()]
    for step in sorted(steps, key=lambda one: one.at if isinstance(one, CaseStep) else one.decided_at):
        yield _of_step(step) if isinstance(step, CaseStep) else _of_decision(step)
    decision = decision_of(case)
    if decision is not None and decision.reversed_at is not None:
        yield _row("撤销处理决定", decision.reversed_at, decision.reversed_by, decision.reversal_reason)
    if case.dropped_at is not None:
        yield {**_row("撤案", case.dropped_at, case.dropped_by, case.dropped_reason), "state": "stopped"}


def _of_step(step: CaseStep) -> dict[str, Any]:
    told = [step.how]
    if step.kind in {Kind.NOTICE, Kind.SERVICE} and step.due_on:
        wanted = "陈述申辩" if step.kind == Kind.NOTICE else "申请复核"
        told.append(f"{wanted}截至 {day_text(step.due_on, weekday=True)}")
    row = _row(step.get_kind_display(), step.at, step.by, "，".join(part for part in told if part))
    return {**row, "when": day_text(step.on, weekday=True)}


def _of_decision(decision: Decision) -> dict[str, Any]:
    told = [wording.SEVERITIES.get(decision.severity, ""), f"{day_text(decision.effective_on)} 起生效"]
    return _row(
        "处理决定", decision.decided_at, decision.decided_by, "，".join(part for part in told if part)
    )


def _row(title: str, at: Any, who: object, text: str = "") -> dict[str, Any]:
    return {"title": title, "state": "done", "when": moment(at), "who": str(who), "text": text}


def _ahead(case: Case) -> Iterator[dict[str, Any]]:
    stage = stage_of(case)
    if stage == Stage.REVIEW:
        yield {"title": "复核答复", "state": "now", "who": WHO[stage]}
        return
    due = [place for place, (code, _) in enumerate(LINE) if code == stage]
    if not due:
        return
    for place, (code, title) in enumerate(LINE[due[0] :]):
        state = "next" if place else "now"
        yield {
            "title": title,
            "state": state,
            "who": WHO[code],
            "when": _until(case, code) if not place else "",
        }


def _until(case: Case, stage: Stage) -> str:
    kinds = {Stage.NOTIFIED: Kind.NOTICE, Stage.SERVED: Kind.SERVICE}
    step = last_step(case, kinds[stage]) if stage in kinds else None
    return f"截至 {day_text(step.due_on, weekday=True)}" if step and step.due_on else ""


def waiting_since(case: Case) -> date | None:
    """Since when staff have something to do about the case; None while only the person may act, or nobody must."""
    match stage_of(case):
        case Stage.OPENED:
            return clock.local_day(case.opened_at)
        case Stage.TO_DECIDE:
            notice, said = last_step(case, Kind.NOTICE), statements(case)
            return said[0].on if said else notice.due_on if notice else None
        case Stage.DECIDED:
            decision = decision_of(case)
            return clock.local_day(decision.decided_at) if decision else None
        case Stage.REVIEW:
            asked = last_step(case, Kind.REVIEW_ASKED)
            return asked.on if asked else None
    return None


def in_term(case: Case) -> str:
    """Whose turn it is: "staff", or the person's while a term is "running", "soon" in its last three days; else ""."""
    term = deadline_of(case)
    if term is None:
        return "staff" if waiting_since(case) else ""
    return "soon" if (term - clock.today()).days < 3 else "running"
