"""The guides of docs/guide as pages: written once, in Markdown, to be read beside the code and inside the portal."""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

from portal.access import public

FOLDER = settings.BASE_DIR / "docs" / "guide"


class Guide(NamedTuple):
    """A guide as HTML, with the anchors and titles of its chapters."""

    title: str
    html: SafeString
    chapters: list[tuple[str, str]]


@cache
def read_guide(name: str) -> Guide:
    """The guide `name` (applicant, counter, institution). HTML in a guide is shown as text, never passed through."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((FOLDER / f"{name}.zh.md").read_text(encoding="utf-8"))
    title = ""
    chapters: list[tuple[str, str]] = []
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open" and opening.tag == "h1":
            title = words.content
        elif opening.type == "heading_open" and opening.tag == "h2":
            chapters.append((f"part-{len(chapters) + 1}", words.content))
            opening.attrSet("id", chapters[-1][0])
    html = markdown.renderer.render(tokens, markdown.options, {})
    return Guide(title, SafeString(html), chapters)


@public("GET")
def applicant_guide(request: HttpRequest) -> HttpResponse:
    return render(request, "guide.html", {"guide": read_guide("applicant")})


@public("GET")
def institution_guide(request: HttpRequest) -> HttpResponse:
    return render(request, "guide.html", {"guide": read_guide("institution")})
