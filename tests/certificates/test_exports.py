"""What the authorities' systems are given: whose rows, what stands in them, and what is kept of it."""

import re
import zipfile
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.urls import reverse

from certificates.ending import ask_ending, confirm_ending
from certificates.exports import WORKBOOK, Wanted, export_outcomes, told_before, told_of
from certificates.models import Certificate, OutcomeExport
from certificates.outcomes import OUTCOME_FIELDS
from exams.filing.answers import build_answers
from exams.filing.groups.exchange.fields import FIELDS
from exams.filing.groups.exchange.mappings import columns_of, ensure_mappings, findings
from exams.filing.groups.models import ColumnMapping
from exams.filing.models import Application, Submission
from exams.results.models import Cancellation
from exams.results.publishing import retract_sheet
from portal import clock
from portal.models import AccessEntry, AuditEntry
from portal.rules.findings import Refused
from tests import factories
from tests.certificates.people import give_photo, issued, passed, sat
from tests.groups.test_exchange import table
from tests.results.world import EXAM_DAY, candidates

pytestmark = pytest.mark.django_db
DAYS = {"since": EXAM_DAY, "until": EXAM_DAY}


@pytest.fixture
def scores(evening) -> ColumnMapping:
    ensure_mappings()
    return ColumnMapping.objects.get(pk="outcome_scores")


@pytest.fixture
def certificates(scores) -> ColumnMapping:
    return ColumnMapping.objects.get(pk="outcome_certificates")


@pytest.fixture
def clerk(evening):
    return factories.make_staff("周敏")


def submit(*applications: Application) -> None:
    """The submission each was approved on."""
    for application in applications:
        Submission.objects.create(
            id=uuid4(),
            application=application,
            serial=1,
            at=clock.now(),
            judged_on=clock.today(),
            answers=build_answers(application),
            facts="{}",
            verdict="{}",
            answers_digest="0" * 16,
        )


def read(clerk, mapping, **wanted) -> list[dict[str, str]]:
    made = export_outcomes(actor=clerk, wanted=Wanted(**wanted), mapping=mapping)
    headings, *rows = table(made.data)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def about_scores(clerk, mapping, **days) -> list[dict[str, str]]:
    return read(clerk, mapping, about="scores", **{**DAYS, **days})


def about_certificates(clerk, mapping, **days) -> list[dict[str, str]]:
    return read(clerk, mapping, about="certificates", **{**DAYS, **days})


# ── Scores ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_with_a_score_of_those_days_is_in_it_passed_or_not(team, clerk, scores):
    good, bad, away = candidates("陈志远", "王秀英", "李建华")
    submit(good, bad, away)
    sat(team, [good])
    sat(team, [bad], theory=80, practical=59)
    sat(team, [away], theory=80, practical=None)
    rows = {row["姓名"]: row for row in about_scores(clerk, scores)}
    one = rows["陈志远"]
    assert [one[key] for key in ("理论知识成绩", "操作技能成绩", "评定结果")] == ["80", "80", "合格"]
    assert one["证件号码"] == good.person.documents.get().number
    assert [one[key] for key in ("证件类型", "级别", "考试类型")] == ["居民身份证", "四级", "正考"]
    assert one["理论知识考试日期"] == one["成绩公布日期"] == "2026-10-12"
    assert one["证书编号"] == ""
    assert [rows["王秀英"][key] for key in ("操作技能成绩", "操作技能结果", "评定结果")] == [
        "59",
        "不合格",
        "不合格",
    ]
    assert [rows["李建华"][key] for key in ("操作技能成绩", "操作技能结果", "评定结果")] == ["", "", ""]


def test_a_cancelled_score_is_told_as_cancelled_without_its_points(team, clerk, scores, evening):
    (one,) = passed(team, "陈志远")
    submit(one)
    assert about_scores(clerk, scores)[0]["理论知识结果"] == "合格"
    evening(EXAM_DAY + timedelta(days=7))
    cancelled = Cancellation.objects.create(
        application=one, subject="theory", clause="A3-2.1", decision_id=uuid4(), cancelled_at=clock.now()
    )
    later = {"since": clock.today(), "until": clock.today()}
    (row,) = about_scores(clerk, scores, **later)
    assert [row[key] for key in ("理论知识成绩", "理论知识结果", "评定结果")] == ["", "成绩取消", "不合格"]
    evening(EXAM_DAY + timedelta(days=14))
    cancelled.lifted_at = clock.now()
    cancelled.save()
    again = {"since": clock.today(), "until": clock.today()}
    assert about_scores(clerk, scores, **again)[0]["理论知识成绩"] == "80"


def test_a_result_that_was_told_and_taken_back_is_told_as_none(team, clerk, scores, evening):
    told, untold = passed(team, "陈志远")[0], passed(team, "王秀英")[0]
    submit(told, untold)
    with clock.rehearse(clock.start_of(EXAM_DAY + timedelta(days=3))):
        sheets = [one.scores.get(subject="theory").sheet for one in (told, untold)]
        about_scores(clerk, scores)
        OutcomeExport.objects.get().applications.remove(untold)
        for sheet in sheets:
            retract_sheet(actor=team.third, sheet=sheet, reason="场次弄错")
        today = {"since": clock.today(), "until": clock.today()}
        (row,) = about_scores(clerk, scores, **today)
    assert row["姓名"] == "陈志远"
    assert [row[key] for key in ("理论知识成绩", "理论知识结果", "操作技能成绩", "评定结果")] == [
        "",
        "",
        "80",
        "",
    ]


def test_the_days_are_both_included_and_others_are_not_in_it(team, clerk, scores):
    submit(*passed(team, "陈志远"))
    day = timedelta(days=1)
    assert about_scores(clerk, scores, since=EXAM_DAY - day, until=EXAM_DAY)
    assert about_scores(clerk, scores, since=EXAM_DAY, until=EXAM_DAY + day)
    for since in (EXAM_DAY - 2 * day, EXAM_DAY + day):
        with pytest.raises(Refused, match="没有可以导出的内容"):
            about_scores(clerk, scores, since=since, until=since + day)
    with pytest.raises(Refused, match="止日不能早于起日") as refused:
        about_scores(clerk, scores, since=EXAM_DAY, until=EXAM_DAY - day)
    assert refused.value.findings[0].field == "until"


# ── Certificates ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_certificate_is_told_with_its_face_and_the_scores_it_rests_on(team, clerk, certificates):
    (one,) = passed(team, "陈志远")
    submit(one)
    (certificate,) = issued(team, one)
    (row,) = about_certificates(clerk, certificates)
    assert row["证书编号"] == certificate.number
    assert [row[key] for key in ("发证日期", "证书状态", "职业方向")] == ["2026-10-12", "有效", "--"]
    assert [row[key] for key in ("理论知识成绩", "操作技能成绩", "综合评审成绩")] == ["80", "80", ""]
    assert row["联系电话"] == one.person.account.phone.removeprefix("+86")
    (by_batch,) = read(clerk, certificates, about="certificates", batch=certificate.batch)
    assert by_batch["证书编号"] == certificate.number


def test_a_retakes_certificate_tells_what_was_passed_earlier(team, clerk, certificates, evening):
    (first,) = candidates("陈志远")
    give_photo(first)
    sat(team, [first], theory=91, practical=30)
    evening(EXAM_DAY + timedelta(days=30))
    second = factories.make_application(first.person, kind="retake")
    second.subjects = ["practical"]
    second.save()
    factories.pay(second)
    submit(first, second)
    sat(team, [second], day=EXAM_DAY + timedelta(days=30), theory=None, practical=75)
    issued(team, Application.objects.get(pk=second.pk))
    today = {"since": clock.today(), "until": clock.today()}
    (row,) = about_certificates(clerk, certificates, **today)
    assert [row[key] for key in ("理论知识成绩", "操作技能成绩")] == ["91", "75"]


def test_the_end_of_a_certificate_is_told_on_the_day_it_ended_and_so_is_what_replaced_it(
    team, clerk, certificates, evening
):
    (one,) = passed(team, "陈志远")
    submit(one)
    (old,) = issued(team, one)
    evening(EXAM_DAY + timedelta(days=30))
    ending = ask_ending(actor=team.maker, certificate=old, kind="reissue", reason="遗失")
    newer = confirm_ending(actor=team.second, ending=ending)
    today = {"since": clock.today(), "until": clock.today()}
    rows = {row["证书编号"]: row for row in about_certificates(clerk, certificates, **today)}
    assert set(rows) == {old.number, newer.number}
    assert [rows[old.number][key] for key in ("证书状态", "作废或换发日期")] == ["已换发", "2026-11-11"]
    assert [rows[newer.number][key] for key in ("证书状态", "原证书编号")] == ["有效", old.number]


def test_every_cell_is_text_and_no_formula(team, clerk, certificates):
    (one,) = passed(team, "=HYPERLINK(1)")
    submit(one)
    issued(team, one)
    made = export_outcomes(actor=clerk, wanted=Wanted("certificates", **DAYS), mapping=certificates)
    assert table(made.data)[1][1] == "=HYPERLINK(1)"
    with zipfile.ZipFile(BytesIO(made.data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert set(re.findall(r'<c [^>]*t="(\w+)"', sheet)) <= {"s", "inlineStr", "str"}
    assert not re.search(r"<c (?![^>]*t=)[^>]*><v>", sheet), "a number would lose digits"


# ── What is kept ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_exported_is_recorded_and_everybody_in_it_logged(team, clerk, certificates):
    applications = passed(team, "陈志远", "王秀英")
    submit(*applications)
    held = issued(team, *applications)
    wanted = Wanted("certificates", **DAYS)
    assert told_before(wanted, told_of(wanted)) == 0
    made = export_outcomes(actor=clerk, wanted=wanted, mapping=certificates)
    export = OutcomeExport.objects.get()
    assert made.export == export
    assert (export.rows, export.made_by, export.since, export.until) == (2, clerk, EXAM_DAY, EXAM_DAY)
    assert set(export.certificates.all()) == set(held)
    assert set(export.applications.all()) == set(applications)
    assert export.columns == certificates.columns
    assert AuditEntry.objects.get(action="certificates.outcomes_exported").detail["rows"] == 2
    logged = AccessEntry.objects.filter(kind="outcomes.exported").values_list("person_id", flat=True)
    assert set(logged) == {str(one.person_id) for one in applications}
    assert "内含个人信息" in made.filename
    assert told_before(wanted, told_of(wanted)) == 2
    assert told_before(Wanted("scores", **DAYS), told_of(Wanted("scores", **DAYS))) == 0


def test_another_systems_mapping_is_refused(team, clerk, scores):
    submit(*passed(team, "陈志远"))
    other = ColumnMapping.objects.get(pk="self_service")
    with pytest.raises(Refused, match="不是导出成绩和证书用的"):
        export_outcomes(actor=clerk, wanted=Wanted("scores", **DAYS), mapping=other)
    assert not OutcomeExport.objects.exists()


def test_the_mappings_that_come_with_the_portal_are_good_and_say_they_are_examples(scores, certificates):
    for mapping in (scores, certificates):
        assert "非官方格式" in mapping.name
        found = findings(mapping.purpose, name=mapping.name, sheet=mapping.sheet, columns=columns_of(mapping))
        assert found == []
    call_command("load_notice")
    assert ensure_mappings() == []


def test_fields_of_its_own_have_keys_of_their_own():
    shared = set(FIELDS) & set(OUTCOME_FIELDS)
    assert all(OUTCOME_FIELDS[key] is FIELDS[key] for key in shared)
    assert WORKBOOK.fields is OUTCOME_FIELDS


# ── The counter's page ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def desk(client, settings, clerk):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(clerk)
    return client


def typed(mapping: str = "outcome_certificates", about: str = "certificates", **more) -> dict[str, str]:
    return {"about": about, "mapping": mapping, "since": "2026-10-12", "until": "2026-10-12", **more}


def test_first_a_look_then_the_file(team, desk, certificates):
    (one,) = passed(team, "陈志远")
    submit(one)
    (certificate,) = issued(team, one)
    page = reverse("admin:export_outcomes")
    assert "非官方格式" in desk.get(page).content.decode()
    look = desk.post(page, typed(do="look")).content.decode()
    assert "导出 1 行" in look
    assert "陈**" in look
    assert certificate.face["document_number"] not in look
    assert not OutcomeExport.objects.exists()
    made = desk.post(page, typed(do="export"))
    assert made.content.startswith(b"PK")
    assert "no-store" in made["Cache-Control"]
    assert "其中 1 行以前导出过" in desk.post(page, typed(do="look")).content.decode()
    export = OutcomeExport.objects.get()
    assert (
        reverse("admin:certificates_outcomeexport_change", args=[export.pk])
        in desk.get(page).content.decode()
    )
    shown = desk.get(reverse("admin:certificates_outcomeexport_change", args=[export.pk])).content.decode()
    assert certificate.number in shown
    listed = desk.get(reverse("admin:certificates_outcomeexport_changelist")).content.decode()
    assert reverse("admin:export_outcomes") in listed


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"until": "2025-10-12"}, "止日不能早于起日"),
        ({"since": ""}, "请填写起日"),
        ({"since": "2026-13-12"}, "日期"),
        ({"about": "x"}, "请从列出的几项中选择"),
        ({"mapping": "self_service"}, "请从列出的列对照中选择"),
        ({"batch": str(uuid4())}, "请从列出的批次中选择"),
        ({"about": "scores", "since": "2025-10-12"}, "没有可以导出的内容"),
    ],
)
def test_bad_input_is_said_in_words(desk, certificates, more, sentence):
    data = {**typed(), **more}
    if more.get("about") == "scores":
        data["until"] = "2025-10-13"
    for do in ("look", "export"):
        answer = desk.post(reverse("admin:export_outcomes"), {**data, "do": do})
        assert answer.status_code == 200
        assert sentence in answer.content.decode()
    assert not OutcomeExport.objects.exists()


def test_a_mapping_is_changed_with_its_own_fields_and_a_look(team, desk, certificates):
    (one,) = passed(team, "陈志远")
    submit(one)
    issued(team, one)
    text = desk.get(
        reverse("admin:exams_columnmapping_change", args=["outcome_certificates"])
    ).content.decode()
    assert "发证日期（2026-11-01）" in text
    assert "团体申报号" not in text
    assert "陈**" in text
    other = desk.get(reverse("admin:exams_columnmapping_change", args=["self_service"])).content.decode()
    assert "团体申报号" in other
    assert "换自证书编号" not in other


def test_only_those_who_may_export(client, settings, scores):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(factories.make_staff("赵丽", "certificates.hand_over"))
    assert client.get(reverse("admin:export_outcomes")).status_code == 403
    assert client.post(reverse("admin:export_outcomes"), typed(do="export")).status_code == 403
    assert client.get(reverse("admin:certificates_outcomeexport_changelist")).status_code == 403


def test_dates_of_a_new_year_do_not_stand_in_the_way(desk, evening, scores):
    evening(date(2027, 1, 1))
    assert desk.get(reverse("admin:export_outcomes")).status_code == 200
    assert Certificate.objects.count() == 0
