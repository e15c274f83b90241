"""One row corrected on its page: in a preview, after its roster was taken, and of a person of the filing."""

import pytest

from exams.filing.groups.models import RosterEntry, RosterRow
from exams.filing.groups.queries import entries_of
from exams.filing.groups.rosters.mending import mend_row
from exams.filing.models import Application, Status
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from tests.factories import make_member, resident_id
from tests.groups.factories import make_entry, make_filing
from tests.groups.sheets import BORN, assert_whole, stage, take, typed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_the_end_all_is_whole(db):
    yield
    assert_whole()


@pytest.fixture
def filing():
    return make_filing()


def mend(row, **cells):
    return mend_row(actor=row.filing.opened_by, row=row, cells=cells)


def person(filing, **row):
    """Somebody in the filing by way of a roster, as far as the row goes."""
    take(stage(filing, [typed(**row)]))
    return filing.entries.latest("added_at")


def test_a_refused_row_of_a_preview_waits_with_the_good_ones_once_mended(filing):
    upload = stage(filing, [typed(name="甲某"), typed(name="乙某", phone="139")])
    row = upload.rows.get(outcome="refused")
    mended = mend(row, phone="13900000002")
    upload.refresh_from_db()
    assert (mended.line, mended.outcome, mended.problems) == (row.line, "new", [])
    assert upload.counts == {"new": 2, "changed": 0, "same": 0, "refused": 0}
    assert upload.rows.count() == 2
    assert not filing.entries.exists()
    take(upload)
    assert {entry.row_id for entry in filing.entries.all()} >= {mended.pk}


def test_a_row_that_is_still_wrong_changes_nothing_and_names_each_column(filing):
    upload = stage(filing, [typed(phone="139", consent="否")])
    row = upload.rows.get()
    with pytest.raises(Refused) as refusal:
        mend(row, phone="138", name="")
    assert [finding.field for finding in refusal.value.findings] == ["name", "phone", "consent"]
    assert upload.rows.get() == row
    assert upload.rows.get().content == row.content


def test_a_refused_row_of_a_roster_already_taken_is_taken_at_once(filing):
    upload = take(stage(filing, [typed(name="甲某"), typed(name="乙某", phone="139")]))
    mended = mend(upload.rows.get(outcome="refused"), phone="13900000002")
    upload.refresh_from_db()
    assert mended.accepted_at is not None
    assert filing.entries.get(row=mended).row.name == "乙某"
    assert upload.counts == {"new": 2, "changed": 0, "same": 0, "refused": 0}


def test_of_two_rows_with_one_number_the_other_is_good_once_this_has_its_own(filing):
    number = resident_id(BORN)
    rows = [typed(name="甲某", document_number=number), typed(name="乙某", document_number=number)]
    upload = stage(filing, rows)
    mend(upload.rows.get(line=3), document_number=resident_id(BORN))
    upload.refresh_from_db()
    assert [row.outcome for row in upload.rows.all()] == ["new", "new"]
    assert upload.counts == {"new": 2, "changed": 0, "same": 0, "refused": 0}


def test_a_row_cannot_be_given_the_number_of_another_row(filing):
    number = resident_id(BORN)
    upload = stage(filing, [typed(name="甲某", document_number=number), typed(name="乙某", phone="139")])
    with pytest.raises(Refused, match="与第 2 行是同一个证件号码"):
        mend(upload.rows.get(line=3), document_number=number, phone="13900000002")


def test_a_person_whose_row_is_corrected_confirms_and_is_reviewed_anew(filing):
    made = make_entry(filing, stage="ready", number=resident_id(BORN))
    row = made.row
    cells = typed(document_number=row.content["record"]["identity"]["document_number"])
    mended = mend(row, **(cells | {"general_education": "本科"}))
    entry = entries_of(filing).get()
    assert entry.row == mended
    assert (mended.upload, mended.line, mended.outcome) == (None, None, "changed")
    assert entry.stage == "confirm"
    assert RosterRow.objects.filter(pk=row.pk, accepted_at__isnull=False).exists()
    trail = AuditEntry.objects.get(action="groups.mend_row")
    assert trail.detail["replaces"] == str(row.pk)
    assert "general_education" in trail.detail["columns"]


def test_the_same_content_is_no_correction(filing):
    entry = person(filing)
    assert mend(entry.row, phone="+86 139 0000 0001") == entry.row
    assert RosterEntry.objects.get(pk=entry.pk).row_id == entry.row_id


def test_another_number_makes_it_another_person_who_has_confirmed_nothing(filing):
    entry = make_entry(filing, stage="review", number=resident_id(BORN))
    assert entry.person is not None
    number = resident_id(BORN)
    mended = mend(entry.row, **typed(document_number=number))
    entry.refresh_from_db()
    assert entry.row == mended
    assert entry.document_index == mended.document_index
    assert (entry.person, entry.photo) == (None, None)


def test_a_number_that_is_in_the_filing_already_is_refused(filing):
    first, second = person(filing), person(filing)
    number = first.row.content["cells"]["document_number"]
    with pytest.raises(Refused, match="已有这个证件号码"):
        mend(second.row, document_number=number)


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.APPROVED, Status.REJECTED, Status.WITHDRAWN])
def test_who_was_submitted_is_not_mended(filing, status):
    entry = make_entry(filing, stage="submitted", number=resident_id(BORN))
    Application.objects.filter(pk=entry.application_id).update(status=status)
    cells = typed(document_number=entry.row.content["record"]["identity"]["document_number"])
    with pytest.raises(Refused) as refusal:
        mend(entry.row, **cells)
    assert refusal.value.findings[0].field == "document_number"


def test_who_was_returned_is_mended_but_keeps_the_number(filing):
    entry = make_entry(filing, stage="submitted", number=resident_id(BORN))
    entry.obstacles = [{"code": "x", "sentence": "y"}]
    entry.save()
    Application.objects.filter(pk=entry.application_id).update(status=Status.RETURNED)
    cells = typed(document_number=entry.row.content["record"]["identity"]["document_number"])
    with pytest.raises(Refused, match="证件号码不能更换"):
        mend(entry.row, **typed(document_number=resident_id(BORN)))
    mended = mend(entry.row, **cells)
    entry.refresh_from_db()
    assert (entry.row, entry.obstacles) == (mended, [])
    assert entry.submission is not None


def test_a_row_that_no_longer_counts_is_not_mended(filing):
    entry = person(filing)
    old = entry.row
    mend(old, phone="13900000007")
    with pytest.raises(Refused, match="已被更正"):
        mend(old, phone="13900000008")


def test_a_viewer_and_a_closed_filing_are_refused(filing):
    entry = person(filing)
    with pytest.raises(Refused, match="查看人"):
        mend_row(actor=make_member(filing.institution, "viewer").account, row=entry.row, cells={})
    filing.closed_at = filing.opened_at
    filing.save()
    with pytest.raises(Refused, match="已关闭"):
        mend(RosterRow.objects.get(pk=entry.row_id), phone="13900000009")
