"""Rosters for tests: rows as people type them, and sheets of such rows."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from exams.filing.groups.invariants import doubled_entries, uncounted_rosters
from exams.filing.groups.models import GroupFiling, RosterUpload
from exams.filing.groups.rosters import uploads as rosters
from exams.filing.groups.rosters.columns import COLUMNS, column
from portal.workbook.writing import Heading, write_sheet
from tests.factories import resident_id

BORN = date(1988, 6, 1)


def typed(**cells: Any) -> dict[str, Any]:
    """A good row, by column code: ten years in the occupation, grade 4, a document of its own; None leaves a cell out."""
    row = {
        "name": "王秀英",
        "document_kind": "居民身份证",
        "document_number": resident_id(BORN),
        "phone": "13900000001",
        "general_education": "高中",
        "grade": "四级/中级工",
        "kind": "正考",
        "consent": "是",
        "jobs_1_employer": "长宁区新华街道社区卫生服务中心",
        "jobs_1_position": "社群健康助理",
        "jobs_1_relation": "本职业",
        "jobs_1_started_on": "2012-03-01",
        "jobs_1_witness_name": "吴建国",
        "jobs_1_witness_phone": "021-62770000",
        **cells,
    }
    return {code: text for code, text in row.items() if text is not None}


def sheet_of(rows: Iterable[Mapping[str, str]], codes: Iterable[str] = ()) -> bytes:
    """An .xlsx with these rows, in the template's columns or in those named."""
    shown = [column(code) for code in codes] or list(COLUMNS)
    headings = [Heading(title=one.title, width=one.width, required=one.required) for one in shown]
    lines = [[row.get(one.code, "") for one in shown] for row in rows]
    return write_sheet(headings, lines, title="花名册", sheet="花名册")


def csv_of(lines: Iterable[Iterable[str]]) -> bytes:
    return "\n".join(",".join(line) for line in lines).encode()


def receive(filing: GroupFiling, data: bytes, filename: str = "花名册.xlsx") -> RosterUpload:
    """The file uploaded by whoever opened the filing, waiting."""
    return rosters.receive_upload(
        actor=filing.opened_by, filing=filing, kind="roster", data=data, filename=filename
    )


def stage(filing: GroupFiling, rows: Iterable[Mapping[str, str]]) -> RosterUpload:
    """The rows uploaded and checked."""
    return work_off(receive(filing, sheet_of(rows)))


def work_off(upload: RosterUpload) -> RosterUpload:
    rosters.work_on_uploads(seconds=600)
    upload.refresh_from_db()
    return upload


def take(upload: RosterUpload) -> RosterUpload:
    rosters.take_rows(actor=upload.uploaded_by, upload=upload)
    return work_off(upload)


def assert_whole() -> None:
    """Every roster's counts are its rows, and nobody stands in a filing twice."""
    assert list(uncounted_rosters()) == []
    assert list(doubled_entries()) == []
