"""What a group filing asks of its institution now, in words: the same on 机构办理 and on the filing's own page."""

from collections.abc import Mapping
from dataclasses import dataclass

from applicants.institutions.models import InstitutionMember

_FILER, _REVIEWER = InstitutionMember.Role.FILER, InstitutionMember.Role.REVIEWER


@dataclass(frozen=True)
class Todo:
    """`people` at `stage` of groups.queries.STAGES; `press`: the words of the button.

    `role`: who acts (a reviewer may do all that a filer may).
    """

    stage: str
    people: int
    title: str
    hint: str
    press: str
    role: str

    def is_for(self, role: str) -> bool:
        """Whether somebody in this role may do it."""
        return role == _REVIEWER or role == self.role


_TODO = {
    "mend": (
        "被协会退回，待补正",
        "按退回原因更正，再做一次初审。逾期要改按重新提交那天的申报时间办理。",
        "去补正",
        _FILER,
    ),
    "blocked": ("提交后未能建档", "看看每个人的原因，更正后重新提交。", "看原因", _FILER),
    "declined": (
        "不认可所填的内容",
        "学员本人说内容不对，或不是本人报名。请联系本人，更正或移出。",
        "去处理",
        _FILER,
    ),
    "problem": ("不符合所选的申报条件", "更正所填的内容，或移出本批。", "去更正", _FILER),
    "sent_back": ("初审退回", "按初审意见更正所填的内容。", "去更正", _FILER),
    "portrait": ("缺照片", "打包上传证件照，或逐人上传。", "上传照片", _FILER),
    "confirm": ("还没有本人确认", "给学员发确认短信，并提醒他们及时点开。", "发确认短信", _FILER),
    "review": ("待资格初审", "核对证件和证明材料的原件，逐人给出初审意见。", "去初审", _REVIEWER),
    "ready": ("可以提交", "核对人数和金额后提交给协会审核。", "核对并提交", _REVIEWER),
}
"""In the order in which they press."""


def todo(counts: Mapping[str, int]) -> list[Todo]:
    """What there is to do, given how many people are at which stage; the most pressing first."""
    return [Todo(stage, counts[stage], *words) for stage, words in _TODO.items() if stage in counts]
