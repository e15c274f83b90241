"""What misconduct adds to an application's time line, once its person was told: what is intended, what was decided."""

from dataclasses import replace
from datetime import date

from django.urls import reverse

from exams.conduct import wording
from exams.conduct.models import Case
from exams.conduct.queries import Stage, cases_of, deadline_of, decision_of, stage_of, statements
from exams.filing.models import Application
from exams.filing.timeline import APPLICANT, ASSOCIATION, DONE, NOW, Step
from portal import clock
from portal.rules.wording import day_text

FIRST = (Stage.NOTIFIED, Stage.TO_DECIDE, Stage.REVIEW)
"""Where something is still open: told before what is settled."""


def case_steps(application: Application, on: date) -> list[Step]:
    """The step `case`: the most pressing of the application's cases, which leads to its page; nothing without one."""
    cases = list(cases_of(application.person).filter(application=application))
    cases.sort(key=lambda case: FIRST.index(stage_of(case)) if stage_of(case) in FIRST else len(FIRST))
    if not cases:
        return []
    step = _step(cases[0])
    if len(cases) > 1:
        note = f"{step.note}这份申报另有 {len(cases) - 1} 件。"
        return [replace(step, note=note, url=reverse("conduct:mine"), link="查看全部")]
    return [step]


def _step(case: Case) -> Step:
    stage, decision = stage_of(case), decision_of(case)
    place = {"url": reverse("conduct:case", args=[case.pk]), "link": "查看"}
    about = {"clause": case.act_id, **place}
    if stage == Stage.NOTIFIED:
        note = "本会拟作处理，还没有决定，请您说明情况。"
        return Step("case", "陈述申辩", NOW, APPLICANT, by=deadline_of(case), note=note, **about)
    if stage == Stage.TO_DECIDE:
        note = "陈述申辩已收到。" if statements(case) else "陈述申辩的期限已过。"
        return Step("case", "等待处理决定", NOW, ASSOCIATION, note=note, **about)
    if case.dropped_at is not None:
        return Step("case", "已撤案，不作处理", DONE, on=clock.local_day(case.dropped_at), **place)
    assert decision is not None, "every later stage rests on a decision"
    if decision.reversed_at is not None:
        return Step("case", "处理决定已撤销", DONE, on=clock.local_day(decision.reversed_at), **place)
    bar = wording.bar_days(decision.effects)
    until = f"禁考期到 {day_text(bar[1])}。" if bar else ""
    note = f"{case.act.title}。{until}"
    if stage == Stage.REVIEW:
        return Step("case", "处理决定复核中", NOW, ASSOCIATION, note=note, **about)
    day = clock.local_day(decision.decided_at)
    return Step("case", "已作出处理决定", DONE, on=day, note=note, **about)
