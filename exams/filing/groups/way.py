"""The way of a group filing, step by step: how many people wait at each, who must act, and by when.

Filing tells its own steps and names the last two without figures. Later slices append a contributor in
`ExamsConfig.ready`; a step of theirs takes the place of the one with the same code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from exams.catalogue.queries import filing_windows
from exams.filing.groups.models import GroupFiling
from exams.filing.timeline import DONE, NEXT, NOW
from portal.rules.timetable import window_open

FILER, REVIEWER, PEOPLE, ASSOCIATION = "填报人", "初审人", "学员本人", "协会"


@dataclass(frozen=True)
class GroupStep:
    """One step. `waiting`: people who are at it; `passed`: who are beyond it; `stages`: their stages, with counts.

    `actor`: who acts; `by`: the last day (included, Shanghai); `url` and `link`: where a step of a later slice is taken.
    """

    code: str
    title: str
    state: str
    actor: str
    waiting: int = 0
    passed: int = 0
    stages: tuple[tuple[str, int], ...] = ()
    note: str = ""
    by: date | None = None
    url: str = ""
    link: str = ""


# code, title, who acts, whether the filing window binds it, the stages held up at it, a note while people wait there
_STEPS = (
    ("roster", "花名册", FILER, True, ("problem",), "不符合条件的，请更正所填内容，或移出本批。"),
    ("portrait", "照片", FILER, True, ("portrait",), "可以打包上传，也可以逐人上传。"),
    (
        "confirm",
        "本人确认",
        PEOPLE,
        True,
        ("declined", "confirm"),
        "系统给每个人发短信，本人点开链接，核对内容并签承诺书。请提醒学员及时办理，给大家留出几天时间。",
    ),
    (
        "review",
        "资格初审",
        REVIEWER,
        True,
        ("mend", "sent_back", "review"),
        "逐人核对证件和证明材料的原件，给出初审意见。",
    ),
    (
        "submit",
        "提交",
        REVIEWER,
        True,
        ("blocked", "ready", "filing"),
        "可以分几次提交，没有备齐的人留到下一次，不影响其他人。",
    ),
    (
        "association",
        "协会审核",
        ASSOCIATION,
        False,
        ("submitted",),
        "请打印报名表，由学员签名后连同材料原件一起交到受理窗口。",
    ),
)


Contributor = Callable[[GroupFiling, Mapping[str, int]], list[GroupStep]]
contributors: list[Contributor] = []
"""Later slices' parts of the way; they are given the counts by stage."""


STAGE_KINDS = {
    "problem": "attention",
    "portrait": "todo",
    "declined": "refused",
    "confirm": "active",
    "mend": "attention",
    "sent_back": "attention",
    "review": "todo",
    "ready": "todo",
    "filing": "active",
    "blocked": "refused",
    "submitted": "active",
    "approved": "done",
    "ended": "quiet",
}
"""The shape and colour of each stage's tag (`status_tag`)."""


def people_in(counts: Mapping[str, int]) -> int:
    """How many people still go this way: all but those whose application has ended."""
    return sum(counts.values()) - counts.get("ended", 0)


def way_of(filing: GroupFiling, counts: Mapping[str, int], on: date) -> list[GroupStep]:
    """All steps of a filing, given how many of its people are at which stage (`counts_by_stage`)."""
    steps = {step.code: step for step in _own_steps(counts, on)}
    for contribute in contributors:
        steps |= {step.code: step for step in contribute(filing, counts)}
    return list(steps.values())


def _own_steps(counts: Mapping[str, int], on: date) -> list[GroupStep]:
    window = window_open(on, filing_windows())
    people = people_in(counts)
    behind = 0
    steps = []
    for code, title, actor, bound, held, note in _STEPS:
        stages = tuple((stage, counts[stage]) for stage in held if stage in counts)
        waiting = sum(number for _, number in stages)
        behind += waiting
        now = bool(waiting) if people else code == "roster"
        steps.append(
            GroupStep(
                code,
                title,
                NOW if now else DONE if people and not behind else NEXT,
                actor,
                waiting,
                people - behind,
                stages,
                note if waiting else "",
                window.closes if window and bound and now else None,
            )
        )
    note = "协会审核通过后开缴费单，由机构一次转账。"
    steps.append(GroupStep("pay", "缴费", NEXT, FILER, note=note))
    steps.append(GroupStep("ticket", "准考证", NEXT, FILER, note="考试前第五个工作日起，由机构统一下载。"))
    return steps
