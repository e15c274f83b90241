"""Make the faces in this folder from Debian's fonts; README.md says which, why and under which licences.

    apt-get install fonts-noto-cjk fonts-hanazono fonts-babelstone-han
    .venv/bin/python portal/fonts/build.py [folder of installed fonts]

The same source files and the same fonttools give the same bytes: time stamps are the sources' own.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SIMPLIFIED_CHINESE = 2  # its number in the Noto collections

# Tables that only editors, vertical text or other systems read. Layout tables go too, but for `kern`.
USELESS = ["BASE", "DSIG", "FFTM", "GDEF", "PfEd", "STAT", "VORG", "gasp", "meta", "prop", "vhea", "vmtx"]

SIGNS = "☐☑✓✗‐–—―‖‘’“”•…‰′″※℃№™→←↑↓−×÷≤≥≠①②③④⑤⑥⑦⑧⑨⑩·　、。〈〉《》「」『』【】〔〕〖〗￥"
HAN = [(0x2E80, 0x2FDF), (0x3000, 0x303F), (0x31C0, 0x31EF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)]
PRINTABLE = [(0xA0, 0x2FFF), (0x3000, 0xABFF), (0xF900, 0xFFEF), (0x1F100, 0x1F2FF), (0x20000, 0x323AF)]
SPACES = {0x20, 0xA0, 0x3000}  # in every face: a space takes the face of the character before it
NAMES_PER_FILE = 10_000  # a small face is read, subset and held faster than a large one


def gb2312() -> set[int]:
    """Code points of GB 2312, ASCII, Latin-1 and the signs documents use."""
    points = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100)) | {ord(sign) for sign in SIGNS}
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((lead, trail)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return points


def spans(pairs: Iterable[tuple[int, int]]) -> set[int]:
    return {point for first, last in pairs for point in range(first, last + 1)}


def make(target: str, family: str, source: Path, wanted: set[int], *, number: int = -1, bold: bool = False) -> set[int]:
    """Write `target` with what `source` has of `wanted`, under `family`; give the code points written."""
    font = TTFont(source, fontNumber=number, recalcTimestamp=False)
    points = (wanted | SPACES) & set(font.getBestCmap())
    options = subset.Options(
        layout_features=["kern"], hinting=False, desubroutinize=True, notdef_outline=True, glyph_names=False, name_IDs=["*"]
    )
    options.drop_tables += USELESS
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    rename(font, family, bold=bold)
    font.save(HERE / target)
    size = (HERE / target).stat().st_size
    print(f"{target}: {len(points)} characters, {size / 1e6:.1f} MB")
    return points


def rename(font: TTFont, family: str, *, bold: bool) -> None:
    """Reserved font names must not stay on a changed font; copyright and licence entries stay."""
    style = "Bold" if bold else "Regular"
    names = font["name"]
    names.names = [entry for entry in names.names if entry.nameID in (0, 13, 14)]
    postscript = f"{family.replace(' ', '')}-{style}"
    for number, text in ((1, family), (2, style), (3, postscript), (4, f"{family} {style}"), (6, postscript)):
        names.setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        compact = font["CFF "].cff
        compact.fontNames = [postscript]
        compact.topDictIndex[0].FamilyName = family
        compact.topDictIndex[0].FullName = f"{family} {style}"


def main(folder: Path) -> None:
    noto, hanazono = folder / "opentype/noto", folder / "truetype/hanazono"
    regular = noto / "NotoSansCJK-Regular.ttc"
    seen = make("sans-regular.otf", "Portal Sans", regular, gb2312(), number=SIMPLIFIED_CHINESE)
    make("sans-bold.otf", "Portal Sans", noto / "NotoSansCJK-Bold.ttc", gb2312(), number=SIMPLIFIED_CHINESE, bold=True)
    seen |= make("more.otf", "Portal More", regular, spans(PRINTABLE) - seen, number=SIMPLIFIED_CHINESE)

    han = spans(HAN)
    extensions = sorted((han - seen) & set(TTFont(hanazono / "HanaMinB.ttf", lazy=True).getBestCmap()))
    for index, start in enumerate(range(0, len(extensions), NAMES_PER_FILE), 1):
        part = set(extensions[start : start + NAMES_PER_FILE])
        seen |= make(f"names-{index}.ttf", f"Portal Names {index}", hanazono / "HanaMinB.ttf", part)
    seen |= make(f"names-{index + 1}.ttf", f"Portal Names {index + 1}", hanazono / "HanaMinA.ttf", han - seen)
    babelstone = folder / "truetype/babelstone/BabelStoneHan.ttf"
    make(f"names-{index + 2}.ttf", f"Portal Names {index + 2}", babelstone, han - seen)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts"))
