"""What a file is, by its first bytes: names and declared media types are hearsay."""

from portal.files.errors import UnusableFile

JPEG, PNG, PDF = "jpeg", "png", "pdf"

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

TO_JPEG = "请转成 JPEG（.jpg）后再上传"
TO_PDF = "请另存为 PDF，或拍成照片后上传"

# First bytes → what the file is called, and what to do.
OTHER_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"GIF8", "GIF 动图", TO_JPEG),
    (b"BM", "BMP 图片", TO_JPEG),
    (b"II*\0", "TIFF 图片", TO_JPEG),
    (b"MM\0*", "TIFF 图片", TO_JPEG),
    (b"\0\0\1\0", "图标文件", TO_JPEG),
    (b"8BPS", "Photoshop 文件", TO_JPEG),
    (b"%!PS", "PostScript（EPS）文件", TO_JPEG),
    (b"\xc5\xd0\xd3\xc6", "PostScript（EPS）文件", TO_JPEG),
    (b"\0\0\0\x0cjP  ", "JPEG 2000 图片", TO_JPEG),
    (b"PK\3\4", "压缩包或 Office 文档", TO_PDF),
    (b"\xd0\xcf\x11\xe0", "Office 文档", TO_PDF),
    (b"{\\rtf", "Word 文档", TO_PDF),
    (b"Rar!", "压缩包", "请解压后逐个上传照片或 PDF"),
    (b"7z\xbc\xaf", "压缩包", "请解压后逐个上传照片或 PDF"),
    (b"\x1f\x8b", "压缩包", "请解压后逐个上传照片或 PDF"),
    (b"MZ", "程序文件", "请选择照片或 PDF"),
    (b"\x7fELF", "程序文件", "请选择照片或 PDF"),
)


def kind_of(data: bytes) -> str:
    """JPEG, PNG or PDF. Raises UnusableFile that names anything else and says how to get one of these."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:5] == b"%PDF-":
        return PDF
    if data[4:8] == b"ftyp":
        raise UnusableFile(_what_to_do_with_container(data))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        raise UnusableFile(f"这是 WebP 图片，暂不支持。{TO_JPEG}。")
    for opening, called, advice in OTHER_KINDS:
        if data.startswith(opening):
            raise UnusableFile(f"这是{called}，暂不支持。{advice}。")
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        raise UnusableFile(f"这是 SVG 矢量图，暂不支持。{TO_JPEG}。")
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<script")):
        raise UnusableFile(f"这是网页文件，不是照片或 PDF。{TO_PDF}。")
    raise UnusableFile("无法识别的文件类型，可能已损坏。请上传 JPEG、PNG 照片或 PDF。")


def _what_to_do_with_container(data: bytes) -> str:
    """HEIC and AVIF share their container with video; the brands say which it is."""
    size = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, size, 4)}
    if b"avif" in brands or b"avis" in brands:
        return f"这是 AVIF 图片，暂不支持。{TO_JPEG}。"
    if brands & HEIC_BRANDS:
        return (
            "这是 HEIC 照片，暂不支持。苹果手机请在“设置-相机-格式”选“兼容性最佳”后重新拍摄，"
            "或截屏、用修图软件另存为 JPEG 后上传。"
        )
    return "这是视频文件。请上传 JPEG、PNG 照片或 PDF。"
