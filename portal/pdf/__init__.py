"""Documents as PDF, sealed: nothing is fetched, no font of the machine is used, nothing unprintable passes.

    from portal import pdf

    pdf.render("exams/filing/form.html", context, title="申报表 2026…", images={"photo": jpeg}) -> bytes
    pdf.merge([one, two]) -> bytes
    pdf.to_png(document, dpi=150) -> list[bytes]

A template extends `pdf/base.html`, which says in its first lines what blocks and classes there are. Beside
`form.html` may lie `form.css`; it is read once per process. An image handed in as `photo` is
`<img src="image:photo" alt="…">`. The result is tagged PDF/UA-1 in zh-Hans with a text layer and embedded
subsets of our fonts, and the same input gives the same bytes.
"""

from portal.pdf.assembly import merge, to_png
from portal.pdf.problems import MissingGlyph, RefusedAddress, RenderingFault
from portal.pdf.renderer import render

__all__ = ["MissingGlyph", "RefusedAddress", "RenderingFault", "merge", "render", "to_png"]
