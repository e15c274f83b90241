"""An institution's scores: whose pages they are, what they say, the sheet, and the roster of retakes."""

from uuid import uuid4

import pytest
from django.urls import reverse

from exams.filing.groups.queries import counts_by_stage
from exams.filing.groups.way import way_of
from exams.filing.models import Application
from exams.filing.timeline import DONE, NEXT, NOW
from exams.results.groups import rows_of
from exams.results.models import Cancellation
from portal import clock
from portal.models import AccessEntry
from portal.workbook.reading import parse_sheet, read_lines
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.groups.sheets import receive, stage, take, typed, work_off
from tests.results.world import hold_session, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(team):
    """Three people from a real roster: one passed everything, one failed the practical, one failed both."""
    one = make_filing()
    take(
        stage(
            one,
            [
                typed(name="甲某", phone="13900000001"),
                typed(name="乙某", phone="13900000002"),
                typed(name="丙某", phone="13900000003"),
            ],
        )
    )
    applications = []
    for entry in one.entries.select_related("row", "filing"):
        made = make_entry(one, "临时", stage="approved")  # its person and portrait serve the roster's row
        application = made.application
        person = application.person
        person.name = entry.row.name
        person.save(update_fields=["name"])
        made.application = None
        made.removed_at = clock.now()
        made.save()
        entry.person, entry.application, entry.submission = person, application, made.submission
        entry.save()
        factories.pay(application)
        applications.append(application)
    published(hold_session(applications), team, 甲某=85, 乙某=70, 丙某=20)
    published(hold_session(applications, "practical", hour=13), team, 甲某=75, 乙某=52, 丙某=30)
    return one


@pytest.fixture
def at_home(client, filing):
    client.force_login(filing.opened_by)
    return client


def text_of(client, address) -> str:
    return client.get(address).content.decode()


def test_the_list_counts_where_the_people_stand(at_home, filing):
    assert filing.title in text_of(at_home, reverse("results:institution"))
    text = text_of(at_home, reverse("results:filing", args=[filing.pk]))
    assert "全部合格 1 人，可以补考 1 人，须按正考申报 1 人" in text
    only = text_of(at_home, reverse("results:filing", args=[filing.pk], query={"place": "retake"}))
    assert ("乙某" in only, "甲某" in only) == (True, False)
    assert "最迟 2028年10月12日 考完" in only


def test_a_filing_without_scores_says_so(client, team):
    filing = make_filing()
    make_entry(filing, stage="submitted")
    client.force_login(filing.opened_by)
    assert "还没有成绩公布" in text_of(client, reverse("results:institution"))
    assert "还没有审核通过的人员" in text_of(client, reverse("results:filing", args=[filing.pk]))


def test_other_institutions_and_people_find_nothing(client, filing):
    stranger = factories.make_member(factories.make_institution("上海市另一家培训学校"))
    client.force_login(stranger.account)
    for name in ("filing", "sheet", "retake-roster"):
        assert client.get(reverse(f"results:{name}", args=[filing.pk])).status_code == 404
    assert filing.title not in text_of(client, reverse("results:institution"))


def test_a_viewer_sees_and_does_not_download(client, filing):
    viewer = factories.make_member(filing.institution, "viewer", "钱某")
    client.force_login(viewer.account)
    page = client.get(reverse("results:filing", args=[filing.pk]))
    assert page.status_code == 200
    assert reverse("results:sheet", args=[filing.pk]) not in page.content.decode()
    assert client.get(reverse("results:sheet", args=[filing.pk])).status_code == 403


def test_the_sheet_has_a_line_for_each_subject_and_the_look_is_logged(at_home, filing):
    response = at_home.get(reverse("results:sheet", args=[filing.pk]))
    assert "no-store" in response["Cache-Control"]
    _, *parsed = read_lines(parse_sheet(response.content, "成绩名单.xlsx"))
    table = [line["cells"] for line in parsed]
    lines = [dict(zip(table[0], line, strict=False)) for line in table[1:]]
    told = {(line["姓名"], line["科目"]): (line["状态"], line["分数"]) for line in lines}
    assert told["乙某", "操作技能"] == ("不合格", "52")
    assert told["乙某", "理论知识"] == ("合格", "70")
    assert len(lines) == 6
    assert all("*" in line["证件号码"] for line in lines)
    assert AccessEntry.objects.filter(kind="score_list.downloaded").count() == 1


def test_the_sheet_has_no_points_of_a_cancelled_score(at_home, filing):
    cancelled = filing.entries.get(row__name="乙某", removed_at=None).application
    Cancellation.objects.create(
        application=cancelled,
        subject="theory",
        clause="A3-2.1",
        decision_id=uuid4(),
        cancelled_at=clock.now(),
    )
    content = at_home.get(reverse("results:sheet", args=[filing.pk])).content
    _, *parsed = read_lines(parse_sheet(content, "成绩名单.xlsx"))
    heads, *lines = [line["cells"] for line in parsed]
    told = [dict(zip(heads, line, strict=False)) for line in lines if line[0] == "乙某"]
    assert [(one["科目"], one["状态"], one["分数"]) for one in told] == [
        ("理论知识", "成绩已取消", None),
        ("操作技能", "不合格", "52"),
    ]
    assert "附件3" not in str(told)  # the reason is told to the person alone


def test_the_roster_of_retakes_uploads_cleanly_as_it_is(at_home, filing):
    response = at_home.get(reverse("results:retake-roster", args=[filing.pk]))
    again = make_filing(filing.institution.members.first())
    upload = work_off(receive(again, response.content))
    assert upload.counts == {"new": 1, "changed": 0, "same": 0, "refused": 0}
    row = upload.rows.get()
    assert (row.name, row.kind, row.subjects, row.route) == ("乙某", "retake", ["practical"], "")
    assert row.price_fen == 38000
    assert row.problems == []


def test_without_anybody_to_retake_there_is_no_roster(at_home, filing):
    entry = filing.entries.get(row__name="乙某", removed_at=None)
    later = factories.make_application(entry.person, status="draft")
    assert {row.place for row in rows_of(filing, clock.today())} == {"passed", "busy", "anew"}
    response = at_home.get(reverse("results:retake-roster", args=[filing.pk]), follow=True)
    assert "没有花名册可以下载" in response.content.decode()
    Application.objects.filter(pk=later.pk).update(status="withdrawn")
    assert "retake" in {row.place for row in rows_of(filing, clock.today())}


def test_the_list_asks_no_more_for_many(filing, django_assert_max_num_queries):
    with django_assert_max_num_queries(21):
        rows_of(filing, clock.today())


def test_the_way_goes_on_to_the_scores(filing, team):
    def step():
        steps = way_of(filing, counts_by_stage(filing), clock.today())
        return next(one for one in steps if one.code == "score")

    assert (step().state, step().passed) == (DONE, 3)
    assert step().url == reverse("results:filing", args=[filing.pk])
    waiting = make_entry(filing, "丁某", stage="approved")
    assert step().state == NEXT
    for subject, hour in (("theory", 9), ("practical", 13)):
        hold_session([waiting.application], subject, hour=hour)
    assert (step().state, step().waiting) == (NOW, 1)
