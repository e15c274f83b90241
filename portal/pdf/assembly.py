"""Finished documents: put together, and turned into pictures for phones.

The two libraries are imported where they are used: a worker that only renders need not hold them.
"""

import io
import threading
from collections.abc import Iterable, Mapping

_PDFIUM = threading.Lock()  # PDFium may be entered by one thread at a time


def merge(documents: Iterable[bytes], *, bookmarks: Mapping[int, str] | None = None) -> bytes:
    """One PDF with the pages of all, in order, e.g. a batch of tickets to print; same input, same bytes.

    `bookmarks`: by a document's place, from 0, the title that leads to its first page. Each page keeps its text and
    fonts. The tag trees stay with the single documents: who needs them opens those. Raises ValueError for no documents.
    """
    import pikepdf

    with pikepdf.new() as whole:
        first_pages = []
        for document in documents:
            first_pages.append(len(whole.pages))
            with pikepdf.open(io.BytesIO(document)) as part:
                whole.pages.extend(part.pages)
        if not first_pages:
            raise ValueError("nothing to merge")
        if bookmarks:
            with whole.open_outline() as outline:
                for place, title in bookmarks.items():
                    outline.root.append(pikepdf.OutlineItem(title, first_pages[place]))
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
