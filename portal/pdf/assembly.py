"""Finished documents: put together, and turned into pictures for phones.

The two libraries are imported where they are used: a worker that only renders need not hold them.
"""

import io
import threading
from collections.abc import Sequence

_PDFIUM = threading.Lock()  # PDFium may be entered by one thread at a time


def merge(documents: Sequence[bytes]) -> bytes:
    """One PDF with the pages of all, in order, e.g. a batch of tickets to print; same input, same bytes.

    Each page keeps its text and fonts. The tag trees stay with the single documents: who needs them opens those.
    Raises ValueError for no documents.
    """
    import pikepdf

    if not documents:
        raise ValueError("nothing to merge")
    with pikepdf.new() as whole:
        for document in documents:
            with pikepdf.open(io.BytesIO(document)) as part:
                whole.pages.extend(part.pages)
        for page in whole.pages:
            for entry in ("/StructParents", "/Tabs"):
                if entry in page:
                    del page[entry]
        whole.Root.Lang = pikepdf.String("zh-Hans")
        out = io.BytesIO()
        whole.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def to_png(document: bytes, *, dpi: int = 150) -> list[bytes]:
    """Each page as a PNG, 8-bit RGB on white. A4 at 150 dpi is 1241×1754 pixels."""
    import pypdfium2

    pictures = []
    with _PDFIUM:
        opened = pypdfium2.PdfDocument(document)
        try:
            for page in opened:
                picture = io.BytesIO()
                page.render(scale=dpi / 72).to_pil().save(picture, "PNG", optimize=True)
                pictures.append(picture.getvalue())
        finally:
            opened.close()
    return pictures
