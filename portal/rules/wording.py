"""How rules speak to people: dates, spans, clauses and verdicts in Chinese, the same on every page and document."""

from __future__ import annotations

import re
from datetime import date

from portal.rules.dates import Span
from portal.rules.eligibility import Missing, RouteVerdict, Verdict

GRADE_NAMES = {5: "五级", 4: "四级", 3: "三级", 2: "二级", 1: "一级"}
GRADE_FULL_NAMES = {5: "五级/初级工", 4: "四级/中级工", 3: "三级/高级工", 2: "二级/技师", 1: "一级/高级技师"}
SUBJECT_NAMES = {"theory": "理论知识", "practical": "操作技能", "review": "综合评审"}
RANK_NAMES = {"junior": "初级", "intermediate": "中级", "senior": "高级"}
EDUCATION_NAMES = {
    "none": "未上过学",
    "primary": "小学毕业",
    "junior_high": "初中毕业",
    "senior_high": "高中毕业（或同等学力）",
    "junior_college": "大学专科毕业",
    "bachelor": "大学本科毕业",
    "postgraduate": "研究生毕业",
}

EVIDENCE_NAMES = {
    "identity_document": "身份证件原件",
    "photo": "证件照片",
    "signed_form": "本人签名的报名表",
    "work_proof": "工作年限证明（社保缴费记录优先）",
    "undertaking": "工作年限承诺书",
    "credential": "职业资格证书或职业技能等级证书",
    "diploma": "毕业证书",
    "chsi_record": "学信网学历证书电子注册备案表",
    "enrolment_proof": "应届毕业生或在校生的在校证明",
    "title": "职称证书或专业技术人员职业资格证书",
}

ROUTE_TITLES = {
    "TR2023-1.1": "年满 16 周岁，打算从事本职业或相关职业",
    "TR2023-1.2": "年满 16 周岁，正在从事本职业或相关职业",
    "TR2023-2.1": "累计工作满 5 年",
    "TR2023-2.2": "取得五级证书后，累计工作满 3 年",
    "TR2023-2.3": "对口专业的技工院校、中职或更高层次毕业生（含应届）",
    "TR2023-3.1": "累计工作满 10 年",
    "TR2023-3.2": "取得四级证书后，累计工作满 4 年",
    "TR2023-3.3": "取得对口的初级职称后，累计工作满 1 年",
    "TR2023-3.4": "对口专业的技工院校高级工班或更高层次毕业生（含应届）",
    "TR2023-3.5": "四级证书，加对口专业的高职、大专或更高学历（含应届）",
    "TR2023-3.6": "经评估论证专业的高职、大专或更高学历（含应届）",
    "TR2023-4.1": "取得三级证书后，累计工作满 5 年",
    "TR2023-4.2": "取得对口的初级职称后工作满 5 年，取得三级证书后工作满 1 年",
    "TR2023-4.3": "取得对口的中级职称后，累计工作满 1 年",
    "TR2023-4.4": "三级证书，高级技工学校或技师学院毕业，累计工作满 2 年",
    "TR2023-4.5": "取得三级证书满 2 年的技师学院预备技师班、技师班在校生",
    "TR2023-5.1": "取得二级证书后，累计工作满 5 年",
    "TR2023-5.2": "取得对口的中级职称后工作满 5 年，取得二级证书后工作满 1 年",
    "TR2023-5.3": "取得对口的高级职称后，累计工作满 1 年",
}
"""The nineteen routes in our words, short enough for a row."""

_SCHOOLING_NEEDS = {
    "TR2023-2.3": "本专业或相关专业的技工院校、中等职业学校或更高层次毕业证书（应届毕业生可凭在校证明）",
    "TR2023-3.4": "本专业或相关专业的技工院校高级工班或更高层次毕业证书（应届毕业生可凭在校证明）",
    "TR2023-3.5": "本专业或相关专业的高职、大专或更高学历毕业证书（应届毕业生可凭在校证明）",
    "TR2023-3.6": "经评估论证的本专业或相关专业的高职、大专或更高学历毕业证书（应届毕业生可凭在校证明）",
    "TR2023-4.4": "高级技工学校或技师学院毕业证书",
    "TR2023-4.5": "技师学院预备技师班或技师班的在校身份",
}

_NUMERALS = "零一二三四五六七八九"
_WEEKDAYS = "一二三四五六日"
_ROUTE_GRADES = {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}


def day_text(day: date, *, weekday: bool = False) -> str:
    """2026年10月12日, with （周一） where asked."""
    text = f"{day.year}年{day.month}月{day.day}日"
    return f"{text}（周{_WEEKDAYS[day.weekday()]}）" if weekday else text


def span_text(span: Span) -> str:
    """「3 个月 12 天」; an empty span is 「0 天」."""
    parts = [(span.years, "年"), (span.months, "个月"), (span.days, "天")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 天"


def held_text(span: Span) -> str:
    """「满 5 年」 where years are whole, else 「已有 4 年 8 个月」."""
    return f"满 {span.years} 年" if span.years and span == Span(span.years) else f"已有 {span_text(span)}"


def short_text(span: Span) -> str:
    """「还差 3 个月 12 天」."""
    return f"还差 {span_text(span)}"


def money_text(fen: int) -> str:
    """「480 元」, or 「480.50 元」 where there are fen."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,} 元" if not rest else f"{yuan:,}.{rest:02d} 元"


def cite(clause: str) -> str:
    """How a person cites a clause: 「通知二（四）」「附件1 三级第2项」「附件2」「附件3 四第2项」「附件3 末段」.

    Raises ValueError for what is no clause id.
    """
    if clause == "A2":
        return "附件2"
    if clause == "A3-end":
        return "附件3 末段"
    match = re.fullmatch(r"(N2026-|TR2023-|A3-)([1-9])(?:\.([1-9]))?", clause)
    if not match or (match[1] == "TR2023-" and (match[3] is None or int(match[2]) not in _ROUTE_GRADES)):
        raise ValueError(f"{clause!r} is no clause id")
    section = _NUMERALS[int(match[2])]
    if match[1] == "N2026-":
        return f"通知{section}（{_NUMERALS[int(match[3])]}）" if match[3] else f"通知{section}"
    if match[1] == "TR2023-":
        return f"附件1 {GRADE_NAMES[_ROUTE_GRADES[int(match[2])]]}第{match[3]}项"
    return f"附件3 {section}第{match[3]}项" if match[3] else f"附件3 {section}"


def missing_text(clause: str, missing: Missing) -> str:
    """What is missing for one requirement of a route, as a clause of a sentence without full stop."""
    short = missing.short
    gap = short_text(short) if short else ""
    match missing.fact:
        case "age":
            return f"距年满 {missing.need} 周岁{gap}"
        case "intends_to_work":
            return "没有表明打算从事本职业或相关职业"
        case "job":
            return "目前没有从事本职业或相关职业"
        case "work":
            return f"从事本职业或相关职业{gap}"
        case "work_after_credential" | "work_after_title":
            document = "职称" if missing.fact == "work_after_title" else "证书"
            if missing.found == Span().to_json():
                return f"取得{document}后须从事本职业或相关职业满 {missing.need} 年"
            return f"取得{document}后从事本职业或相关职业{gap}"
        case "credential":
            wanted = f"本职业或相关职业{GRADE_NAMES[missing.need]}（或更高等级）证书"
            return f"{wanted}的取得日期还未到" if short else f"没有{wanted}"
        case "credential_held":
            return f"取得证书须满 {missing.need} 年，{gap}"
        case "title":
            wanted = f"专业对应的{RANK_NAMES[missing.need]}{'' if missing.need == 'senior' else '（或更高级别）'}职称"
            return f"{wanted}的取得日期还未到" if short else f"没有{wanted}"
        case "schooling":
            return f"没有{_SCHOOLING_NEEDS[clause]}"
    raise ValueError(f"{missing.fact!r} is no fact of a route")


def route_text(route: RouteVerdict) -> str:
    """One route in a sentence: met, or what is missing and from when it opens."""
    if route.met:
        return f"符合{cite(route.clause)}：{ROUTE_TITLES[route.clause]}。"
    text = f"{'；'.join(missing_text(route.clause, one) for one in route.missing)}（{cite(route.clause)}）。"
    if route.opens_on:
        return f"{text}预计 {day_text(route.opens_on)} 起符合。"
    return text


def answer(verdict: Verdict, *, minimum_education: str = "senior_high") -> str:
    """The verdict in one answer, with clauses and, where there is one, the day from which it turns."""
    grade = GRADE_NAMES[verdict.grade]
    best = verdict.route(verdict.best_route) if verdict.best_route else None
    if verdict.eligible and best:
        return f"您现在可以申报{grade}：符合{cite(best.clause)}（{ROUTE_TITLES[best.clause]}）。"
    reasons = []
    if not verdict.age_met and verdict.grade != 5:
        reasons.append(f"未满 16 周岁（{cite('N2026-2.1')}）")
    if not verdict.education_met:
        reasons.append(f"学历须为{EDUCATION_NAMES[minimum_education]}及以上（{cite('N2026-2.1')}）")
    if best is None:
        reasons.append("各项申报条件都还有缺项，仅靠等待不能满足（附件1）")
    elif not best.met:
        reasons.append(_best_route_short(best))
    text = f"您目前不能申报{grade}：{'；'.join(reasons)}。"
    if verdict.eligible_from:
        text += f"预计 {day_text(verdict.eligible_from)} 起可以申报。"
    return text


def _best_route_short(route: RouteVerdict) -> str:
    missing = route.missing
    if len(missing) == 1 and missing[0].short and missing[0].fact.startswith("work"):
        text = f"从事本职业或相关职业{short_text(missing[0].short)}"
    else:
        text = "，".join(missing_text(route.clause, one) for one in missing)
    return f"{text}（{cite(route.clause)}）"
