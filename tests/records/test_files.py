"""Photo and evidence: checked, previewed, looked at by their owner only, each look logged, removed."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applicants.records.models import Evidence, Job, Person, Photo
from portal.audit.models import AccessEntry
from portal.files import store
from tests.factories import make_account, make_application
from tests.records.conftest import picture, upload
from tests.records.test_entries import JOB

PHOTO = "/my/record/photo/"
FILES = "/my/record/identity/files/"


def test_a_photo_counts_only_after_its_preview(client, account):
    response = client.post(PHOTO, {"file": upload(name="我.jpg"), "consent": "on"})
    photo = Photo.objects.get()
    assert response["Location"] == f"/my/record/photo/{photo.pk}/"
    assert Person.objects.get(account=account).photo is None
    assert "使用这张照片" in client.get(response["Location"]).content.decode()
    client.post(response["Location"])
    assert Person.objects.get(account=account).photo == photo


def test_the_photo_is_fitted_and_its_print_copy_small(client):
    client.post(PHOTO, {"file": upload(picture(1200, 900)), "consent": "on"})
    photo = Photo.objects.get()
    assert store.read(photo.file).startswith(b"\xff\xd8")
    assert photo.print_copy.size <= 30_000


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "空的"),
        (b"%PDF-1.7 not a photo", "PDF"),
        (b"GIF89a" + b"0" * 200, "GIF"),
        (picture(100, 140), ""),
        (b"\0" * (12 * 1024 * 1024 + 1), "超过上限 12 MB"),
    ],
)
def test_an_unfit_photo_is_refused_in_words(client, data, sentence):
    response = client.post(PHOTO, {"file": SimpleUploadedFile("a.jpg", data), "consent": "on"})
    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors["file"])
    assert "<title>有误：" in response.content.decode()
    assert not Photo.objects.exists()


def test_no_photo_without_consent(client):
    assert client.post(PHOTO, {"file": upload()}).status_code == 422
    assert not Photo.objects.exists()


def test_evidence_is_listed_looked_at_and_removed(client, account):
    assert (
        client.post(FILES, {"code": "identity_document", "file": upload(name="正面.png")}).status_code == 302
    )
    evidence = Evidence.objects.get()
    assert evidence.person.account == account
    assert "正面.jpg" in client.get(FILES).content.decode()
    shown = client.get(f"/my/record/files/{evidence.pk}/")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Cache-Control"] == "private, no-store"
    assert AccessEntry.objects.filter(kind="view_evidence", subject_id=str(evidence.pk)).count() == 1
    assert client.post(f"/my/record/files/{evidence.pk}/delete/")["Location"] == FILES
    assert client.get(f"/my/record/files/{evidence.pk}/").status_code == 404
    assert not client.get(FILES).context["files"]


def test_the_same_file_is_not_kept_twice(client):
    for _ in range(2):
        client.post(FILES, {"code": "identity_document", "file": upload()})
    assert Evidence.objects.count() == 1


def test_a_kind_of_evidence_that_does_not_belong_here_is_refused(client):
    response = client.post(FILES, {"code": "signed_form", "file": upload()})
    assert response.status_code == 422
    assert not Evidence.objects.exists()


def test_spent_quota_is_said_and_nothing_is_kept(client, settings):
    settings.FILE_QUOTA_BYTES = 100
    response = client.post(FILES, {"code": "identity_document", "file": upload()})
    assert response.status_code == 422
    assert "合计已达上限" in response.content.decode()
    assert not Evidence.objects.exists()


def test_a_stranger_finds_nothing(client, login):
    """Not yours equals not there, for every address that names a row (S2)."""
    key = str(uuid4())
    client.post("/my/record/jobs/add/", JOB | {"key": key})
    client.post(f"/my/record/jobs/{key}/files/", {"code": "work_proof", "file": upload()})
    client.post(PHOTO, {"file": upload(), "consent": "on"})
    photo, evidence = Photo.objects.get(), Evidence.objects.get()
    stranger = login(make_account("外人"))
    addresses = [
        f"/my/record/photo/{photo.pk}/",
        f"/my/record/photo/{photo.pk}/file/",
        f"/my/record/files/{evidence.pk}/",
        f"/my/record/files/{evidence.pk}/delete/",
        f"/my/record/jobs/{key}/",
        f"/my/record/jobs/{key}/delete/",
        f"/my/record/jobs/{key}/files/",
    ]
    for address in addresses:
        assert client.get(address).status_code == 200, address
        assert stranger.get(address).status_code == 404, address
        assert stranger.post(address).status_code in {404, 405}, address
    assert stranger.post("/my/record/jobs/add/", JOB | {"key": key, "employer": "别处"}).status_code == 404
    assert Job.objects.get().employer == JOB["employer"]
    assert Evidence.objects.get().removed_at is None


def test_where_the_person_came_from_is_kept_but_never_another_site(client):
    page = client.get("/my/record/jobs/?next=/my/applications/start/").content.decode()
    assert 'href="/my/applications/start/"' in page
    assert "evil.example" not in client.get("/my/record/jobs/?next=https://evil.example/").content.decode()
    response = client.post(
        "/my/record/education/", {"general_education": "bachelor", "next": "//evil.example"}
    )
    assert "evil" not in response["Location"]


def test_an_unknown_kind_of_entry_is_not_there(client):
    assert client.get("/my/record/secrets/").status_code == 404


def test_a_removed_file_is_deleted_for_good_unless_a_submission_may_rest_on_it(
    client, account, django_capture_on_commit_callbacks
):
    def remove() -> Evidence:
        client.post(FILES, {"code": "identity_document", "file": upload()})
        evidence = Evidence.objects.get(removed_at=None)
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"/my/record/files/{evidence.pk}/delete/")
        return Evidence.objects.select_related("file").get(pk=evidence.pk)

    before = remove()
    assert before.file.discarded_at is not None
    with pytest.raises(FileNotFoundError):
        store.read(before.file)
    client.post(FILES, {"code": "identity_document", "file": upload(picture(colour=90))})
    person = Person.objects.get(account=account)
    kept = person.evidence.get(removed_at=None)
    make_application(person, status="submitted")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/my/record/files/{kept.pk}/delete/")
    kept = Evidence.objects.select_related("file").get(pk=kept.pk)
    assert kept.removed_at is not None
    assert store.read(kept.file)
