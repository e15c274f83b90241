"""The fonts of documents: which faces there are, what each prints, and how the renderer comes to know them.

A document is set in Portal Sans (GB 2312, two weights). What it lacks is taken, in this order, from Portal More
(the rest of Noto Sans CJK SC) and the Portal Names files (all other ideographs, extensions B to H). These further
faces are registered only when a document first needs one, so that a process which meets no rare name never opens
them. `portal/fonts/README.md` tells their origin and what none of them prints.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from unicodedata import category

from fontTools.ttLib import TTFont
from weasyprint import CSS
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from portal.pdf.problems import MissingGlyph

FOLDER = Path(__file__).resolve().parent.parent / "fonts"
FIRST = (("Portal Sans", 400, "sans-regular.ttf"), ("Portal Sans", 700, "sans-bold.ttf"))
NAMES = sorted(FOLDER.glob("names-*.ttf"))
FURTHER = (
    ("Portal More", 400, "more.otf"),
    *((f"Portal Names {number}", 400, file.name) for number, file in enumerate(NAMES, 1)),
)
_BLANK = frozenset("\u115f\u1160\u3164\uffa0")  # Hangul fillers: letters by name, nothing to the eye
# White space and the marks of line breaking need no glyph; every other invisible character is refused.
_NO_GLYPH_NEEDED = frozenset("\t\n\r \u00a0\u3000")


class _FontFetcher(URLFetcher):
    """Gives `asset:FILE` for the files of the faces above, and nothing else."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        file = url.removeprefix("asset:")
        if file not in {name for _, _, name in (*FIRST, *FURTHER)}:
            raise ValueError(f"not one of our fonts: {url}")
        return URLFetcherResponse(url, (FOLDER / file).read_bytes(), {"Content-Type": "font/sfnt"})


@cache
def coverage(file: str) -> frozenset[str]:
    """The characters a face of ours can print."""
    with TTFont(FOLDER / file, lazy=True) as font:
        return frozenset(one for one in map(chr, font.getBestCmap()) if category(one) != "Cf") - _BLANK


def unprintable(text: str) -> set[str]:
    """The characters of `text` that no face can print: none of them may reach a document.

    Invisible ones (control, format, private use, unassigned) count: the renderer would drop them silently.
    """
    return _beyond(text, lambda face: None)


def _beyond(text: str, found_in: Callable[[tuple[str, int, str]], None]) -> set[str]:
    """What is left of the text after the first face and then each further one that has some of it."""
    left = set(text) - _NO_GLYPH_NEEDED - coverage(FIRST[0][2])
    for face in FURTHER:
        if not left:
            break
        if left & coverage(face[2]):
            found_in(face)
            left -= coverage(face[2])
    return left


class Faces:
    """The one font configuration of a process. Not for threads: the renderer's lock stands before it."""

    def __init__(self) -> None:
        self.configuration = _empty_configuration()
        self._known: set[tuple[str, int, str]] = set()
        for face in FIRST:
            self._register(face)

    def prepare(self, text: str) -> None:
        """Have every face at hand that `text` needs. Raises MissingGlyph where all together fall short."""
        if left := _beyond(text, self._register):
            raise MissingGlyph(left)

    def _register(self, face: tuple[str, int, str]) -> None:
        if face in self._known:
            return
        family, weight, file = face
        rule = f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url(asset:{file}) }}'
        CSS(string=rule, font_config=self.configuration, url_fetcher=_FontFetcher())
        self._known.add(face)


def _empty_configuration() -> FontConfiguration:
    """A configuration that knows no font of the machine, so that a document looks alike everywhere.

    Fontconfig reads the name of its file from the environment, and only there.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(FOLDER / "fonts.conf")
    try:
        return FontConfiguration()
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before
