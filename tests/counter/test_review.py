"""The review screen: facts and evidence, checks, decisions each with its confirm page, refusals shown, history."""

import pytest
from django.urls import reverse

from exams.filing.actions import reviewing
from exams.filing.checks import latest_submission
from exams.filing.documents import form_code
from exams.filing.models import Amendment, Application, Status
from portal.audit.models import AccessEntry
from tests import factories
from tests.filing.conftest import add_photo, pass_checks, ready_person, submitted


@pytest.fixture
def application(offering) -> Application:
    return submitted(ready_person(verified=False), offering)


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def screen(client, application) -> str:
    return client.get(at("exams_application_change", application.pk)).content.decode()


def test_it_shows_masked_facts_evidence_and_every_route(desk, application):
    page = screen(desk, application)
    number = str(application.person.documents.get().number)
    assert number not in page
    assert f"{number[:4]}**********{number[-4:]}" in page
    for evidence in application.person.evidence.all():
        assert at("evidence_picture", evidence.pk) in page
    for clause in ("附件1 四级第1项", "附件1 四级第2项", "附件1 四级第3项"):
        assert clause in page
    assert "提交申报" in page[page.index("办理记录") :]


def test_a_look_at_evidence_is_logged_and_needs_its_permission(desk, enter, application):
    evidence = application.person.evidence.first()
    answer = desk.get(at("evidence_picture", evidence.pk))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    look = AccessEntry.objects.get(kind="view_evidence")
    assert (look.actor_id, look.person_id) == (str(desk.staff.pk), str(application.person_id))
    arranger = enter("考务", "exams.view_application", "exams.arrange_session")
    assert arranger.get(at("evidence_picture", evidence.pk)).status_code == 403
    assert at("evidence_picture", evidence.pk) not in screen(arranger, application)


def test_the_whole_number_is_shown_for_a_reason_which_is_kept(desk, application):
    claim = application.person.documents.get()
    place = at("unmask_claim", claim.pk)
    assert str(claim.number) not in desk.get(place).content.decode()
    refused = desk.post(place, {"reason": ""}).content.decode()
    assert "请写明查看的理由" in refused
    assert str(claim.number) not in refused
    assert str(claim.number) in desk.post(place, {"reason": "电话核实"}).content.decode()
    assert AccessEntry.objects.get(kind="unmask_document").reason == "电话核实"


def test_the_way_from_the_original_to_the_payment_desk(desk, application):
    claim = application.person.documents.get()
    assert str(claim.number) in desk.get(at("verify_claim", claim.pk)).content.decode()
    assert AccessEntry.objects.filter(kind="unmask_document", reason="核对证件原件").exists()
    desk.post(at("verify_claim", claim.pk), {"seen": "on"})
    for check in latest_submission(application).checks.all():
        desk.post(at("record_check", application.pk, check.code), {"result": "passed"})
    answer = desk.post(at("approve_application", application.pk), {"seen_serial": 1})
    assert answer["Location"] == at("payment_desk", application.pk)
    application.refresh_from_db()
    assert application.status == Status.APPROVED


def test_a_refusal_says_everything_and_changes_nothing(desk, application):
    page = desk.post(at("approve_application", application.pk), {"seen_serial": 1}).content.decode()
    assert "身份证件还没有核对原件" in page
    assert page.count("不能审核通过") >= 5
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


def test_a_page_opened_before_the_answers_changed_cannot_approve(desk, application):
    page = screen(desk, application)
    assert f"{at('approve_application', application.pk)}?seen=1" in page
    reviewing.return_application(actor=desk.staff, application=application, reasons=[{"code": "photo_unfit"}])
    answer = desk.post(at("approve_application", application.pk), {"seen_serial": 1})
    assert "待补正" in answer.content.decode()


def test_nothing_is_decided_by_looking(desk, application):
    for name in ("approve_application", "reject_application", "return_application", "cancel_application"):
        assert desk.get(at(name, application.pk)).status_code == 200
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


def test_a_return_names_its_reasons_and_keeps_what_was_typed(desk, application):
    place = at("return_application", application.pk)
    page = desk.post(place, {"reasons": ["other"], "note": ""}).content.decode()
    assert "请写明要修改什么" in page
    assert 'value="other"' in page
    desk.post(place, {"reasons": ["photo_unfit", "other"], "note": "背景不是白色。"})
    last = application.transitions.last()
    assert [row["code"] for row in last.reasons] == ["photo_unfit", "other"]
    assert last.reasons[1]["sentence"] == "背景不是白色。"


def test_a_failed_check_needs_a_word(desk, application):
    place = at("record_check", application.pk, "work_proof")
    assert "请写明哪里不符" in desk.post(place, {"result": "failed", "note": ""}).content.decode()
    desk.post(place, {"result": "failed", "note": "没有公章"})
    assert "没有公章" in screen(desk, application)


def test_an_amendment_stands_with_old_and_new_value(desk, application):
    job = application.person.jobs.get()
    field = f"jobs.{job.pk}.employer"
    assert job.employer in desk.get(at("amend_field", application.pk, field)).content.decode()
    desk.post(
        at("amend_field", application.pk, field),
        {"value": "长宁区江苏路街道办事处", "reason": "照劳动合同原件"},
    )
    assert Amendment.objects.get().old_value == job.employer
    page = screen(desk, application)
    assert "<del>长宁区新华街道社区卫生服务中心</del>" in page
    assert "照劳动合同原件" in page
    assert desk.get(at("amend_field", application.pk, "jobs.x.y")).status_code == 404


def test_only_reviewers_may_decide(enter, application):
    looker = enter("考务", "exams.view_application")
    page = screen(looker, application)
    assert at("approve_application", application.pk) not in page
    assert looker.post(at("approve_application", application.pk), {"seen_serial": 1}).status_code == 403


def test_who_filed_cannot_review_their_own(desk, application):
    application.person.account.is_staff = True
    application.person.account.save()
    desk.force_login(application.person.account)
    application.person.account.user_permissions.set(desk.staff.user_permissions.all())
    page = desk.post(at("record_check", application.pk, "photo"), {"result": "passed"}).content.decode()
    assert "不能办理自己的" in page


def test_two_who_claim_one_document_are_shown_and_decided(desk, offering, application):
    claim = application.person.documents.get()
    other = factories.make_person(name="冒用者", verified=False).documents.get()
    type(other).objects.filter(pk=other.pk).update(number_index=claim.number_index)
    assert "冒用者" in screen(desk, application)
    assert "冒用者" in desk.get(at("claim_conflicts")).content.decode()
    desk.post(at("resolve_claim", claim.pk), {"seen": "on", "reason": "本人持原件到场"})
    claim.refresh_from_db()
    other.refresh_from_db()
    assert (claim.state, other.state) == ("verified", "refused")


def test_a_scanned_form_tells_whether_it_is_still_true(desk, application):
    code = form_code(latest_submission(application))
    answer = desk.post(at("find"), {"text": code})
    assert answer["Location"].endswith("?form=same")
    add_photo(application.person)
    desk.post(
        at("amend_field", application.pk, "identity.general_education"),
        {"value": "bachelor", "reason": "照毕业证书"},
    )
    answer = desk.post(at("find"), {"text": code}, follow=True)
    assert "报名表打印后，申报内容又有改动" in answer.content.decode()


def test_the_next_case_is_the_one_that_waits_longest_after_this(desk, offering, application):
    second = submitted(ready_person(name="李第二"), offering)
    assert f'href="{at("exams_application_change", second.pk)}" data-next-case' in screen(desk, application)
    assert f'href="{at("exams_application_change", application.pk)}" data-next-case' in screen(desk, second)


def test_an_approved_one_is_undone_with_a_reason(desk, offering):
    application = submitted(ready_person(), offering)
    pass_checks(application, desk.staff)
    desk.post(at("approve_application", application.pk), {"seen_serial": 1})
    assert "请写明理由" in desk.post(at("revoke_approval", application.pk), {"reason": ""}).content.decode()
    desk.post(at("revoke_approval", application.pk), {"reason": "点错了人"})
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED
    assert "点错了人" in screen(desk, application)
