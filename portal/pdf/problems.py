"""Why a document could not be made. Each stops the render: a half-right document is never handed out."""

from collections.abc import Iterable
from unicodedata import category


class RenderingFault(Exception):
    """The template, its style sheet or an image is wrong; the message is the renderer's own complaint."""


class RefusedAddress(RenderingFault):
    """The document asks for something it may not have: any address but the images handed in."""

    def __init__(self, address: str) -> None:
        super().__init__(f"a document may not fetch {address[:200]!r}")
        self.address = address


class MissingGlyph(RenderingFault):
    """Characters that none of our fonts can print; they would come out as empty boxes or vanish.

    `characters` lists them in order of code point; the message names each with its code point.
    """

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = sorted(set(characters))
        named = "、".join(f"{self._shown(one)}（U+{ord(one):04X}）" for one in self.characters)
        super().__init__(f"没有字体能印出：{named}")

    @staticmethod
    def _shown(character: str) -> str:
        # Unassigned (Cn) is shown: ideographs newer than Python's tables are among them.
        return "不可见字符" if category(character) in {"Cc", "Cf", "Co", "Cs"} else f"“{character}”"
