"""The score pages: from the list to the publication, and what each says before anything is done."""

import io
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from xlsxwriter import Workbook

from exams.arrangement.models import Session
from exams.results.excuses import excuse_until
from exams.results.importing import TITLES, session_code
from exams.results.models import Score, ScoreEntry, ScoreSheet
from exams.results.publishing import publish_sheet
from exams.results.rechecks import ask_recheck
from portal.rules.wording import day_text
from portal.workbook.reading import parse_sheet, read_lines
from tests import factories
from tests.results.world import candidates, checked_sheet, close, hold_session, published


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def session(evening) -> Session:
    """陈志远 and 吴梅 came, 丁磊 did not."""
    held = hold_session(candidates("陈志远", "吴梅", "丁磊"))
    close(held, 丁磊="absent")
    return Session.objects.get(pk=held.pk)


def browser(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def address(name: str, key) -> str:
    return reverse(f"admin:{name}", args=[getattr(key, "pk", key)])


def boxes(session: Session, **points: object) -> dict[str, object]:
    return {str(seat_by_name(session, name).pk): value for name, value in points.items()}


def seat_by_name(session: Session, name: str):
    return session.seats.get(person__name=name)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_session_goes_from_the_papers_to_the_publication(session, team):
    first, second = browser(team.maker), browser(team.second)
    entering = address("enter_scores", session)
    assert "第一次录入" in text_of(first.get(entering))
    answer = first.post(entering, boxes(session, 陈志远="\uff18\uff10", 吴梅="59"), follow=True)
    assert "还要录入：第一次 已完成，第二次 2 份" in text_of(answer)
    page = second.get(entering)
    assert "第二次录入" in text_of(page)
    assert 'value="80"' not in page.content.decode()  # the second hand sees nothing of the first
    assert "80" not in re.findall(
        r">\s*(80)\s*<", second.get(address("score_session", session)).content.decode()
    )
    answer = second.post(entering, boxes(session, 陈志远="80", 吴梅="60"), follow=True)
    assert "有 1 份两次不一致" in text_of(answer)
    settling = address("settle_scores", session)
    assert "吴梅" in text_of(first.get(settling))
    assert "陈志远" not in text_of(first.get(settling))
    first.post(settling, boxes(session, 吴梅="60"))
    checking = address("check_scores", session)
    assert "须由录入人以外的另一位工作人员核对" in text_of(first.get(checking, follow=True))
    assert "第一次 59，第二次 60" in text_of(second.get(checking))
    refused = first.post(checking)
    assert "须由录入人以外的另一位工作人员核对" in text_of(refused)
    assert second.post(checking).status_code == 302
    sheet = ScoreSheet.objects.get()
    publishing = address("publish_scores", sheet)
    said = text_of(second.get(publishing))
    assert "一次公布 3 人：合格 2 人，不合格 0 人，缺考 1 人" in said
    assert "2028年10月12日" in said
    assert "须由录入人以外" in text_of(first.post(publishing))
    assert second.post(publishing).status_code == 302
    assert Score.objects.count() == 3
    assert "本场的成绩已经办完" in text_of(second.get(address("score_session", session)))


@pytest.mark.parametrize(
    ("typed", "said"), [("八十", "请填写整数分数"), ("101", "应在 0 到 100"), ("-5", "整数")]
)
def test_bad_points_are_named_at_their_box_and_nothing_is_lost(session, team, typed, said):
    page = browser(team.maker).post(address("enter_scores", session), boxes(session, 陈志远=typed, 吴梅="77"))
    html = page.content.decode()
    key = seat_by_name(session, "陈志远").pk
    assert page.status_code == 200
    assert said in html
    assert f'href="#id_{key}"' in html
    assert f'value="{typed}"' in html
    assert 'value="77"' in html
    assert not ScoreEntry.objects.exists()


def test_who_is_withheld_is_named_with_clause_and_end(session, team):
    from tests.results.test_publishing import bar

    bar(seat_by_name(session, "吴梅").person, until=date(2026, 12, 31))
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=59)
    said = text_of(browser(team.second).get(address("publish_scores", sheet)))
    assert "一次公布 2 人：合格 1 人，不合格 0 人，缺考 1 人" in said
    assert "在禁考期内，暂不公布：到 2026年12月31日 为止（附件3 三第1项）" in said


def test_whoever_publishes_reads_whose_term_for_an_excuse_ends_by_it(session, team, frozen_day):
    sheet, second = checked_sheet(session, team, 陈志远=80, 吴梅=59), browser(team.second)
    until = excuse_until(seat_by_name(session, "丁磊")).day
    said = text_of(second.get(address("publish_scores", sheet)))
    assert f"丁磊缺考，到 {day_text(until)} 为止" in said
    frozen_day(until + timedelta(days=1))
    assert "说明缺考事由" not in text_of(second.get(address("publish_scores", sheet)))


def test_what_stands_in_the_way_of_a_retraction_is_shown_before(session, team):
    scores = published(session, team, 陈志远=80, 吴梅=59)
    application = scores["陈志远"].application
    type(application).objects.filter(pk=application.pk).update(concluded_at=application.created_at)
    factories.make_application(application.person, application.offering, status="draft")
    page = browser(team.third).get(address("retract_scores", scores["陈志远"].sheet))
    assert f"申报 {application.number} 的成绩之后已有新的申报" in text_of(page)
    page = browser(team.third).post(address("retract_scores", scores["陈志远"].sheet), {"reason": "场次弄错"})
    assert page.status_code == 200
    assert "不能撤回公布" in text_of(page)


def test_a_publication_is_retracted_with_its_reason(session, team):
    sheet = next(iter(published(session, team, 陈志远=80, 吴梅=59).values())).sheet
    client = browser(team.third)
    assert "撤回 3 人的成绩" in text_of(client.get(address("retract_scores", sheet)))
    client.post(address("retract_scores", sheet), {"reason": "场次弄错"})
    said = text_of(client.get(address("score_session", session)))
    assert "撤回：场次弄错" in said
    assert "共 2 份试卷，由两人各录一次" in said


def test_a_correction_is_asked_and_confirmed_by_two(session, team):
    score = published(session, team, 陈志远=80, 吴梅=59)["吴梅"]
    ask = address("ask_correction", score)
    client = browser(team.maker)
    assert "请写明更正的理由" in text_of(client.post(ask, {"points": "61"}))
    assert "请填写更正后的分数" in text_of(client.post(ask, {"reason": "漏加"}))
    assert "分数请留空" in text_of(client.post(ask, {"points": "61", "absent": "on", "reason": "漏加"}))
    client.post(ask, {"points": "61", "reason": "第三题漏加 2 分"})
    queue = reverse("admin:exams_correction_changelist") + "?waiting=yes"
    assert "第三题漏加 2 分" in text_of(browser(team.second).get(queue))
    confirm = address("confirm_correction", score.corrections.get())
    assert "由不合格变为合格" in text_of(client.get(confirm))
    assert "须由提出人以外" in text_of(client.post(confirm))
    browser(team.second).post(confirm)
    assert Score.objects.get(replaces=score).points == 61
    assert "第三题漏加" not in text_of(browser(team.second).get(queue))


def test_a_recheck_waits_in_the_queue_and_is_answered(session, team):
    score = published(session, team, 陈志远=80, 吴梅=59)["吴梅"]
    recheck = ask_recheck(actor=score.application.person.account, score=score, note="请核对第三题")
    client = browser(team.outsider)
    assert "吴梅" in text_of(client.get(reverse("admin:exams_recheck_changelist") + "?waiting=yes"))
    answering = address("answer_recheck", recheck)
    assert "请核对第三题" in text_of(client.get(answering))
    mine = browser(team.maker).post(answering, {"result": "unchanged", "answer": "核对无误"})
    assert "须由没有录入、核对、公布过" in text_of(mine)
    assert client.post(answering, {"result": "unchanged", "answer": "核对无误"}).status_code == 302
    assert client.get(answering).status_code == 404


# ── Workbooks ──────────────────────────────────────────────────────────────────────────────────────────────


def book(rows: list[dict[str, object]]) -> io.BytesIO:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as made:
        table = made.add_worksheet("成绩")
        table.write_row(0, 0, TITLES)
        for number, row in enumerate(rows, start=1):
            for column, title in enumerate(TITLES):
                if (value := row.get(title, "")) != "":
                    table.write(number, column, value)
    out.seek(0)
    out.name = "成绩.xlsx"
    return out


def row(session: Session, name: str, points: object = "", **more: object) -> dict[str, object]:
    seat = seat_by_name(session, name)
    return {
        "申报号": seat.application.number,
        "姓名": name,
        "分数": points,
        "场次编号": session_code(session),
        **more,
    }


def upload(account, session: Session, rows: list[dict[str, object]]):
    return browser(account).post(address("import_scores", session), {"file": book(rows)})


def seen(page) -> str:
    return re.search(r'name="seen" value="([^"]+)"', page.content.decode()).group(1)


def test_the_template_names_everybody_and_the_session(session, team):
    response = browser(team.maker).get(address("score_template", session))
    lines = list(read_lines(parse_sheet(response.content, "x.xlsx", TITLES)))
    assert [cell.rstrip(" *") for cell in lines[1]["cells"]] == list(TITLES)
    assert {line["cells"][2]: line["cells"][5] for line in lines[2:]} == {
        "陈志远": "到考",
        "吴梅": "到考",
        "丁磊": "缺考",
    }
    assert {line["cells"][7] for line in lines[2:]} == {session_code(session)}


def test_an_import_is_previewed_and_written_on_confirmation_only(session, team):
    rows = [row(session, "陈志远", 80), row(session, "吴梅", "59"), row(session, "丁磊")]
    page = upload(team.maker, session, rows)
    assert "新录入 2" in text_of(page)
    assert not ScoreEntry.objects.exists()
    client = browser(team.maker)
    answer = client.post(address("import_scores", session), {"seen": seen(page)}, follow=True)
    assert "已导入 2 人的分数" in text_of(answer)
    sheet = ScoreSheet.objects.get()
    assert (sheet.source, sheet.made_by) == ("imported", team.maker)
    again = upload(team.maker, session, [row(session, "陈志远", 81), row(session, "吴梅", 59)])
    assert "与已有录入不同 1" in text_of(again)
    assert "与已有录入相同 1" in text_of(again)
    client.post(address("import_scores", session), {"seen": seen(again)})
    assert {entry.points for entry in ScoreEntry.objects.all()} == {81, 59}
    browser(team.second).post(address("check_scores", session))
    scores, _ = publish_sheet(actor=team.second, sheet=sheet)
    assert sorted(str(score.points) for score in scores) == ["59", "81", "None"]


def test_a_sheet_of_another_session_is_refused_as_a_whole(session, team):
    other = hold_session(candidates("罗佳"), hour=13)
    rows = [row(session, "陈志远", 80), row(other, "罗佳", 70)]
    page = upload(team.maker, session, rows)
    assert "这份表不是本场的：第 3 行的场次编号" in text_of(page)
    assert 'name="seen"' not in page.content.decode()


def test_every_row_that_cannot_be_taken_is_named(session, team):
    stranger = candidates("罗佳")[0]
    rows = [
        row(session, "陈志远", 101),
        row(session, "陈志远", 80),
        row(session, "吴梅", "缺考"),
        row(session, "丁磊", 50),
        row(session, "吴梅", 50, 姓名="吴敏"),
        {"申报号": stranger.number, "姓名": "罗佳", "分数": 80, "场次编号": session_code(session)},
        row(session, "吴梅", 61, 场次编号=""),
    ]
    page = upload(team.maker, session, rows)
    said = text_of(page)
    for number, sentence in (
        (2, "应为 0 到 100 的整数"),
        (3, "出现了不止一次"),
        (4, "登记为到考，却填了缺考"),
        (5, "到考情况是“缺考”，不应有分数"),
        (7, "本场没有这个申报号"),
    ):
        assert re.search(rf"第 {number} 行 .*?{sentence}", said), sentence
    assert 'name="seen"' not in page.content.decode()
    assert not ScoreSheet.objects.exists()


@pytest.mark.parametrize("points", ["80.5", 80.5, "-1", "8O", "1e1", "٨٠", "=1+1", True])
def test_points_that_are_no_whole_number_are_refused(session, team, points):
    page = upload(team.maker, session, [row(session, "陈志远", points)])
    assert "第 2 行 陈志远" in text_of(page)
    assert 'name="seen"' not in page.content.decode()


def test_people_missing_from_the_sheet_are_named_and_the_rest_can_be_taken(session, team):
    page = upload(team.maker, session, [row(session, "陈志远", 80)])
    assert "吴梅（表中没有）" in text_of(page)
    assert seen(page)


def test_a_preview_of_an_older_state_or_of_somebody_else_is_not_confirmed(session, team):
    page = upload(team.maker, session, [row(session, "陈志远", 80)])
    address_ = address("import_scores", session)
    stranger = browser(team.second).post(address_, {"seen": seen(page)})
    assert "请重新上传" in text_of(stranger)
    browser(team.second).post(address("enter_scores", session), boxes(session, 吴梅="70"))
    mine = browser(team.maker).post(address_, {"seen": seen(page)})
    assert "有变动" in text_of(mine)
    assert browser(team.maker).post(address_, {"seen": "made:up"}).status_code == 200
    assert ScoreEntry.objects.count() == 1


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.4", b"PK\x03\x04broken", "姓名,分数\n陈志远,80\n".encode()], ids=range(4)
)
def test_a_file_that_is_no_score_sheet_is_refused(session, team, data):
    file = io.BytesIO(data)
    file.name = "成绩.xlsx"
    page = browser(team.maker).post(address("import_scores", session), {"file": file})
    assert page.status_code == 200
    assert "field-error" in page.content.decode()
    assert not ScoreSheet.objects.exists()


def test_pages_of_what_is_not_there(session, team):
    client = browser(team.maker)
    for name in ("settle_scores", "check_scores", "send_back_scores"):
        assert client.get(address(name, session)).status_code == 404  # no sheet is open
    open_one = hold_session(candidates("罗佳"), hour=13)
    assert client.get(address("score_session", open_one)).status_code == 404  # not closed yet


def hold_sessions(days: range) -> None:
    """On each of these days in October one at 9:00, closed; with two people of whom nothing is read yet."""
    for day in days:
        close(hold_session(candidates(f"考生{day}", f"同学{day}"), day=date(2026, 10, day)))


@pytest.mark.parametrize("page", ["admin:exams_scoresheet_changelist", "admin:index"])
def test_ten_sessions_take_no_more_queries_than_two(evening, team, page):
    evening(date(2026, 11, 2))
    client, asked = browser(team.maker), []
    hold_sessions(range(10, 12))
    client.get(reverse(page))
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            shown = client.get(reverse(page))
        asked.append(len(queries))
        hold_sessions(range(12, 20))
    assert asked[0] == asked[1]
    assert "待录入" in shown.content.decode()


def test_the_first_page_reads_the_unfinished_sessions_once(evening, team):
    hold_sessions(range(10, 12))
    client = browser(team.maker)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("admin:index"))
    assert next(queue for queue in page.context["queues"] if queue["title"] == "成绩待录入")["count"] == 2
    assert sum('FROM "applicants_bar"' in query["sql"] for query in queries) == 1
