"""我的成绩: what a person reads of each subject, the offer of a retake, and the recheck."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from applicants.standing.models import Bar
from exams.arrangement.models import Session
from exams.filing.models import Application, Kind
from exams.passes.models import Pass
from exams.results.cancelling import cancel_scores
from exams.results.correcting import ask_correction, confirm_correction
from exams.results.models import Recheck
from exams.results.publishing import retract_sheet
from exams.results.rechecks import answer_recheck, ask_recheck
from exams.results.showing import lines_of
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.results.world import candidates, hold_session, published

pytestmark = pytest.mark.django_db

MINE = "/my/scores/"


@pytest.fixture
def sat(team):
    """王秀英 passed theory and failed the practical; published on the evening of the exam."""
    (application,) = candidates("王秀英")
    published(hold_session([application]), team, 王秀英=85)
    published(hold_session([application], "practical", hour=13), team, 王秀英=52)
    application.refresh_from_db()
    return application


@pytest.fixture
def at_home(client, sat):
    client.force_login(sat.person.account)
    return client


def text_of(client, address=MINE) -> str:
    return client.get(address).content.decode()


def test_each_subject_is_told_with_points_state_and_last_day(at_home):
    text = text_of(at_home)
    assert ">85<" in text
    assert ">52<" in text
    assert "满分 100 分，60 分合格" in text
    assert "<strong>2028年10月12日</strong>" in text
    assert "不合格" in text
    assert "www.osta.org.cn" in text
    assert "随申办" in text


def test_the_offer_names_both_prices_and_the_day_by_which_the_retake_is_sat(at_home):
    text = text_of(at_home)
    assert "补考，还是重新考" in text
    assert "380 元" in text
    assert "480 元" in text
    assert "2028年10月12日（周四）" in text
    assert "理论知识</strong>的合格成绩不再保留" in text


def test_one_press_leads_into_filing_with_the_retake_chosen(at_home, sat):
    response = at_home.post(reverse("results:begin", args=[sat.pk]), {"kind": "retake"})
    draft = Application.objects.get(status="draft")
    assert response.url == reverse("filing:tasks", args=[draft.pk])
    assert (draft.kind, draft.subjects) == (Kind.RETAKE, ["practical"])
    assert draft.number in text_of(at_home)


def test_the_regular_way_gives_nothing_up_by_a_press(at_home, sat):
    response = at_home.post(reverse("results:begin", args=[sat.pk]), {"kind": "regular"})
    draft = Application.objects.get(status="draft")
    assert response.url == reverse("filing:route", args=[draft.pk])
    assert not draft.forfeitures.exists()
    assert Pass.objects.get().given_up_at is None


def test_who_passed_nothing_is_offered_everything_at_the_full_fee(client, team):
    (application,) = candidates("王秀英")
    published(hold_session([application]), team, 王秀英=30)
    published(hold_session([application], "practical", hour=13), team, 王秀英=52)
    client.force_login(application.person.account)
    text = text_of(client)
    assert "还想取得证书的" in text
    assert "申报补考" not in text
    assert "480 元" in text


def test_who_passed_everything_is_offered_nothing(client, team):
    (application,) = candidates("王秀英")
    published(hold_session([application]), team, 王秀英=60)
    published(hold_session([application], "practical", hour=13), team, 王秀英=60)
    client.force_login(application.person.account)
    assert "申报正考" not in text_of(client)


def test_absence_is_told_and_no_recheck_offered(client, team):
    (application,) = candidates("王秀英")
    scores = published(hold_session([application]), team)
    client.force_login(application.person.account)
    assert "缺考" in text_of(client)
    address = reverse("results:recheck", args=[scores["王秀英"].pk])
    assert "缺考的科目没有成绩可以复核" in text_of(client, address)
    assert client.post(address, {"note": ""}).status_code == 422
    assert not Recheck.objects.exists()


def test_a_barred_person_reads_until_when_the_score_is_withheld(client, team):
    (application,) = candidates("王秀英")
    session = hold_session([application])
    Bar.objects.create(
        person=application.person,
        barred_from=date(2026, 10, 12),
        barred_until=date(2026, 12, 31),
        clause="A3-3.1",
        created_at=clock.now(),
    )
    assert published(session, team, 王秀英=85) == {}
    client.force_login(application.person.account)
    text = text_of(client)
    assert "暂不公布" in text
    assert "2026年12月31日" in text
    assert ">85<" not in text
    assert "85 分" not in text


def test_a_cancelled_score_names_the_clause_and_is_no_pass(at_home, sat, team):
    cancel_scores(
        actor=team.outsider,
        application=sat,
        subjects=["theory"],
        clause="A3-2.1",
        decision_id=uuid4(),
    )
    text = text_of(at_home)
    assert "成绩已取消" in text
    assert "附件3 二第1项" in text
    assert "申报补考" not in text


def test_a_recheck_is_asked_for_with_its_window_and_scope_in_words(at_home, sat):
    score = sat.scores.get(subject="practical")
    address = reverse("results:recheck", args=[score.pk])
    text = text_of(at_home, address)
    assert "2026年10月26日（周一）" in text
    assert "公布后 10 个工作日内" in text
    assert "本会工作规定；通知未规定成绩复核" in text
    assert "加错、漏加" in text
    assert at_home.post(address, {"note": "总分像是少加了"}).url == MINE
    assert Recheck.objects.get().note == "总分像是少加了"
    assert "复核中" in text_of(at_home)


def test_too_long_a_note_stays_as_typed(at_home, sat):
    score = sat.scores.get(subject="practical")
    response = at_home.post(reverse("results:recheck", args=[score.pk]), {"note": "长" * 301})
    assert response.status_code == 422
    assert "最多 300 个字" in response.content.decode()
    assert "长" * 301 in response.content.decode()


def test_after_the_last_day_a_recheck_is_refused(at_home, sat, evening):
    score = sat.scores.get(subject="practical")
    address = reverse("results:recheck", args=[score.pk])
    evening(date(2026, 10, 26))
    assert address in text_of(at_home)
    evening(date(2026, 10, 27))
    assert address not in text_of(at_home)
    assert at_home.post(address, {}).status_code == 422


def test_while_a_score_is_looked_at_again_nothing_new_is_filed(at_home, sat, team):
    score = sat.scores.get(subject="practical")
    recheck = ask_recheck(actor=sat.person.account, score=score)
    assert "现在还不能申报" in text_of(at_home)
    at_home.post(reverse("results:begin", args=[sat.pk]), {"kind": "retake"})
    assert not Application.objects.filter(status="draft").exists()
    answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="各题得分核对无误。")
    assert "各题得分核对无误。" in text_of(at_home)
    at_home.post(reverse("results:begin", args=[sat.pk]), {"kind": "retake"})
    assert Application.objects.filter(status="draft").exists()


def test_the_question_and_the_answer_stay_when_the_score_is_put_right(at_home, sat, team):
    first = sat.scores.get(subject="practical")
    address = reverse("results:recheck", args=[first.pk])
    at_home.post(address, {"note": "第三题像是漏加"})
    assert "您申请复核" in text_of(at_home, address)
    asked = ask_correction(actor=team.third, score=first, points=62, reason="第三题漏加 10 分")
    fresh = confirm_correction(actor=team.outsider, correction=asked)
    other = factories.make_staff("陆敏")
    answer_recheck(actor=other, recheck=Recheck.objects.get(), result="changed", answer="第三题确实漏加。")
    assert at_home.get(address).url == reverse("results:recheck", args=[fresh.pk])
    text = text_of(at_home, at_home.get(address).url)
    told = [
        "公布成绩：52 分，不合格",
        "您的说明：第三题像是漏加",
        "更正成绩：52 分，不合格 → 62 分，合格",
        "理由：第三题漏加 10 分",
        "答复：成绩更正",
        "第三题确实漏加。",
    ]
    assert [one for one in told if one not in text] == []
    assert 'name="note"' not in text
    assert reverse("results:recheck", args=[fresh.pk]) in text_of(at_home)


def test_a_request_ends_with_the_publication_and_is_still_told(at_home, sat, team):
    score = sat.scores.get(subject="practical")
    ask_recheck(actor=sat.person.account, score=score, note="像是少加了")
    retract_sheet(actor=team.third, sheet=score.sheet, reason="场次弄错")
    session = Session.objects.get(pk=score.sheet.session_id)
    again = published(session, team, 王秀英=58)["王秀英"]
    text = text_of(at_home, reverse("results:recheck", args=[score.pk]))
    assert text == ""  # leads to the score that stands
    text = text_of(at_home, reverse("results:recheck", args=[again.pk]))
    assert ("像是少加了" in text, "场次弄错" in text, "申请复核操作技能成绩" in text) == (True, True, True)


def test_with_a_new_application_no_recheck_any_more(at_home, sat):
    at_home.post(reverse("results:begin", args=[sat.pk]), {"kind": "retake"})
    with pytest.raises(Refused):
        ask_recheck(actor=sat.person.account, score=sat.scores.get(subject="practical"))


def test_somebody_else_s_score_is_not_there(client, sat):
    client.force_login(factories.make_person("李建国").account)
    score = sat.scores.get(subject="theory")
    assert client.get(reverse("results:recheck", args=[score.pk])).status_code == 404
    assert client.post(reverse("results:begin", args=[sat.pk]), {"kind": "retake"}).status_code == 404
    assert "王秀英" not in text_of(client)


def test_the_time_line_goes_on_to_the_end(at_home, sat):
    text = text_of(at_home, reverse("filing:status", args=[sat.pk]))
    assert "已参加考核" in text
    assert "理论知识 85 分，合格；操作技能 52 分，不合格。" in text
    assert "最迟在 2028年10月12日 考完" in text


def test_the_page_asks_no_more_for_many_applications(sat, django_assert_num_queries):
    others = candidates("甲某", "乙某", "丙某")
    with django_assert_num_queries(14):
        lines_of([sat], clock.today())
    with django_assert_num_queries(14):
        lines_of([sat, *others], clock.today())


def test_the_days_before_it_is_sat_and_while_it_is_marked(client, evening):
    (application,) = candidates("王秀英")
    evening(clock.start_of(date(2026, 10, 1)))
    hold_session([application])
    hold_session([application], "practical", hour=13)
    client.force_login(application.person.account)
    assert "待考" in text_of(client)
    evening(clock.start_of(date(2026, 10, 12)) + timedelta(hours=20))
    assert "一般不晚于 2026年11月9日" in text_of(client)
