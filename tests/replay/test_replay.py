"""Whose open cases a notice would change: told beforehand, with the rows that do it, and nothing kept."""

import json
import re
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exams.catalogue.models import FeeSchedule, PolicyValue, Scheme, SchemeSubject
from exams.filing.actions.drafting import choose, start_application
from exams.filing.models import Application, Status
from exams.passes.models import Pass
from exams.replay.comparing import day_to_replay, replay
from portal import clock
from portal.audit.models import AuditEntry
from portal.clock import SHANGHAI
from portal.rules import notice as notices
from tests import factories
from tests.groups.factories import make_filing
from tests.groups.sheets import stage, take, typed

pytestmark = pytest.mark.django_db

DAY = date(2026, 9, 1)
SHIPPED = (notices.SHIPPED / "2026.toml").read_text(encoding="utf-8")
DEARER = """
[[fees]]
occupation = "4-14-01-04"
grade = 4
effective_from = 2026-09-01
fen = { theory = 12000, practical = 38000 }
citation = "调整通知"
"""
STRICTER = """
[[schemes]]
occupation = "4-14-01-04"
grade = 4
effective_from = 2026-09-01
citation = "调整通知"
subjects = [
  { subject = "theory", minutes = 90, maximum = 100, pass_mark = 70 },
  { subject = "practical", minutes = 60, maximum = 100, pass_mark = 60 },
]
"""


@pytest.fixture(autouse=True)
def a_day_in_august(frozen_day):
    frozen_day(datetime(2026, 8, 20, 10, tzinfo=SHANGHAI))
    return factories.load_catalogue()


@pytest.fixture
def notice_with(tmp_path):
    def make(*more: str, replacing: tuple[str, str] = ("", "")) -> Path:
        old, new = replacing
        text = SHIPPED.replace(old, new, 1) if old else SHIPPED
        file = tmp_path / "2026.toml"
        file.write_text(text + "".join(more), encoding="utf-8")
        return file

    return make


def told(path: Path, *args: str) -> list[dict]:
    out = StringIO()
    call_command("replay_policy", "--notice", str(path), "--json", *args, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def value_of(policy: str, days: int) -> tuple[str, str]:
    """The shipped row of a policy up to its value, and the same with another value."""
    start = SHIPPED.index(f'name = "{policy}"')
    old = SHIPPED[start : SHIPPED.index("unit", start)]
    return old, re.sub(r"value = \d+", f"value = {days}", old)


def a_draft() -> Application:
    person = factories.make_person()
    application = start_application(actor=person.account, person=person, offering=factories.load_catalogue())
    choose(actor=person.account, application=application, kind="regular", route="TR2023-2.1")
    return application


def test_the_shipped_notice_changes_nothing(notice_with):
    a_draft()
    done = replay(notices.load(notice_with()), DAY)
    assert (done.changes, done.differences) == ((), ())
    assert done.cases == 1


def test_a_dearer_fee_reaches_who_is_not_approved_yet_and_nobody_else(notice_with):
    draft = a_draft()
    waiting = factories.make_application(status=Status.SUBMITTED)
    approved = factories.make_application()
    found = told(notice_with(DEARER))
    assert {one["number"] for one in found} == {draft.number, waiting.number}
    assert approved.number not in str(found)
    for one in found:
        assert (one["label"], one["before"], one["after"]) == ("费用", "480 元", "500 元")
        assert any("理论知识" in reason for reason in one["because"])
        assert not any("三级" in reason for reason in one["because"])


def test_another_pass_mark_reaches_who_has_not_sat(notice_with):
    application = factories.make_application()
    (found,) = told(notice_with(STRICTER))
    assert (found["number"], found["label"]) == (application.number, "理论知识")
    assert (found["before"], found["after"]) == ("满分 100，60 分合格", "满分 100，70 分合格")


def test_a_closed_offering_keeps_drafts_from_being_submitted(notice_with):
    draft = a_draft()
    closed = "grade = 4\nopens_on = 2026-01-15\ncloses_on = 2026-08-31\n"
    found = told(notice_with(replacing=("grade = 4\nopens_on = 2026-01-15\n", closed)), "--on", "2026-09-01")
    (one,) = [one for one in found if one["label"] == "能否提交"]
    assert one["number"] == draft.number
    assert "不受理申报" not in one["before"]
    assert "不受理申报" in one["after"]
    assert any("停止申报日" in reason for reason in one["because"])


def test_less_time_to_pay_reaches_who_waits_for_approval(notice_with):
    factories.make_application(status=Status.SUBMITTED)
    (found,) = told(notice_with(replacing=value_of("pay_by_working_days", 3)), "--on", "2026-09-01")
    assert found["label"] == "如当日通过，最迟缴费日"
    assert (found["before"], found["after"]) == ("2026年9月15日", "2026年9月4日")


def test_somebody_in_a_roster_hears_of_the_dearer_fee(notice_with):
    filing = make_filing()
    take(stage(filing, [typed(grade="四级")]))
    (found,) = told(notice_with(DEARER))
    assert found["kind"] == "团体申报中待提交的人员"
    assert found["number"].startswith(filing.number)
    assert (found["before"], found["after"]) == ("480 元", "500 元")


def test_a_changed_scheme_lets_retakes_wait_for_their_plan(notice_with):
    application = factories.make_application(concluded_at=clock.now())
    Pass.objects.create(
        person=application.person,
        occupation_id="4-14-01-04",
        grade=4,
        subject="theory",
        scheme=Scheme.objects.get(offering=application.offering),
        application_id=application.pk,
        published_on=date(2026, 7, 1),
        valid_until=date(2028, 7, 1),
    )
    (found,) = told(notice_with(STRICTER))
    assert (found["kind"], found["number"]) == ("持有合格科目的人员", application.number)
    assert found["before"] == "可以补考：操作技能"
    assert "补考方案尚未公布" in found["after"]


def test_nothing_is_kept(notice_with):
    a_draft()
    trail = AuditEntry.objects.count()
    told(notice_with(DEARER, STRICTER))
    assert not FeeSchedule.objects.filter(effective_from=DAY).exists()
    assert not SchemeSubject.objects.filter(pass_mark=70).exists()
    assert AuditEntry.objects.count() == trail


def test_the_day_is_the_first_on_which_all_that_is_new_holds(notice_with):
    assert day_to_replay(notices.load(notice_with())) == date(2026, 8, 20)
    assert day_to_replay(notices.load(notice_with(DEARER))) == DAY
    PolicyValue.objects.all().delete()
    assert day_to_replay(notices.load(notice_with())) == date(2026, 8, 20)


def test_in_words(notice_with):
    draft = a_draft()
    out = StringIO()
    call_command("replay_policy", "--notice", str(notice_with(DEARER)), stdout=out)
    text = out.getvalue()
    assert "按 2026年9月1日 判断" in text
    assert "未结事项 1 件，结果会变的 1 件。" in text
    assert f"待提交的申报 {draft.number}，费用：\n  现在：480 元\n  以后：500 元\n  因为：" in text


def test_a_file_that_is_no_notice(tmp_path):
    (tmp_path / "x.toml").write_text("nonsense", encoding="utf-8")
    with pytest.raises(CommandError, match=r"x\.toml"):
        call_command("replay_policy", "--notice", str(tmp_path / "x.toml"))
