"""After institutions did what they do, nobody's number lies in clear in any row, file or log (P1)."""

import io
import logging
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from applicants.portraits import portrait
from exams.filing.groups.models import RosterEntry
from exams.filing.groups.people.confirming import confirm, find_confirmation
from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.rosters.columns import COLUMNS
from exams.filing.groups.rosters.template import annotated_workbook
from exams.filing.groups.rosters.uploads import receive_upload, work_on_uploads
from portal.messages import outbox
from portal.messages.models import Message
from tests import factories
from tests.files.samples import pdf_bytes, simple_pdf
from tests.groups.factories import make_filing
from tests.groups.sheets import BORN, sheet_of, stage, take, typed

pytestmark = pytest.mark.django_db

PHONE, WITNESS = "13912345678", "13887654321"
DELIVERED = {"outbox.jsonl"}
"""Where the demo and tests deliver messages instead of sending them."""


@pytest.fixture
def number() -> str:
    return factories.resident_id(BORN)


def lying(needles: list[str]) -> list[tuple[str, str]]:
    """(table, column) of every value of the database with one of these in it, in whatever type it is kept."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [one[0] for one in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    text = (
                        bytes(value).decode("latin-1")
                        if isinstance(value, bytes | memoryview)
                        else str(value)
                    )
                    if any(needle in text for needle in needles):
                        found.add((table, column))
    return sorted(found)


def on_disk(needles: list[str]) -> list[Path]:
    """Every file the portal keeps beside its database."""
    wanted = [needle.encode() for needle in needles]
    return [
        path
        for path in Path(settings.VAR_DIR).rglob("*")
        if path.is_file()
        and path.name not in DELIVERED
        and "sqlite3" not in path.name
        and any(one in path.read_bytes() for one in wanted)
    ]


def test_the_search_finds_what_lies_there() -> None:
    factories.make_institution(f"学校{PHONE}号")
    assert [column for _, column in lying([PHONE])] == ["name"]


def test_numbers_in_the_wrong_columns_are_quoted_nowhere(number, caplog) -> None:
    """Shifted columns bring a number into any cell; sentences and clear columns must not repeat it."""
    filing = make_filing()
    rows = [typed(**{one.code: text}) for one in COLUMNS for text in (number, f"王秀英 {number}", PHONE)]
    upload = stage(filing, rows)
    assert upload.state == "checked"
    assert upload.counts["refused"] > len(COLUMNS)
    assert lying([number, number[:17], PHONE]) == []
    annotated_workbook(upload)
    assert lying([number]) == []
    assert on_disk([number, PHONE]) == []
    assert number not in caplog.text


@pytest.mark.parametrize("name", ["王秀英{}.xlsx", "{}.xlsx", "花名册 {} 班.xlsx", "名单_{}_1.xlsx"])
def test_numbers_in_the_names_of_files_are_not_kept(browser_of, number, name) -> None:
    filing = make_filing()
    client = browser_of(filing.opened_by)
    for private in (number, PHONE, "E12345678"):
        sheet = SimpleUploadedFile(name.format(private), sheet_of([typed()]))
        answer = client.post(reverse("groups:upload-roster", args=[filing.pk]), {"file": sheet})
        assert answer.status_code == 302
        work_on_uploads(seconds=60)
        assert lying([private]) == []


def test_a_name_without_a_number_is_kept_whole(browser_of) -> None:
    filing = make_filing()
    for name in ("健康助理员四级20260301.xlsx", f"{filing.number}名单.xlsx", "IMG_20260301_1.xlsx"):
        sheet = SimpleUploadedFile(name, sheet_of([typed()]))
        browser_of(filing.opened_by).post(reverse("groups:upload-roster", args=[filing.pk]), {"file": sheet})
        assert filing.uploads.latest("uploaded_at").file.display_name == name


def test_a_filing_from_roster_to_submission_leaves_no_number_in_clear(
    frozen_day, number, caplog, browser_of
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "portal.messages.backends")  # the demo's console is its telephone
    frozen_day(date(2026, 3, 10))
    filing = make_filing()
    reviewer = factories.make_member(filing.institution, "reviewer").account
    client = browser_of(reviewer)
    take(stage(filing, [typed(document_number=number, phone=PHONE, jobs_1_witness_phone=WITNESS)]))
    entry = RosterEntry.objects.get(filing=filing)
    receive_upload(
        actor=reviewer,
        filing=filing,
        kind="files",
        data=packed({
            f"王秀英{number}.jpg": portrait(7),
            f"{number}_工作证明.pdf": pdf_bytes(simple_pdf()),
            f"{number[:17]}9 不是他.jpg": portrait(8),
        }),
        filename="照片.zip",
    )  # fmt: skip
    work_on_uploads(seconds=60)
    entry.refresh_from_db()
    assert entry.portrait_id is not None

    client.post(reverse("groups:ask", args=[entry.pk]))
    message = Message.objects.get(event="confirm_filing")
    code = message.text.split("/c/")[1].split("/")[0].split()[0]
    outbox.send_waiting()
    confirm(confirmation=find_confirmation(code))
    answer = client.post(
        reverse("groups:people-review", args=[filing.pk]), {"entries": [str(entry.pk)], "seen_all": "on"}
    )
    assert answer.status_code == 302
    submit_filing(actor=reviewer, filing=filing, expected_persons=1)
    assert file_submissions() == 1
    assert client.get(reverse("groups:person", args=[entry.pk])).status_code == 200
    client.get(reverse("groups:people", args=[filing.pk]), {"q": number})

    private = [number, number[:17], PHONE, WITNESS, code]
    assert lying(private) == []
    assert on_disk(private) == []
    told = [(one.name, one.levelname, one.getMessage()) for one in caplog.records]
    assert not [one for one in told if any(needle in one[2] for needle in private)]


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
