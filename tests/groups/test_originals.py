"""The signed originals of a group: its forms in one document, and what the institution handed in (A3-1)."""

import io
import subprocess
from datetime import date

import pikepdf
import pytest
from PIL import Image

from exams.filing.groups.models import RosterEntry
from exams.filing.groups.people.originals import group_form_pdf, hand_in, originals_of, parts_of, take_back
from exams.filing.models import Check, Submission
from portal import clock
from portal.audit.models import AccessEntry
from portal.files import store
from portal.rules.findings import Refused
from tests.factories import make_member
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


def with_portrait(entry):
    """A portrait that can be printed."""
    data = io.BytesIO()
    Image.new("RGB", (413, 579), "#d5dedb").save(data, "JPEG")
    file = store.keep(data.getvalue(), kind="photo", media_type="image/jpeg", display_name="照片.jpg")
    entry.photo.file = entry.photo.print_copy = file
    entry.photo.save()
    return entry


def filed(filing, name="王秀英"):
    return with_portrait(make_entry(filing, name, stage="submitted"))


def text_of(document):
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=document, capture_output=True, check=True)
    return done.stdout.decode()


def papers(filing):
    return {entry.row.name: entry.paper for entry in originals_of(filing)}


def test_one_document_holds_the_list_and_every_form_in_its_order(filing):
    entries = [filed(filing, name) for name in ("王秀英", "赵国强")]
    make_entry(filing, "周丽华", stage="ready")
    document = group_form_pdf(actor=filing.opened_by, submission=entries[0].submission)
    text = text_of(document)
    cover = text[: text.index("职业技能评价报名表")]
    assert filing.number in cover
    assert "周丽华" not in text
    places = [cover.index(entry.application.number) for entry in entries]
    assert places == sorted(places)
    with pikepdf.open(io.BytesIO(document)) as pages:
        assert len(pages.pages) >= 3


def test_the_look_at_each_form_is_logged(filing):
    entry = filed(filing)
    group_form_pdf(actor=filing.opened_by, submission=entry.submission)
    look = AccessEntry.objects.get(kind="print_form")
    assert (look.person_id, look.actor_id) == (str(entry.person_id), str(filing.opened_by.pk))


def test_a_name_no_font_prints_is_named_on_the_cover_and_the_others_are_there(filing):
    entries = [filed(filing, "王秀英"), filed(filing, "赵\U0003fffd强")]
    text = text_of(group_form_pdf(actor=filing.opened_by, submission=entries[0].submission))
    assert "赵（生僻字）强" in text
    assert entries[1].application.number in text
    assert "含生僻字，未印" in text
    assert "后附报名表 1 份" in text


def test_there_is_no_part_beyond_the_last(filing):
    entry = filed(filing)
    assert parts_of(entry.submission) == 1
    for part in (0, 2):
        with pytest.raises(Refused):
            group_form_pdf(actor=filing.opened_by, submission=entry.submission, part=part)


def test_handing_in_names_the_submission_and_may_be_undone(filing):
    entry = filed(filing)
    assert papers(filing) == {"王秀英": "due"}
    assert hand_in(actor=filing.opened_by, filing=filing, entries=[entry.pk]) == 1
    entry.refresh_from_db()
    assert (entry.handed_in_serial, entry.handed_in_by) == (1, filing.opened_by)
    assert papers(filing) == {"王秀英": "handed"}
    take_back(actor=filing.opened_by, filing=filing, entries=[entry.pk])
    entry.refresh_from_db()
    assert (entry.handed_in_serial, entry.handed_in_at, entry.handed_in_by) == (None, None, None)


def test_all_that_are_due_are_handed_in_at_once(filing):
    for name in ("王秀英", "赵国强"):
        filed(filing, name)
    make_entry(filing, "周丽华", stage="ready")
    assert hand_in(actor=filing.opened_by, filing=filing, entries=None) == 2
    with pytest.raises(Refused):
        hand_in(actor=filing.opened_by, filing=filing, entries=None)


def test_a_form_of_before_the_mending_is_due_again(filing):
    entry = filed(filing)
    hand_in(actor=filing.opened_by, filing=filing, entries=[entry.pk])
    first = entry.application.submissions.get()
    Submission.objects.create(
        application=entry.application,
        serial=2,
        at=clock.now(),
        judged_on=clock.today(),
        submitted_by=filing.opened_by,
        answers=first.answers,
        facts=first.facts,
        verdict=first.verdict,
        answers_digest=first.answers_digest,
    )
    assert papers(filing) == {"王秀英": "due"}


def test_what_the_counter_confirmed_is_not_taken_back(filing):
    entry = filed(filing)
    hand_in(actor=filing.opened_by, filing=filing, entries=[entry.pk])
    Check.objects.filter(code="signed_form").update(result=Check.Result.PASSED)
    assert papers(filing) == {"王秀英": "confirmed"}
    with pytest.raises(Refused):
        take_back(actor=filing.opened_by, filing=filing, entries=[entry.pk])


def test_a_viewer_hands_in_nothing(filing):
    entry = filed(filing)
    viewer = make_member(filing.institution, "viewer").account
    with pytest.raises(Refused):
        hand_in(actor=viewer, filing=filing, entries=[entry.pk])


def test_somebody_of_another_filing_is_not_handed_in_through_this_one(filing):
    other = make_filing(make_member(filing.institution))
    stranger = filed(other)
    filed(filing)
    with pytest.raises(Refused):
        hand_in(actor=filing.opened_by, filing=filing, entries=[stranger.pk])
    assert RosterEntry.objects.get(pk=stranger.pk).handed_in_serial is None
