"""One cell of a roster as it was meant: text, one of the choices, or a day. What cannot be is said in a sentence.

Sentences are kept in the clear: they quote nothing that might be a document number.
"""

import re
import unicodedata
from datetime import date
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError

from applicants.identity.text import drop_invisible, fold_width
from exams.filing.groups.rosters.columns import CHOICE, DAY, YES_NO, Column
from portal.forms import DayField

MOST_KEPT = 300
"""Characters of a cell that are kept; no field takes more."""

EMPTY_MARKS = frozenset({"无", "没有", "/", "\\", "-", "－", "—", "——", "n/a", "空", "至今", "在职"})
"""What people write where nothing is to be written; not in a required column."""

WRITTEN_DAY = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?(?:[ T][0-9:]+)?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
WRITTEN_MONTH = re.compile(r"[0-9]{4}\s*[-/.年]\s*[0-9]{1,2}\s*月?")
WRITTEN_ROUTE = re.compile(
    r"(?:附件1)?(?:([一二三四五1-5])级(?:/[^第]*)?)?第?([1-9一二三四五六])[项条款]?(?:$|[^0-9.].*)"
)

_NUMERALS = {
    **{char: place for place, char in enumerate("一二三四五六", 1)},
    **{str(n): n for n in range(1, 10)},
}

ALIASES: dict[str, dict[str, str]] = {
    "document_kind": {
        "resident_id": "身份证 二代身份证 第二代居民身份证 二代证",
        "hmt_residence": "居住证 港澳台居住证 港澳居民居住证 台湾居民居住证",
        "foreign_permanent": "永久居留证 外国人永久居留证 永居证 五星卡",
        "hm_pass": "回乡证 港澳通行证 港澳居民通行证",
        "tw_pass": "台胞证 台湾通行证 台湾居民通行证",
    },
    "sex": {"male": "男性 男士", "female": "女性 女士"},
    "general_education": {
        "primary": "小学毕业",
        "junior_high": "初中毕业",
        "senior_high": "高中 高中毕业 普高 普通高中 中专 中职 职高 技校 中技 同等学力 高中（或同等学力）",
        "junior_college": "大专 专科 高职 大学专科 大专毕业",
        "bachelor": "大学 大学本科 本科毕业 学士",
        "postgraduate": "硕士 博士 硕士研究生 博士研究生",
    },
    "grade": {str(grade): f"{grade}级" for grade in range(1, 6)},
    "kind": {"regular": "首考 初考 初次", "retake": "重考"},
    "subjects": {"theory": "理论", "practical": "实操 操作 技能 实操技能", "review": "评审"},
    "relation": {"same": "本职", "related": "相关", "other": "其他职业 其他工作"},
    "major": {"same": "对口专业", "related": "相关", "other": "其他专业 没有专业"},
    "school": {
        "technical_school": "技工学校 技校",
        "senior_technical_school": "高级技校",
        "secondary_vocational": "中职 中专 职高 中等专业学校 职业高中",
        "higher_vocational": "高职 高职院校",
        "university": "大学 高校 本科院校",
        "general": "中学 普通高中 初中 高中",
    },
    "programme": {
        "secondary_vocational": "中职 中专 职高",
        "junior_college": "专科",
        "bachelor": "大学本科",
        "postgraduate": "硕士 博士",
        "senior_high": "高中",
    },
    "status": {
        "graduated": "毕业",
        "final_year": "应届 应届毕业生 应届毕业班 应届在读",
        "studying": "在读 在校 在校生 非应届",
    },
    "rank": {"junior": "初级职称", "intermediate": "中级职称", "senior": "高级职称 副高级 正高级"},
}
"""Usual short forms by the column's code, or by the form's field where a place asks for it."""

_YES_NO_ALIASES = {"yes": "√ ✓ ✔ y yes true 1 对 同意 拟从事", "no": "× ✗ x n no false 0 不 不同意"}


class BadCell(ValueError):
    """`sentence` says what is wrong; `text` is what is kept of the cell, to be shown again."""

    def __init__(self, sentence: str, text: str) -> None:
        super().__init__(sentence)
        self.sentence, self.text = sentence, text


def read_text(column: Column, cell: Any) -> str:
    """The cell as text without what paste leaves around it; "" where nothing stands in it. Raises BadCell.

    `cell`: a string, None, or {"kind", "value"} as `portal.workbook.reading` gives what is no text.
    """
    shown = _of_another_kind(column, cell["kind"], str(cell["value"])) if isinstance(cell, dict) else cell
    text = drop_invisible((shown or "")[:MOST_KEPT]).strip()
    return "" if not column.required and text.lower() in EMPTY_MARKS else text


def _of_another_kind(column: Column, kind: str, value: str) -> str:
    if kind == "formula":
        raise BadCell("这一格是公式。请复制后用“选择性粘贴—数值”贴回，再上传。", value[:MOST_KEPT])
    if kind == "error":
        raise BadCell("这一格是错误值，请改正后再上传。", value[:MOST_KEPT])
    if kind == "number":
        return _of_a_number(column, value)
    if kind == "date":
        if column.kind == DAY:
            return value[:10]
        raise BadCell("这一格被表格变成了日期，请改为文本格式后重新填写。", value[:MOST_KEPT])
    if kind == "bool" and column.choices == YES_NO:
        return "是" if value == "TRUE" else "否"
    return value


def _of_a_number(column: Column, value: str) -> str:
    if column.code == "document_number":
        raise BadCell(
            "证件号码列须为文本格式：这一格是数值，开头的 0 和后几位可能已丢失。请把整列改为文本格式，再重新填写号码。",
            value[:MOST_KEPT],
        )
    if len(value) > 15 and column.kind != CHOICE:
        raise BadCell(
            "这一格是数值，第 15 位以后的数字已经丢失。请改为文本格式后重新填写。", value[:MOST_KEPT]
        )
    if column.kind == DAY and not re.fullmatch(r"(?:19|20)[0-9]{6}", value):
        raise BadCell("这一格是数字，不是日期。请写成 2026-11-01 的样子。", value[:MOST_KEPT])
    return value


def read_choice(column: Column, text: str) -> str:
    """The value of the choice that the text means: the label, the value itself, or a usual short form. Raises BadCell."""
    found = _choices_by_text(column).get(_plain(text))
    if found is None:
        labels = [label for _, label in column.choices]
        hint = f"：{'、'.join(labels)}" if len(labels) <= 8 else ""
        raise BadCell(f"{quote(text)}不在可选的内容里，请从列表中选择{hint}。", text)
    return found


@cache
def _choices_by_text(column: Column) -> dict[str, str]:
    """What two choices could both be called is neither."""
    found: dict[str, set[str]] = {}
    aliases = ALIASES.get(column.code) or ALIASES.get(column.code.split("_", 2)[-1], {})
    if column.choices == YES_NO:
        aliases = _YES_NO_ALIASES
    for value, label in column.choices:
        names = {
            value,
            label,
            *label.split("/"),
            re.sub(r"[（(].*", "", label),
            *aliases.get(value, "").split(),
        }
        for name in names:
            found.setdefault(_plain(name), set()).add(value)
    exact = {_plain(label): value for value, label in column.choices}
    return {text: values.pop() for text, values in found.items() if len(values) == 1} | exact


def read_route(column: Column, text: str, grade: int | None) -> str:
    """The clause of a condition, written as in the template, as 四级第1项 or 第1条, or by its number. Raises BadCell."""
    known = {value for value, _ in column.choices}
    if (plain := _plain(text).upper()) in known:
        return plain
    if written := WRITTEN_ROUTE.fullmatch(_plain(text)):
        stated, item = written.groups()
        of_grade = _NUMERALS[stated] if stated else grade
        if grade is not None and of_grade is not None:
            clause = f"TR2023-{6 - of_grade}.{_NUMERALS[item]}"
            if of_grade != grade:
                raise BadCell("所选的申报条件不是所申报等级的，请核对申报等级和申报条件。", text)
            if clause in known:
                return clause
    raise BadCell(
        f"{quote(text)}不是所申报等级的申报条件，请从列表中选择，或者不填，由系统选出已符合的一项。", text
    )


def read_day(column: Column, text: str) -> date:
    """2026-11-01, 2026/11/1, 2026.11.1, 2026年11月1日 or 20261101. Raises BadCell."""
    folded = fold_width(text).strip()
    written = WRITTEN_DAY.fullmatch(folded)
    if written is None:
        if WRITTEN_MONTH.fullmatch(folded):
            raise BadCell("日期只写到月，请写到日，例如 2026-11-01。", text)
        raise BadCell(f"{quote(text)}不是能认出的日期，请写成 2026-11-01 的样子。", text)
    try:
        day = DayField(noun="日期").to_python([part for part in written.groups() if part])
    except ValidationError as bad:
        raise BadCell(bad.messages[0], text) from None
    assert day is not None
    return day


def quote(text: str) -> str:
    """The text for a sentence, or a word for it where it is long, might be a number of a document, or cannot be seen."""
    shown = fold_width(text)
    if len(text) > 16 or sum(char.isdigit() for char in shown) >= 4 or not text.isprintable():
        return "这一格的内容"
    return f"“{text}”"


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
