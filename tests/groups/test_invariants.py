"""Each check of group filings is silent over a sound filing and finds the violation planted in it behind every action."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from exams.filing.groups.batches.deciding import draw_sample
from exams.filing.groups.batches.models import BatchDecision, BatchItem, SampleDraw
from exams.filing.groups.invariants import INVARIANTS
from exams.filing.groups.models import RosterEntry, RosterRow, RosterUpload
from portal import clock, registry
from portal.files import store
from tests.factories import make_application, make_institution, make_person, make_staff
from tests.filing.test_invariants import sql
from tests.groups.factories import approve, make_entry, make_filing, make_row

pytestmark = pytest.mark.django_db

OFFENDERS = {invariant.code: invariant.offenders for invariant in INVARIANTS}


@pytest.fixture
def filing():
    """Two people submitted, of whom one is approved together with nobody, from a roster that was taken whole."""
    filing = make_filing()
    entries = [make_entry(filing, name, stage="submitted") for name in ("赵一", "钱二")]
    file = store.keep(b"sheet", kind="upload_roster", media_type="text/csv", display_name="花名册.csv")
    upload = RosterUpload.objects.create(
        id=uuid4(), filing=filing, kind="roster", file=file, state="taken", uploaded_by=filing.opened_by,
        uploaded_at=clock.now(), total=4, done=4, counts={"new": 2, "changed": 0, "same": 1, "refused": 1},
    )  # fmt: skip
    for line, entry in enumerate(entries, start=2):
        RosterRow.objects.filter(pk=entry.row_id).update(upload=upload, line=line)
    for line, outcome in ((4, "same"), (5, "refused")):
        make_row(filing, upload=upload, line=line, outcome=outcome, accepted_at=None)
    submission = filing.submissions.get()
    clerk = make_staff("周敏")
    sample = draw_sample(actor=clerk, submission=submission, percent=50)
    alone = next(entry for entry in entries if entry.application.number not in sample.drawn)
    approve(alone)
    decision = BatchDecision.objects.create(
        id=uuid4(), submission=submission, deed="approve", decided_by=clerk, decided_at=clock.now()
    )
    BatchItem.objects.create(
        id=uuid4(), decision=decision, application=alone.application, serial=1, done_at=clock.now()
    )
    return filing


def entry_of(filing) -> RosterEntry:
    return filing.entries.order_by("pk").first()


def test_the_checks_are_registered_and_silent_over_a_sound_filing(filing):
    assert set(INVARIANTS) <= set(registry.invariants)
    assert {code: list(offenders()) for code, offenders in OFFENDERS.items()} == {
        code: [] for code in OFFENDERS
    }


def plant_foreign_institution(filing):
    entry = entry_of(filing)
    other = make_institution("上海市闵行区启明进修学校")
    sql("UPDATE exams_application SET institution_id = %s WHERE id = %s", other.pk, entry.application_id)
    return entry.application_id


def plant_lone_group_application(filing):
    return make_application(make_person("无主"), institution=filing.institution).pk


def plant_uncounted_roster(filing):
    sql("UPDATE exams_rosterupload SET done = 3")
    return filing.uploads.get().pk


def plant_doubled_entry(filing):
    entry = entry_of(filing)
    with connection.cursor() as cursor:
        connection.check_constraints()
        cursor.execute('DROP INDEX IF EXISTS "one_live_entry_a_person"')
    twice = make_row(filing)
    RosterEntry.objects.create(
        id=uuid4(), filing=filing, document_index=entry.document_index, row=twice, added_at=clock.now()
    )
    return entry.pk


def plant_strangers_application(filing):
    entry = entry_of(filing)
    stranger = make_person("旁人")
    sql("UPDATE exams_rosterentry SET person_id = %s WHERE id = %s", stranger.pk, entry.pk)
    return entry.pk


def plant_unwarranted_entry(filing):
    entry = entry_of(filing)
    sql("UPDATE exams_confirmation SET confirmed_at = NULL WHERE entry_id = %s", entry.pk)
    return entry.pk


def plant_wrong_group_total(filing):
    sql("UPDATE exams_groupsubmission SET persons = 3")
    return filing.submissions.get().pk


def plant_broken_sample(filing):
    sql("UPDATE exams_sampledraw SET drawn = '[]'")
    return SampleDraw.objects.get().pk


def plant_drawn_but_not_looked_at(filing):
    drawn = filing.entries.get(application__number__in=SampleDraw.objects.get().drawn).application_id
    sql("UPDATE exams_batchitem SET application_id = %s", drawn)
    return drawn


def plant_batch_undone(filing):
    sql("DELETE FROM exams_transition WHERE after = 'approved'")
    return BatchItem.objects.get().pk


def plant_roster_file_lost(filing):
    entry = entry_of(filing)
    sql("UPDATE portal_storedfile SET discarded_at = %s WHERE id = %s", clock.now(), entry.portrait_id)
    return entry.pk


PLANTS = {
    name.removeprefix("plant_"): plant for name, plant in list(globals().items()) if name.startswith("plant_")
}


def test_every_check_has_its_plant():
    assert set(PLANTS) == set(OFFENDERS)


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_violation_is_found(filing, code):
    planted = PLANTS[code](filing)
    assert planted in list(OFFENDERS[code]())


def accepted_though_refused(filing):
    sql("UPDATE exams_rosterrow SET accepted_at = made_at WHERE outcome = 'refused'")


def pending_though_taken(filing):
    sql("UPDATE exams_rosterrow SET accepted_at = NULL WHERE id = %s", entry_of(filing).row_id)


def miscounted(filing):
    RosterUpload.objects.update(counts={"new": 1, "changed": 1, "same": 1, "refused": 1})


def half_done(filing):
    RosterUpload.objects.update(total=5)


@pytest.mark.parametrize("plant", [accepted_though_refused, pending_though_taken, miscounted, half_done])
def test_a_roster_that_does_not_add_up_is_found(filing, plant):
    plant(filing)
    assert list(OFFENDERS["uncounted_roster"]()) == [filing.uploads.get().pk]


def test_a_roster_nobody_decided_about_has_only_pending_rows(filing):
    RosterRow.objects.update(accepted_at=None)
    RosterUpload.objects.update(state="checked")
    assert list(OFFENDERS["uncounted_roster"]()) == []


def test_a_row_corrected_at_the_counter_rests_on_the_one_before(filing):
    entry = entry_of(filing)
    entry.row = make_row(filing)
    entry.save()
    assert list(OFFENDERS["unwarranted_entry"]()) == [entry.pk]
    entry.application.amendments.create(
        id=uuid4(), field="jobs", old_value="甲", new_value="乙", reason="对照原件",
        amended_by=make_staff(), amended_at=clock.now(),
    )  # fmt: skip
    assert list(OFFENDERS["unwarranted_entry"]()) == []


def test_a_review_made_after_the_submission_does_not_count(filing):
    entry = entry_of(filing)
    entry.reviews.update(at=clock.now() + timedelta(days=1))
    assert list(OFFENDERS["unwarranted_entry"]()) == [entry.pk]
