"""Answering with one of the papers, for the counter and for the person alike."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.files.sending import private_document
from portal.pdf import MissingGlyph


def paper(
    request: HttpRequest, render: Callable[[], bytes], *, name: str, back: str, attached: bool = False
) -> HttpResponse:
    """The PDF, kept by no cache; where a character cannot be printed, a sentence on the page it came from."""
    try:
        document = render()
    except MissingGlyph:
        sentence = "文书上有一个生僻字，暂时打印不出来。请联系管理员补充字体，文书先由窗口手写。"
        messages.error(request, sentence)
        return redirect(back)
    return private_document(document, f"{name}.pdf", attached=attached)
