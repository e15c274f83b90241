"""Make the faces in this folder from Debian's fonts; README.md says which, why and under which licences.

    apt-get install fonts-noto-cjk fonts-hanazono fonts-babelstone-han
    .venv/bin/python portal/fonts/build.py [folder of installed fonts]

The same source files and the same fonttools give the same bytes: time stamps are the sources' own.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

HERE = Path(__file__).parent
SIMPLIFIED_CHINESE = 2  # its number in the Noto collections

# Tables that only editors, vertical text or other systems read. Layout tables go too, but for `kern`.
USELESS = ["BASE", "DSIG", "FFTM", "GDEF", "PfEd", "STAT", "VORG", "gasp", "meta", "prop", "vhea", "vmtx"]

CHANGED = "Changed in November 2026: reduced to some characters, hints and layout tables removed, renamed"
SPACES = {0x20, 0xA0, 0x3000}  # in every face: a space takes the face of the character before it
SIGNS = [
    *((0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x2044), (0x2100, 0x2122), (0x2190, 0x2193), (0x2460, 0x2473)),
    *((0x2610, 0x2611), (0x2713, 0x2717)),
]
NAMES = [
    *((0x100, 0x24F), (0x1E00, 0x1EFF)),  # Latin letters with accents, in names of foreigners
    *((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x31C0, 0x31EF), (0x3400, 0x9FFF), (0xF900, 0xFAFF)),
    (0x20000, 0x323AF),
]
PRINTABLE = [(0xA0, 0xABFF), (0xF900, 0xFFEF), (0x1F100, 0x1F2FF), (0x20000, 0x323AF)]
MOST_ERROR = 0.8  # of 1000 units to the em
NAMES_PER_FILE = 10_000  # a small face is read, subset and held faster than a large one


def gb2312() -> set[int]:
    """Code points of GB 2312, ASCII, Latin-1 and the signs documents use."""
    points = spans(SIGNS)
    for lead in range(0xA1, 0xF8):
        for trail in range(0xA1, 0xFF):
            try:
                points.add(ord(bytes((lead, trail)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return points


def spans(pairs: Iterable[tuple[int, int]]) -> set[int]:
    return {point for first, last in pairs for point in range(first, last + 1)}


def make(target: str, family: str, source: Path, wanted: set[int], *, number: int = -1) -> set[int]:
    """Write `target` with what `source` has of `wanted`, under `family`; give the code points written."""
    font = TTFont(source, fontNumber=number, recalcTimestamp=False)
    points = (wanted | SPACES) & set(font.getBestCmap())
    options = subset.Options(
        layout_features=["kern"], hinting=False, desubroutinize=True, notdef_outline=True, name_IDs=["*"]
    )
    options.drop_tables += USELESS
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    rename(font, family, "Bold" if "bold" in target else "Regular")
    if "CFF " in font and target.endswith(".ttf"):
        draw_in_quadratics(font)
    font.save(HERE / target)
    if "CFF " in font:
        renumber(HERE / target)
    print(f"{target}: {len(points)} characters, {(HERE / target).stat().st_size / 1e6:.1f} MB")
    return points


def rename(font: TTFont, family: str, style: str) -> None:
    """Reserved font names must not stay on a changed font; copyright and licence entries stay.

    The description says what was changed and when, as one of the licences demands.
    """
    names = font["name"]
    names.names = [entry for entry in names.names if entry.nameID in (0, 13, 14)]
    postscript = f"{family.replace(' ', '')}-{style}"
    texts = {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 6: postscript, 10: CHANGED}
    for number, text in texts.items():
        names.setName(text, number, 3, 1, 0x409)
    if "CFF " in font:
        compact = font["CFF "].cff
        compact.fontNames = [postscript]
        compact.topDictIndex[0].FamilyName = family
        compact.topDictIndex[0].FullName = f"{family} {style}"


def draw_in_quadratics(font: TTFont) -> None:
    """Turn CFF outlines into TrueType ones, true to a thousandth of the letter: subset faster, and smaller in a PDF."""
    order, drawn = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {}
    for name in order:
        pen = TTGlyphPen(drawn)
        drawn[name].draw(Cu2QuPen(pen, MOST_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = order, glyphs
    for name, glyph in glyphs.items():
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (font["hmtx"][name][0], glyph.xMin if glyph.numberOfContours else 0)
    del font["CFF "]
    limits = font["maxp"]
    limits.tableVersion = 0x00010000
    limits.maxZones = 1
    for limit in ("TwilightPoints", "Storage", "FunctionDefs", "InstructionDefs", "StackElements"):
        setattr(limits, f"max{limit}", 0)
    limits.maxSizeOfInstructions = limits.maxComponentElements = 0
    font["post"].formatType = 3
    font.sfntVersion = "\0\1\0\0"


def renumber(file: Path) -> None:
    """Make each glyph's CID its place in the font.

    With the gaps that subsetting leaves, the table from one to the other is two random bytes a glyph, and every
    document would carry it: a third of its size.
    """
    font = TTFont(file, recalcTimestamp=False)
    top = font["CFF "].cff.topDictIndex[0]
    order = [".notdef", *(f"cid{place:05d}" for place in range(1, len(top.charset)))]
    glyphs = top.CharStrings
    glyphs.charStrings = {new: glyphs.charStrings[old] for old, new in zip(top.charset, order, strict=True)}
    top.charset = order
    font.setGlyphOrder(order)
    font.save(file)


def main(folder: Path) -> None:
    noto, hanazono = folder / "opentype/noto", folder / "truetype/hanazono"
    regular, bold = noto / "NotoSansCJK-Regular.ttc", noto / "NotoSansCJK-Bold.ttc"
    make("sans-bold.ttf", "Portal Sans", bold, gb2312(), number=SIMPLIFIED_CHINESE)
    seen = make("sans-regular.ttf", "Portal Sans", regular, gb2312(), number=SIMPLIFIED_CHINESE)
    seen |= make("more.otf", "Portal More", regular, spans(PRINTABLE) - seen, number=SIMPLIFIED_CHINESE)

    wanted = spans(NAMES)
    extensions = sorted((wanted - seen) & set(TTFont(hanazono / "HanaMinB.ttf", lazy=True).getBestCmap()))
    file = 0
    for file, start in enumerate(range(0, len(extensions), NAMES_PER_FILE), 1):
        part = set(extensions[start : start + NAMES_PER_FILE])
        seen |= make(f"names-{file}.ttf", f"Portal Names {file}", hanazono / "HanaMinB.ttf", part)
    for last in (hanazono / "HanaMinA.ttf", folder / "truetype/babelstone/BabelStoneHan.ttf"):
        file += 1
        seen |= make(f"names-{file}.ttf", f"Portal Names {file}", last, wanted - seen)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts"))
