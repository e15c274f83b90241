"""Bad files through the whole door of rosters, what lies in cells on every way out, and what uploads give away."""

import re
import zipfile
from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse

from exams.filing.groups.exchange.mappings import ensure_mappings
from exams.filing.groups.exchange.workbooks import export_filing
from exams.filing.groups.models import ColumnMapping, RosterRow
from exams.filing.groups.people.confirming import confirm, find_confirmation, send_links
from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.queries import entries_of
from exams.filing.groups.rosters.template import annotated_workbook
from portal.messages.models import Message
from tests import factories
from tests.filing.pages import give_pass
from tests.groups.factories import _give_portrait, make_entry, make_filing
from tests.groups.sheets import BORN, assert_whole, receive, stage, take, typed, work_off
from tests.workbook.test_bad_files import REFUSED

pytestmark = pytest.mark.django_db

FILES = (
    "截断",
    "加密的xlsx",
    "加密的xls",
    "网页",
    "PDF",
    "最远的单元格",
    "一万个工作表",
    "高压缩比",
    "自称很大",
    "文本里的实体",
    "太多公式",
    "二进制",
)
SIGNS = ("=1+1", "+86138", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")', "|calc", "'=1")


@pytest.mark.parametrize("kind", FILES)
def test_a_bad_file_fails_in_a_sentence_and_writes_nothing(browser_of, kind) -> None:
    data, sentence = REFUSED[kind]
    filing = make_filing()
    make_entry(filing, stage="confirm")
    client = browser_of(filing.opened_by)
    upload = work_off(receive(filing, data))
    assert upload.state == "failed"
    assert sentence in upload.problem
    assert (upload.rows.count(), filing.entries.count()) == (0, 1)
    page = client.get(reverse("groups:upload", args=[upload.pk]))
    assert page.status_code == 200
    assert upload.problem[:8] in page.content.decode()
    for name in ("take", "annotated"):
        answer = client.post if name == "take" else client.get
        assert answer(reverse(f"groups:{name}", args=[upload.pk])).status_code in (302, 404)
    upload.refresh_from_db()
    assert (upload.state, filing.entries.count()) == ("failed", 1)
    # The next file is not held up by it.
    assert stage(filing, [typed(name="李建国")]).counts["new"] == 1
    assert_whole()


# ── What looks like a formula ────────────────────────────────────────────────────────────────────────────────


def cells_with_formulas(workbook: bytes) -> list[str]:
    with zipfile.ZipFile(BytesIO(workbook)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets
        return [found for name in sheets for found in re.findall(rb"<f[ >]|<hyperlink", archive.read(name))]


def test_no_cell_of_any_workbook_is_a_formula(frozen_day, browser_of) -> None:
    frozen_day(date(2026, 3, 10))
    institution = factories.make_institution('=HYPERLINK("http://x")')
    filing = make_filing(factories.make_member(institution))
    filing.title = "=1+1"
    filing.save()
    rows = [typed(name=sign) for sign in SIGNS] + [
        typed(jobs_1_employer=sign, jobs_1_position=sign, jobs_1_witness_name=sign) for sign in SIGNS
    ]
    upload = stage(filing, rows)
    client = browser_of(filing.opened_by)
    annotated = annotated_workbook(upload)
    assert cells_with_formulas(annotated) == []
    assert b"HYPERLINK" in b"".join(
        zipfile.ZipFile(BytesIO(annotated)).read(name)
        for name in zipfile.ZipFile(BytesIO(annotated)).namelist()
    )
    for outcome in ("new", "refused"):
        page = client.get(reverse("groups:upload", args=[upload.pk]), {"outcome": outcome})
        assert page.status_code == 200

    entry = make_entry(filing, "=HYPERLINK(1)", stage="approved")
    assert entry.application_id is not None
    ensure_mappings()
    mapping = ColumnMapping.objects.get(pk="self_service")
    made = export_filing(actor=filing.opened_by, filing=filing, mapping=mapping)
    assert cells_with_formulas(made.data) == []
    manifest = client.get(reverse("tickets:manifest", args=[filing.pk]))
    assert manifest.status_code == 200
    assert cells_with_formulas(manifest.content) == []


def test_hidden_and_turning_characters_do_not_come_through(browser_of) -> None:
    filing = make_filing()
    names = ["王\u202e秀英", "王\x07秀英", "王\ue000秀英", "王\u2066英"]
    upload = stage(filing, [typed(name=name) for name in names])
    kept = [row.name for row in upload.rows.exclude(outcome="refused")]
    assert not [one for name in kept for one in name if one in "\u202e\u2066\ue000\x07"]
    page = browser_of(filing.opened_by).get(
        reverse("groups:upload", args=[upload.pk]), {"outcome": "refused"}
    )
    assert page.status_code == 200


# ── What an institution learns of people whose number it knows (S4) ──────────────────────────────────────────


def known_people() -> dict[str, str]:
    """Number of a document by what the portal knows of whom it belongs to."""
    other = make_filing(factories.make_member(factories.make_institution("宝山区某培训学校")))
    numbers = {what: factories.resident_id(BORN) for what in ("nobody", "filed", "passed", "approved")}
    make_entry(other, number=numbers["filed"], stage="submitted")
    make_entry(other, number=numbers["approved"], stage="approved")
    holder = make_entry(other, number=numbers["passed"], stage="review")
    give_pass(holder.person, filing_offering(other))
    return numbers


def filing_offering(filing):
    return filing.occupation.offerings.get(grade=4)


@pytest.mark.parametrize(("kind", "subjects"), [("正考", None), ("补考", "理论"), ("补考", "理论知识")])
def test_a_roster_tells_nothing_of_whom_it_names(frozen_day, browser_of, kind, subjects) -> None:
    """Known and unknown people give the same row, the same price, the same page: before they themselves said yes."""
    frozen_day(date(2026, 3, 10))
    numbers = known_people()
    filing = make_filing()
    client = browser_of(filing.opened_by)
    seen = {}
    for what, number in numbers.items():
        upload = stage(filing, [typed(document_number=number, kind=kind, subjects=subjects)])
        row = RosterRow.objects.get(upload=upload)
        page = client.get(reverse("groups:upload", args=[upload.pk])).content.decode()
        seen[what] = (
            upload.counts,
            row.outcome,
            row.problems,
            row.eligible,
            row.opens_on,
            row.price_fen,
            row.route,
            row.content.get("notes"),
            re.sub(r"[0-9a-f-]{36}|\d\d:\d\d", "", " ".join(re.findall(r">([^<]+)<", page))),
        )
    assert len({repr(one) for one in seen.values()}) == 1, seen


def test_an_institution_that_confirms_for_somebody_by_its_own_telephone_learns_nothing(
    frozen_day, browser_of
) -> None:
    """The worst a liar can do: the number is somebody's, the telephone their own. Nobody is joined to whom it belongs,
    and filing says the same as of somebody unknown; the counter sees two people under one number.
    """
    frozen_day(date(2026, 3, 10))
    numbers = known_people()
    filing = make_filing()
    reviewer = factories.make_member(filing.institution, "reviewer").account
    take(
        stage(
            filing,
            [
                typed(document_number=number, phone=f"1391234567{place}", name="王秀英")
                for place, number in enumerate(numbers.values())
            ],
        )
    )
    for entry in filing.entries.all():
        _give_portrait(entry)
    send_links(actor=reviewer, filing=filing)
    for message in Message.objects.filter(event="confirm_filing"):
        confirm(confirmation=find_confirmation(message.text.split("/c/")[1].split("/")[0].split()[0]))
    people = list(entries_of(filing))
    client = browser_of(reviewer)
    client.post(
        reverse("groups:people-review", args=[filing.pk]),
        {"entries": [str(one.pk) for one in people], "seen_all": "on"},
    )
    submit_filing(actor=reviewer, filing=filing, expected_persons=len(numbers))
    file_submissions()
    found = {(one.stage, repr(one.obstacles)) for one in entries_of(filing)}
    assert found == {("submitted", "[]")}
