"""A file that was no use is kept for thirty days and then deleted, with the reason left."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse

from exams.filing.groups.models import RosterUpload
from exams.filing.groups.rosters.retention import KEPT, forget_failed_uploads
from exams.tasks import forget_failed_uploads as task
from portal import clock
from portal.audit.models import AuditEntry
from tests.groups.factories import make_filing
from tests.groups.sheets import receive, typed, work_off
from tests.groups.sheets import stage as staged

pytestmark = pytest.mark.django_db


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


@pytest.fixture
def failed(frozen_day) -> RosterUpload:
    frozen_day(clock.today())
    upload = work_off(receive(make_filing(), b"%PDF-1.7"))
    assert upload.state == "failed"
    return upload


def on_disk(upload: RosterUpload) -> bool:
    return (settings.FILES_DIR / upload.file.path).exists()


def forgotten(committed) -> int:
    """What the task did; the bytes go once its transactions are through."""
    with committed(execute=True):
        return task()


def aged(upload: RosterUpload, age: timedelta) -> RosterUpload:
    upload.finished_at = clock.now() - age
    upload.save(update_fields=["finished_at"])
    return upload


def test_it_is_kept_until_its_term_is_over(failed):
    aged(failed, KEPT - timedelta(seconds=1))
    assert forget_failed_uploads() == 0
    assert on_disk(failed)


def test_then_its_bytes_go_and_the_reason_stays(failed, committed):
    aged(failed, KEPT + timedelta(seconds=1))
    reason = failed.problem
    assert forgotten(committed) == 1
    assert not on_disk(failed)
    failed.refresh_from_db()
    assert (failed.state, failed.problem, failed.report) == ("failed", reason, None)
    assert failed.file.discarded_at is not None
    assert AuditEntry.objects.filter(action="groups.forget_upload", subject_id=str(failed.pk)).count() == 1
    assert forgotten(committed) == 0


def test_what_was_given_up_half_way_loses_its_rows_too(frozen_day, committed):
    frozen_day(clock.today())
    upload = staged(make_filing(), [typed()])
    assert upload.rows.count() == 1
    upload.state = "failed"
    aged(upload, KEPT * 2).save()
    parsed = upload.parsed
    forgotten(committed)
    assert not upload.rows.exists()
    assert parsed is None or not (settings.FILES_DIR / parsed.path).exists()


def test_a_preview_that_waits_is_left_alone(frozen_day):
    frozen_day(clock.today())
    upload = aged(staged(make_filing(), [typed()]), KEPT * 2)
    assert forget_failed_uploads() == 0
    assert on_disk(upload)
    assert upload.rows.count() == 1


def test_the_page_says_until_when(failed, client, committed):
    client.force_login(failed.filing.opened_by)
    page = client.get(reverse("groups:upload", args=[failed.pk]))
    assert "原文件加密保存到" in page.content.decode()
    aged(failed, KEPT * 2)
    forgotten(committed)
    page = client.get(reverse("groups:upload", args=[failed.pk]))
    assert "删除。" in page.content.decode()
