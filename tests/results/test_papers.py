"""The four papers of a session: who is on them, how much of whom, in which order, one page a room."""

import io

import pytest
from pypdf import PdfReader

from exams.arrangement.models import Room, Seat, Session
from exams.results.door_list import read_door_list
from exams.results.papers.documents import PAPERS, render_paper
from portal.rules.findings import Refused
from tests.results.doors import BEFORE_THE_DOOR_OPENS, hold_session_with_tickets, seat_named, ticket_of

NAMES = ("陈志远", "林晓梅", "赵文博", "艾力·买买提")


@pytest.fixture
def session(evening) -> Session:
    evening(BEFORE_THE_DOOR_OPENS)
    session = hold_session_with_tickets(*NAMES)
    session.rooms.update(name="第9考场")  # of a length that breaks no line beside it
    return session


def text(code: str, session: Session) -> list[str]:
    """The paper's text, page by page."""
    document = render_paper(PAPERS[code], session, read_door_list(session))
    return [page.extract_text() for page in PdfReader(io.BytesIO(document)).pages]


def second_room(session: Session, *names: str) -> Room:
    room = Room.objects.create(site=session.site, name="第2考场", seats=30)
    session.rooms.add(room)
    for name in names:
        Seat.objects.filter(pk=seat_named(session, name).pk).update(room=room)
    return room


@pytest.mark.parametrize("code", PAPERS)
def test_every_name_is_on_each_and_no_document_number(session, code):
    pages = "".join(text(code, session))
    for name in NAMES:
        seat = seat_named(session, name)
        number = ticket_of(seat.application).number
        assert name in pages
        assert number[-4:] in pages
        assert (number in pages) == (code in {"sign-in", "labels"})
        document = seat.person.documents.get().number
        assert document not in pages
        assert (f"{document[:4]}**********{document[-4:]}" in pages) == (code == "sign-in")


def test_each_room_has_a_page_of_its_own_in_the_order_of_seats(session):
    second_room(session, "赵文博", "艾力·买买提")
    second, first = text("door", session)
    assert "第2考场" in second
    assert second.index("赵文博") < second.index("艾力·买买提")
    assert "陈志远" not in second
    assert first.index("陈志远") < first.index("林晓梅")
    assert len(text("sign-in", session)) == 2


def test_the_room_list_counts_and_finds_by_name(session):
    second_room(session, "赵文博")
    (page,) = text("rooms", session)
    assert "合计 2 个考场 4" in page
    index = page[page.index("按姓名查找") :]
    order = sorted(NAMES, key=index.index)
    assert order == ["艾力·买买提", "陈志远", "林晓梅", "赵文博"]


def test_twenty_five_labels_take_two_sheets(session):
    rows = read_door_list(session)
    document = render_paper(PAPERS["labels"], session, [*rows * 6, rows[0]])
    assert len(PdfReader(io.BytesIO(document)).pages) == 2


def test_nothing_is_printed_before_everybody_has_a_seat(session):
    Seat.objects.filter(pk=seat_named(session, "陈志远").pk).update(room=None, number=None)
    with pytest.raises(Refused, match="还有 1 人没有抽签定座"):
        text("door", session)
    Seat.objects.all().delete()
    with pytest.raises(Refused, match="没有考生"):
        text("door", session)
