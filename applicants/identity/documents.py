"""Identity documents: which are accepted, how a typed number is read, and what it says about the person.

Every refusal is one Chinese sentence that says what is wrong and what to do; the day is an argument.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import TextChoices

from applicants.identity.regions import PASS_LETTERS, PROVINCES, RESIDENCE_PERMITS
from applicants.identity.text import BIDI_CONTROLS, compact, is_foreign_digit, show

EARLIEST_BIRTH = date(1900, 1, 1)

# GB 11643 (ISO 7064 MOD 11-2): the weights of the first 17 digits, and the check character by remainder.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"

NUMBER_AS_EXCEL_SHOWS_IT = re.compile(r"[0-9]\.[0-9]+E\+?[0-9]+")


class DocumentKind(TextChoices):
    RESIDENT_ID = "resident_id", "居民身份证"
    HMT_RESIDENCE = "hmt_residence", "港澳台居民居住证"
    FOREIGN_PERMANENT = "foreign_permanent", "外国人永久居留身份证"
    HM_PASS = "hm_pass", "港澳居民来往内地通行证"
    TW_PASS = "tw_pass", "台湾居民来往大陆通行证"
    PASSPORT = "passport", "护照"


class Sex(TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class BadDocument(ValueError):
    """A number that cannot be this document's. `sentence` is Chinese and meant for the field."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class IdentityDocument:
    """`number` is the normal form to store and index. What the number does not tell is None.

    `region`: the province of first registration, or Hong Kong, Macao, Taiwan; for a foreigner's card of 18
    characters the province that first received the application.
    """

    kind: DocumentKind
    number: str
    birth_date: date | None = None
    sex: Sex | None = None
    region: str | None = None


class Problem(NamedTuple):
    """Something in the form that the document contradicts: the form's field and a Chinese sentence."""

    field: str
    sentence: str


def parse(kind: DocumentKind | str, text: str, *, on: date) -> IdentityDocument:
    """The document behind a typed number, judged on day `on`. Raises BadDocument."""
    kind = DocumentKind(kind)
    number = compact(text)
    _refuse_what_is_no_number(kind, text, number)
    return _PARSERS[kind](number, on)


def agree(document: IdentityDocument, sex: Sex | str | None, birth_date: date | None) -> list[Problem]:
    """Where sex and birth date of the form contradict the number; empty where the number is silent."""
    problems = []
    if document.sex and sex and document.sex != sex:
        told = f"证件号码对应的性别是{document.sex.label}，与填写的{Sex(sex).label}不一致"
        problems.append(Problem("sex", f"{told}，请核对证件号码和性别。"))
    if document.birth_date and birth_date and document.birth_date != birth_date:
        told = f"证件号码里的出生日期是{_day(document.birth_date)}，与填写的{_day(birth_date)}不一致"
        problems.append(Problem("birth_date", f"{told}，请核对证件号码和出生日期。"))
    return problems


def check_character(first_17: str) -> str:
    """The 18th character of a citizen number, residence permit or foreigner's card (MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def _refuse_what_is_no_number(kind: DocumentKind, text: str, number: str) -> None:
    if not number:
        raise BadDocument(f"请填写{kind.label}上的证件号码。")
    if any(char in BIDI_CONTROLS or char == "\0" for char in text):
        raise BadDocument("证件号码里有看不见的控制字符，可能是粘贴带来的。请清空后用键盘重新输入。")
    if NUMBER_AS_EXCEL_SHOWS_IT.fullmatch(number):
        raise BadDocument(
            "证件号码列须为文本格式：表格已把号码变成数值，后几位丢失，请改为文本格式后重新填写。"
        )
    if len(number) > 40:
        raise BadDocument(f"证件号码太长，共 {len(number)} 个字符。请只填写一个证件号码。")
    for position, char in enumerate(number, 1):
        if is_foreign_digit(char):
            raise BadDocument(f"第 {position} 位{show(char)}不是普通数字 0–9，请切换到英文输入法重新输入。")
        if not (char.isascii() and char.isalnum()):
            raise BadDocument(
                f"第 {position} 位{show(char)}不能用在证件号码里，只能填写数字 0–9 和英文字母，请改正。"
            )


def _parse_resident_id(number: str, on: date) -> IdentityDocument:
    kind = DocumentKind.RESIDENT_ID
    if re.fullmatch(r"[0-9]{15}", number):
        raise BadDocument("这是 15 位的旧号码，已停止使用。请填写现行居民身份证上的 18 位号码。")
    _need_18_characters(kind, number)
    if number[:2] not in PROVINCES:
        _offer_another_kind(kind, number)
        raise BadDocument(f"开头两位“{number[:2]}”不是省级行政区划代码，请对照证件原件修改。")
    return _read_18_characters(kind, number, on, region=PROVINCES[number[:2]], tells_sex=True)


def _parse_hmt_residence(number: str, on: date) -> IdentityDocument:
    kind = DocumentKind.HMT_RESIDENCE
    _need_18_characters(kind, number)
    if number[:2] not in RESIDENCE_PERMITS:
        _offer_another_kind(kind, number)
        raise BadDocument("港澳台居民居住证的号码以 81、82 或 83 开头，请对照证件原件修改。")
    return _read_18_characters(kind, number, on, region=RESIDENCE_PERMITS[number[:2]], tells_sex=True)


def _parse_foreign_permanent(number: str, on: date) -> IdentityDocument:
    """Either form. The old one is taken as it is: the rule of its last digit was never published."""
    kind = DocumentKind.FOREIGN_PERMANENT
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return IdentityDocument(kind, number)
    if number[0].isalpha():
        raise BadDocument("旧版外国人永久居留身份证号码是 3 位字母加 12 位数字，请对照证件原件修改。")
    _need_18_characters(kind, number)
    if number[0] != "9":
        _offer_another_kind(kind, number)
        raise BadDocument("新版外国人永久居留身份证号码以 9 开头，请对照证件原件修改。")
    if number[1:3] not in PROVINCES:
        raise BadDocument(f"第 2–3 位“{number[1:3]}”不是省级行政区划代码，请对照证件原件修改。")
    return _read_18_characters(kind, number, on, region=PROVINCES[number[1:3]], tells_sex=False)


def _parse_hm_pass(number: str, on: date) -> IdentityDocument:
    kind = DocumentKind.HM_PASS
    if not re.fullmatch(r"[HM](?:[0-9]{8}|[0-9]{10})", number):
        _offer_another_kind(kind, number)
        raise BadDocument("港澳居民来往内地通行证号码是字母 H 或 M 加 8 位或 10 位数字，请对照证件原件修改。")
    return IdentityDocument(kind, number, region=PASS_LETTERS[number[0]])


def _parse_tw_pass(number: str, on: date) -> IdentityDocument:
    kind = DocumentKind.TW_PASS
    if not re.fullmatch(r"[0-9]{8}", number):
        _offer_another_kind(kind, number)
        raise BadDocument("台湾居民来往大陆通行证号码是 8 位数字，请对照证件原件修改。")
    return IdentityDocument(kind, number)


def _parse_passport(number: str, on: date) -> IdentityDocument:
    kind = DocumentKind.PASSPORT
    if not re.fullmatch(r"(?=(?:[A-Z]*[0-9]){4})[A-Z0-9]{5,12}", number):
        _offer_another_kind(kind, number)
        raise BadDocument("护照号码是 5 至 12 位字母和数字，其中至少 4 位数字，请对照护照资料页修改。")
    return IdentityDocument(kind, number)


_PARSERS: dict[DocumentKind, Callable[[str, date], IdentityDocument]] = {
    DocumentKind.RESIDENT_ID: _parse_resident_id,
    DocumentKind.HMT_RESIDENCE: _parse_hmt_residence,
    DocumentKind.FOREIGN_PERMANENT: _parse_foreign_permanent,
    DocumentKind.HM_PASS: _parse_hm_pass,
    DocumentKind.TW_PASS: _parse_tw_pass,
    DocumentKind.PASSPORT: _parse_passport,
}


def _need_18_characters(kind: DocumentKind, number: str) -> None:
    """Seventeen digits and a digit or X, else the sentence that points at the first thing wrong."""
    if len(number) != 18:
        _offer_another_kind(kind, number)
        advice = "请检查有没有漏输" if len(number) < 18 else "请检查有没有多输"
        raise BadDocument(f"{kind.label}号码应为 18 位，现在是 {len(number)} 位，{advice}。")
    for position, char in enumerate(number, 1):
        if char.isdigit() or (char == "X" and position == 18):
            continue
        if char == "X":
            raise BadDocument(f"第 {position} 位是字母 X，但 X 只能出现在最后一位，请对照证件原件修改。")
        hint = {
            "O": "是否把数字 0 输成了字母 O",
            "I": "是否把数字 1 输成了字母 I",
            "L": "是否把数字 1 输成了字母 L",
        }
        advice = f"请检查{hint[char]}" if char in hint else "请对照证件原件修改"
        raise BadDocument(f"第 {position} 位是字母 {char}，这一位应为数字，{advice}。")


def _read_18_characters(
    kind: DocumentKind, number: str, on: date, *, region: str, tells_sex: bool
) -> IdentityDocument:
    digits = number[6:14]
    try:
        birth_date = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        message = f"第 7–14 位应为出生日期，但“{digits}”不是真实的日期，请对照证件原件修改。"
        raise BadDocument(message) from None
    if check_character(number[:17]) != number[17]:
        raise BadDocument("证件号码校验不符，可能有一位输错或相邻两位颠倒，请对照证件原件修改。")
    if birth_date > on:
        raise BadDocument(f"证件号码里的出生日期{_day(birth_date)}还没有到，请对照证件原件修改。")
    if birth_date < EARLIEST_BIRTH:
        raise BadDocument(f"证件号码里的出生日期{_day(birth_date)}过早，不可能属实，请对照证件原件修改。")
    sex = (Sex.MALE if int(number[16]) % 2 else Sex.FEMALE) if tells_sex else None
    return IdentityDocument(kind, number, birth_date, sex, region)


def _offer_another_kind(kind: DocumentKind, number: str) -> None:
    """Raise the sentence that names the other document where the number is plainly of that one.

    Passports and the eight bare digits of a 台湾居民来往大陆通行证 fit too much to be guessed.
    """
    for other, pattern in (
        (DocumentKind.HM_PASS, r"[HM](?:[0-9]{8}|[0-9]{10})"),
        (DocumentKind.FOREIGN_PERMANENT, r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]"),
        (DocumentKind.HMT_RESIDENCE, r"8[123][0-9]{15}[0-9X]"),
        (DocumentKind.RESIDENT_ID, r"[1-6][0-9]{16}[0-9X]"),
    ):
        if other != kind and re.fullmatch(pattern, number):
            raise BadDocument(
                f"这是{other.label}的号码格式，与所选的{kind.label}不符，请更改证件类型或号码。"
            )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
