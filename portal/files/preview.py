"""A page of a PDF as a picture, inside the confined child: drawing runs what whoever made the file wrote into it."""

import io

import pypdfium2
from PIL import Image

from portal.files.errors import UnusableFile

Image.preinit()  # the formats are else read from disk when a picture is saved, which the child cannot do
DPI = 96
LONGEST = 2000  # pixels: a page may call itself as large as a hall


def draw_first_page(data: bytes) -> tuple[dict, list[bytes]]:
    """No facts, and the first page as PNG, its longer side at most LONGEST."""
    try:
        page = pypdfium2.PdfDocument(data)[0]
        scale = min(DPI / 72, LONGEST / max(page.get_size()))
        picture = page.render(scale=scale).to_pil()
    except (pypdfium2.PdfiumError, IndexError, ZeroDivisionError, ValueError) as error:
        raise UnusableFile("这个 PDF 画不成图片，请直接打开文件查看。") from error
    out = io.BytesIO()
    picture.save(out, "PNG")
    return {}, [out.getvalue()]
