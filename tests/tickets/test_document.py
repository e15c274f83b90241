"""The ticket on paper: text, order, tags, and what happens at the edges."""

import io
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pypdf
import pytest
from PIL import Image

from exams.tickets.documents import picture, render_ticket
from exams.tickets.face import TicketFace
from exams.tickets.samples import face
from portal import pdf

FACE = face(0)
SITTING = FACE.sittings[1]


def _text(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(document)).pages)


def _elements(node: pikepdf.Object, kind: str) -> list[pikepdf.Dictionary]:
    """Structure elements of a kind, in reading order."""
    found = [node] if isinstance(node, pikepdf.Dictionary) and node.get("/S") == kind else []
    kids = node.get("/K", []) if isinstance(node, pikepdf.Dictionary) else []
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found += _elements(kid, kind)
    return found


@pytest.fixture(scope="module")
def document() -> bytes:
    return render_ticket(FACE)


def test_it_says_all_that_a_ticket_must(document):
    text = _text(document)
    for said in (
        *(
            "上海市健康促进协会",
            "准考证",
            FACE.number,
            FACE.name,
            FACE.sex,
            FACE.document_kind,
            FACE.document_number,
        ),
        *(
            "社群健康助理员",
            "四级/中级工",
            "正考",
            "理论知识",
            "操作技能",
            "2026年10月24日（周六）",
            "9:00–10:30",
        ),
        *(SITTING.site, SITTING.address, SITTING.room, "考生须知", "021-62777131 转 8008", "/door"),
        *("2026年10月16日（周五）起开放下载", "第 1 版"),
    ):
        assert said in text, said


def test_who_comes_before_where_and_where_before_advice(document):
    text = _text(document)
    places = [
        text.index(said)
        for said in (FACE.number, FACE.name, "理论知识", "操作技能", "考生须知", "021-62777131")
    ]
    assert places == sorted(places)


def test_tags_order_headers_and_pictures(document):
    with pikepdf.open(io.BytesIO(document)) as opened:
        tree = opened.Root.StructTreeRoot.K[0]
        assert tree.S == "/Document"
        assert len(_elements(tree, "/H1")) == 1
        assert len(_elements(tree, "/H2")) == 1
        assert len(_elements(tree, "/LI")) == 7
        assert [str(one.Alt) for one in _elements(tree, "/Figure")] == [
            f"{FACE.name}的照片",
            "验证二维码，扫描后可核对本准考证是否有效",
        ]
        who, sittings, contacts = _elements(tree, "/Table")
        assert [
            len(_elements(who, "/TH")),
            len(_elements(sittings, "/TH")),
            len(_elements(contacts, "/TH")),
        ] == [4, 5, 3]
        assert all("/Headers" in cell.A for cell in _elements(sittings, "/TD"))
        assert str(opened.Root.Lang) == "zh-Hans"
        assert str(opened.docinfo["/Title"]) == f"准考证 {FACE.number}"


def test_one_page_small_and_repeatable(document):
    assert len(pypdf.PdfReader(io.BytesIO(document)).pages) == 1
    assert len(document) <= 170_000
    assert render_ticket(FACE) == document


def test_institution_and_retake():
    text = _text(render_ticket(replace(FACE, institution="长宁社区培训学校", retake=True)))
    assert "长宁社区培训学校" in text
    assert "补考" in text
    assert "正考" not in text


@pytest.mark.parametrize(
    "name", ["𬀩㛃䶮", "𠮷田堃", "迪丽热巴·迪力木拉提", "Łukasz Öztürk", "买买提" * 16 + "明明"]
)
def test_names_of_every_kind_print(name):
    document = render_ticket(replace(FACE, name=name))
    assert name in _text(document).replace("\n", "")
    assert len(pypdf.PdfReader(io.BytesIO(document)).pages) == 1


def test_three_subjects_still_are_one_page():
    third = replace(SITTING, subject="review", starts_at=SITTING.starts_at + timedelta(days=1))
    document = render_ticket(
        replace(FACE, grade=2, sittings=(*FACE.sittings, third), institution="长宁社区培训学校")
    )
    assert len(pypdf.PdfReader(io.BytesIO(document)).pages) == 1
    assert "综合评审" in _text(document)


def test_what_does_not_fit_goes_on_overleaf_whole():
    crowded = replace(SITTING, site="上海市第一社会福利院附属考点" * 4, address="长宁区延安西路 726 号" * 10)
    document = render_ticket(replace(FACE, sittings=(crowded,) * 3, name="买买提" * 16))
    assert len(pypdf.PdfReader(io.BytesIO(document)).pages) == 2
    assert "请以手机收到的通知和最新一版为准" in _text(document).replace("\n", "")


def test_a_name_no_font_prints_is_refused_by_name():
    with pytest.raises(pdf.MissingGlyph, match="U\\+E000"):
        render_ticket(replace(FACE, name="王\ue000"))


def test_the_picture_is_the_page(document):
    assert Image.open(io.BytesIO(picture(document))).size == (1654, 2339)


def test_a_face_survives_its_record():
    assert TicketFace.from_record(FACE.as_record(), photo=FACE.photo) == FACE
    with pytest.raises(ValueError, match="photo"):
        TicketFace.from_record(FACE.as_record(), photo=face(1).photo)


def test_facts_change_with_the_rows_and_not_with_the_making():
    later = replace(FACE, version=2, issued_at=FACE.issued_at + timedelta(hours=1))
    assert later.facts() == FACE.facts()
    moved = replace(FACE, sittings=(replace(SITTING, seat=SITTING.seat + 1),))
    assert moved.facts() != FACE.facts()
