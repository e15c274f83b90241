"""Annex 3 in our words: what each section costs, and what a decision says follows (N2026-7, A3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from exams.catalogue.models import ListedAct
from portal.rules import sanctions
from portal.rules.dated import value_for
from portal.rules.wording import SUBJECT_NAMES, cite, day_text

SEVERITIES = {"minor": "情节轻微", "serious": "情节严重"}


@dataclass(frozen=True)
class Tier:
    """A section of Annex 3: what its acts are, what follows from each of them, what else is to be minded."""

    section: str
    title: str
    cost: str
    mind: str = ""


TIERS = {
    tier.section: tier
    for tier in (
        Tier(
            "A3-1",
            "条件和材料",
            "取消考试资格和本次申报全部科目的成绩，已缴费用和虚假材料不退，据此颁发的证书无效。",
            "用虚假材料取得参加资格的，可以同时按附件3 四第1项另立一案。",
        ),
        Tier(
            "A3-2",
            "违反考场规则",
            "取消本次申报这一科目的成绩，不禁考。",
            "第1至3项要先提醒：现场记录须写明提醒的时间，和提醒后仍不改正。",
        ),
        Tier(
            "A3-3",
            "作弊",
            "取消本次申报全部科目的成绩；从决定生效到行为当年 12 月 31 日禁考。",
        ),
        Tier(
            "A3-4",
            "严重违规",
            "取消本次申报全部科目的成绩。情节轻微的，禁考 2 年；情节严重的，禁考 5 年，并移送有关部门。",
            "情节轻重在决定时写明。",
        ),
    )
}


def tier_of(clause: str) -> Tier:
    """The section of Annex 3 that the clause of an act belongs to."""
    return TIERS[clause.partition(".")[0]]


def act_text(act: ListedAct) -> str:
    """「抄袭试题答案或有关资料，或者帮助他人抄袭（附件3 三第2项）」."""
    return f"{act.title}（{cite(act.clause)}）"


def consequences(effects: Mapping[str, Any], *, clause: str, subject: str | None) -> list[str]:
    """What the decision says, a sentence each; `effects` as portal.rules.sanctions.Effects tells them in JSON.

    `subject` is that of the seat, for the acts that cost one subject.
    """
    said = []
    if clause == "A3-1":
        said.append("取消考试资格。")
    if effects["scores"] == "subject" and subject:
        said.append(f"取消本次申报{SUBJECT_NAMES[subject]}科目的成绩。")
    else:
        said.append("取消本次申报全部科目的成绩。")
    if bar := bar_days(effects):
        first, last = (day_text(day) for day in bar)
        said.append(f"自 {first} 至 {last}（含首尾两日）不得参加任何职业、任何等级的评价。")
    if effects["refund_forbidden"]:
        said.append("已缴评价费和虚假材料不予退还。")
    said.append("依据被取消的成绩颁发的证书无效。")
    if effects["refer"]:
        said.append("依照有关法律法规移送有关部门。")
    return said


def intended(*, clause: str, severity: str, act_on: date, told_on: date, subject: str | None) -> list[str]:
    """What the notice says is intended: as the decision would say it, but for the days, which it will fix."""
    severe = severity or None
    planned = sanctions.effects(clause, severity=severe, act_on=act_on, effective_on=max(act_on, told_on))
    told = planned.to_json()
    until = told.pop("barred_until")
    said = consequences({**told, "barred_until": None}, clause=clause, subject=subject)
    if until is not None:
        years = value_for(sanctions.BAR_YEARS, at=told_on).value
        term = f"{years[severity]} 年内" if severity else f"到 {act_on.year}年12月31日 为止，"
        said.insert(1, f"从处理决定生效之日起，{term}不得参加任何职业、任何等级的评价。")
    return said


def bar_days(effects: Mapping[str, Any]) -> tuple[date, date] | None:
    """The first and the last day of the bar, both included; None without one."""
    if not effects["barred_until"]:
        return None
    return date.fromisoformat(effects["barred_from"]), date.fromisoformat(effects["barred_until"])


RESTORED = {
    "scores": "被取消的成绩恢复原状，合格的科目继续有效。",
    "admission": "申报恢复到决定以前的状态。",
    "bar": "禁考期取消，可以照常申报和参加评价。",
    "seats": "被收回的座位不再占回，按原来的次序重新安排。",
    "tickets": "重新安排座位以后，制作新的准考证。",
    "fees": "“不予退费”取消，费用按通常的规定办理。",
    "certificates": "作废的证书恢复有效。",
}
"""What a reversal gives back, by the code of the effect."""
