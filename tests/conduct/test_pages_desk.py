"""The counter's pages of misconduct: the record on a phone, the procedure step by step, every effect seen first."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.conduct.models import Case, Decision, Incident, ToldItem
from exams.conduct.queries import Stage, stage_of
from exams.conduct.telling import open_items
from portal.audit.models import AccessEntry
from tests import factories
from tests.conduct import procedure


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def seats(hands):
    return procedure.sat("欧阳晓蕾", "王䶮")


@pytest.fixture
def enter():
    def come_in(account) -> Client:
        client = Client()
        client.force_login(account)
        return client

    return come_in


@pytest.fixture
def case(hands, seats):
    session, (seat, _) = seats
    return procedure.opened(hands, seat, incident=procedure.incident_of(hands, session, seat))


def at(name: str, key: object) -> str:
    return reverse(f"admin:{name}", args=[key])


def case_page(case: Case) -> str:
    return at("exams_case_change", case.pk)


def incident_form(hands, seat, **typed: str) -> dict[str, str]:
    return {
        "kind": "behaviour",
        "at": "09:35",
        "text": "考生离开座位，提醒后仍与邻座说话。",
        "witness": str(hands.decider.pk),
        "p-TOTAL_FORMS": "1",
        "p-INITIAL_FORMS": "0",
        "p-0-seat": str(seat.pk),
        "p-0-warned_at": "09:33",
        "p-0-went_on": "on",
        "p-0-signature": "refused",
    } | typed


def test_an_incident_is_recorded_with_people_warning_and_refusal_to_sign(hands, seats, enter):
    session, (seat, _) = seats
    desk = enter(hands.opener)
    assert at("record_incident", session.pk) in desk.get(reverse("admin:incident_sessions")).content.decode()
    answer = desk.post(at("record_incident", session.pk), incident_form(hands, seat))
    incident = Incident.objects.get()
    assert answer["Location"] == at("exams_incident_change", incident.pk)
    row = incident.persons.get()
    assert (row.seat, row.went_on, row.signature) == (seat, True, "refused")
    page = desk.get(answer["Location"]).content.decode()
    for words in ("提醒后仍与邻座说话", "欧阳晓蕾", "仍不改正", "拒绝签字，由两名工作人员注明", "顾晓峰"):
        assert words in page
    assert desk.get(at("incident_pdf", incident.pk))["Content-Type"] == "application/pdf"
    looked = AccessEntry.objects.filter(person_id=str(seat.person_id)).values_list("kind", flat=True)
    assert set(looked) == {"incident.viewed", "incident_record.downloaded"}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": ""}, "请写明经过"),
        ({"witness": ""}, "请选择另一名在场的工作人员"),
        ({"kind": ""}, "请选择情况类别"),
        ({"at": "25:99"}, "有效的时间"),
        ({"at": "18:30"}, "发生时间还没有到"),
        ({"p-0-warned_at": ""}, "请填写提醒时间"),
        ({"p-0-signature": ""}, "请注明本人签字，还是拒绝签字"),
        ({"p-0-seat": "", "p-0-signature": ""}, "请选择这是哪一位考生"),
    ],
)
def test_what_is_wrong_in_a_record_is_said_and_what_was_typed_is_kept(hands, seats, enter, wrong, sentence):
    session, (seat, _) = seats
    page = enter(hands.opener).post(at("record_incident", session.pk), incident_form(hands, seat, **wrong))
    text = page.content.decode()
    assert sentence in text
    assert wrong.get("text") == "" or "提醒后仍与邻座说话" in text
    assert not Incident.objects.exists()


def test_one_more_examinee_keeps_what_was_typed_and_scolds_nobody_yet(hands, seats, enter):
    session, (seat, _) = seats
    typed = incident_form(hands, seat, text="写到一半", witness="", more="1")
    page = enter(hands.opener).post(at("record_incident", session.pk), typed).content.decode()
    assert "写到一半" in page
    assert 'name="p-1-seat"' in page
    assert f'value="{seat.pk}" selected' in page
    assert "field-error" not in page
    assert not Incident.objects.exists()


def test_a_case_is_opened_from_the_record_and_from_an_application(hands, seats, enter):
    session, (seat, other) = seats
    incident = procedure.incident_of(hands, session, seat)
    desk = enter(hands.opener)
    address = at("open_case", seat.application_id) + f"?incident={incident.pk}"
    page = desk.get(address).content.decode()
    assert procedure.FACTS in page
    assert "附件3 二（违反考场规则）：取消本次申报这一科目的成绩" in page
    typed = {"act_on": "2026-10-12", "facts": "抄看纸条", "seat": seat.pk, "incident": incident.pk}
    assert "请选择附件3 列明的一项行为" in desk.post(address, typed).content.decode()
    answer = desk.post(address, typed | {"act": "A3-3.2"})
    case = Case.objects.get()
    assert (answer["Location"], case.incident, case.seat) == (case_page(case), incident, seat)
    later = {"act": "A3-1", "act_on": "2026-10-12", "facts": "社保记录系伪造", "seat": "", "incident": ""}
    desk.post(at("open_case", other.application_id), later)
    assert Case.objects.get(act="A3-1").incident is None


def test_an_act_that_needs_a_warning_is_refused_without_its_record(hands, seats, enter):
    _, (seat, _) = seats
    typed = {"act": "A3-2.1", "act_on": "2026-10-12", "facts": "手机", "seat": seat.pk, "incident": ""}
    page = enter(hands.opener).post(at("open_case", seat.application_id), typed).content.decode()
    assert "须经提醒拒不改正才能处理" in page
    assert not Case.objects.exists()


def test_the_whole_procedure_is_walked_on_the_pages(hands, case, enter):
    opener, decider, reviewer = enter(hands.opener), enter(hands.decider), enter(hands.reviewer)
    page = opener.get(case_page(case)).content.decode()
    assert "发出拟处理告知" in page
    told = {"facts": "抄看纸条", "reasons": "与试题有关", "how": "当面", "on": "2026-10-12"}
    opener.post(at("notice_case", case.pk), told)
    assert "截至 2026年10月19日（周一）" in opener.get(case_page(case)).content.decode()
    opener.post(at("state_case", case.pk), {"text": "我没有抄", "how": "窗口", "on": "2026-10-12"})
    assert "您是立案人" in opener.get(case_page(case)).content.decode()

    chosen = {"body": "own", "effective_on": "2026-10-12", "reasons": "录像清楚"}
    preview = decider.post(at("decide_case", case.pk), chosen)
    text = preview.content.decode()
    for words in ("取消理论知识、操作技能的成绩", "自 2026年10月12日 至 2026年12月31日", "录像清楚"):
        assert words in text
    assert not Decision.objects.exists()
    decider.post(at("decide_case", case.pk), chosen | {"seen": preview.context["seen"]})
    decision = Decision.objects.get()
    assert decision.decided_by == hands.decider

    opener.post(at("serve_case", case.pk), {"how": "当面签收", "on": "2026-10-12"})
    asked = {"text": "请看录像", "how": "来信", "on": "2026-10-12"}
    opener.post(at("ask_case_review", case.pk), asked)
    reviewer.post(at("uphold_case", case.pk), {"text": "录像已看"})
    assert stage_of(Case.objects.get()) == Stage.FINAL
    page = reviewer.get(case_page(case)).content.decode()
    for words in ("现场记录", "立案", "拟处理告知", "陈述申辩", "处理决定", "送达", "申请复核", "复核维持"):
        assert words in page
    for name, key in (
        ("case_notice_pdf", case.steps.get(kind="notice").pk),
        ("case_decision_pdf", case.pk),
        ("case_answer_pdf", case.pk),
    ):
        assert reviewer.get(at(name, key))["Content-Type"] == "application/pdf"
    kinds = set(AccessEntry.objects.filter(person_id=str(case.person_id)).values_list("kind", flat=True))
    assert {"case.viewed", "case_paper.downloaded"} <= kinds


@pytest.fixture
def ready(hands, case):
    return procedure.stated(hands, procedure.notified(hands, case))


CHOSEN = {"body": "own", "effective_on": "2026-10-12", "reasons": "录像清楚"}


def test_nothing_is_decided_before_its_effects_were_seen(hands, ready, enter):
    decider = enter(hands.decider)
    decider.post(at("decide_case", ready.pk), CHOSEN)
    decider.post(at("decide_case", ready.pk), CHOSEN | {"seen": "0" * 64})
    assert not Decision.objects.exists()


def test_effects_that_changed_since_are_shown_again(hands, ready, enter):
    decider = enter(hands.decider)
    seen = decider.post(at("decide_case", ready.pk), CHOSEN).context["seen"]
    later = CHOSEN | {"effective_on": "2026-10-20", "seen": seen}
    page = decider.post(at("decide_case", ready.pk), later).content.decode()
    assert "预览以后情况有变化" in page
    assert "自 2026年10月20日" in page
    assert not Decision.objects.exists()


def test_going_back_from_the_effects_keeps_what_was_chosen(hands, ready, enter):
    page = enter(hands.decider).post(at("decide_case", ready.pk), CHOSEN | {"edit": "1"}).content.decode()
    assert "预览全部后果" in page
    assert "录像清楚" in page


def test_who_opened_the_case_does_not_decide_it(hands, ready, enter):
    opener = enter(hands.opener)
    seen = opener.post(at("decide_case", ready.pk), CHOSEN).context["seen"]
    page = opener.post(at("decide_case", ready.pk), CHOSEN | {"seen": seen}).content.decode()
    assert "须由立案人以外的另一位工作人员作出" in page
    assert not Decision.objects.exists()


def test_what_is_wrong_in_a_decision_is_said_at_the_field(hands, seats, enter):
    case = procedure.opened(hands, seats[1][0], "A3-4.4")
    procedure.stated(hands, procedure.notified(hands, case, severity="minor"))
    decider = enter(hands.decider)
    typed = {"body": "own", "effective_on": "2027-10-12", "reasons": "", "severity": "serious"}
    assert "请写明处理决定的理由" in decider.post(at("decide_case", case.pk), typed).content.decode()
    page = decider.post(at("decide_case", case.pk), typed | {"reasons": "替考"}).content.decode()
    assert "不能直接加重" in page
    assert "30 天以内" in page


def test_a_reversal_says_first_what_returns_and_undoes_nothing_by_looking(hands, ready, enter):
    decision = procedure.decided(hands, ready)
    reviewer = enter(hands.reviewer)
    page = reviewer.get(at("reverse_case", ready.pk)).content.decode()
    assert "禁考期取消" in page
    assert Decision.objects.get().reversed_at is None
    reviewer.post(at("reverse_case", ready.pk), {"reason": "纸条不是该考生的"})
    decision.refresh_from_db()
    assert decision.reversed_by == hands.reviewer
    assert reviewer.get(at("reverse_case", ready.pk)).status_code == 404
    assert "已撤销" in reviewer.get(case_page(ready)).content.decode()


def test_who_decided_reads_that_another_must_reverse(hands, ready, enter):
    procedure.decided(hands, ready)
    page = enter(hands.decider).get(at("reverse_case", ready.pk)).content.decode()
    assert "须由决定人以外的另一位工作人员" in page


def test_a_dropped_case_says_why(hands, case, enter):
    opener = enter(hands.opener)
    opener.post(at("drop_case", case.pk), {"reason": "查无实据"})
    page = opener.get(case_page(case)).content.decode()
    assert "查无实据" in page
    assert "已撤案" in page


@pytest.fixture
def referred(hands, seats):
    """A grave act decided: it is referred."""
    case = procedure.opened(hands, seats[1][0], "A3-4.4")
    procedure.stated(hands, procedure.notified(hands, case, severity="serious"))
    return procedure.decided(hands, case, severity="serious")


def page_of(browser, name: str, *args: object, **data: object) -> str:
    return browser.get(reverse(f"admin:{name}", args=args), data).content.decode()


DOCUMENT = {"office": "市职业技能鉴定中心", "reference": "沪健促 18 号", "told_on": "2026-10-12"}


def test_what_the_authorities_must_be_told_is_printed_marked_and_told_as_reversed(hands, referred, enter):
    desk, place = enter(hands.opener), reverse("admin:mark_cases_told")
    page = page_of(desk, "cases_to_tell")
    assert "移送有关部门" in page
    assert referred.case.number in page
    assert desk.get(reverse("admin:cases_to_tell_pdf"))["Content-Type"] == "application/pdf"
    assert "须报送主管部门" in desk.get(case_page(referred.case)).content.decode()
    (item,) = open_items()
    address = f"{place}?item={item.key}"
    wrong = desk.post(address, DOCUMENT | {"told_on": "2026-10-13", "reference": "沪健促 18 号"})
    assert "报送日期还没有到" in wrong.content.decode()
    assert "沪健促 18 号" in wrong.content.decode()
    done = desk.post(address, DOCUMENT, follow=True).content.decode()
    assert "1 项已登记报送" in done
    assert "没有须报送的事项" in done
    told = page_of(desk, "cases_told")
    assert "沪健促 18 号" in told
    assert referred.case.number in told
    enter(hands.reviewer).post(at("reverse_case", referred.case.pk), {"reason": "查无实据"})
    page = page_of(desk, "cases_to_tell")
    assert referred.case.number in page
    assert "撤销待报送" in page
    assert AccessEntry.objects.filter(kind="cases_told.viewed").exists()


def test_an_entry_is_withdrawn_with_a_reason_and_stands_crossed_out(hands, referred, enter):
    desk = enter(hands.opener)
    (item,) = open_items()
    desk.post(f"{reverse('admin:mark_cases_told')}?item={item.key}", DOCUMENT)
    row = ToldItem.objects.get()
    assert "请写明理由" in desk.post(at("withdraw_case_told", row.pk), {"reason": ""}).content.decode()
    desk.post(at("withdraw_case_told", row.pk), {"reason": "点错了人"})
    assert "点错了人" in page_of(desk, "cases_told")
    assert [one.key for one in open_items()] == [item.key]
    assert desk.get(at("withdraw_case_told", row.pk)).status_code == 404


@pytest.mark.parametrize(
    "asked", ["", "?item=", "?item=rubbish.1.2", "?item=referral.00000000-0000-0000-0000-000000000000.0"]
)
def test_what_is_on_the_list_no_more_leads_back_to_it(hands, referred, enter, asked):
    answer = enter(hands.opener).get(reverse("admin:mark_cases_told") + asked, follow=True)
    assert answer.redirect_chain[0][0] == reverse("admin:cases_to_tell")
    assert "请" in str(next(iter(answer.context["messages"])))


def test_marking_is_for_who_has_the_right(hands, referred, enter):
    desk = enter(factories.make_staff("沈岚", "exams.view_case"))
    assert 'type="checkbox"' not in page_of(desk, "cases_to_tell")
    assert desk.get(reverse("admin:mark_cases_told")).status_code == 403


def test_lists_find_cases_by_stage_and_by_term(hands, seats, enter):
    _, (seat, other) = seats
    waiting, running = procedure.opened(hands, seat), procedure.opened(hands, other)
    procedure.notified(hands, running)
    desk = enter(hands.opener)
    cases = reverse("admin:exams_case_changelist")
    for query, shown, hidden in (
        ("?stage=opened", waiting, running),
        ("?stage=notified", running, waiting),
        ("?term=staff", waiting, running),
        ("?term=running", running, waiting),
    ):
        page = desk.get(cases + query).content.decode()
        assert shown.number in page, query
        assert hidden.number not in page, query
    assert "2026年10月19日" in desk.get(cases).content.decode()
    assert desk.get(reverse("admin:exams_incident_changelist")).status_code == 200


def test_without_the_permission_no_page_opens(hands, ready, enter):
    from tests.factories import make_staff

    outsider = enter(make_staff("沈岚", "exams.view_case"))
    for name in ("notice_case", "decide_case", "reverse_case", "drop_case", "serve_case", "uphold_case"):
        assert outsider.get(at(name, ready.pk)).status_code == 403, name
    assert "作出处理决定…" not in outsider.get(case_page(ready)).content.decode()


def test_a_notice_for_tomorrow_is_refused_at_the_field_and_kept(hands, case, enter):
    told = {"facts": "抄看纸条", "reasons": "与试题有关", "how": "当面", "on": date(2026, 10, 13).isoformat()}
    page = enter(hands.opener).post(at("notice_case", case.pk), told).content.decode()
    assert "日期还没有到" in page
    assert "抄看纸条" in page
    assert not case.steps.exists()


def test_the_list_of_cases_asks_as_often_for_many_as_for_one(hands, enter):
    _, seats = procedure.sat("甲一", "乙二", "丙三", "丁四")
    desk, address = enter(hands.opener), reverse("admin:exams_case_changelist")
    counts = []
    for some in (seats[:1], seats[1:]):
        for seat in some:
            procedure.stated(hands, procedure.notified(hands, procedure.opened(hands, seat)))
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
