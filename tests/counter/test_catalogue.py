"""The catalogue at the counter: dated rows with their source; what is in effect stays as it is."""

import pytest
from django.urls import reverse

from exams.catalogue.models import FeeSchedule, FilingWindow, Occupation, PolicyValue, Scheme
from portal.audit.models import AuditEntry
from portal.models import DayException


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def fees(offering, **other) -> dict[str, object]:
    return {
        "offering": offering.pk,
        "effective_from": "2027-01-01",
        "theory": "120",
        "practical": "400",
        "review": "",
        "citation": "2027 年收费通知",
        **other,
    }


def test_a_coming_price_is_a_new_row_and_may_be_corrected_until_its_day(desk, offering, frozen_day):
    desk.post(at("set_fees"), fees(offering))
    desk.post(at("set_fees"), fees(offering, theory="130.50"))
    rows = FeeSchedule.objects.filter(offering=offering)
    assert rows.count() == 2
    assert rows.last().lines.get(subject="theory").fen == 13050
    assert AuditEntry.objects.filter(action="catalogue.row_set").count() == 2


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"effective_from": "2026-10-12"}, "生效日须在今天以后"),
        ({"practical": ""}, "请逐科填写金额"),
        ({"review": "100"}, "请逐科填写金额"),
        ({"citation": ""}, "请写明依据"),
    ],
)
def test_a_price_that_cannot_be_is_refused_in_words(desk, offering, wrong, sentence):
    page = desk.post(at("set_fees"), fees(offering, **wrong)).content.decode()
    assert sentence in page
    assert FeeSchedule.objects.filter(offering=offering).count() == 1


def window(**other) -> dict[str, object]:
    return {
        "opens_on": "2027-01-01",
        "closes_on": "2027-01-31",
        "assess_by": "2027-02-28",
        "citation": "2027 年通知附件2",
        **other,
    }


def test_windows_do_not_overlap_and_past_ones_stay(desk, offering):
    desk.post(at("set_window"), window())
    assert FilingWindow.objects.get(opens_on="2027-01-01").assess_by.isoformat() == "2027-02-28"
    page = desk.post(at("set_window"), window(opens_on="2027-01-31", closes_on="2027-02-20")).content.decode()
    assert "申报时间重叠" in page
    page = desk.post(at("set_window"), window(opens_on="2026-03-01")).content.decode()
    assert "已经结束，不能再改" in page
    desk.post(at("set_window"), window(opens_on="2026-10-01", closes_on="2026-10-31", assess_by="2026-12-15"))
    assert FilingWindow.objects.get(opens_on="2026-10-01").assess_by.isoformat() == "2026-12-15"


def test_a_policy_changes_from_a_coming_day(desk, offering):
    form = {"code": "pay_by_working_days", "days": 15, "effective_from": "2026-11-01", "citation": "会议纪要"}
    desk.post(at("set_day_policy"), form)
    values = PolicyValue.objects.filter(code="pay_by_working_days").values_list("value", flat=True)
    assert list(values) == [10, 15]
    page = desk.post(at("set_day_policy"), form | {"effective_from": "2026-01-15"}).content.decode()
    assert "已生效的不能改" in page


def test_a_scheme_and_its_retake_plan(desk, offering):
    form = {"offering": offering.pk, "effective_from": "2027-01-01", "citation": "新方案"}
    form |= {f"{subject}_maximum": 100 for subject in ("theory", "practical", "review")}
    form |= {f"{subject}_pass_mark": 60 for subject in ("theory", "practical", "review")}
    page = desk.post(at("set_scheme"), form).content.decode()
    assert "至少填写一个科目" in page
    desk.post(at("set_scheme"), form | {"theory_minutes": 90, "review_minutes": 30})
    scheme = Scheme.objects.get(effective_from="2027-01-01")
    assert list(scheme.subjects.values_list("subject", flat=True)) == ["theory", "review"]
    plan = {"theory": "theory", "practical": "", "review": "", "citation": "补考方案"}
    desk.post(at("publish_retake_plan", scheme.pk), plan)
    scheme.refresh_from_db()
    assert scheme.retake_plan == {"theory": "theory"}
    assert "已公布，不能再改" in desk.post(at("publish_retake_plan", scheme.pk), plan).content.decode()


def test_the_lists_people_choose_from(desk, offering):
    occupation = Occupation.objects.get()
    form = {
        "related_occupations": "健康管理师\n  养老护理员 \n健康管理师\n",
        "related_majors": "",
        "approved_majors": "",
        "citation": "国家职业标准",
    }
    desk.post(at("occupation_lists", occupation.pk), form)
    occupation.refresh_from_db()
    assert occupation.related_occupations == ["健康管理师", "养老护理员"]


def test_offerings_open_and_close_by_date(desk, offering):
    desk.post(
        at("open_offering"),
        {"occupation": offering.occupation_id, "grade": 5, "opened_on": "2027-01-01", "citation": "备案"},
    )
    page = desk.post(
        at("open_offering"),
        {"occupation": offering.occupation_id, "grade": 5, "opened_on": "2027-01-01", "citation": "备案"},
    ).content.decode()
    assert "已经在目录里" in page
    desk.post(at("close_offering", offering.pk), {"closed_on": "2026-12-31", "citation": "目录调整"})
    offering.refresh_from_db()
    assert offering.closed_on.isoformat() == "2026-12-31"


def test_a_day_apart_is_entered_and_lifted_while_ahead(desk, offering):
    form = {"day": "2026-11-02", "is_working_day": "no", "counter_open": "", "citation": "进博会放假通知"}
    desk.post(at("set_exception"), form)
    assert DayException.objects.get().counter_open is None
    page = desk.post(at("set_exception"), form | {"day": "2026-10-11"}).content.decode()
    assert "已经过去" in page
    desk.post(at("lift_exception", "2026-11-02"))
    assert not DayException.objects.exists()


def test_who_only_reads_the_catalogue_changes_nothing(enter, offering):
    reader = enter("查看", "exams.view_feeschedule")
    page = reader.get(at("exams_feeschedule_changelist")).content.decode()
    assert at("set_fees") not in page
    assert reader.post(at("set_fees"), fees(offering)).status_code == 403
