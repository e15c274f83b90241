import io
import zlib

import pikepdf
import pytest
from pikepdf import Name
from PIL import Image

from portal.files.intake import MAX_EVIDENCE_BYTES, UnusableFile, check_evidence
from tests.files.samples import encoded, hostile_pdf, pdf_bytes, png_that_claims, portrait, simple_pdf

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)

REFUSED = {
    "空文件": (b"", "空的"),
    "过大": (b"\xff\xd8\xff" + bytes(MAX_EVIDENCE_BYTES), "超过上限 15 MB"),
    "HEIC": (HEIC, "兼容性最佳"),
    "AVIF": (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif" + bytes(50), "AVIF"),
    "视频": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "视频"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
    "DOS 头的 EPS": (b"\xc5\xd0\xd3\xc6" + bytes(40), "EPS"),
    "SVG": (
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
        "SVG",
    ),
    "网页": (b"<!DOCTYPE html><script>alert(1)</script>", "网页"),
    "GIF": (b"GIF89a" + bytes(40), "GIF"),
    "WebP": (b"RIFF\0\0\0\0WEBPVP8 ", "WebP"),
    "TIFF": (b"II*\0" + bytes(40), "TIFF"),
    "Word": (b"PK\3\4" + bytes(40), "Office"),
    "旧版 Word": (b"\xd0\xcf\x11\xe0" + bytes(40), "Office"),
    "程序": (b"MZ" + bytes(40), "程序"),
    "文字": ("我有证".encode(), "无法识别"),
    "一个字节": (b"\xff", "无法识别"),
    "五万见方的 PNG": (png_that_claims(50_000, 50_000), "50000×50000 像素，超过上限 6400 万像素"),
    "像素不够数的 PNG": (png_that_claims(2_000, 2_000), "不完整或已损坏"),
    "截断的 JPEG": (encoded(portrait())[:20_000], "不完整或已损坏"),
    "截断的 PNG": (encoded(portrait(), "PNG")[:50_000], "不完整或已损坏"),
    "只有 JPEG 头": (b"\xff\xd8\xff\xe0", "不完整或已损坏"),
    "太小的图片": (encoded(portrait(120, 160)), "只有 120×160 像素，看不清"),
    "带密码的 PDF": (pdf_bytes(simple_pdf(), encryption=pikepdf.Encryption(user="a", owner="b")), "密码"),
    "一万页的 PDF": (pdf_bytes(simple_pdf(10_000)), "10000 页，超过上限 60 页"),
    "没有页的 PDF": (pdf_bytes(pikepdf.new()), "没有页面"),
    "截断的 PDF": (pdf_bytes(simple_pdf(3))[:700], "不完整"),
    "只有头尾的 PDF": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF", "损坏"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_sentence(name):
    data, sentence = REFUSED[name]
    with pytest.raises(UnusableFile) as refusal:
        check_evidence(data, "a.jpg")
    assert sentence in refusal.value.sentence
    assert refusal.value.sentence.endswith("。")


def test_a_picture_is_made_anew_without_what_was_hidden_in_it():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    data = encoded(portrait(), exif=exif.tobytes()) + b"PK\3\4<script>alert('polyglot')</script>"
    result = check_evidence(data, "证书.JPEG")
    assert (result.name, result.media_type, result.pages) == ("证书.jpg", "image/jpeg", 1)
    assert Image.open(io.BytesIO(result.data)).size == (900, 1260)
    assert b"secret" not in result.data
    assert b"polyglot" not in result.data


def test_a_large_picture_is_made_smaller_and_a_long_one_stays_readable():
    gradient = Image.linear_gradient("L").convert("RGB")
    large = Image.open(io.BytesIO(check_evidence(encoded(gradient.resize((5000, 4000))), "a.jpg").data))
    assert large.width * large.height == pytest.approx(8_000_000, rel=0.001)
    assert large.width / large.height == pytest.approx(5 / 4, rel=0.001)
    long = Image.open(io.BytesIO(check_evidence(encoded(gradient.resize((800, 9000))), "a.jpg").data))
    assert long.size == (800, 9000)


def test_a_pdf_keeps_its_pages_and_loses_whatever_acts():
    result = check_evidence(hostile_pdf(), "社保记录.pdf")
    assert (result.name, result.media_type, result.pages) == ("社保记录.pdf", "application/pdf", 1)
    assert len(result.notes) == 4
    with pikepdf.open(io.BytesIO(result.data)) as clean:
        assert set(clean.Root.keys()) == {"/Type", "/Pages"}
        assert not clean.docinfo
        plain = pdf_bytes(
            clean,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            compress_streams=False,
        )
        page = clean.pages[0]
        assert b"(Page 0)" in b"".join(stream.read_bytes() for stream in page.Contents)
        assert Name.Annots not in page.obj
    for trace in (b"EVIL", b"JavaScript", b"Launch", b"EmbeddedFile", b"AcroForm", b"/AA", b"OpenAction"):
        assert trace not in plain
    # The seal that the form field showed is part of the page now.
    assert b"0 0 50 20 re f" in plain


def test_a_pdf_that_only_forbids_changes_is_taken():
    locked = pdf_bytes(simple_pdf(2), encryption=pikepdf.Encryption(owner="b", user=""))
    result = check_evidence(locked, "a.pdf")
    with pikepdf.open(io.BytesIO(result.data)) as clean:
        assert not clean.is_encrypted
        assert len(clean.pages) == result.pages == 2


def test_sixty_pages_fit():
    assert check_evidence(pdf_bytes(simple_pdf(60)), "a.pdf").pages == 60


def test_a_pdf_behind_another_file_is_not_taken_for_a_pdf():
    with pytest.raises(UnusableFile):
        check_evidence(b"<html><script>1</script></html>" + pdf_bytes(simple_pdf()), "a.pdf")


def test_what_follows_a_pdf_is_dropped():
    result = check_evidence(pdf_bytes(simple_pdf()) + b"PK\3\4 polyglot", "a.pdf")
    assert b"polyglot" not in result.data


def test_a_pdf_bomb_is_refused():
    pdf = simple_pdf()
    packed = zlib.compress(bytes(100 * 1024 * 1024), level=1)
    for _ in range(5):
        pdf.pages[0].contents_add(pdf.make_stream(packed, Filter=Name.FlateDecode))
    with pytest.raises(UnusableFile, match="展开后过大"):
        check_evidence(pdf_bytes(pdf), "a.pdf")


def test_a_form_whose_values_only_a_viewer_would_draw_is_refused():
    pdf = simple_pdf()
    field = pikepdf.Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Tx,
        T=pikepdf.String("name"),
        V=pikepdf.String("张三"),
        Rect=pikepdf.Array([72, 72, 200, 92]),
    )
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(field)])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pdf.pages[0].obj.Annots, NeedAppearances=True)
    with pytest.raises(UnusableFile, match="打印为 PDF"):
        check_evidence(pdf_bytes(pdf), "a.pdf")


def test_a_dynamic_form_and_a_portfolio_are_refused():
    form = simple_pdf()
    form.Root.NeedsRendering = True
    portfolio = simple_pdf()
    portfolio.Root.Collection = pikepdf.Dictionary()
    for pdf, sentence in ((form, "动态表单"), (portfolio, "PDF 文件包")):
        with pytest.raises(UnusableFile, match=sentence):
            check_evidence(pdf_bytes(pdf), "a.pdf")
