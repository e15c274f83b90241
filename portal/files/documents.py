"""PDF evidence, inside the confined child: its pages are carried into a new file, and nothing else is."""

import io
import zlib

import pikepdf
from pikepdf import Name

from portal.files.errors import UnusableFile

MAX_PAGES = 60
MAX_OBJECTS = 200_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024

# What a page is made of. Not among them: annotations, actions, attached data, page-piece dictionaries, metadata.
PAGE_KEYS = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Contents", "/Resources", "/Group"}
)
# Keys by which a stream points outside the file or carries what is not shown.
STREAM_EXTRAS = (
    "/F",
    "/FFilter",
    "/FDecodeParms",
    "/Metadata",
    "/PieceInfo",
    "/OPI",
    "/Ref",
    "/Alternates",
    "/AF",
)

CATALOG_NOTES = {
    "/AcroForm": "已把文件里的表单变为普通内容。",
    "/OpenAction": "已去掉文件里的自动动作。",
    "/AA": "已去掉文件里的自动动作。",
}

# qpdf opens its source of random numbers at the first encryption or decryption and keeps it; the confined child could
# open it no longer.
pikepdf.new().save(io.BytesIO(), encryption=pikepdf.Encryption(owner="", user=""))


def clean_pdf(data: bytes) -> tuple[dict, list[bytes]]:
    """The number of pages with notes on what was left out, and the new file.

    What forms and annotations show, seals and signatures among it, is first made part of the page. A file that
    opens without a password is taken although it forbids changes: social security and degree reports do.
    """
    if b"%%EOF" not in data[-8192:]:
        raise UnusableFile("PDF 不完整，可能没有下载完或没有传完。请重新下载或另存后再上传。")
    try:
        with pikepdf.open(io.BytesIO(data)) as source:
            _refuse_unusable(source)
            notes = _notes(source)
            _flatten(source)
            clean = _carry_over(source)
            out = io.BytesIO()
            clean.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
            return {"pages": len(clean.pages), "notes": notes}, [out.getvalue()]
    except pikepdf.PasswordError:
        raise UnusableFile("PDF 设了打开密码，无法查看。请去掉密码，或打印成新的 PDF 后再上传。") from None
    except (UnusableFile, MemoryError):
        raise
    except Exception as error:
        # qpdf meets every kind of damage; to the person it is one and the same.
        raise UnusableFile("PDF 已损坏，无法打开。请重新打印成 PDF 或拍成照片后再上传。") from error


def _refuse_unusable(source: pikepdf.Pdf) -> None:
    if len(source.objects) > MAX_OBJECTS:
        raise UnusableFile("PDF 内部过于复杂，无法检查。请打印成新的 PDF 后再上传。")
    pages = len(source.pages)
    if pages == 0:
        raise UnusableFile("PDF 里没有页面。请检查文件后再上传。")
    if pages > MAX_PAGES:
        raise UnusableFile(f"PDF 有 {pages} 页，超过上限 {MAX_PAGES} 页。请只保留需要的页再上传。")
    if Name.Collection in source.Root:
        raise UnusableFile("这是 PDF 文件包，内容在附件里。请把其中的文件逐个上传。")
    if source.Root.get(Name.NeedsRendering, False):
        raise UnusableFile("这是动态表单，换一台电脑可能显示不出来。请打印成新的 PDF 后再上传。")
    unpacked = 0
    for item in source.objects:
        if isinstance(item, pikepdf.Stream) and item.get(Name.Filter) in (
            Name.FlateDecode,
            [Name.FlateDecode],
        ):
            unpacked += _unpacked_size(item.read_raw_bytes(), MAX_UNPACKED_BYTES - unpacked)
            if unpacked >= MAX_UNPACKED_BYTES:
                raise UnusableFile("PDF 展开后过大，无法处理。请缩小图片或拆分后再上传。")


def _unpacked_size(packed: bytes, most: int) -> int:
    """How far deflated data grows, counted up to `most` without keeping it."""
    stream, size = zlib.decompressobj(), 0
    try:
        while packed and size < most:
            size += len(stream.decompress(packed, 1 << 20))
            packed = stream.unconsumed_tail
    except zlib.error:
        pass  # damaged data: viewers show what came before
    return size


def _notes(source: pikepdf.Pdf) -> list[str]:
    notes = [note for key, note in CATALOG_NOTES.items() if key in source.Root]
    names = source.Root.get(Name.Names, pikepdf.Dictionary())
    if Name.JavaScript in names:
        notes.append("已去掉文件里的脚本。")
    if Name.EmbeddedFiles in names:
        notes.append("已去掉文件里夹带的附件，需要的附件请单独上传。")
    return list(dict.fromkeys(notes))


def _flatten(source: pikepdf.Pdf) -> None:
    """Draw forms and annotations onto their pages; where they are too broken to be drawn, they are left out.

    What a field shows must be in the file: qpdf could draw it itself, but knows no Chinese.
    """
    try:
        if any(
            _is_filled_in_but_not_drawn(note)
            for page in source.pages
            for note in page.obj.get(Name.Annots, [])
        ):
            raise UnusableFile("PDF 表单里填写的内容没有存成页面内容。请用“打印为 PDF”另存后再上传。")
        source.flatten_annotations("screen")
    except UnusableFile:
        raise
    except (pikepdf.PdfError, ValueError, TypeError, KeyError):
        return


def _is_filled_in_but_not_drawn(annotation: pikepdf.Object) -> bool:
    if annotation.get(Name.Subtype) != Name.Widget or Name.AP in annotation:
        return False
    value = annotation.get(Name.V, annotation.get(Name.Parent, pikepdf.Dictionary()).get(Name.V))
    return isinstance(value, pikepdf.String) and bool(str(value).strip())


def _carry_over(source: pikepdf.Pdf) -> pikepdf.Pdf:
    """A new file of the pages alone, so that no catalogue, name tree, outline or metadata comes along."""
    for page in source.pages:
        for key in set(page.obj.keys()) - PAGE_KEYS:
            del page.obj[key]
    clean = pikepdf.new()
    clean.pages.extend(source.pages)
    for item in clean.objects:
        if isinstance(item, pikepdf.Stream):
            for key in STREAM_EXTRAS:
                if key in item:
                    del item[key]
    return clean
