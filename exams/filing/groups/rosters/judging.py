"""What the rules say of a row of a roster, in sentences for the institution (N2026-2.1, Annex 1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exams.filing.answers import facts_of
from exams.filing.groups.rosters.columns import route_label
from portal.rules.eligibility import RouteVerdict, Verdict, judge
from portal.rules.wording import EDUCATION_NAMES, GRADE_NAMES, cite, day_text, route_text


@dataclass(frozen=True)
class Judgement:
    """`route` is the one chosen, or the best one where none was. `opens_on`: the first day on which that route and the
    age hold (None: waiting alone does not help). `problems`: (column, sentence)."""

    route: str
    eligible: bool
    opens_on: date | None
    problems: list[tuple[str, str]]
    notes: list[str]


def judge_row(
    record: Mapping[str, Any], *, minimum_education: str, grade: int, route: str, on: date
) -> Judgement:
    """Judge the row's facts for `grade` on the day, by the clause `route`; "" leaves the choice to us."""
    verdict = judge(facts_of(record, minimum_education), grade=grade, on=on)
    clause = route or verdict.best_route or ""
    chosen = verdict.route(clause) if clause else None
    problems = [
        *_of_the_person(verdict, minimum_education),
        *_of_the_route(verdict, chosen, asked=bool(route)),
    ]
    notes = (
        [f"申报条件没有填，已选“{route_label(clause)}”。"] if clause and not route and not problems else []
    )
    return Judgement(clause, not problems, _opens_on(verdict, chosen), problems, notes)


def _of_the_person(verdict: Verdict, minimum_education: str) -> list[tuple[str, str]]:
    problems = []
    if not verdict.age_met and verdict.grade != 5:  # at grade 5 the age stands in the routes
        opens = f"，{day_text(verdict.age_opens_on)}起满足" if verdict.age_opens_on else ""
        problems.append(("birth_date", f"未满 16 周岁（{cite('N2026-2.1')}）{opens}。"))
    if not verdict.education_met:
        least = EDUCATION_NAMES[minimum_education]
        problems.append(("general_education", f"学历须为{least}及以上（{cite('N2026-2.1')}）。"))
    return problems


def _of_the_route(verdict: Verdict, chosen: RouteVerdict | None, *, asked: bool) -> list[tuple[str, str]]:
    grade = GRADE_NAMES[verdict.grade]
    if chosen is None:
        text = f"{grade}的各项申报条件都还有缺项，仅靠等待不能满足。请核对学习、工作经历和证书是否填全。"
        return [("route", text)]
    if chosen.met:
        return []
    others = "；".join(f"“{route_label(one.clause)}”" for one in verdict.routes if one.met)
    if not asked:
        return [("route", f"{grade}的申报条件都还不符合，最接近的一项：{route_text(chosen)}")]
    return [
        (
            "route",
            f"不符合所选的申报条件：{route_text(chosen)}"
            + (f"但已符合{others}，可以改选。" if others else ""),
        )
    ]


def _opens_on(verdict: Verdict, chosen: RouteVerdict | None) -> date | None:
    if chosen is None or chosen.opens_on is None or not verdict.education_met or verdict.age_opens_on is None:
        return None
    return max(chosen.opens_on, verdict.age_opens_on)
