"""The counter's pages of group filings: queues, lists, a batch from its originals to its approval, a clash decided."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from exams.filing.checks import latest_submission
from exams.filing.documents import form_code
from exams.filing.groups.batches import sampling
from exams.filing.groups.batches.models import BatchDecision, SampleDraw
from exams.filing.groups.models import Clash
from exams.filing.models import Application, Status
from exams.filing.numbers import draw_number
from portal import clock
from tests import factories
from tests.counter.test_lists import assert_clean
from tests.groups.factories import make_entry, make_filing
from tests.groups.test_batches import hand_in, look_at_the_drawn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def desk(frozen_day):
    frozen_day(clock.today())
    client = Client()
    client.staff = factories.make_staff("周敏")
    client.force_login(client.staff)
    return client


@pytest.fixture
def filing(desk):
    return make_filing()


@pytest.fixture
def batch(filing):
    return [make_entry(filing, name, stage="submitted") for name in ("赵一", "钱二", "孙三", "李四")]


@pytest.fixture
def submission(batch, filing):
    return filing.submissions.get()


@pytest.fixture
def clash(filing, batch):
    entry = make_entry(filing, "王秀英", stage="ready")
    entry.submission = filing.submissions.get()
    entry.obstacles = [{"code": "filed_twice", "sentence": "此人另有同项目申报。"}]
    entry.save()
    other = factories.make_application(entry.person, status=Status.SUBMITTED)
    return Clash.objects.create(id=uuid4(), entry=entry, other=other, found_at=clock.now())


def page(desk, name, *args, query="") -> str:
    answer = desk.get(reverse(f"admin:{name}", args=args) + query)
    assert answer.status_code == 200
    assert_clean(answer.content.decode(), name)
    return answer.content.decode()


def confirm(desk, name, submission, **more):
    """Open a page over a list and press its button."""
    address = reverse(f"admin:{name}", args=[submission.pk])
    seen = desk.get(address).context["form"].initial.get("seen", "")
    return desk.post(address, {"seen": seen, **more})


def queues(desk) -> dict[str, int]:
    return {one["title"]: one["count"] for one in desk.get(reverse("admin:index")).context["queues"]}


def test_a_batch_is_one_case_and_its_people_do_not_drown_the_others(desk, batch, clash):
    alone = factories.make_application(status=Status.SUBMITTED)
    found = queues(desk)
    assert found["待审核"] == 2, "the one alone, and the other one of the clash"
    assert found["团体申报待审核"] == 1
    assert found["重复申报待决定"] == 1
    individual = page(desk, "exams_application_changelist", query="?status__exact=submitted&by=person")
    assert alone.number in individual
    assert batch[0].application.number not in individual
    assert batch[0].application.number in page(desk, "exams_application_changelist", query="?by=institution")


def test_a_batch_goes_from_its_originals_to_its_approval(desk, batch, submission):
    hand_in(*batch[:3])
    text = page(desk, "exams_groupsubmission_change", submission.pk)
    assert "确认机构交来的 3 份" in text
    assert submission.filing.institution.permit_number in text
    assert "签名原件还没有交来。" in text
    confirm(desk, "confirm_originals", submission)
    answer = confirm(desk, "draw_sample", submission, percent=25)
    assert answer["Location"].endswith("?list=drawn")
    sample = SampleDraw.objects.get()
    published = json.loads(desk.get(reverse("admin:sample_json", args=[submission.pk])).content)
    assert sampling.problems(published) == []
    assert "抽中的人都审核完以后才能办理" in page(desk, "exams_groupsubmission_change", submission.pk)
    hand_in(*batch[3:])
    confirm(desk, "confirm_originals", submission)
    look_at_the_drawn(desk.staff, submission)
    assert "抽中 1 人：通过 1 人，退回 0 人" in page(desk, "exams_groupsubmission_change", submission.pk)
    assert "despite_sample" not in page(desk, "approve_batch", submission.pk)
    answer = confirm(desk, "approve_batch", submission)
    decision = BatchDecision.objects.get(deed="approve")
    assert answer["Location"] == reverse("admin:batch_decision", args=[decision.pk])
    assert "3 / 3 人" in page(desk, "batch_decision", decision.pk)
    assert set(Application.objects.values_list("status", flat=True)) == {Status.APPROVED}
    assert queues(desk)["团体申报待审核"] == 0
    assert sample.drawn


def test_a_sample_with_a_return_is_told_and_the_approval_asks_for_a_tick(desk, batch, submission):
    hand_in(*batch)
    confirm(desk, "confirm_originals", submission)
    confirm(desk, "draw_sample", submission, percent=50)
    assert "抽中 2 人：" not in page(desk, "exams_groupsubmission_change", submission.pk)
    pick = "&".join(f"pick={number}" for number in SampleDraw.objects.get().drawn)
    desk.post(reverse("admin:return_batch", args=[submission.pk]) + f"?{pick}", {"reasons": ["photo_unfit"]})
    outcome = "抽中 2 人：通过 0 人，退回 2 人"
    batch_text = page(desk, "exams_groupsubmission_change", submission.pk)
    assert outcome in batch_text
    assert "待审核 2 人" in batch_text
    asked = page(desk, "approve_batch", submission.pk)
    assert outcome in asked
    assert "抽查有人未通过，我已据此判断其余人员可以批量通过" in asked
    answer = confirm(desk, "approve_batch", submission)
    assert answer.context["form"].errors["despite_sample"]
    assert not BatchDecision.objects.filter(deed="approve").exists()
    confirm(desk, "approve_batch", submission, despite_sample="on")
    assert BatchDecision.objects.get(deed="approve").items.count() == 2


def test_each_person_is_listed_with_every_reason_and_filtered(desk, batch, submission):
    hand_in(batch[0])
    batch[0].portrait_hints = ["头部偏左"]
    batch[0].save()
    text = page(desk, "exams_groupsubmission_change", submission.pk, query="?list=single&reason=photo_hints")
    assert "赵一" in text
    assert "窗口还没有确认" in text
    assert "照片自动检查有提示" in text
    assert "钱二" not in text
    assert "没有符合筛选的人" in page(
        desk, "exams_groupsubmission_change", submission.pk, query="?list=single&q=王"
    )
    assert "没有须逐个处理的人" not in page(
        desk, "exams_groupsubmission_change", submission.pk, query="?list=nonsense&grade=x&page=99"
    )


def test_some_are_ticked_and_returned(desk, batch, submission):
    address = reverse("admin:return_batch", args=[submission.pk])
    picked = [entry.application.number for entry in batch[:2]]
    shown = desk.get(address, {"pick": picked}).content.decode()
    assert "赵一" in shown
    assert "孙三" not in shown
    desk.post(f"{address}?pick={picked[0]}&pick={picked[1]}", {"reasons": ["photo_unfit"]})
    status = dict(Application.objects.values_list("number", "status"))
    assert [status[entry.application.number] for entry in batch] == ["returned"] * 2 + ["submitted"] * 2
    answer = desk.get(address)
    assert answer.status_code == 302, "nobody ticked: back to the list"


def test_forms_are_scanned_several_at_once(desk, batch, submission):
    elsewhere = factories.make_application(status=Status.SUBMITTED)
    for application in (elsewhere, *(entry.application for entry in batch)):
        application.number = draw_number(2026)
        application.save()
    codes = [form_code(latest_submission(entry.application)) for entry in batch[:2]]
    stale = codes[1][:-1] + ("0" if codes[1][-1] != "0" else "1")
    lines = "\n".join([codes[0], codes[0], stale, "乱码", elsewhere.number, batch[2].application.number])
    answer = desk.post(reverse("admin:scan_originals", args=[submission.pk]), {"codes": lines})
    assert {one.number for one in answer.context["confirmed"]} == {
        batch[0].application.number,
        batch[2].application.number,
    }
    assert len(answer.context["refused"]) == 3
    assert "须重新打印签字" in answer.content.decode()
    assert "不在这次提交的待审核人员中" in answer.content.decode()


def test_a_running_decision_reloads_itself(desk, batch, submission):
    decision = BatchDecision.objects.create(
        id=uuid4(), submission=submission, deed="approve", decided_by=desk.staff, decided_at=clock.now()
    )
    answer = desk.get(reverse("admin:batch_decision", args=[decision.pk]))
    assert answer["Refresh"] == "3"
    assert "有批量办理还在进行" in page(desk, "exams_groupsubmission_change", submission.pk)


def test_a_clash_is_shown_side_by_side_and_decided(desk, clash):
    text = page(desk, "exams_clash_change", clash.pk)
    assert clash.other.number in text
    assert clash.entry.filing.number in text
    desk.post(
        reverse("admin:exams_clash_change", args=[clash.pk]),
        {"decision": "other", "reason": "本人选定原有申报"},
    )
    clash.refresh_from_db()
    assert (clash.decision, clash.decided_by) == ("other", desk.staff)
    assert "本人选定原有申报" in page(desk, "exams_clash_change", clash.pk)


def test_a_clash_with_money_says_what_to_do_first(desk, clash):
    Application.objects.filter(pk=clash.other_id).update(status=Status.APPROVED)
    factories.make_quote(clash.other)
    factories.pay(clash.other)
    assert "原有申报已收款" in page(desk, "exams_clash_change", clash.pk)
    answer = desk.post(
        reverse("admin:exams_clash_change", args=[clash.pk]), {"decision": "this", "reason": "机构已付费"}
    )
    assert "须先在窗口办理退费或冲正" in answer.content.decode()


def test_a_filing_shows_where_its_people_stand(desk, filing, batch):
    text = page(desk, "exams_groupfiling_change", filing.pk)
    assert "协会审核中" in text
    assert "4 人" in text
    assert filing.number in page(desk, "exams_groupfiling_changelist", query=f"?q={filing.number}")


def test_the_review_screen_tells_who_filed_and_reviewed(desk, batch, submission):
    text = page(desk, "exams_application_change", batch[0].application.pk)
    assert submission.filing.institution.permit_number in text
    assert "顾明" in text
    assert reverse("admin:exams_groupsubmission_change", args=[submission.pk]) in text
    following = desk.get(reverse("admin:exams_application_change", args=[batch[0].application.pk]))
    assert following.context["next_case"].startswith("/counter/exams/application/")


def test_the_next_case_stays_with_the_batch_and_begins_with_those_drawn(desk, batch, submission):
    alone, next_alone = (factories.make_application(status=Status.SUBMITTED) for _ in range(2))
    drawn = batch[2].application
    SampleDraw.objects.create(
        id=uuid4(), submission=submission, seed="s", percent=25, candidates=[], drawn=[drawn.number],
        drawn_by=desk.staff, drawn_at=clock.now(),
    )  # fmt: skip
    at = {"group": batch[0].application.pk, "alone": alone.pk}
    answers = {
        name: desk.get(reverse("admin:exams_application_change", args=[key])) for name, key in at.items()
    }
    assert str(drawn.pk) in answers["group"].context["next_case"]
    assert str(next_alone.pk) in answers["alone"].context["next_case"]


def test_after_one_was_approved_the_batch_is_shown_again(desk, batch, submission):
    application = batch[0].application
    desk.post(reverse("admin:verify_claim", args=[application.person.documents.get().pk]), {"seen": "on"})
    for check in latest_submission(application).checks.all():
        desk.post(reverse("admin:record_check", args=[application.pk, check.code]), {"result": "passed"})
    address = reverse("admin:approve_application", args=[application.pk])
    assert "由机构在" in desk.get(address).content.decode()
    answer = desk.post(address, {"seen_serial": 1})
    assert answer["Location"] == reverse("admin:exams_groupsubmission_change", args=[submission.pk])


def test_staff_without_the_permission_look_and_decide_nothing(batch, submission, clash):
    client = Client()
    client.force_login(factories.make_staff("看看", "exams.view_groupsubmission", "exams.view_clash"))
    answer = client.get(reverse("admin:exams_groupsubmission_change", args=[submission.pk]))
    assert answer.status_code == 200
    assert "退回所选" not in answer.content.decode()
    for name in ("approve_batch", "draw_sample", "confirm_originals", "scan_originals", "return_batch"):
        assert client.get(reverse(f"admin:{name}", args=[submission.pk])).status_code == 403
    assert client.post(reverse("admin:exams_clash_change", args=[clash.pk])).status_code == 403


def test_a_batch_page_asks_as_much_for_thirty_as_for_three(desk, filing):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked() -> int:
        address = reverse("admin:exams_groupsubmission_change", args=[filing.submissions.get().pk])
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    for name in ("赵一", "钱二", "孙三"):
        make_entry(filing, name, stage="submitted")
    asked()
    at_three = asked()
    for _ in range(27):
        make_entry(filing, stage="submitted")
    assert asked() == at_three


def test_institutions_are_listed_with_what_they_have(desk, batch, filing):
    make_filing(filing.institution.members.first())
    text = page(desk, "applicants_institution_changelist", query=f"?q={filing.institution.permit_number}")
    assert "2 次，4 份申报" in text
    assert f">{filing.institution.members.count()}<" in text
    assert "2 次，4 份申报" in page(desk, "applicants_institution_change", filing.institution.pk)


def test_a_filing_is_found_by_its_number(desk, filing):
    answer = desk.post(reverse("admin:find"), {"text": filing.number.lower()})
    assert answer["Location"] == reverse("admin:exams_groupfiling_change", args=[filing.pk])
