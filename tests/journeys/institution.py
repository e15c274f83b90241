"""What an institution's people do at their pages, and what is done behind them, so that a journey may begin midway."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from urllib.parse import urlsplit

from playwright.sync_api import Page

from applicants.accounts.models import Account
from applicants.portraits import portrait
from exams.filing.groups.models import Confirmation, GroupFiling, GroupSubmission
from exams.filing.groups.people.confirming import confirm, send_links
from exams.filing.groups.people.originals import hand_in
from exams.filing.groups.people.reviewing import review_entries
from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.queries import entries_of
from exams.filing.groups.rosters.columns import COLUMNS
from exams.filing.groups.rosters.uploads import receive_upload, work_on_uploads
from portal.clock import SHANGHAI
from portal.messages.models import Message
from portal.workbook.heading import locate_heading
from portal.workbook.reading import parse_sheet, read_lines
from portal.workbook.writing import Heading, write_sheet
from tests import factories
from tests.browser import VIEWPORTS
from tests.groups.factories import make_filing
from tests.groups.sheets import stage, take, typed
from tests.journeys.hands import Hand

Row = dict[str, str]

TITLES = tuple(column.title for column in COLUMNS)


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


def come_in(open_page: Callable[[dict[str, int]], Page], account: Account, width: str = "desktop") -> Hand:
    """A member of an institution, through the log-in to 机构办理."""
    hand = Hand(open_page(VIEWPORTS[width]), "member")
    hand.go("/institution/")
    hand.fill({"手机号": account.phone.removeprefix("+86"), "密码": factories.PASSWORD})
    hand.press("登录")
    hand.sees("团体申报")
    return hand


def people(*names: str, **cells: str) -> list[Row]:
    """Good rows of a roster, each with a document and a phone of its own."""
    return [
        typed(
            name=name,
            document_number=factories.resident_id(date(1988, 6, 1 + place), serial=101 + place),
            phone=f"1390000{place:04d}",
            **cells,
        )
        for place, name in enumerate(names)
    ]


def read_sheet(data: bytes) -> tuple[list[str], list[Row]]:
    """A roster's headings from left to right, without the marks of what is required, and what stands below by heading."""
    _, *lines = read_lines(parse_sheet(data, "花名册.xlsx", TITLES))
    heading = locate_heading(lines, TITLES)
    title_of = {place: title for title, place in heading.columns.items()}
    (head,) = (line["cells"] for line in lines if line["row"] == heading.row)
    names = [title_of.get(place, written or "") for place, written in enumerate(head)]
    below = [line["cells"] for line in lines if line["row"] > heading.row]
    return names, [dict(zip(names, (cell or "" for cell in cells), strict=True)) for cells in below]


def write_roster(headings: Iterable[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A sheet saved with these headings, the rows' cells by heading."""
    names = list(headings)
    cells = [[row.get(name, "") for name in names] for row in rows]
    return write_sheet([Heading(name, 14) for name in names], cells, title="花名册", sheet="花名册")


def by_title(row: Mapping[str, str]) -> Row:
    """A row by column code as it stands below the headings."""
    return {column.title: row.get(column.code, "") for column in COLUMNS}


def photos(rows: Iterable[Mapping[str, str]]) -> dict[str, bytes]:
    """A portrait of each, by the name its file should have."""
    return {
        f"{row['name']}_{row['document_number']}.jpg": portrait(place, (700, 980), quality=80)
        for place, row in enumerate(rows)
    }


def archive(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return out.getvalue()


def give_file(hand: Hand, name: str, data: bytes) -> None:
    hand.page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def work() -> None:
    """What the workers do in the background, until nothing is left."""
    work_on_uploads(seconds=60)
    file_submissions(seconds=60)


def link_on(phone: str) -> str:
    """The address in the latest message that asks this phone to confirm."""
    asking = Message.objects.filter(event="confirm_filing").order_by("-created_at")
    message = next(one for one in asking if one.address == f"+86{phone}")
    address = next(word for word in message.text.split() if word.startswith("http"))
    return urlsplit(address).path


def confirmed_filing(filer: Account, rows: list[Row]) -> GroupFiling:
    """A filing whose roster was taken, whose photos are in, and which everybody in it confirmed."""
    filing = make_filing(filer.memberships.get())
    take(stage(filing, rows))
    receive_upload(actor=filer, filing=filing, kind="files", data=archive(photos(rows)), filename="照片.zip")
    work()
    send_links(actor=filer, filing=filing)
    for link in Confirmation.objects.filter(entry__filing=filing):
        confirm(confirmation=link)
    return filing


def handed_in_filing(filer: Account, reviewer: Account, rows: list[Row]) -> GroupSubmission:
    """A filing of which everybody was reviewed and submitted, and every signed form handed in."""
    filing = confirmed_filing(filer, rows)
    review_entries(actor=reviewer, entries=list(entries_of(filing)), seen_all=True)
    submission = submit_filing(actor=reviewer, filing=filing, expected_persons=len(rows))
    work()
    hand_in(actor=reviewer, filing=filing, entries=None)
    return submission
