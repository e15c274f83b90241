"""What the fonts print, block by block, as portal/fonts/README.md promises."""

import pytest

from portal.pdf.faces import unprintable

WHOLE = {
    "URO": (0x4E00, 0x9FFF),
    "extension A": (0x3400, 0x4DBF),
    "extension B": (0x20000, 0x2A6DF),
    "extension C": (0x2A700, 0x2B739),
    "extension D": (0x2B740, 0x2B81D),
    "extension E": (0x2B820, 0x2CEA1),
    "extension F": (0x2CEB0, 0x2EBE0),
    "compatibility supplement": (0x2F800, 0x2FA1D),
}
IN_PART = {
    "extension G": (0x30000, 0x3134A, 3045),
    "extension H": (0x31350, 0x323AF, 2271),
    "extension I": (0x2EBF0, 0x2EE5D, 0),
}


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


@pytest.mark.parametrize("block", WHOLE)
def test_every_ideograph_of_gb18030_prints(block):
    assert unprintable(_span(*WHOLE[block])) == set()


@pytest.mark.parametrize("block", IN_PART)
def test_newer_blocks_print_as_far_as_the_readme_says(block):
    first, last, printed = IN_PART[block]
    assert last - first + 1 - len(unprintable(_span(first, last))) == printed


def test_latin_names_of_foreigners_print():
    assert unprintable("Šćepanović Öztürk Nguyễn Łukasz O’Brien") == set()


@pytest.mark.parametrize(
    "character",
    [
        "\ue000",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u00ad",
        "\x00",
        "\x07",
        "\ufffe",
        "\U000e0001",
        "😀",
        "\u3164",
        "ཀ",
    ],
)
def test_what_would_vanish_or_show_as_a_box_is_unprintable(character):
    assert unprintable(f"王{character}明") == {character}
