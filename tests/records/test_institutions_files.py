"""What an institution handed in with its filing is no part of the person's own record, nor the other way round."""

from uuid import uuid4

import pytest
from django.urls import reverse

from applicants.records.access import own_person
from applicants.records.actions import add_evidence
from applicants.records.models import Evidence, Job, Photo
from applicants.records.queries import counts_of_entries, evidence_of, personal_evidence
from exams.filing.answers import build_answers
from exams.filing.models import Status
from portal import clock
from portal.files import store
from portal.files.intake import EvidenceResult
from tests.factories import load_catalogue, make_application, make_institution, make_person
from tests.records.conftest import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def institution(db):
    load_catalogue()
    return make_institution()


def stored(person=None):
    return store.keep(
        picture(), kind="evidence", media_type="image/jpeg", display_name="身份证件.jpg", person_id=person
    )


def theirs(person, institution, code: str = "identity_document", **owner) -> Evidence:
    return Evidence.objects.create(
        id=uuid4(),
        person=person,
        code=code,
        file=stored(),
        institution=institution,
        added_at=clock.now(),
        **owner,
    )


def test_the_pages_of_the_record_show_none_of_it(client, account, institution) -> None:
    person = own_person(account)
    piece = theirs(person, institution)
    photo = Photo.objects.create(
        id=uuid4(),
        person=person,
        file=stored(),
        print_copy=stored(),
        institution=institution,
        added_at=clock.now(),
    )
    page = client.get(reverse("records:identity-evidence")).content.decode()
    assert str(piece.pk) not in page
    assert not personal_evidence(person, "identity_document").exists()
    for name, args in (
        ("records:photo-file", [photo.pk]),
        ("records:photo-preview", [photo.pk]),
        ("records:evidence-file", [piece.pk]),
        ("records:evidence-delete", [piece.pk]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 404
        assert client.post(reverse(name, args=args)).status_code in (404, 405)
    person.refresh_from_db()
    assert person.photo is None


def test_it_proves_no_entry_of_the_record(institution) -> None:
    person = make_person()
    job = Job.objects.get(person=person)
    theirs(person, institution, "work_proof", job=job)
    assert not evidence_of(job).exists()
    assert counts_of_entries(person)["jobs"] == (1, 1)


def test_an_application_of_ones_own_does_not_rest_on_it(institution) -> None:
    person = make_person()
    theirs(person, institution)
    own = Evidence.objects.create(person=person, code="work_proof", file=stored(), added_at=clock.now())
    answers = build_answers(make_application(person, status=Status.DRAFT))
    assert [row["id"] for row in answers["evidence"]] == [str(own.pk)]


def test_the_same_picture_uploaded_by_oneself_is_ones_own(institution) -> None:
    person = make_person()
    piece = theirs(person, institution)
    checked = EvidenceResult("身份证.jpg", "image/jpeg", store.read(piece.file), 1)
    own = add_evidence(actor=person.account, person=person, code="identity_document", checked=checked)
    assert own != piece
    assert own.institution is None
