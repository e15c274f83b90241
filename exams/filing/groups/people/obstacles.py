"""Why somebody could not be filed, in words for the institution: nothing of the person's own record is told by them."""

from collections.abc import Iterable
from typing import Any

from applicants.records.queries import live_document
from exams.filing.groups.models import RosterEntry
from exams.filing.groups.rosters.rows import said_of
from portal.rules.findings import Finding, Refused

TWICE = Finding("N2026-2.2", "filed_twice", "此人另有同项目申报，由受理窗口决定保留哪一份。")
"""All an institution learns of the other application: not by whom, not how far."""

FAULT = Finding(
    "", "fault", "系统处理这个人时出了问题，已经记录。请稍后重新初审后再提交；仍不行的请致电窗口。"
)

OTHER_GRADE = Finding(
    "N2026-2.2",
    "other_grade",
    "这个人的申报已退回补正，不能改报别的等级。请改回原等级；要改等级的，先由本人撤回申报，再重新提交。",
    field="grade",
)

_DOCUMENT = Finding(
    "A3-1",
    "document_differs",
    "本人登记的证件信息与所填的不一致，须由本人登录更正，或带证件原件到窗口核对。",
    field="document_number",
)
_NEUTRAL = {
    "barred": Finding("", "barred", "此人目前不能申报，原因由本人登录或到窗口查询。"),
    "disagrees_with_document": _DOCUMENT,
    "no_document": _DOCUMENT,
    "forfeiture_not_confirmed": Finding(
        "N2026-4.2",
        "forfeiture_not_confirmed",
        "按正考申报会放弃仍有效的合格科目，须由本人登录后逐科确认；也可以改报补考。",
    ),
    "no_undertaking": Finding(
        "N2026-7", "no_undertaking", "承诺书已有新版本。请重新发送确认链接，由本人再次确认。"
    ),
}


def as_obstacles(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as an entry keeps them; what rests on the person's own record only says where it is put right."""
    kept = {}
    for one in findings:
        neutral = _neutral(one)
        kept[neutral.code, neutral.sentence] = neutral.to_json()
    return list(kept.values())


def refuse_other_document(entry: RosterEntry) -> None:
    """Raise `Refused` where the person's document is no longer the one they were filed and joined by."""
    claim = live_document(entry.person)
    if claim is None or claim.number_index != entry.document_index:
        raise Refused(_DOCUMENT)


def _neutral(finding: Finding) -> Finding:
    if finding.code.startswith("no_consent_"):
        sentence = "本人没有同意，或撤回了同意处理证件、照片或手机号信息，须由本人确认。"
        return Finding("", "no_consent", sentence)
    return _NEUTRAL.get(finding.code) or said_of(finding)
