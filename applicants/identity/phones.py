"""Mobile phone numbers: what a person types, as E.164 (`+8613812345678`)."""

import re

from applicants.identity.text import compact, is_foreign_digit, show

MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
# Country code, then a mobile number of that place; Taiwan's may keep the 0 it is dialled with at home.
ELSEWHERE = re.compile(r"(?:\+|00)(?:(852)([4-9][0-9]{7})|(853)(6[0-9]{7})|(886)0?(9[0-9]{8}))")

FIXED_LINE = re.compile(r"(0[0-9]{2,3})-?([0-9]{7,8})(?:[-转]?([0-9]{1,6}))?")


class BadPhone(ValueError):
    """Not a mobile phone we can send a message to. `sentence` is Chinese and meant for the field."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def parse_phone(text: str) -> str:
    """The number in E.164. Only those of Hong Kong, Macao and Taiwan need a country code. Raises BadPhone."""
    number = re.sub(r"[-‐‑–—.()·]", "", compact(text))  # noqa: RUF001
    if not number:
        raise BadPhone("请填写手机号码。")
    for position, char in enumerate(number, 1):
        if is_foreign_digit(char):
            raise BadPhone(f"第 {position} 位{show(char)}不是普通数字 0–9，请切换到英文输入法重新输入。")
        if char not in "+0123456789":
            raise BadPhone(f"第 {position} 位{show(char)}不能用在手机号码里，只能填写数字，请改正。")
    if found := MAINLAND.fullmatch(number):
        return f"+86{found[1]}"
    if found := ELSEWHERE.fullmatch(number):
        return "+" + "".join(part for part in found.groups() if part)
    raise BadPhone(_what_is_wrong(number))


def _what_is_wrong(number: str) -> str:
    national = re.sub(r"^(?:\+86|0086)", "", number)
    if national.startswith("1") and len(national) != 11:
        return f"手机号码应为 11 位，现在是 {len(national)} 位，请检查有没有漏输或多输。"
    if re.fullmatch(r"0[1-9][0-9]{8,10}", national) or re.fullmatch(r"[2-9][0-9]{6,7}", national):
        return "这像是固定电话号码。请填写能收短信的手机号码；港澳台手机请加区号，例如 +852。"
    if number.startswith(("+", "00")):
        return "只接受中国内地手机和带 +852、+853、+886 的港澳台手机号码，请核对区号和位数。"
    return "手机号码应为 11 位数字，以 13 至 19 开头，请核对后重新填写。"


def parse_contact(text: str) -> str:
    """A number staff may ring: a fixed line as 021-62777131转8008, or a mobile without +86. Raises BadPhone."""
    if fixed := FIXED_LINE.fullmatch(compact(text)):
        area, number, extension = fixed.groups()
        return f"{area}-{number}" + (f"转{extension}" if extension else "")
    return parse_phone(text).removeprefix("+86")
