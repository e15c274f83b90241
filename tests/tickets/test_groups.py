"""An institution's tickets: what may be taken, what is in a pack, what changed since, and who is told."""

import io
import zipfile
from datetime import date, timedelta

import pikepdf
import pytest

from exams.arrangement.models import Room, Seat
from exams.arrangement.sessions import move_session
from exams.filing.models import Application
from exams.tickets import packs
from exams.tickets.due import sweep
from exams.tickets.ending import void_tickets
from exams.tickets.groups import (
    changed,
    counts_of,
    gates_of,
    lines_of,
    openings_of,
    recalls_of,
    takeable,
    taken_versions,
)
from exams.tickets.holdings import HOLDING
from exams.tickets.leaving import leave_after_payment
from exams.tickets.models import Ticket, TicketPack
from exams.tickets.packs import safe, take_again, take_tickets
from portal import clock
from portal.files import store
from portal.models import AccessEntry, Message
from portal.rules.findings import Refused
from portal.workbook.reading import parse_sheet, read_lines
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.tickets.conftest import EVE, OPENING, at

pytestmark = pytest.mark.django_db

MERGED, ZIP = TicketPack.Form.MERGED, TicketPack.Form.ZIP


def content(parcel) -> bytes:
    return b"".join(parcel.chunks)


def listed(archive: zipfile.ZipFile) -> list[list]:
    """The rows of the list in a ZIP, the heading first; text comes back as text, a formula would not."""
    parsed = parse_sheet(archive.read("准考证名单.xlsx"), "名单.xlsx")
    return [line["cells"] for line in read_lines(parsed) if "cells" in line]


def unzipped(parcel) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content(parcel)))


def names_in(parcel) -> list[str]:
    return unzipped(parcel).namelist()


def test_before_opening_it_says_from_when_and_names_the_gates(seat_one, filing, september):
    seat_one("王秀英", 1)
    unpaid = make_entry(filing, "李建华", stage="approved").application
    september(EVE)
    sweep()
    lines = lines_of(filing)
    assert counts_of(lines) == {"dated": 1, "gated": 1}
    assert [(opening.day, number) for opening, number in openings_of(lines)] == [(OPENING, 1)]
    assert [(gate.code, number) for gate, number in gates_of(lines)] == [("not_paid", 1)]
    assert lines[-1].standing.application == unpaid
    with pytest.raises(Refused):
        take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)


def test_a_pack_holds_each_person_once_by_session_room_and_seat(seat_one, filing, sessions, september):
    theory, _ = sessions
    tenth, second = (
        Room.objects.create(site=theory.site, name=f"第{place}教室", seats=30) for place in (10, 2)
    )
    seat_one("丙", 2, room=tenth)
    seat_one("乙", 1, room=tenth)
    seat_one("甲", 9, room=second)
    september(OPENING)
    sweep()
    tickets = takeable(filing)
    assert [ticket.face["name"] for ticket in tickets] == ["甲", "乙", "丙"]
    parcel = take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    with pikepdf.open(io.BytesIO(content(parcel))) as document:
        assert len(document.pages) == 3
        with document.open_outline() as outline:
            titles = [item.title for item in outline.root]
    assert [title.split()[-1] for title in titles] == ["第2教室", "第10教室"]
    assert parcel.pack.tickets == [[ticket.number, 1] for ticket in tickets]
    assert parcel.file_name == f"准考证 {filing.number} 第1–3张.pdf"
    assert AccessEntry.objects.filter(kind="ticket.downloaded").count() == 3
    people = {str(ticket.application.person_id) for ticket in tickets}
    assert set(AccessEntry.objects.values_list("person_id", flat=True)) == people


def test_the_zip_names_room_seat_person_and_ticket_and_no_document(seat_one, filing, september):
    application = seat_one("王=秀英", 7)
    september(OPENING)
    sweep()
    ticket = Ticket.objects.get()
    document = application.person.documents.get().number
    parcel = take_tickets(actor=filing.opened_by, filing=filing, form=ZIP)
    archive = unzipped(parcel)
    room = ticket.face["sittings"][0]["room"]
    assert archive.namelist() == ["准考证名单.xlsx", f"{room}_07_王=秀英_{ticket.number}.pdf"]
    assert archive.testzip() is None
    assert archive.read(archive.namelist()[1]) == store.read(ticket.file)
    assert not any(document in name for name in archive.namelist())
    rows = listed(archive)
    assert len(rows) == 3  # the heading, and a line for each subject
    assert "王=秀英" in rows[1]
    assert document not in str(rows)
    assert f"{document[:4]}**********{document[-4:]}" in rows[1]
    assert "139****0001" in rows[1]
    assert [row[2] for row in rows[1:]] == ["理论知识", "操作技能"]


def test_what_looks_like_a_formula_is_text_in_the_list(seat_one, filing, september):
    seat_one("=HYPERLINK(1)", 1)
    september(OPENING)
    sweep()
    rows = listed(unzipped(take_tickets(actor=filing.opened_by, filing=filing, form=ZIP)))
    assert "=HYPERLINK(1)" in rows[1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etcpasswd"),
        ('甲:*?"<>|乙', "甲乙"),
        ("\u202e\u200b陈 志远\n", "陈 志远"),
        ("𬀩㛃·䶮", "𬀩㛃·䶮"),
        ("长" * 90, "长" * 40),
        ("...", "未填"),
    ],
)
def test_names_of_files_are_safe(text, name):
    assert safe(text) == name


def test_several_sessions_are_folders_of_the_zip(seat_one, filing, sessions, september):
    seat_one("王秀英", 1)
    later = seat_one("李建华", 2)
    other = factories.make_session(later.offering, "theory", at(date(2026, 10, 12), 15))
    Seat.objects.filter(application=later, subject="theory").delete()
    factories.seat(later, other, 5)
    september(OPENING)
    sweep()
    names = names_in(take_tickets(actor=filing.opened_by, filing=filing, form=ZIP))
    assert [name.split("/")[0] for name in names[1:]] == [
        "10月12日09时00分_理论知识_长宁考点",
        "10月12日13时00分_操作技能_长宁考点",
    ]


def test_many_tickets_come_in_parts_that_together_hold_each_once(seat_one, filing, september, monkeypatch):
    monkeypatch.setattr(packs, "A_PART", 2)
    for number, name in enumerate(["甲", "乙", "丙"], 1):
        seat_one(name, number)
    september(OPENING)
    sweep()
    parts = [take_tickets(actor=filing.opened_by, filing=filing, form=ZIP, part=part) for part in (1, 2)]
    assert [parcel.file_name.split()[-1] for parcel in parts] == ["第1–2张.zip", "第3–3张.zip"]
    assert [len(parcel.pack.tickets) for parcel in parts] == [2, 1]
    assert taken_versions(filing) == {(ticket.number, 1) for ticket in Ticket.objects.all()}
    with pytest.raises(Refused):
        take_tickets(actor=filing.opened_by, filing=filing, form=ZIP, part=3)


def test_after_a_change_only_the_changed_are_taken_and_the_old_called_back(seat_one, filing, september):
    first, second = seat_one("王秀英", 1), seat_one("李建华", 2)
    september(OPENING)
    sweep()
    take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    taken = taken_versions(filing)
    assert changed(takeable(filing), taken) == []
    assert recalls_of(filing, taken, lines_of(filing)) == []
    with pytest.raises(Refused):
        take_tickets(actor=filing.opened_by, filing=filing, form=MERGED, only_changes=True)

    Seat.objects.filter(application=first).update(number=20)
    sweep()
    (recall,) = recalls_of(filing, taken, lines_of(filing))
    assert (recall.ticket.application, recall.ticket.version, recall.place) == (first, 1, "open")
    parcel = take_tickets(actor=filing.opened_by, filing=filing, form=ZIP, only_changes=True)
    assert [version for _, version in parcel.pack.tickets] == [2]
    assert listed(unzipped(parcel))[1][-1] == "替换第 1 版，旧的作废，请收回"
    assert recalls_of(filing, taken_versions(filing), lines_of(filing)) == []
    assert second.tickets.get().version == 1


def test_a_void_ticket_is_called_back_until_its_session_is_over(seat_one, filing, september):
    gone = seat_one("王秀英", 1)
    september(OPENING)
    sweep()
    take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    void_tickets(gone, reason="退出")
    Application.objects.filter(pk=gone.pk).update(status="cancelled")
    (recall,) = recalls_of(filing, taken_versions(filing), lines_of(filing))
    assert (recall.ticket.application, recall.place) == (gone, "")
    september(date(2026, 10, 13))
    assert recalls_of(filing, taken_versions(filing), lines_of(filing)) == []


def test_what_no_longer_stands_is_not_taken_though_no_sweep_came(seat_one, filing, september):
    first, second = seat_one("王秀英", 1), seat_one("李建华", 2)
    september(OPENING)
    sweep()
    Seat.objects.filter(application=first).update(number=20)
    parcel = take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    assert [number for number, _ in parcel.pack.tickets] == [second.tickets.get().number]
    assert first.tickets.get().state == "superseded"


def test_a_ticket_of_sessions_that_are_over_is_in_no_pack(seat_one, filing, september):
    seat_one("王秀英", 1)
    september(OPENING)
    sweep()
    september(date(2026, 10, 13))
    assert takeable(filing) == []
    assert counts_of(lines_of(filing)) == {"over": 1}


def test_taking_again_gives_what_is_still_valid_in_either_form(seat_one, filing, september):
    first, second = seat_one("王秀英", 1), seat_one("李建华", 2)
    september(OPENING)
    sweep()
    pack = take_tickets(actor=filing.opened_by, filing=filing, form=MERGED).pack
    Seat.objects.filter(application=first).update(number=20)
    again = take_again(actor=filing.opened_by, pack=pack, form=ZIP)
    assert again.pack.tickets == [[second.tickets.get().number, 1]]


def test_a_damaged_file_is_left_out_and_stays_a_change(seat_one, filing, september):
    seat_one("王秀英", 1)
    broken = seat_one("李建华", 2).tickets
    september(OPENING)
    sweep()
    store.remove_bytes(broken.get().file)
    parcel = take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    assert (parcel.unreadable, len(parcel.pack.tickets)) == (1, 1)
    assert changed(takeable(filing), taken_versions(filing)) == [broken.get()]
    with pytest.raises(Refused, match="读不出来"):
        take_tickets(actor=filing.opened_by, filing=filing, form=ZIP, only_changes=True)


def test_what_somebody_filed_alone_or_elsewhere_is_in_no_pack(seat_one, filing, september, seat_someone):
    mine = seat_one("王秀英", 8)
    alone = seat_someone("陈志远").application
    elsewhere = seat_one("李建华", 9, into=make_filing(factories.make_member(filing.institution)))
    september(OPENING)
    sweep()
    assert Ticket.objects.filter(application__in=[alone, elsewhere], state="ready").count() == 2
    assert [ticket.application for ticket in takeable(filing)] == [mine]
    assert [line.standing.application for line in lines_of(filing)] == [mine]


@pytest.mark.parametrize("who", ["viewer", "stranger", "former"])
def test_only_who_fills_in_or_reviews_takes_tickets(seat_one, filing, september, who):
    seat_one("王秀英", 1)
    september(OPENING)
    sweep()
    match who:
        case "viewer":
            actor = factories.make_member(filing.institution, "viewer").account
        case "stranger":
            actor = factories.make_member(factories.make_institution("别的学校")).account
        case "former":
            actor = filing.opened_by
            actor.memberships.update(ended_at=clock.now())
    with pytest.raises(Refused):
        take_tickets(actor=actor, filing=filing, form=MERGED)
    assert not TicketPack.objects.exists()
    assert not AccessEntry.objects.filter(kind="ticket.downloaded").exists()


def test_the_institution_is_told_once_a_day_not_by_person(seat_one, filing, september):
    viewer = factories.make_member(filing.institution, "viewer").account
    for number, name in enumerate(["王秀英", "李建华"], 1):
        seat_one(name, number)
    acting = [one.account for one in filing.institution.members.exclude(role="viewer")]
    september(OPENING)
    sweep()
    late = seat_one("周国强", 3)
    sweep()
    assert late.tickets.get().opened_at is not None
    told = Message.objects.filter(event="filing_tickets_open")
    assert [told.filter(account=account).count() for account in acting] == [1] * len(acting)
    assert not told.filter(account=viewer).exists()
    assert filing.number in told[0].text
    assert not Message.objects.filter(event="filing_tickets_changed").exists()


def test_of_changes_the_institution_is_told_once_a_day(seat_one, filing, september, sessions):
    for number, name in enumerate(["王秀英", "李建华"], 1):
        seat_one(name, number)
    september(OPENING)
    sweep()
    tellings = Message.objects.filter(event="filing_tickets_open").count()
    changes = Message.objects.filter(event="filing_tickets_changed", account=filing.opened_by)
    theory, _ = sessions
    move_session(
        actor=factories.make_staff(),
        session=theory,
        site=theory.site,
        rooms=list(theory.rooms.all()),
        starts_at=theory.starts_at + timedelta(minutes=30),
        ends_at=theory.ends_at + timedelta(minutes=30),
        reason="考场检修",
    )
    sweep()
    assert set(Ticket.objects.filter(state="ready").values_list("version", flat=True)) == {2}
    assert changes.count() == 1
    september(date(2026, 9, 30))
    Seat.objects.filter(number=1).update(number=20)
    sweep()
    assert changes.count() == 2
    assert Message.objects.filter(event="filing_tickets_open").count() == tellings


def test_a_change_before_opening_is_none_to_tell_of(seat_one, filing, september):
    seat_one("王秀英", 1)
    september(EVE)
    sweep()
    Seat.objects.update(number=20)
    sweep()
    september(OPENING)
    sweep()
    assert Ticket.objects.get(state="ready").version == 2
    assert not Message.objects.filter(event="filing_tickets_changed").exists()
    assert Message.objects.filter(event="filing_tickets_open", account=filing.opened_by).count() == 1


def test_an_individuals_ticket_tells_no_institution(seat_someone, september, filing):
    seat_someone()
    september(OPENING)
    sweep()
    assert not Message.objects.filter(event__startswith="filing_tickets").exists()


def test_what_the_counter_ends_is_told_by_the_next_sweep(seat_one, filing, september):
    gone = seat_one("王秀英", 1)
    september(OPENING)
    sweep()
    leave_after_payment(actor=factories.make_staff(), application=gone, reason="本人不再参加")
    changes = Message.objects.filter(event="filing_tickets_changed", account=filing.opened_by)
    assert not changes.exists()
    sweep()
    assert changes.count() == 1


def test_the_person_reads_in_their_export_who_took_their_ticket(seat_one, filing, september):
    people = [seat_one(name, number).person for number, name in enumerate(["王秀英", "李建华"], 1)]
    september(OPENING)
    sweep()
    Seat.objects.filter(person=people[1]).update(number=20)
    take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    taken = [dict(HOLDING.export(person))["机构下载准考证"] for person in people]
    assert [[row["机构"] for row in rows] for rows in taken] == [[filing.institution.name], []]


def test_looks_at_people_under_eighteen_are_marked(seat_one, filing, september):
    young, grown = seat_one("王秀英", 1).person, seat_one("李建华", 2).person
    type(young).objects.filter(pk=young.pk).update(birth_date=date(2008, 9, 30))
    type(grown).objects.filter(pk=grown.pk).update(birth_date=date(2008, 9, 29))
    september(OPENING)
    sweep()
    take_tickets(actor=filing.opened_by, filing=filing, form=MERGED)
    marked = dict(AccessEntry.objects.filter(kind="ticket.downloaded").values_list("person_id", "of_minor"))
    assert marked == {str(young.pk): True, str(grown.pk): False}
