"""Schooling, jobs, certificates, titles: added once, changed, removed; dates that cannot be are named."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applicants.records.kinds import KINDS
from applicants.records.models import Credential, Evidence, Job, Schooling, Title
from applicants.records.queries import overlaps
from portal.audit.models import AuditEntry
from tests.factories import make_person
from tests.records.conftest import upload

JOB = {
    "employer": "长宁区新华街道社区卫生服务中心",
    "position": "健康档案管理员",
    "relation": "same",
    "started_on_0": "2018",
    "started_on_1": "3",
    "started_on_2": "1",
    "employed": "on",
    "witness_name": "王丽娟",
    "witness_phone": "139 1234 5678",
}
LEFT = {"employed": "", "left_on_0": "2020", "left_on_1": "2", "left_on_2": "29"}
OTHERS = {
    "credentials": (
        Credential,
        {
            "occupation_name": "健康管理师",
            "grade": "4",
            "relation": "related",
            "number": "\uff11234-5678 x",
            "issued_on_0": "2020",
            "issued_on_1": "5",
            "issued_on_2": "6",
            "issuer": "上海市职业技能鉴定中心",
        },
    ),
    "titles": (
        Title,
        {
            "name": "主管护师",
            "rank": "intermediate",
            "corresponds": "yes",
            "obtained_on_0": "2019",
            "obtained_on_1": "1",
            "obtained_on_2": "2",
        },
    ),
    "schooling": (
        Schooling,
        {
            "school_name": "上海健康医学院",
            "school": "university",
            "programme": "bachelor",
            "major_name": "健康服务与管理",
            "major": "same",
            "status": "graduated",
            "on_0": "2015",
            "on_1": "7",
            "on_2": "1",
        },
    ),
}


def test_a_job_is_added_once_however_often_the_page_is_sent(client, account):
    key = str(uuid4())
    for _ in range(2):
        response = client.post("/my/record/jobs/add/", JOB | {"key": key})
        assert response["Location"] == f"/my/record/jobs/{key}/files/"
    job = Job.objects.get(person__account=account)
    assert (str(job.pk), job.left_on, job.witness_phone) == (key, None, "13912345678")
    assert job.occupation_code == "4-14-01-04"
    assert AuditEntry.objects.filter(action="records.add_entry").count() == 1


@pytest.mark.parametrize("slug", OTHERS)
def test_the_other_kinds_are_added_and_shown(client, slug):
    model, answers = OTHERS[slug]
    assert client.post(f"/my/record/{slug}/add/", answers).status_code == 302
    assert model.objects.count() == 1
    assert client.get(f"/my/record/{slug}/").status_code == 200


def test_a_certificate_number_is_kept_in_its_normal_form(client):
    client.post("/my/record/credentials/add/", OTHERS["credentials"][1])
    assert Credential.objects.get().number == "1234-5678X"


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"employed": ""}, "left_on", "还在职的，请勾选"),
        (LEFT | {"employed": "on"}, "left_on", "只保留一项"),
        (LEFT | {"left_on_0": "2018", "left_on_1": "2", "left_on_2": "28"}, "left_on", "早于开始日期"),
        (LEFT | {"left_on_0": "2019"}, "left_on", "没有 2019 年 2 月 29 日"),
        (LEFT | {"left_on_0": "2026", "left_on_1": "10", "left_on_2": "13"}, "left_on", "还没有到"),
        ({"started_on_0": "2026", "started_on_1": "10", "started_on_2": "13"}, "started_on", "还没有到"),
        ({"started_on_1": ""}, "started_on", "还缺月"),
        ({"relation": "cousin"}, "relation", ""),
        ({"employer": "长" * 101}, "employer", ""),
        ({"employer": "长\x00"}, "employer", ""),
        ({"witness_phone": "12"}, "witness_phone", "11 位"),
    ],
)
def test_wrong_dates_and_fields_are_refused_at_their_field(client, change, field, sentence):
    response = client.post("/my/record/jobs/add/", JOB | change)
    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors[field])
    assert not Job.objects.exists()


@pytest.mark.parametrize("last_day", [date(2026, 10, 11), date(2026, 10, 12)])
def test_the_last_day_worked_may_be_yesterday_or_today(client, last_day):
    parts = {
        f"left_on_{place}": part for place, part in enumerate((last_day.year, last_day.month, last_day.day))
    }
    assert client.post("/my/record/jobs/add/", JOB | LEFT | parts).status_code == 302
    assert Job.objects.get().left_on == last_day


def test_a_fixed_line_of_a_witness_is_understood(client):
    client.post("/my/record/jobs/add/", JOB | {"witness_phone": "\uff1021-54321678转8008"})
    assert Job.objects.get().witness_phone == "021-54321678转8008"
    assert "54321678" not in client.get("/my/record/jobs/").content.decode()


def test_changing_and_removing_an_entry_keeps_its_files_for_old_submissions(client, account):
    key = str(uuid4())
    client.post("/my/record/jobs/add/", JOB | {"key": key})
    client.post(f"/my/record/jobs/{key}/files/", {"code": "work_proof", "file": upload()})
    assert client.post(f"/my/record/jobs/{key}/", JOB | LEFT).status_code == 302
    assert Job.objects.get().left_on == date(2020, 2, 29)
    assert "删除后不能恢复" in client.get(f"/my/record/jobs/{key}/delete/").content.decode()
    assert Job.objects.exists()  # asking is not deleting
    assert client.post(f"/my/record/jobs/{key}/delete/").status_code == 302
    assert not Job.objects.exists()
    assert Evidence.objects.get().removed_at is not None
    assert client.post(f"/my/record/jobs/{key}/delete/").status_code == 404


def test_fields_that_are_not_on_the_form_change_nothing(client, account):
    stranger = make_person()
    client.post("/my/record/jobs/add/", JOB | {"person": str(stranger.pk), "occupation_code": "9-99"})
    job = Job.objects.get(person__account=account)
    assert job.occupation_code == "4-14-01-04"


def copy_entry(entry, times: int) -> None:
    fields = [field.attname for field in entry._meta.fields if field.attname != "id"]
    values = {name: getattr(entry, name) for name in fields}
    for _ in range(times):
        type(entry).objects.create(**values)


def test_a_record_takes_forty_jobs_and_no_more(client, account):
    client.post("/my/record/jobs/add/", JOB)
    copy_entry(Job.objects.get(), 39)
    response = client.post("/my/record/jobs/add/", JOB)
    assert response.status_code == 422
    assert "最多填写 40 条" in response.content.decode()
    assert Job.objects.count() == 40


def spell(first: date, last: date | None, relation: str = "same") -> Job:
    return Job(employer="甲", relation=relation, started_on=first, left_on=last)


@pytest.mark.parametrize(
    ("second", "days"),
    [
        (spell(date(2020, 2, 28), None), (date(2020, 2, 28), date(2020, 2, 28))),
        (spell(date(2020, 2, 29), None), None),
        (spell(date(2019, 1, 1), date(2019, 3, 1)), (date(2019, 1, 1), date(2019, 3, 1))),
        (spell(date(2019, 1, 1), date(2019, 3, 1), "other"), None),
    ],
)
def test_overlaps_are_told_to_the_day_and_only_of_counted_jobs(second, days):
    found = overlaps([spell(date(2018, 1, 1), date(2020, 2, 28)), second], date(2026, 10, 12))
    assert [(one.first, one.last) for one in found] == ([days] if days else [])


def test_two_open_jobs_overlap_until_today(client):
    client.post("/my/record/jobs/add/", JOB)
    client.post("/my/record/jobs/add/", JOB | {"started_on_0": "2020", "employer": "康健养老"})
    page = client.get("/my/record/jobs/").content.decode()
    assert "2020年3月1日至 2026年10月12日" in page
    assert "重叠的时间只算一次" in page


@pytest.mark.parametrize("slug", ["jobs", "credentials", "titles", "schooling"])
def test_list_of_entries_asks_as_often_for_forty_as_for_one(client, account, slug, django_assert_num_queries):
    answers = JOB if slug == "jobs" else OTHERS[slug][1]
    client.post(f"/my/record/{slug}/add/", answers)
    client.get(f"/my/record/{slug}/")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/my/record/{slug}/")
    copy_entry(KINDS[slug].model.objects.get(), 39)
    with django_assert_num_queries(len(one)):
        client.get(f"/my/record/{slug}/")
