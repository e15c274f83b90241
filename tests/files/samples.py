"""Uploads as people and attackers make them."""

import io
import struct
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw, ImageFilter


def portrait(
    width: int = 900, height: int = 1260, *, background="white", skin=(222, 184, 150), grain=24
) -> Image.Image:
    """A head and shoulders with a little grain, as a camera gives it."""
    image = Image.new("RGB", (width, height), background)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.1, height * 0.68, width * 0.9, height * 1.4), fill=(40, 60, 110))
    draw.ellipse((width * 0.27, height * 0.15, width * 0.73, height * 0.7), fill=(40, 32, 30))
    draw.ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.7), fill=skin)
    noise = Image.merge("RGB", [Image.effect_noise((width, height), grain) for _ in range(3)])
    return Image.blend(image.filter(ImageFilter.GaussianBlur(1)), noise, 0.06)


def encoded(image: Image.Image, form: str = "JPEG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few hundred bytes whose header promises a picture of this size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def simple_pdf(pages: int = 1) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    for number in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.contents_add(pdf.make_stream(b"BT /F1 24 Tf 72 700 Td (Page %d) Tj ET" % number))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=pdf.make_indirect(font)))
    return pdf


def pdf_bytes(pdf: pikepdf.Pdf, **options) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def hostile_pdf() -> bytes:
    """One page with every way to act: scripts, launch, links, an attachment, a form, metadata, an external stream."""
    pdf = simple_pdf()
    script = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert('EVIL')"))
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=script)
    attachment = pdf.make_stream(b"EVIL payload", Type=Name.EmbeddedFile)
    spec = Dictionary(Type=Name.Filespec, F=pikepdf.String("evil.exe"), EF=Dictionary(F=attachment))
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([pikepdf.String("a"), script])),
        EmbeddedFiles=Dictionary(Names=Array([pikepdf.String("evil.exe"), spec])),
    )
    page = pdf.pages[0]
    stamp = pdf.make_stream(
        b"0 0 1 rg 0 0 50 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 50, 20])
    )
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=pikepdf.String("seal"),
            Rect=Array([72, 72, 122, 92]),
            F=4,
            AP=Dictionary(N=stamp),
            AA=Dictionary(K=script),
        )
    )
    launch = Dictionary(S=Name.Launch, F=pikepdf.String("EVIL.exe"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=launch)
    page.obj.Annots = Array([field, pdf.make_indirect(link)])
    page.obj.AA = Dictionary(O=script)
    page.obj.PieceInfo = Dictionary(App=Dictionary(Private=pikepdf.String("EVIL")))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), XFA=pdf.make_stream(b"<xdp>EVIL</xdp>"))
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = "EVIL"
    pdf.docinfo["/Author"] = "EVIL"
    return pdf_bytes(pdf)
