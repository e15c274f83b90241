"""The sealed renderer: what it refuses, and that its documents are tagged, readable and repeatable."""

import io
import logging

import pikepdf
import pypdf
import pytest
from django.template import engines
from PIL import Image

from portal import pdf

HEAD = '<!DOCTYPE html><html lang="zh-Hans"><head><title>文件</title></head><body>'


@pytest.fixture
def render(tmp_path, settings):
    """Render a page's body given as text, through the real renderer, out of a template folder of its own."""
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]},
    ]

    def _render(body: str, *, extend: bool = False, **context) -> bytes:
        images = context.pop("images", {})
        frame = (
            '{% extends "pdf/base.html" %}{% block content %}' + body + "{% endblock %}"
            if extend
            else HEAD + body
        )
        (tmp_path / "page.html").write_text(frame)
        for loader in engines["django"].engine.template_loaders:
            loader.reset()
        return pdf.render("page.html", context, title="试印", images=images)

    return _render


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("L", (4, 4), 128).save(out, "PNG")
    return out.getvalue()


def _text(document: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages)


@pytest.mark.parametrize(
    "body",
    [
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="http://127.0.0.1/a.png" alt="x">',
        '<img src="data:image/png;base64,iVBORw0KGgo=" alt="x">',
        '<img src="image:another" alt="x">',
        '<link rel="stylesheet" href="file:///tmp/a.css">',
        "<style>@import url(https://example.cn/a.css);</style>",
        "<style>p { background: url(https://example.cn/a.png) }</style><p>好</p>",
        "<style>@font-face { font-family: q; src: url(file:///usr/share/fonts/a.ttf) }</style>",
        '<link rel="attachment" href="file:///etc/hostname">',
        '<object data="https://example.cn/a.svg"></object>',
        '<embed src="https://example.cn/a.svg">',
    ],
)
def test_nothing_outside_is_fetched(render, body):
    with pytest.raises(pdf.RefusedAddress):
        render(body, images={"photo": _png()})


@pytest.mark.parametrize(
    "body",
    [
        '<img src="photo.png" alt="x">',
        '<img src="image:photo">',
        '<img src="image:broken" alt="x">',
        '<img src="image:gif" alt="x">',
        "<style>p { colour: red }</style>",
        '<style>@font-face { font-family: q; src: local("Noto Sans CJK SC") }</style>',
    ],
)
def test_the_first_complaint_ends_the_render(render, body):
    with pytest.raises(pdf.RenderingFault):
        render(body, images={"photo": _png(), "broken": _png()[:20], "gif": b"GIF89a"})


@pytest.mark.parametrize(("name", "point"), [("\ue000", "U+E000"), ("王😀", "U+1F600"), ("\u200b", "U+200B")])
def test_an_unprintable_name_is_refused_by_code_point(render, name, point):
    with pytest.raises(pdf.MissingGlyph, match=point.replace("+", r"\+")) as refused:
        render("<p>{{ name }}</p>", name=name)
    assert refused.value.characters == [name[-1]]


def test_a_box_brought_by_css_is_refused_too(render):
    with pytest.raises(pdf.MissingGlyph, match="U\\+1F600"):
        render('<style>p::before { content: "\\1F600" }</style><p>好</p>')


def test_refusals_do_not_hang_on_the_log_level(render):
    logging.disable(logging.CRITICAL)
    try:
        with pytest.raises(pdf.MissingGlyph):
            render('<style>p::before { content: "\\1F600" }</style><p>好</p>')
    finally:
        logging.disable(logging.NOTSET)


def test_markup_in_a_name_is_printed_as_it_stands(render):
    assert "<script>{{7*7}}=HYPERLINK" in _text(render("<p>{{ name }}</p>", name="<script>{{7*7}}=HYPERLINK"))


@pytest.mark.parametrize(
    "name", ["王小明", "𬀩㛃䶮", "𠮷𪚥", "堃喆玥", "迪丽热巴·迪力木拉提", "\U00030006\U00031350"]
)
def test_names_come_back_from_the_text_layer(render, name):
    assert name in _text(render("<p>{{ name }}</p>", extend=True, name=name))


def test_only_our_fonts_are_embedded_and_only_in_part(render):
    document = render("<h1>标题</h1><p>𬀩 正文</p>", extend=True)
    with pikepdf.open(io.BytesIO(document)) as opened:
        names = {
            str(one.FontName)
            for one in opened.objects
            if isinstance(one, pikepdf.Dictionary) and "/FontName" in one
        }
    assert names
    assert all("+Portal-" in name for name in names)
    assert len(document) < 120_000


def test_the_same_input_gives_the_same_bytes(render):
    first = render("<h1>{{ name }}</h1>", extend=True, name="王小明")
    render("<p>{{ name }}</p>", extend=True, name="\U0002a6d6")  # registers a further face in between
    assert render("<h1>{{ name }}</h1>", extend=True, name="王小明") == first


def test_documents_are_tagged_titled_and_in_chinese(render):
    document = render(
        '<h1>甲</h1><img src="image:p" alt="照片"><table><tr><th scope="row">乙</th><td>丙</td></tr></table>',
        extend=True,
        images={"p": _png()},
    )
    with pikepdf.open(io.BytesIO(document)) as opened:
        root = opened.Root
        assert str(root.Lang) == "zh-Hans"
        assert str(opened.docinfo["/Title"]) == "试印"
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert b"pdfuaid" in root.Metadata.read_bytes()
        assert "/CreationDate" not in opened.docinfo


def test_the_running_head_and_the_page_numbers(render):
    text = _text(render('<p>一</p><p class="new-page">二</p>', extend=True))
    assert "上海市健康促进协会" in text
    assert "第1页/共2页" in text.replace(" ", "")
    assert "第2页/共2页" in text.replace(" ", "")


def test_merging_keeps_order_text_and_bytes(render):
    one, two = render("<p>甲</p>", extend=True), render("<p>乙</p>", extend=True)
    merged = pdf.merge([one, two])
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(merged)).pages]
    assert ["甲" in pages[0], "乙" in pages[1]] == [True, True]
    assert pdf.merge([one, two]) == merged
    with pytest.raises(ValueError, match="nothing"):
        pdf.merge([])


def test_a_page_as_a_picture(render):
    pictures = pdf.to_png(render('<p>一</p><p class="new-page">二</p>', extend=True), dpi=72)
    assert [Image.open(io.BytesIO(one)).size for one in pictures] == [(596, 842)] * 2


def test_pillow_still_refuses_truncated_pictures():
    from PIL import ImageFile

    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
