"""What the style sheets promise: contrast, and nothing from elsewhere."""

import re

import pytest

# (text, ground): every pair in which words are set.
PAIRS = [
    *[(text, ground) for text in ("ink", "ink-soft", "link", "brand-ink") for ground in ("paper", "wash")],
    ("ink", "brand-tint"),
    ("ink", "amber-tint"),
    ("ink", "red-tint"),
    ("brand-ink", "brand-tint"),
    ("amber-ink", "amber-tint"),
    ("amber-ink", "paper"),
    ("red-ink", "red-tint"),
    ("red-ink", "paper"),
    ("link", "blue-tint"),
    ("paper", "brand-ink"),
    ("paper", "red-ink"),
    ("ink", "focus"),
]


@pytest.fixture(scope="module")
def colours(project_root) -> dict[str, str]:
    css = (project_root / "static/css/tokens.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", css))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_words_stand_out_seven_to_one(colours, text, ground):
    assert contrast(colours[text], colours[ground]) >= 7


def test_large_figures_in_the_brands_green_stand_out(colours):
    assert contrast(colours["brand"], colours["paper"]) >= 4.5


def test_no_sheet_or_script_asks_elsewhere(project_root):
    for path in (project_root / "static").rglob("*"):
        if path.suffix in {".css", ".js"} and "vendor" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text), path
        if path.suffix in {".css", ".js"}:
            assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path


def test_vendored_parts_keep_their_licence(project_root):
    for folder in (project_root / "static/vendor").iterdir():
        assert list(folder.glob("*LICENSE*")), folder.name
