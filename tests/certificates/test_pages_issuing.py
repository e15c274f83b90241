"""The counter's pages of issuing, ending and numbering: who may, what they see, what a wrong entry says."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applicants.accounts.groups import RECEPTION, SECOND, ensure_staff_groups
from applicants.records.models import DocumentClaim
from certificates.ending import ask_ending
from certificates.issuing import propose_batch
from certificates.making import make_certificates
from certificates.models import Certificate, Ending, ImportedNumber, IssueBatch, NumberSeries
from exams.results.models import Score
from exams.results.rechecks import ask_recheck
from portal.audit.models import AccessEntry
from tests import factories
from tests.certificates.people import issued, passed
from tests.certificates.test_importing import GOOD, sheet
from tests.conduct.procedure import Hands, opened
from tests.results.world import Team

pytestmark = pytest.mark.django_db

DUE = "admin:certificates_due"


@pytest.fixture(autouse=True)
def _no_second_factor(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def desk(client, team: Team):
    """Opens the counter as one of the team, or as somebody of a group."""

    def as_(who):
        if isinstance(who, str):
            account = factories.make_staff(f"{who}员", "portal.view_message")
            account.user_permissions.clear()
            account.groups.add(ensure_staff_groups()[who])
            who = account
        client.force_login(who)
        return client

    return as_


def text(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def change(row) -> str:
    return reverse(f"admin:certificates_{row._meta.model_name}_change", args=[row.pk])


def test_the_list_tells_who_is_due_and_why_others_are_not(team: Team, desk):
    due, frozen = passed(team, "陈志远", "吴梅")
    ask_recheck(actor=frozen.person.account, score=Score.objects.get(application=frozen, subject="theory"))
    client = desk(RECEPTION)
    page = text(client.get(reverse(DUE)))
    assert due.number in page
    assert frozen.number not in page
    blocked = text(client.get(reverse(DUE) + "?list=blocked"))
    assert frozen.number in blocked
    assert "有科目的成绩正在复核或更正" in blocked


@pytest.mark.parametrize(
    "query", ["?list=x&offering=x&institution=x&page=x", "?offering=99999999999999999999"]
)
def test_odd_filters_do_no_harm(team: Team, desk, query):
    passed(team, "陈志远")
    assert "陈志远" in text(desk(RECEPTION).get(reverse(DUE) + query))


def test_from_the_list_to_the_certificate_by_two_people(team: Team, desk):
    applications = passed(team, "陈志远", "吴梅")
    answer = desk(RECEPTION).post(reverse(DUE), {"pick": [one.number for one in applications]})
    batch = IssueBatch.objects.get()
    assert answer.url == change(batch)
    second = desk(SECOND)
    page = text(second.get(change(batch)))
    number = applications[0].person.documents.get().number
    assert number in page, "the face is looked at as it will be printed"
    assert AccessEntry.objects.filter(kind="certificate.batch_viewed").count() == 2
    assert second.get(reverse("admin:face_photo", args=[applications[0].pk]))["Content-Type"] == "image/jpeg"
    issue = reverse("admin:issue_batch", args=[batch.pk])
    assert "从顺序号 000001 起编 2 个" in text(second.get(issue))
    assert "已签发 2 张" in text(second.post(issue, follow=True))
    assert Certificate.objects.filter(batch=batch).count() == 2
    make_certificates()
    assert "打印" in text(second.get(change(batch)))


def test_all_at_once(team: Team, desk):
    passed(team, "陈志远", "吴梅")
    desk(RECEPTION).post(reverse(DUE), {"all": "yes"})
    assert IssueBatch.objects.get().applications.count() == 2


def test_whom_staff_should_look_at_twice_is_ticked_one_by_one(team: Team, desk):
    plain, accused = passed(team, "陈志远", "吴梅")
    case = opened(Hands(), accused.seats.get(subject="theory"))
    client = desk(RECEPTION)
    assert "没有留意事项的 1 人列为一批" in text(client.get(reverse(DUE)))
    client.post(reverse(DUE), {"all": "yes"})
    assert list(IssueBatch.objects.get().applications.all()) == [plain]
    client.post(reverse(DUE), {"pick": [accused.number]})
    batch = IssueBatch.objects.get(applications=accused)
    said = text(desk(team.second).get(reverse("admin:issue_batch", args=[batch.pk])))
    assert f"留意 吴梅：有违纪违规案件 {case.number} 正在办理" in said


@pytest.mark.parametrize("typed", [{}, {"pick": ["没有这个号"]}])
def test_nobody_ticked(team: Team, desk, typed):
    passed(team, "陈志远")
    assert "请先勾选" in text(desk(RECEPTION).post(reverse(DUE), typed, follow=True))
    assert not IssueBatch.objects.exists()


def test_the_proposer_reads_that_another_must_sign(team: Team, desk):
    batch = propose_batch(actor=team.maker, applications=passed(team, "陈志远"))
    client = desk(team.maker)
    assert "须由另一位工作人员签发" in text(client.get(change(batch)))
    answer = client.post(reverse("admin:issue_batch", args=[batch.pk]))
    assert "证书须由提出人以外的另一位工作人员签发" in text(answer)
    assert not Certificate.objects.exists()


@pytest.mark.parametrize("who", [RECEPTION, SECOND])
def test_a_batch_is_dropped_with_a_reason_by_who_proposes_or_issues(team: Team, desk, who):
    batch = propose_batch(actor=team.maker, applications=passed(team, "陈志远"))
    client, drop = desk(who), reverse("admin:drop_issue_batch", args=[batch.pk])
    assert drop in text(client.get(change(batch)))
    assert "请写明理由" in text(client.post(drop, {"reason": " "}))
    client.post(drop, {"reason": "一人的照片不清楚"})
    batch.refresh_from_db()
    assert batch.dropped_at is not None
    page = text(client.get(change(batch)))
    assert "已放弃" in page
    assert "一人的照片不清楚" in page


def test_who_may_not_gets_no_further(team: Team, desk):
    batch = propose_batch(actor=team.maker, applications=passed(team, "陈志远"))
    assert desk(RECEPTION).get(reverse("admin:issue_batch", args=[batch.pk])).status_code == 403
    assert desk(SECOND).get(reverse(DUE)).status_code == 403
    assert desk(SECOND).get(reverse("admin:import_numbers")).status_code == 403
    stranger = factories.make_staff("旁人", "exams.check_in")
    assert desk(stranger).get(change(batch)).status_code == 403
    looker = factories.make_staff("旁观", "certificates.view_certificate")
    assert desk(looker).get(reverse("admin:drop_issue_batch", args=[batch.pk])).status_code == 403


@pytest.fixture
def certificate(team: Team) -> Certificate:
    (one,) = issued(team, *passed(team, "陈志远"))
    make_certificates()
    one.refresh_from_db()
    return one


def test_a_certificate_is_shown_and_printed_and_the_look_logged(desk, certificate: Certificate):
    client = desk(RECEPTION)
    page = text(client.get(change(certificate)))
    assert certificate.face["document_number"] in page
    assert client.get(reverse("admin:certificate_file", args=[certificate.pk])).content.startswith(b"%PDF")
    assert client.get(reverse("admin:certificate_photo", args=[certificate.pk])).status_code == 200
    assert AccessEntry.objects.filter(kind="certificate.viewed", subject_id=str(certificate.pk)).count() == 3


def test_reissue_through_the_pages(desk, certificate: Certificate):
    ask = reverse("admin:ask_ending", args=[certificate.pk])
    assert "请写明理由" in text(desk(RECEPTION).post(ask, {"kind": "reissue", "reason": ""}))
    assert "请从列出的几项中选择" in text(desk(RECEPTION).post(ask, {"kind": "decision", "reason": "x"}))
    assert "没有需要更正的内容" in text(desk(RECEPTION).post(ask, {"kind": "correction", "reason": "改名"}))
    desk(RECEPTION).post(ask, {"kind": "reissue", "reason": "遗失"})
    ending = Ending.objects.get()
    assert desk(RECEPTION).get(reverse("admin:confirm_ending", args=[ending.pk])).status_code == 403
    page = text(desk(SECOND).post(reverse("admin:confirm_ending", args=[ending.pk]), follow=True))
    fresh = Certificate.objects.get(replaces=certificate)
    assert fresh.number in page
    old = text(desk(SECOND).get(change(certificate)))
    assert "已换发" in old
    assert change(fresh) in old


def test_a_correction_shows_before_and_after(team: Team, desk, certificate: Certificate):
    DocumentClaim.objects.update(name="陈致远")
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="correction", reason="改名")
    page = text(desk(SECOND).get(reverse("admin:confirm_ending", args=[ending.pk])))
    assert "陈志远 改为 陈致远" in page


def test_a_request_is_dropped(team: Team, desk, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    desk(RECEPTION).post(reverse("admin:drop_ending", args=[ending.pk]))
    ending.refresh_from_db()
    assert ending.dropped_at is not None


def test_a_held_certificate_is_retried(desk, certificate: Certificate):
    Certificate.objects.update(file=None, made_at=None, hold_reason="缺字")
    listed = text(desk(SECOND).get(reverse("admin:certificates_certificate_changelist") + "?print=held"))
    assert "缺字" in listed
    desk(SECOND).post(reverse("admin:retry_certificate", args=[certificate.pk]))
    certificate.refresh_from_db()
    assert certificate.hold_reason == ""


def test_numbers_are_imported_from_a_sheet(team: Team, desk):
    client, page = desk(team.third), reverse("admin:import_numbers")
    bad = SimpleUploadedFile("编号.xlsx", sheet(GOOD[0], "S1"))
    assert "第 3 行（S1）不是 22 位的证书编号" in text(client.post(page, {"file": bad}))
    assert "请选择文件" in text(client.post(page, {}))
    assert "是空的" in text(client.post(page, {"file": SimpleUploadedFile("空.xlsx", b"")}))
    assert not ImportedNumber.objects.exists()
    answer = client.post(page, {"file": SimpleUploadedFile("编号.xlsx", sheet(*GOOD))}, follow=True)
    assert "已导入 2 个编号" in text(answer)
    assert GOOD[0] in text(client.get(answer.redirect_chain[-1][0] + "?used=no"))


def test_a_series_is_opened(team: Team, desk):
    client, page = desk(team.third), reverse("admin:open_series")
    assert "1 到 999999" in text(client.post(page, {"year": 2026, "grade": 4, "first_serial": 0}))
    client.post(page, {"year": 2026, "grade": 4, "first_serial": 121})
    assert NumberSeries.objects.get().next_serial == 121
    assert "S000031000001264000121" in text(client.get(reverse("admin:certificates_numberseries_changelist")))


@pytest.mark.parametrize("model", ["issuebatch", "certificate", "ending", "importednumber", "numberseries"])
def test_lists_ask_as_often_for_many_as_for_one(team: Team, desk, model, django_assert_max_num_queries):
    certificates = issued(team, *passed(team, "陈志远", "吴梅", "林晓"))
    for one in certificates:
        ask_ending(actor=team.maker, certificate=one, kind="void", reason="错发")
    client, page = desk(team.third), reverse(f"admin:certificates_{model}_changelist")
    client.get(page)
    with django_assert_max_num_queries(16):
        assert client.get(page).status_code == 200


@pytest.mark.parametrize("query", ["?stage=open", "?stage=issued", "?stage=dropped"])
def test_batches_by_stage(team: Team, desk, query):
    propose_batch(actor=team.maker, applications=passed(team, "陈志远"))
    page = text(desk(SECOND).get(reverse("admin:certificates_issuebatch_changelist") + query))
    assert (IssueBatch.objects.get().number in page) == (query == "?stage=open")


def test_queues_count_what_waits(team: Team, desk, certificate: Certificate):
    passed(team, "吴梅")
    batch = propose_batch(actor=team.maker, applications=passed(team, "林晓"))
    ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    page = text(desk(team.third).get(reverse("admin:index")))
    for queue in ("待发证", "发证批次待签发", "证书作废、换发待复核"):
        assert queue in page
    assert batch.applications.count() == 1
