"""机构办理: what the institution has to do, its filings as a list, one filing's way."""

from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.catalogue.models import Offering
from exams.filing.groups.models import GroupFiling, RosterUpload
from portal import clock
from portal.clock import SHANGHAI
from portal.files import store
from portal.files.models import StoredFile
from tests.factories import load_catalogue, make_institution, make_member, make_person
from tests.filing.pages import log_in, text
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db

HOME = "/institution/"


@pytest.fixture(autouse=True)
def day(frozen_day):
    frozen_day(date(2026, 3, 10))


@pytest.fixture
def filing() -> GroupFiling:
    return make_filing()


def stored(name: str) -> StoredFile:
    file = store.write(b"1", kind="roster", media_type="text/csv", display_name=name)
    file.save(force_insert=True)
    return file


def browser(filing, role="reviewer"):
    return log_in(make_member(filing.institution, role, "沈老师").account)


def address(name, *args):
    return reverse(f"groups:{name}", args=args)


def titles(response) -> list[str]:
    return [one.title for one, _, _ in response.context["rows"]]


def test_the_way_in_is_shown_to_members_only(filing):
    assert f'<a href="{HOME}"' in text(browser(filing).get("/programme/"))
    stranger = log_in(make_person().account)
    assert '<nav class="mainnav wrap" aria-label="主导航">' in text(stranger.get("/my/"))
    assert HOME not in text(stranger.get("/my/"))
    assert stranger.get(HOME).status_code == 403


@pytest.mark.parametrize("ends", ["membership", "institution"])
def test_who_was_a_member_is_told_that_this_is_over(filing, ends):
    member = make_member(filing.institution, "filer", "沈老师")
    client = log_in(member.account)
    if ends == "membership":
        member.ended_at = clock.now()
        member.save()
    else:
        filing.institution.closed_at = clock.now()
        filing.institution.save()
    answer = client.get(HOME)
    assert answer.status_code == 403
    assert "您的成员资格已结束，或机构已停用。如有疑问，请联系协会。" in text(answer)


def test_a_roster_with_nothing_to_take_asks_for_no_decision(filing):
    waits, idle = (
        RosterUpload.objects.create(
            filing=filing,
            kind="roster",
            file=stored(f"{name}.csv"),
            state="checked",
            uploaded_by=filing.opened_by,
            uploaded_at=clock.now(),
            total=2,
            counts={"new": new, "changed": 0, "same": 1, "refused": 1},
        )
        for name, new in (("甲班", 1), ("乙班", 0))
    )
    client = browser(filing, "filer")
    assert list(client.get(HOME).context["previews"]) == [waits]
    page = client.get(address("filing", filing.pk))
    assert list(page.context["open_uploads"]) == [waits]
    assert idle in page.context["uploads"]
    assert text(page).count("已检查，没有可采用的") == 1


def test_a_persons_own_page_tells_a_member_only_what_they_may_do(filing):
    assert "上传花名册" in text(browser(filing, "filer").get("/my/"))
    assert "上传花名册" not in text(browser(filing, "viewer").get("/my/"))


def test_a_filing_with_nobody_in_it_says_so(filing):
    assert "还没有人员" in text(browser(filing).get(HOME))


def test_an_empty_institution_is_told_what_to_do_first():
    load_catalogue()
    member = make_member(make_institution())
    page = text(log_in(member.account).get(HOME))
    assert "还没有团体申报" in page
    assert address("open") in page
    assert "您是<strong>填报人</strong>" in page


def test_what_is_to_do_stands_first_with_whom_it_waits_for(filing):
    for name, stage in (("甲", "review"), ("乙", "review"), ("丙", "confirm"), ("丁", "submitted")):
        make_entry(filing, name, stage=stage)
    todos = browser(filing, "filer").get(HOME).context["todos"]
    assert [(row["title"], row["who"]) for row in todos] == [
        ("1 人还没有本人确认", "由您办理"),
        ("2 人待资格初审", "由初审人办理"),
    ]
    todos = browser(filing, "viewer").get(HOME).context["todos"]
    assert [row["mine"] for row in todos] == [False, False]


def test_a_thing_to_do_leads_to_its_people_or_to_the_filings_concerned(filing):
    make_entry(filing, stage="review")
    client = browser(filing)
    (one,) = client.get(HOME).context["todos"]
    assert one["url"] == address("people", filing.pk) + "?stage=review"
    other = make_filing(filing.institution.members.first())
    make_entry(other, stage="review")
    make_entry(make_filing(filing.institution.members.first()), stage="confirm")
    several = next(row for row in client.get(HOME).context["todos"] if row["todo"].stage == "review")
    shown = client.get(several["url"].partition("#")[0])
    assert {one.pk for one, _, _ in shown.context["rows"]} == {filing.pk, other.pk}


def test_the_list_filters_and_sorts_by_its_address(filing):
    member = filing.institution.members.get()
    for title, closed in (("二班", None), ("三班", clock.now())):
        one = make_filing(member, closed_at=closed)
        one.title = title
        one.save()
    client = browser(filing)
    assert set(titles(client.get(HOME))) == {"二班", filing.title}
    assert titles(client.get(HOME, {"state": "closed"})) == ["三班"]
    assert titles(client.get(HOME, {"q": "二"})) == ["二班"]
    assert titles(client.get(HOME, {"q": filing.number})) == [filing.title]
    forwards = titles(client.get(HOME, {"sort": "title"}))
    assert titles(client.get(HOME, {"sort": "-title"})) == forwards[::-1]
    assert client.get(HOME, {"sort": "pk", "stage": "x", "page": "99", "state": "?"}).status_code == 200
    assert "没有符合的团体申报" in text(client.get(HOME, {"q": "没有这个"}))


def test_another_institutions_filings_are_not_there(filing):
    stranger = log_in(make_member(make_institution("上海市徐汇区仁德进修学校")).account)
    assert filing.title not in text(stranger.get(HOME))
    for name in ("filing", "rename", "close", "template", "upload-roster", "upload-files"):
        assert stranger.get(address(name, filing.pk)).status_code == 404, name
    assert stranger.post(address("reopen", filing.pk)).status_code == 404


def test_home_asks_as_often_for_fifty_filings_as_for_one(filing, django_assert_num_queries):
    client = browser(filing)
    make_entry(filing, stage="review")
    client.get(HOME)
    with CaptureQueriesContext(connection) as one:
        client.get(HOME)
    for _ in range(49):
        make_entry(make_filing(filing.institution.members.first()), stage="confirm")
    with django_assert_num_queries(len(one)):
        page = client.get(HOME)
    assert len(page.context["rows"]) == 50


def test_a_filing_is_opened_with_a_title(filing):
    client = browser(filing, "filer")
    page = text(client.get(address("open")))
    for told in ("2026年3月31日（周二）24:00 截止", "480 元", "580 元", "本人在用的手机号"):
        assert told in page
    answer = client.post(address("open"), {"title": "四级二班"})
    opened = GroupFiling.objects.get(title="四级二班")
    assert answer["Location"] == address("filing", opened.pk)
    again = client.post(address("open"), {"title": "四级二班"})
    assert again.status_code == 422
    assert opened.number in text(again)
    assert "请给这批申报起个名称" in text(client.post(address("open"), {"title": " "}))


def test_outside_the_windows_a_filing_may_be_prepared(filing, frozen_day):
    frozen_day(datetime(2027, 1, 4, 9, tzinfo=SHANGHAI))
    client = browser(filing, "filer")
    assert "现在不在申报时间内" in text(client.get(address("open")))
    assert client.post(address("open"), {"title": "明年的班"}).status_code == 302


def test_nothing_is_opened_where_nothing_is_offered(filing):
    Offering.objects.update(closed_on=date(2026, 3, 9))
    client = browser(filing, "filer")
    assert "目前没有受理申报的职业和等级" in text(client.get(address("open")))
    assert client.post(address("open"), {"title": "四级二班"}).status_code == 200
    assert GroupFiling.objects.count() == 1


def test_a_viewer_looks_and_changes_nothing(filing):
    client = browser(filing, "viewer")
    page = text(client.get(address("filing", filing.pk)))
    for name in ("upload-roster", "upload-files", "rename", "close"):
        assert address(name, filing.pk) not in page
        assert client.get(address(name, filing.pk)).status_code == 403
    assert address("open") not in text(client.get(HOME))


def test_an_empty_filing_begins_with_the_roster(filing):
    page = text(browser(filing, "filer").get(address("filing", filing.pk)))
    assert "第一步：上传花名册" in page
    assert address("template", filing.pk) in page


def test_the_way_counts_who_is_past_each_step(filing):
    for name, stage in (("甲", "portrait"), ("乙", "confirm"), ("丙", "ready"), ("丁", "approved")):
        make_entry(filing, name, stage=stage)
    shown = browser(filing).get(address("filing", filing.pk))
    steps = {step.code: step for step, _ in shown.context["steps"]}
    assert [
        (code, steps[code].state, steps[code].waiting, steps[code].passed) for code in list(steps)[:6]
    ] == [
        ("roster", "done", 0, 4),
        ("portrait", "now", 1, 3),
        ("confirm", "now", 1, 2),
        ("review", "next", 0, 2),
        ("submit", "now", 1, 1),
        ("association", "next", 0, 1),
    ]
    assert steps["portrait"].by == date(2026, 3, 31)
    assert steps["association"].by is None
    assert list(steps)[6:] == ["pay", "ticket", "score", "certificate"]
    assert shown.context["first"]["title"] == "1 人缺照片"


def test_a_filing_is_renamed_closed_and_opened_again(filing):
    make_entry(filing, stage="confirm")
    client = browser(filing, "filer")
    client.post(address("rename", filing.pk), {"title": "夜校班"})
    assert '<h1><span class="caption">团体申报 ' + filing.number + "</span>夜校班</h1>" in text(
        client.get(address("filing", filing.pk))
    )
    assert "<strong>1 人</strong>没有提交" in text(client.get(address("close", filing.pk)))
    client.post(address("close", filing.pk))
    page = client.get(address("filing", filing.pk))
    assert "这批申报已关闭" in text(page)
    assert page.context["todos"] == []
    assert address("upload-roster", filing.pk) not in text(page)
    client.post(address("reopen", filing.pk))
    filing.refresh_from_db()
    assert filing.closed_at is None


def test_a_name_is_shown_as_it_was_typed(filing):
    client = browser(filing, "filer")
    client.post(address("rename", filing.pk), {"title": "<script>x</script>{{7*7}}"})
    page = text(client.get(address("filing", filing.pk)))
    assert "<script>x" not in page
    assert "{{7*7}}" in page
