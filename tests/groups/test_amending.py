"""A correction at the counter of somebody an institution filed: a new roster row, never the person's own record."""

import pytest

from exams.filing.actions.amending import amend_field
from exams.filing.checks import latest_submission
from exams.filing.groups.models import RosterEntry
from exams.filing.models import Application
from portal.rules.findings import Refused
from tests.factories import make_staff
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return make_entry(make_filing(), stage="submitted")


def amend(entry, field: str, value) -> RosterEntry:
    amend_field(
        actor=make_staff("周敏"),
        application=entry.application,
        field=field,
        value=value,
        reason="对照劳动合同",
    )
    return RosterEntry.objects.select_related("row", "person").get(pk=entry.pk)


def job(entry) -> dict:
    return entry.row.content["record"]["jobs"][0]


def test_a_corrected_job_stands_in_a_new_row_and_nowhere_else(entry):
    before = entry.row
    after = amend(entry, f"jobs.{job(entry)['id']}.started_on", "2013-09-01")
    assert after.row != before
    assert job(after)["started_on"] == "2013-09-01"
    before.refresh_from_db()
    assert before.content["record"]["jobs"][0]["started_on"] == "2012-03-01", "what was filed stays"
    assert after.row.made_by.name == "周敏"
    assert (after.row.upload, after.row.outcome) == (None, "changed")
    assert after.row.accepted_at is not None
    assert after.row.content_digest != before.content_digest
    assert after.person.jobs.count() == 0
    submission = latest_submission(Application.objects.get(pk=entry.application_id))
    assert (submission.serial, submission.answers["jobs"][0]["started_on"]) == (2, "2013-09-01")


def test_a_correction_that_closes_the_route_shows_in_the_row(entry):
    after = amend(entry, f"jobs.{job(entry)['id']}.left_on", "2013-01-01")
    assert after.row.eligible is False


def test_an_answer_about_the_person_leaves_their_record_alone(entry):
    education = entry.person.general_education
    after = amend(entry, "identity.general_education", "bachelor")
    assert after.row.content["record"]["identity"]["general_education"] == "bachelor"
    assert after.person.general_education == education


def test_the_name_of_the_verified_document_is_carried_into_the_row(entry):
    entry.person.name = "王秀瑛"
    entry.person.save()
    after = amend(entry, "identity.name", None)
    assert (after.row.name, after.row.content["record"]["identity"]["name"]) == ("王秀瑛", "王秀瑛")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("left_on", "2001-01-01", "contradiction"),
        ("started_on", "不是日期", "bad_value"),
        ("employer", "", "bad_value"),
        ("employer", "长宁区新华街道社区卫生服务中心", "nothing_changed"),
    ],
)
def test_what_cannot_stand_there_is_refused(entry, name, value, code):
    with pytest.raises(Refused) as refusal:
        amend(entry, f"jobs.{job(entry)['id']}.{name}", value)
    assert {one.code for one in refusal.value.findings} == {code}
    entry.refresh_from_db()
    assert job(entry)["started_on"] == "2012-03-01"


def test_a_witness_is_reached_at_a_number_read_like_any_other(entry):
    after = amend(entry, f"jobs.{job(entry)['id']}.witness_phone", "139 0000 0009")
    assert job(after)["witness_phone"] == "13900000009"


def test_the_sheets_cells_follow_so_that_the_institution_mends_from_there(entry):
    """A second place of the sheet may hold the record's only job; words stand as the sheet writes them."""
    row = entry.row
    row.content = row.content | {
        "cells": {"jobs_1_relation": "否", "jobs_2_employer": "长宁区新华街道社区卫生服务中心"}
    }
    row.save()
    entry.refresh_from_db()
    after = amend(entry, f"jobs.{job(entry)['id']}.relation", "related")
    assert after.row.content["cells"]["jobs_2_relation"] == "相关职业"
    entry.refresh_from_db()
    after = amend(entry, f"jobs.{job(entry)['id']}.left_on", "2025-12-31")
    assert after.row.content["cells"]["jobs_2_left_on"] == "2025-12-31"
    entry.refresh_from_db()
    after = amend(entry, "identity.general_education", "bachelor")
    assert after.row.content["cells"]["general_education"] == "本科"
    after = amend(entry, "identity.intends_to_work", False)
    assert after.row.content["cells"]["intends_to_work"] == "否"
