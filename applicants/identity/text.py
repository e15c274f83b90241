"""What typing, pasting and spreadsheets leave in a field: full-width forms, invisible characters."""

import unicodedata

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}

# Explicit embeddings, overrides and isolates reorder what is read on the screen; a plain mark does not.
BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# They show nothing and carry nothing in a name or number: marks, joiners, fillers, variation selectors.
INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f"
    "\u2060\u2061\u2062\u2063\u2064\u3164\ufeff\uffa0"
) | {chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))}

APOSTROPHES = "'‘’`´ʼ′"  # noqa: RUF001  a spreadsheet's text mark, and what input methods make of it


def fold_width(text: str) -> str:
    """Full-width letters, digits and signs as their ASCII counterparts; everything else as it is."""
    return text.translate(FULL_WIDTH)


def drop_invisible(text: str) -> str:
    return "".join(char for char in text if char not in INVISIBLE)


def compact(text: str) -> str:
    """A number as it was meant: upper case, width folded, no spaces, outer apostrophes or invisible signs.

    Only ASCII letters change case: upper-casing others could make several letters of one.
    """
    folded = drop_invisible(fold_width(text))
    kept = "".join(char for char in folded if not char.isspace() and char not in BIDI_CONTROLS)
    return "".join(char.upper() if char.isascii() else char for char in kept.strip(APOSTROPHES))


def is_foreign_digit(char: str) -> bool:
    """A digit of another script or a decorated one (٣, ३, ③), which looks like a number and is none."""
    return not char.isascii() and unicodedata.digit(char, None) is not None


def show(char: str) -> str:
    """One character for a sentence: itself where it can be seen, else its code."""
    if unicodedata.category(char)[0] in "LNPSM" and unicodedata.category(char) != "Mn":
        return f"“{char}”"
    return f"U+{ord(char):04X}"
