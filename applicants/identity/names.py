"""People's names: the whole of GB 18030, one kind of dot, nothing invisible.

A name is text, never markup: `<script>`, `{{7*7}}` and `=HYPERLINK(…)` are kept letter by letter, for
page, document and sheet to show them so.
"""

import re
import unicodedata
from dataclasses import dataclass

from applicants.identity.text import BIDI_CONTROLS, FULL_WIDTH, INVISIBLE, show

MAX_LENGTH = 50
DOT = "·"

# What keyboards, fonts and older systems put where U+00B7 belongs.
DOT_LOOKALIKES = "•・‧∙⋅･●⸱᛫․．"  # noqa: RUF001

# Han blocks by range, not by what this Python's Unicode tables know: newer extensions are names, too.
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U0002fffd\U00030000-\U0003fffd"
HAN_CHARACTER = re.compile(f"[{HAN}]")
SPACE_INSIDE_HAN = re.compile(f"(?<=[{HAN}{DOT}])\\s+(?=[{HAN}{DOT}])|(?<={DOT})\\s+|\\s+(?={DOT})")
FULL_STOP_AS_DOT = re.compile(f"(?<=[{HAN}])[.。｡](?=[{HAN}])")

# Stand-ins that a system prints for a character it lost.
LOST_CHARACTERS = "\ufffd□■▢〓◻☐"


class BadName(ValueError):
    """A name that cannot be stored as written. `sentence` is Chinese and meant for the field."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Name:
    """`value` is what to store; `notes` are Chinese sentences on what was changed, to be shown beside it."""

    value: str
    notes: tuple[str, ...] = ()


def parse_name(text: str) -> Name:
    """The name as it is to be stored, at most 50 characters. Raises BadName."""
    _refuse_controls(text.strip())
    notes = []
    visible = "".join(char for char in text if char not in INVISIBLE)
    if visible != text:
        notes.append("已去掉姓名里看不见的字符。")
    unified = unicodedata.normalize("NFC", "".join(_unify(char) for char in visible))
    replaced = [
        (old, _unify(old)) for old in dict.fromkeys(visible) if _is_han_form(old) and _unify(old) != old
    ]
    notes += [f"“{old}”是部首或兼容字符，已改为通用汉字“{new}”，请核对。" for old, new in replaced]
    dotted = FULL_STOP_AS_DOT.sub(DOT, re.sub(f"[{re.escape(DOT_LOOKALIKES)}]", DOT, unified))
    if dotted.count(DOT) > unified.count(DOT):
        notes.append(f"间隔号已统一为“{DOT}”，请核对。")
    value = SPACE_INSIDE_HAN.sub("", " ".join(dotted.split()))
    if HAN_CHARACTER.search(value) and value.count(" ") < " ".join(dotted.split()).count(" "):
        notes.append("已去掉汉字之间的空格。")
    _refuse_unusable(value)
    return Name(value, tuple(notes))


def _unify(char: str) -> str:
    """The ordinary character for a Kangxi radical, a compatibility ideograph or a full-width Latin letter."""
    if _is_han_form(char):
        return unicodedata.normalize("NFKC", char)
    folded = chr(FULL_WIDTH.get(ord(char), ord(char)))
    return folded if folded.isalnum() or folded in " '-" else char


def _is_han_form(char: str) -> bool:
    """In CJK Radicals Supplement, Kangxi Radicals, or the compatibility ideographs of planes 0 and 2."""
    code = ord(char)
    return 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F


def _refuse_controls(text: str) -> None:
    for char in text:
        if char in BIDI_CONTROLS:
            raise BadName("姓名里有改变文字方向的控制字符，可能是粘贴带来的。请清空后重新输入。")
        if unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"}:
            raise BadName("姓名里有换行、制表等控制字符，可能是粘贴带来的。请清空后重新输入。")


def _refuse_unusable(value: str) -> None:
    if not value:
        raise BadName("请填写姓名，与证件上的一致。")
    if len(value) > MAX_LENGTH:
        raise BadName(f"姓名最多 {MAX_LENGTH} 个字，现在是 {len(value)} 个字，请核对。")
    for position, char in enumerate(value, 1):
        if sentence := _why_not(char):
            raise BadName(f"第 {position} 个字{sentence}")
    if HAN_CHARACTER.search(value) and re.search(r"[?？]", value):
        raise BadName("姓名里有问号，多半是生僻字没能输入或传输时丢失。请用手写或拼音输入法重新输入该字。")
    if value.startswith(DOT) or value.endswith(DOT) or DOT * 2 in value:
        raise BadName(f"间隔号“{DOT}”应在两个字之间，前后都要有字，请核对。")
    if re.fullmatch(r"\W*", value) and not value.isascii() and not HAN_CHARACTER.search(value):
        raise BadName("姓名里没有文字，请填写与证件上一致的姓名。")
    if _has_piled_marks(value):
        raise BadName("姓名里有叠在一起的附加符号，可能是粘贴带来的。请清空后重新输入。")


def _why_not(char: str) -> str | None:
    """The rest of a sentence that begins 第 N 个字, or None where the character may stand in a name."""
    if char in LOST_CHARACTERS or 0x2FF0 <= ord(char) <= 0x2FFF:
        return f"{show(char)}只是占位符号，原来的字没能输入。请用手写或拼音输入法输入证件上的字。"
    if HAN_CHARACTER.fullmatch(char) or char == DOT:
        return None
    category = unicodedata.category(char)
    if category == "Co":
        return (
            f"（U+{ord(char):04X}）是私用区字符，换一台电脑就会变成别的字。请用支持生僻字的输入法重新输入。"
        )
    if 0x2E80 <= ord(char) <= 0x2FDF:
        return f"“{char}”是部首符号，不是汉字。请用输入法重新输入证件上的字。"
    if category == "Me" or (category[0] == "S" and not char.isascii()):
        return f"{show(char)}是表情或图形符号，不能用在姓名里，请删去。"
    if category[0] == "C":
        return f"（U+{ord(char):04X}）不是可以显示的文字，请删去或重新输入。"
    return None


def _has_piled_marks(value: str) -> bool:
    """More than four marks on one letter: no script needs them, and they cover the lines around."""
    return re.search(r"M{5}", "".join(unicodedata.category(char)[0] for char in value)) is not None
