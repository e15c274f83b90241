"""The undertaking an applicant gives before submission, by version (N2026-7, A3-1). Our words; versions stay."""

from dataclasses import dataclass

from portal.rules.findings import Finding, Refused


@dataclass(frozen=True)
class Undertaking:
    """One version: `points` are shown on the page and printed above the signature."""

    version: str
    opening: str
    points: tuple[str, ...]


UNDERTAKINGS = (
    Undertaking(
        version="2026.1",
        opening="本人申请参加职业技能评价，已阅读通知和参评人员须知，并作如下承诺：",
        points=(
            "所填信息和所交材料都是真实、有效的，与原件一致；如有变化，主动告知受理窗口。",
            "清楚所申报等级的条件，并确认自己符合本表所列的那一条。",
            "在考场遵守纪律，服从工作人员安排，不作弊，也不协助他人作弊。",
            "知道材料不实或条件不符一经查实，考试资格和成绩会被取消，证书无效，费用和不实材料不退。",
            "知道违纪违规会按须知处理，严重的在二年或五年内不能参加评价。",
        ),
    ),
)
CURRENT = UNDERTAKINGS[-1]


def undertaking(version: str) -> Undertaking:
    """The text of a version. Raises `Refused` for one that never was."""
    for one in UNDERTAKINGS:
        if one.version == version:
            return one
    raise Refused(
        Finding("N2026-7", "unknown_undertaking", "承诺书的版本不对，请刷新页面后重新确认。", version)
    )
