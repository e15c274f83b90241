"""What an institution should be told of a sheet that was read all the same."""

from collections.abc import Iterable, Sequence

from portal.workbook.kinds import XLS, open_archive
from portal.workbook.markup import SheetFacts, column_letters

SHOWN = 5


def notes_on_file(data: bytes, kind: str) -> list[str]:
    """Chinese sentences on what the file carries beside its cells."""
    if kind == XLS:
        macros, links = "_VBA_PROJECT_CUR".encode("utf-16-le") in data, False
    else:
        names = [name.lower() for name in open_archive(data).namelist()]
        macros = any(name.endswith("vbaproject.bin") or name.startswith("basic/") for name in names)
        links = any(name.startswith("xl/externallinks/") for name in names)
    notes = []
    if macros:
        notes.append("文件带有宏，宏没有运行，只读取了单元格内容。")
    if links:
        notes.append("文件引用了其他工作簿，引用没有更新，只读取了文件中保存的内容。")
    return notes


def notes_on_sheet(name: str, others: Sequence[str], facts: SheetFacts, heading_row: int) -> list[str]:
    """`heading_row`: from 1; what is merged down to it belongs to the heading and is not worth a word."""
    notes = []
    if others:
        notes.append(
            f"文件中有多个工作表，读取的是“{name}”；没有读取{_some(f'“{other}”' for other in others)}。"
        )
    if facts.hidden_rows:
        rows = "、".join(str(row + 1) for row in facts.hidden_rows[:SHOWN])
        count = len(facts.hidden_rows)
        more = f"等 {count} 行" if count > SHOWN else "行"
        notes.append(f"第 {rows} {more}是隐藏的（或被筛选掉了），也一并读取了。")
    if facts.hidden_columns:
        columns = _some(column_letters(column) for column in sorted(facts.hidden_columns))
        notes.append(f"{columns} 列是隐藏的，也一并读取了。")
    merged = [area for area in facts.merged if area[0] >= heading_row]
    if merged:
        areas = _some(
            f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
            for top, left, bottom, right in sorted(merged)
        )
        notes.append(
            f"数据中有合并的单元格（{areas}），只有左上角的一格有内容，其余按空白处理。请取消合并，逐行填写。"
        )
    return notes


def _some(items: Iterable[str]) -> str:
    listed = list(items)
    ending = f"等 {len(listed)} 处" if len(listed) > SHOWN else ""
    return "、".join(listed[:SHOWN]) + ending
