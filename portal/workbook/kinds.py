"""What an uploaded sheet is, by its first bytes and its parts: the name of a file is hearsay."""

import io
import re
import zipfile

from portal.workbook import limits
from portal.workbook.errors import SAVE_AGAIN, UnusableSheet

XLSX, XLS, ODS, DELIMITED = "xlsx", "xls", "ods", "csv"

LOCKED = "文件加了密码，系统打不开。请在 Excel 或 WPS 中取消密码（文件—信息—保护工作簿），保存后再上传。"
BROKEN = f"文件打不开，可能已损坏或没有传完。{SAVE_AGAIN}"
SWOLLEN = "文件展开后过大，不像正常填写的表格。请把内容复制到新下载的模板中，或分成几个文件，再上传。"

OPENINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", " PDF 文件"),
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", " Word 文档"),
    (b"\x7fELF", "程序文件"),
)
# The first record of an .xls workbook, perhaps that it asks not to be changed, and how it is encrypted.
LOCKED_RECORDS = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(data: bytes) -> str:
    """XLSX, XLS, ODS or DELIMITED. Raises UnusableSheet that names anything else."""
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        return _kind_of_archive(open_archive(data))
    if data.startswith(COMPOUND):
        return _kind_of_compound(data)
    for opening, called in OPENINGS:
        if data.startswith(opening):
            raise UnusableSheet(
                f"这是{called}，不是表格。请上传按模板填写的 .xlsx、.xls、.ods 或 .csv 文件。"
            )
    if data[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08"):
        raise UnusableSheet(f"这是 Excel 95 以前的旧格式。{SAVE_AGAIN}")
    if data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise UnusableSheet(f"这个文件其实是网页（或 XML）格式，只是名字像表格。{SAVE_AGAIN}")
    return DELIMITED


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The ZIP whose directory promises nothing monstrous. Raises UnusableSheet."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise UnusableSheet(BROKEN) from None
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise UnusableSheet(LOCKED)
    if len(parts) > limits.MAX_PARTS or sum(part.file_size for part in parts) > limits.MAX_UNPACKED_BYTES:
        raise UnusableSheet(SWOLLEN)
    for part in parts:
        if part.file_size > max(limits.RATIO_MATTERS_ABOVE_BYTES, limits.MAX_RATIO * part.compress_size):
            raise UnusableSheet(SWOLLEN)
    return archive


def _kind_of_archive(archive: zipfile.ZipFile) -> str:
    names = {name.lower() for name in archive.namelist()}
    if "xl/workbook.bin" in names:
        raise UnusableSheet(f"这是二进制工作簿（.xlsb），暂不支持。{SAVE_AGAIN}")
    if any(name.replace("\\", "/").startswith("xl/") for name in names):
        return XLSX
    if "content.xml" in names and "meta-inf/manifest.xml" in names:
        return ODS
    for folder, called in (("word/", " Word 文档"), ("ppt/", "演示文稿"), ("index/", " Numbers 表格")):
        if any(name.startswith(folder) for name in names):
            raise UnusableSheet(
                f"这是{called}，不是 Excel 表格。请上传按模板填写的 .xlsx、.xls、.ods 或 .csv 文件。"
            )
    raise UnusableSheet("这是压缩包，不是表格。名单请直接上传表格文件；照片的压缩包请在“上传照片”处上传。")


def _kind_of_compound(data: bytes) -> str:
    """An OLE file's directory holds its streams' names in UTF-16."""
    for stream, refusal in (
        ("EncryptedPackage", LOCKED),
        ("WordDocument", "这是 Word 文档，不是表格。请上传按模板填写的 .xlsx、.xls、.ods 或 .csv 文件。"),
        (
            "PowerPoint Document",
            "这是演示文稿，不是表格。请上传按模板填写的 .xlsx、.xls、.ods 或 .csv 文件。",
        ),
    ):
        if stream.encode("utf-16-le") in data:
            raise UnusableSheet(refusal)
    if LOCKED_RECORDS.search(data):
        raise UnusableSheet(LOCKED)
    return XLS
