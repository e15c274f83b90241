"""The demo's institution and its group filings, told through the same actions as on the pages.

One filing has its tickets, one waits at the counter, one has a roster with two bad rows to look at and mend.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta

from applicants.accounts.groups import RECEPTION
from applicants.demo import demo_members, demo_resident_id, demo_staff
from applicants.institutions.models import InstitutionMember
from applicants.portraits import portrait
from exams.catalogue.models import Occupation
from exams.demo_steps import approve_demo_application
from exams.filing.groups.batches.deciding import (
    approve_batch,
    confirm_handed_in,
    draw_sample,
    originals_to_confirm,
    shown,
)
from exams.filing.groups.batches.standings import approvable
from exams.filing.groups.batches.working import work_on_batches
from exams.filing.groups.models import Confirmation, GroupFiling, GroupSubmission, RosterUpload
from exams.filing.groups.opening import open_filing
from exams.filing.groups.people.confirming import confirm, send_links
from exams.filing.groups.people.originals import hand_in
from exams.filing.groups.people.reviewing import review_entries
from exams.filing.groups.people.submitting import submission_preview, submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.queries import entries_of
from exams.filing.groups.rosters.columns import COLUMNS
from exams.filing.groups.rosters.uploads import receive_upload, take_rows, work_on_uploads
from exams.filing.models import Application
from exams.payments.bills import issue_bill
from exams.payments.remitting import record_remittance
from portal import clock
from portal.rules.wording import GRADE_FULL_NAMES
from portal.workbook.writing import Heading, write_sheet

Student = tuple[str, date, bool]
"""Name, day of birth, whether a woman."""

WITH_TICKETS: tuple[Student, ...] = (
    ("杨秀兰", date(1984, 3, 9), True),
    ("徐国强", date(1979, 8, 14), False),
    ("朱晓梅", date(1990, 1, 27), True),
    ("古丽娜尔·艾山", date(1987, 10, 5), True),
    ("高明", date(1982, 6, 30), False),
    ("罗桂芳", date(1977, 12, 12), True),
)
AT_THE_COUNTER: tuple[Student, ...] = (
    ("郑玉珍", date(1985, 5, 21), True),
    ("梁志勇", date(1981, 2, 3), False),
    ("宋慧", date(1992, 11, 18), True),
    ("唐建华", date(1978, 9, 26), False),
    ("韩雪", date(1989, 7, 8), True),
)
IN_THE_ROSTER: tuple[Student, ...] = (
    ("冯丽萍", date(1980, 4, 11), True),
    ("于海涛", date(1976, 1, 20), False),
    ("董洁", date(1983, 6, 2), True),
    ("萧伟", date(1979, 10, 30), False),
)


def file_demo_group() -> None:
    """The filing whose people are approved and paid: they wait for seats in the queue."""
    filing = _open("健康助理员四级一班", days_ago=24)
    _take_roster(filing, WITH_TICKETS, grade=4, days_ago=24)
    submission = _submit(filing, days_ago=23)
    _approve(submission, days_ago=21)
    with _at(20):
        bill = issue_bill(actor=_member("reviewer"), filing=filing)
        due = sum(line.quote.total_fen for line in bill.lines.select_related("quote"))
        record_remittance(
            actor=demo_staff(RECEPTION),
            bill=bill,
            amount_fen=due,
            transaction_number=f"YH{bill.reference}",
            receipt_number=f"YST{filing.number[-6:]}",
            received_on=clock.today(),
            payer=filing.institution.name,
        )


def leave_groups_waiting() -> None:
    """One filing at the counter, one whose roster was checked and waits for a decision."""
    filing = _open("健康助理员四级二班", days_ago=4)
    _take_roster(filing, AT_THE_COUNTER, grade=4, days_ago=4)
    _submit(filing, days_ago=3)
    evening = _open("健康助理员三级晚班", days_ago=1)
    rows = [_row(one, grade=3, place=place) for place, one in enumerate(IN_THE_ROSTER)]
    rows[1]["phone"] = "1380000"
    rows[2]["document_number"] = rows[2]["document_number"][:-1] + "0"
    with _at(1):
        _upload(evening, RosterUpload.Kind.ROSTER, _workbook(rows), "三级晚班花名册.xlsx")


def _open(title: str, *, days_ago: int) -> GroupFiling:
    member = _acting("filer")
    with _at(days_ago):
        return open_filing(
            actor=member.account,
            institution=member.institution,
            occupation=Occupation.objects.get(code="4-14-01-04"),
            title=title,
        )


def _take_roster(filing: GroupFiling, people: Sequence[Student], *, grade: int, days_ago: int) -> None:
    """Roster and photos in, links out, and everybody confirms."""
    filer = _member("filer")
    rows = [_row(one, grade=grade, place=place) for place, one in enumerate(people)]
    with _at(days_ago):
        upload = _upload(filing, RosterUpload.Kind.ROSTER, _workbook(rows), f"{filing.title}花名册.xlsx")
        take_rows(actor=filer, upload=upload)
        work_on_uploads()
        _upload(filing, RosterUpload.Kind.FILES, _photos(rows), f"{filing.title}照片.zip")
        send_links(actor=filer, filing=filing)
        for link in Confirmation.objects.filter(entry__filing=filing):
            confirm(confirmation=link)


def _upload(filing: GroupFiling, kind: str, data: bytes, name: str) -> RosterUpload:
    upload = receive_upload(actor=_member("filer"), filing=filing, kind=kind, data=data, filename=name)
    work_on_uploads()
    upload.refresh_from_db()
    return upload


def _submit(filing: GroupFiling, *, days_ago: int) -> GroupSubmission:
    """Reviewed, submitted as one act, worked off, and the signed forms handed in."""
    reviewer = _member("reviewer")
    with _at(days_ago):
        review_entries(actor=reviewer, entries=list(entries_of(filing)), seen_all=True)
        ready = submission_preview(filing).persons
        submission = submit_filing(actor=reviewer, filing=filing, expected_persons=ready)
        file_submissions()
        hand_in(actor=reviewer, filing=filing, entries=None)
    submission.refresh_from_db()
    return submission


def _approve(submission: GroupSubmission, *, days_ago: int) -> None:
    """Originals confirmed, a sample looked at one by one, the rest approved together."""
    clerk = demo_staff(RECEPTION)
    with _at(days_ago):
        sample = draw_sample(actor=clerk, submission=submission, percent=10)
        waiting = originals_to_confirm(approvable(submission))
        confirm_handed_in(actor=clerk, submission=submission, seen=shown(waiting))
        work_on_batches()
    for application in Application.objects.filter(number__in=sample.drawn):
        approve_demo_application(application, days_ago=days_ago)
    with _at(days_ago):
        approve_batch(actor=clerk, submission=submission, seen=shown(approvable(submission).complete))
        work_on_batches()


def _row(one: Student, *, grade: int, place: int) -> dict[str, str]:
    """A row of the roster by the columns' codes: years enough in one job for the first condition of the grade."""
    name, born, woman = one
    years = 6 if grade == 4 else 12
    return {
        "name": name,
        "document_kind": "居民身份证",
        "document_number": demo_resident_id(born, woman=woman, place=40 + place),
        "phone": f"138001{born:%y%m}{place}",
        "general_education": "高中（含中职、技校、同等学力）",
        "grade": GRADE_FULL_NAMES[grade],
        "kind": "正考",
        "consent": "是",
        "jobs_1_employer": "长宁区天山路街道社区卫生服务中心",
        "jobs_1_position": "社群健康助理",
        "jobs_1_relation": "本职业",
        "jobs_1_started_on": f"{clock.today().year - years - 1}-03-01",
        "jobs_1_witness_name": "吴建华",
        "jobs_1_witness_phone": "021-62770000",
    }


def _workbook(rows: Sequence[dict[str, str]]) -> bytes:
    headings = [Heading(column.title, column.width) for column in COLUMNS]
    cells = [[row.get(column.code, "") for column in COLUMNS] for row in rows]
    return write_sheet(headings, cells, title="花名册", sheet="花名册")


def _photos(rows: Sequence[dict[str, str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for place, row in enumerate(rows):
            name = f"{row['name']}_{row['document_number']}.jpg"
            archive.writestr(name, portrait(100 + place, (700, 980), quality=88))
    return out.getvalue()


def _acting(role: str) -> InstitutionMember:
    return next(member for member in demo_members() if member.role == role)


def _member(role: str):
    return _acting(role).account


def _at(days_ago: int):
    """Two in the afternoon that many days ago."""
    return clock.rehearse(clock.start_of(clock.today() - timedelta(days=days_ago)) + timedelta(hours=14))
