"""Portraits of people who do not exist, for the demo and for measuring: repeatable, and as heavy as photographs."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

PRINT_COPY = (413, 579)


def portrait(seed: int, size: tuple[int, int] = PRINT_COPY, *, quality: int = 62) -> bytes:
    """Head and shoulders before white, with a photograph's grain: a JPEG, at PRINT_COPY 20 to 30 KB."""
    chance = random.Random(seed)  # noqa: S311 - sample data, nothing secret
    width = PRINT_COPY[0]
    skin = tuple(level - chance.randrange(30) for level in (235, 200, 175))
    cloth = tuple(chance.randrange(30, 160) for _ in range(3))
    hair = tuple(chance.randrange(15, 60) for _ in range(3))
    picture = Image.new("RGB", PRINT_COPY, "white")
    draw = ImageDraw.Draw(picture)
    wide = chance.randrange(88, 104)
    middle = width // 2
    draw.ellipse((10, 430, width - 10, 900), fill=cloth)
    draw.rectangle((middle - 42, 360, middle + 42, 460), fill=skin)
    draw.ellipse((middle - wide - 12, 80, middle + wide + 12, 360), fill=hair)
    draw.ellipse((middle - wide, 120, middle + wide, 400), fill=skin)
    for side in (-1, 1):
        eye = middle + side * 42
        draw.ellipse((eye - 15, 236, eye + 15, 254), fill="white")
        draw.ellipse((eye - 8, 236, eye + 8, 254), fill=hair)
        draw.line((eye - 20, 220, eye + 20, 218), fill=hair, width=6)
    draw.line((middle, 256, middle - 8, 306, middle + 8, 308), fill=cloth, width=3)
    draw.arc((middle - 32, 320, middle + 32, 356), 20, 160, fill=(150, 70, 70), width=5)
    picture = picture.filter(ImageFilter.GaussianBlur(2)).resize(size)
    grain = Image.frombytes("L", size, chance.randbytes(size[0] * size[1])).convert("RGB")
    out = io.BytesIO()
    Image.blend(picture, grain, 0.045).save(out, "JPEG", quality=quality)
    return out.getvalue()
