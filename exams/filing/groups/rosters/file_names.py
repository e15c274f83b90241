"""Whose a file in an archive is and what it shows, told by its name: 姓名_证件号码.jpg, or the number alone.

A third part names evidence (姓名_证件号码_毕业证书.pdf). Folders, spaces and usual separators are tolerated; what
a name leaves out may stand in the name of its folder.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from applicants.identity.documents import DocumentKind
from applicants.identity.names import HAN
from applicants.identity.text import compact, fold_width
from applicants.records.models import document_index

PORTRAIT = "portrait"

WORDS = {
    PORTRAIT: "照片 证件照 登记照 头像 一寸照 两寸照 一寸 两寸 photo",
    "identity_document": "身份证 身份证件 身份证正面 身份证反面 居民身份证 证件 证件正面 证件反面 护照 居住证 通行证",
    "work_proof": "工作证明 工作年限证明 社保 社保记录 社保缴费记录 社保证明",
    "undertaking": "承诺书 工作年限承诺书",
    "credential": "技能证书 职业资格证书 职业技能等级证书 等级证书 资格证书 证书",
    "diploma": "毕业证书 毕业证 学历证书 学历证",
    "chsi_record": "学信网备案表 学信网 备案表 学历备案表 电子注册备案表",
    "enrolment_proof": "在校证明 应届在校证明 在读证明",
    "title": "职称证书 职称",
}
"""What a part of a name may say, by the rules' code of evidence."""

_CODES = {word: code for code, words in WORDS.items() for word in words.split()}
_SEPARATORS = re.compile(r"[\s_\-—–+,、;()\[\]【】]+")
_BETWEEN_SCRIPTS = re.compile(rf"(?<=[{HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{HAN}])")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_COUNTER = re.compile(r"[0-9]{1,2}")
_LIKE_A_NUMBER = re.compile(r"[A-Za-z]{0,3}[0-9]{6,}[0-9A-Za-z]*")


@dataclass(frozen=True)
class Read:
    """What a name says. `index`: of the document, empty where no number in it is known; `number_like`: there is one that
    is not. `code`: of evidence, or PORTRAIT. `name`: what is left over, which should be the person's.
    """

    index: str
    code: str
    name: str
    number_like: bool


def read_name(path: str, known: Callable[[str], bool]) -> Read:
    """Read one path of an archive; `known` says whether a document's index belongs to the filing."""
    *folders, last = path.split("/")
    parts = _parts(_ENDING.sub("", last))
    folder = _parts(folders[-1]) if folders else []
    index, rest = _take_number(parts, known)
    if not index and not any(map(_LIKE_A_NUMBER.fullmatch, parts)):
        index, around = _take_number(folder, known)
        rest += around if index else []
    code, rest = _take_code(rest)
    if not code:
        code, _ = _take_code(folder)
    return Read(
        index=index,
        code=code or PORTRAIT,
        name="".join(part for part in rest if not _COUNTER.fullmatch(part)),
        number_like=any(map(_LIKE_A_NUMBER.fullmatch, (*parts, *folder))),
    )


def same_name(written: str, name: str) -> bool:
    """Whether what is left of a file's name is this name; spaces, dots and capitals do not count."""
    return _plain(written) == _plain(name)


def _parts(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", fold_width(text))
    return [part for piece in _SEPARATORS.split(folded) for part in _BETWEEN_SCRIPTS.split(piece) if part]


def _take_number(parts: list[str], known: Callable[[str], bool]) -> tuple[str, list[str]]:
    """The index of the part that is a known document's number, and the other parts."""
    for place, part in enumerate(parts):
        for index in _indexes(part):
            if known(index):
                return index, parts[:place] + parts[place + 1 :]
    return "", list(parts)


def _indexes(part: str) -> Iterable[str]:
    """Whatever document the number may be of: a file's name does not say."""
    number = compact(part)
    if len(number) < 5 or not any(char.isdigit() for char in number):
        return ()
    return (document_index(kind, number) for kind in DocumentKind.values)


def _take_code(parts: list[str]) -> tuple[str, list[str]]:
    for place, part in enumerate(parts):
        word = re.sub(r"[0-9]+$", "", part).casefold()
        if word in _CODES:
            return _CODES[word], parts[:place] + parts[place + 1 :]
    return "", list(parts)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum())
