"""Pictures, inside the confined child: opened with care, made anew from their pixels alone, fitted to the rule."""

import io
import math
from collections.abc import Callable

from PIL import Image, ImageCms, ImageFilter, ImageStat, MpoImagePlugin, TiffImagePlugin

from portal.files.errors import UnusableFile

Size = tuple[int, int]  # width, height

MAX_PIXELS = 64_000_000

# The photo rule: 5:7, at least 295×413 (59 units of 5×7), JPEG of 20–200 KB, whichever way KB are counted.
LEAST_UNITS, USUAL_UNITS, MOST_UNITS = 59, 118, 236
PHOTO_LEAST_BYTES, PHOTO_MOST_BYTES = 20 * 1024, 200_000
PRINT_SIZE, PRINT_MOST_BYTES = (413, 579), 30_000
SOURCE_SIDE = 640

# Of what is too tall, a quarter is cut above the head and the rest below: portraits leave room over the head.
SHARE_CUT_ABOVE = 0.25

EVIDENCE_PIXELS, EVIDENCE_LONGEST_SIDE = 8_000_000, 20_000

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
EXIF_ORIENTATION = 0x0112

# Pillow imports these when it meets a multi-picture JPEG or EXIF; the confined child can open no file by then.
IMPORTED_EARLY = (MpoImagePlugin, TiffImagePlugin)
Image.preinit()
# Our own limit is asked right after the header is read, and speaks Chinese.
Image.MAX_IMAGE_PIXELS = None
SRGB = ImageCms.createProfile("sRGB")


def fit_photo(data: bytes) -> tuple[dict, list[bytes]]:
    """Facts (size, crop, hints) and three JPEGs: the fitted photo, its print copy, the upright upload made small."""
    image, (width, height) = _open(data, lambda size: (5 * MOST_UNITS, 7 * MOST_UNITS))
    units = min(width // 5, height // 7)
    if units < LEAST_UNITS:
        need = f"{5 * LEAST_UNITS}×{7 * LEAST_UNITS}"
        raise UnusableFile(
            f"照片只有 {width}×{height} 像素，至少需要 {need} 像素（宽×高，5:7）。请上传原图，不要用缩略图或截图。"
        )
    box = _crop_box(*image.size)
    photo, fitted = _encode_photo(image, box, units)
    print_copy = image.resize(PRINT_SIZE, Image.Resampling.LANCZOS, box=box, reducing_gap=3)
    source = image.copy()
    source.thumbnail((SOURCE_SIDE, SOURCE_SIDE))
    facts = {
        "width": fitted.width,
        "height": fitted.height,
        "source_width": width,
        "source_height": height,
        "crop": [box[0] / image.width, box[1] / image.height, box[2] / image.width, box[3] / image.height],
        "hints": _hints(fitted, box, image.size, units),
    }
    return facts, [photo, _encode_print_copy(print_copy), _jpeg(source, 80)]


def encode_evidence(data: bytes) -> tuple[dict, list[bytes]]:
    """No facts, and the picture as an upright JPEG of at most 8 million pixels without any metadata."""
    image, (width, height) = _open(data, _evidence_size)
    if min(width, height) < 100 or max(width, height) < 300:
        raise UnusableFile(f"图片只有 {width}×{height} 像素，看不清内容。请上传原图。")
    size = _evidence_size((width, height))
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
    return {}, [_jpeg(image, 85)]


def _evidence_size(size: Size) -> Size:
    """The size in which a picture of `size` is kept, never larger than it is."""
    width, height = size
    scale = min(1, math.sqrt(EVIDENCE_PIXELS / (width * height)), EVIDENCE_LONGEST_SIDE / max(size))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _open(data: bytes, enough: Callable[[Size], Size]) -> tuple[Image.Image, Size]:
    """The upright picture as RGB on white, and the size it was uploaded in, upright too.

    Large ones come reduced, but no smaller than what `enough` says of their size: that saves most of the work.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG"])
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise UnusableFile(
                f"图片有 {width}×{height} 像素，超过上限 {MAX_PIXELS // 10_000} 万像素。请缩小后再上传。"
            )
        if image.format == "PNG" and getattr(image, "is_animated", False):
            raise UnusableFile("这是会动的图片。请上传静止的照片。")
        turn = _orientation(image)
        turned = turn in {5, 6, 7, 8}
        size = (height, width) if turned else (width, height)
        wanted = enough(size)[::-1] if turned else enough(size)
        image.draft(None, wanted)
        image.load()
        plain = _to_srgb(_reduced(image, wanted))
    except (UnusableFile, MemoryError):
        raise
    except Exception as error:
        # Decoders raise whatever they please on hostile bytes; to the person it is one and the same.
        raise UnusableFile("图片不完整或已损坏，可能没有传完。请另存一份后重新上传。") from error
    if turn in UPRIGHT:
        plain = plain.transpose(UPRIGHT[turn])
    return plain, size


def _reduced(image: Image.Image, wanted: Size) -> Image.Image:
    """The picture divided by the largest whole number that leaves it no smaller than wanted."""
    factor = min(image.width // wanted[0], image.height // wanted[1])
    if factor < 2 or image.mode not in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        return image
    return image.reduce(factor)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none that can be read."""
    try:
        return int(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:  # broken EXIF is common and says nothing about the picture
        return 1


def _to_srgb(image: Image.Image) -> Image.Image:
    """A new RGB picture without metadata: 16 bits become 8, transparency white, colours sRGB."""
    profile = image.info.get("icc_profile")  # taken now: what follows need not carry it along
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in {"LA", "PA", "RGBA", "P"} or "transparency" in image.info:
        image = _on_white(image)
    if profile and image.mode in {"RGB", "L", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken or ill-fitting profile: the bare numbers are near enough
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _on_white(image: Image.Image) -> Image.Image:
    layered = image if image.mode == "RGBA" else image.convert("RGBA")
    white = Image.new("RGB", layered.size, "white")
    white.paste(layered, mask=layered.getchannel("A"))
    return white


def _crop_box(width: int, height: int) -> tuple[float, float, float, float]:
    """The largest 5:7 part: centred across, and a little high where the picture is too tall."""
    kept_width = min(width, height * 5 / 7)
    kept_height = kept_width * 7 / 5
    left = (width - kept_width) / 2
    top = max(0.0, (height - kept_height) * SHARE_CUT_ABOVE)
    return left, top, min(width, left + kept_width), min(height, top + kept_height)


def _encode_photo(image: Image.Image, box: tuple, units: int) -> tuple[bytes, Image.Image]:
    """The fitted photo in the best quality between 20 and 200 KB; larger only where it would else weigh too little."""
    for chosen in sorted({min(units, USUAL_UNITS), min(units, MOST_UNITS)}):
        fitted = image.resize((5 * chosen, 7 * chosen), Image.Resampling.LANCZOS, box=box, reducing_gap=3)
        photo = _best_within(fitted, PHOTO_MOST_BYTES)
        if photo and len(photo) < PHOTO_LEAST_BYTES:
            photo = _jpeg(fitted, 100)
        if photo and PHOTO_LEAST_BYTES <= len(photo) <= PHOTO_MOST_BYTES:
            return photo, fitted
    raise UnusableFile("照片内容过于简单，像是空白或纯色图片。请上传本人近期的证件照原图。")


def _encode_print_copy(image: Image.Image) -> bytes:
    """At most 30 KB whatever the picture: where no quality is low enough, what cannot be kept is blurred."""
    for radius in (0, 1, 2, 4, 8):
        softened = image.filter(ImageFilter.GaussianBlur(radius)) if radius else image
        if data := _best_within(softened, PRINT_MOST_BYTES):
            return data
    raise UnusableFile("照片杂点过多，无法压缩到规定大小。请上传清晰的证件照。")


def _best_within(image: Image.Image, most_bytes: int) -> bytes | None:
    for quality in range(95, 25, -5):
        data = _jpeg(image, quality)
        if len(data) <= most_bytes:
            return data
    return None


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(
        out, "JPEG", quality=quality, optimize=True, subsampling=0 if quality > 90 else 2, dpi=(300, 300)
    )
    return out.getvalue()


def _hints(fitted: Image.Image, box: tuple, size: Size, units: int) -> list[str]:
    hints = []
    small = fitted.resize((100, 140), Image.Resampling.BOX)
    # Above the head and beside it, where nothing but the background should be.
    border = [*small.crop((0, 0, 100, 8)).getdata()]
    border += [*small.crop((0, 8, 8, 60)).getdata(), *small.crop((92, 8, 100, 60)).getdata()]
    if sum(min(pixel) >= 190 and max(pixel) - min(pixel) <= 30 for pixel in border) < 0.75 * len(border):
        hints.append("背景看起来不是白色，请换用白色背景的照片。")
    middle = small.crop((36, 42, 64, 88))  # where a face is in most portraits
    brightness = ImageStat.Stat(middle.convert("L")).mean[0]
    if brightness < 60:
        hints.append("照片偏暗，请在光线充足处重新拍摄。")
    elif brightness > 230:
        hints.append("照片偏亮，面部可能看不清，请重新拍摄。")
    if ImageStat.Stat(middle.convert("HSV")).mean[1] < 8:
        hints.append("照片像是黑白的，请使用彩色照片。")
    kept = (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])
    if kept < 0.67:
        hints.append("原图比例与证件照相差较大，已截取一部分，请确认头部和双肩完整。")
    if 5 * units < PRINT_SIZE[0]:
        hints.append("照片像素偏少，打印出来可能不够清晰，有更大的原图请换用。")
    return hints
