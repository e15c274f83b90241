"""Column mappings: those that come with the portal, what makes one unusable, and their editor at the counter."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from exams.filing.groups.exchange.fields import FIELDS
from exams.filing.groups.exchange.mappings import (
    MappedColumn,
    change_mapping,
    columns_of,
    copy_mapping,
    ensure_mappings,
    findings,
    merged_values,
    version_of,
)
from exams.filing.groups.exchange.workbooks import downloads
from exams.filing.groups.models import ColumnMapping
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from portal.workbook.heading import find_heading
from tests.counter.test_lists import assert_clean
from tests.factories import make_staff
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def mapping(db) -> ColumnMapping:
    ensure_mappings()
    return ColumnMapping.objects.get(pk="self_service")


@pytest.fixture
def desk(settings):
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.staff = make_staff("周敏")
    client.force_login(client.staff)
    return client


def wrong(
    columns: list[MappedColumn], purpose: str = "export", name: str = "表", sheet: str = "表"
) -> set[str]:
    """At which field what is wrong: "columns-1-heading doubled"."""
    found = findings(purpose, name=name, sheet=sheet, columns=columns)
    return {f"{one.field} {one.code}" for one in found}


# ── What comes with the portal ───────────────────────────────────────────────────────────────────────────────


def test_what_is_shipped_is_loaded_once_and_is_good(mapping) -> None:
    assert ensure_mappings() == []
    shipped = list(ColumnMapping.objects.order_by("purpose"))
    assert [one.purpose for one in shipped] == ["export", "outcomes", "outcomes", "replies"]
    for one in shipped:
        columns = columns_of(one)
        assert findings(one.purpose, name=one.name, sheet=one.sheet, columns=columns) == []
        assert merged_values(columns) == []
        headings = [column.heading for column in columns]
        located = find_heading([{"row": 1, "cells": headings}], headings)
        assert (located.missing, located.doubled, located.unknown) == ((), (), ())


def test_a_newer_shipped_mapping_replaces_only_what_nobody_changed(mapping) -> None:
    ColumnMapping.objects.filter(pk="self_service").update(sheet="旧的")
    ColumnMapping.objects.filter(pk="self_service_replies").update(sheet="旧的")
    own = ColumnMapping.objects.get(pk="self_service_replies")
    staff = make_staff()
    change_mapping(
        actor=staff,
        mapping=own,
        name=own.name,
        sheet="自己改的",
        columns=columns_of(own),
        seen=version_of(own),
    )
    assert ensure_mappings(dry_run=True) == [mapping.name]
    assert ColumnMapping.objects.get(pk="self_service").sheet == "旧的"
    call_command("load_notice", verbosity=0)
    assert ColumnMapping.objects.get(pk="self_service").sheet == "团体申报"
    assert ColumnMapping.objects.get(pk="self_service_replies").sheet == "自己改的"


# ── What makes a mapping unusable ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([MappedColumn("姓名", "name"), MappedColumn("姓 名（必填）", "sex")], "columns-1-heading doubled"),
        ([MappedColumn("姓名", "name"), MappedColumn("*姓名:", "sex")], "columns-0-heading doubled"),
        ([MappedColumn("", "name")], "columns-0-heading bad_heading"),
        ([MappedColumn("\u200b", "name")], "columns-0-heading bad_heading"),
        ([MappedColumn("长" * 101, "name")], "columns-0-heading bad_heading"),
        ([MappedColumn("姓名", "surname")], "columns-0-field unknown_field"),
        ([MappedColumn("结果", "result")], "columns-0-field unknown_field"),
        ([MappedColumn("姓名", "name", "固定")], "columns-0-constant both"),
        ([MappedColumn("备注", "", "a\x00b")], "columns-0-constant bad_constant"),
        ([MappedColumn("性别", "sex", values={"x": "1"})], "columns-0-values unknown_value"),
        ([MappedColumn("备注", "", values={"x": "1"})], "columns-0-values no_field_to_translate"),
        ([MappedColumn("性别", "sex", values={"male": "长" * 101})], "columns-0-values long_value"),
        ([], "None bad_count"),
        ([MappedColumn(f"第{place}列") for place in range(101)], "None bad_count"),
    ],
)
def test_each_fault_is_named_at_its_field(columns, expected) -> None:
    assert expected in wrong(columns)


@pytest.mark.parametrize("sheet", ["", " ", "长" * 32, "a:b", "a/b", "a\\b", "a?b", "a*b", "[a]", "a'b"])
def test_a_name_no_sheet_can_have_is_refused(sheet) -> None:
    assert "sheet bad_sheet" in wrong([MappedColumn("姓名", "name")], sheet=sheet)


def test_an_answer_needs_the_document_number_once_and_nothing_fixed() -> None:
    name, number = MappedColumn("姓名", "name"), MappedColumn("证件号码", "document_number")
    assert wrong([name], "replies") == {"None no_document_number"}
    assert wrong([name, number, MappedColumn("结果", "result")], "replies") == set()
    assert "columns-1-field field_twice" in wrong(
        [number, MappedColumn("号码", "document_number")], "replies"
    )
    assert "columns-1-field no_field" in wrong([number, MappedColumn("备注")], "replies")
    assert "columns-1-constant constant_in_reply" in wrong(
        [number, MappedColumn("备注", "", "甲")], "replies"
    )


def test_values_written_alike_are_said_but_allowed() -> None:
    column = MappedColumn(
        "文化程度", "general_education", values={"bachelor": "本科及以上", "postgraduate": "本科及以上"}
    )
    assert wrong([column]) == set()
    assert merged_values([column]) == ["“文化程度”：本科、研究生都写成“本科及以上”，读回时分不清。"]
    assert column.ours("本科及以上") == "本科及以上"
    assert column.ours("大专（含高职）") == "junior_college"


# ── The editor ───────────────────────────────────────────────────────────────────────────────────────────────


def address(mapping) -> str:
    return reverse("admin:exams_columnmapping_change", args=[mapping.pk])


def sent(mapping, columns: list[dict[str, str]], do: str = "save", **head: str) -> dict[str, str]:
    data = {
        "name": mapping.name,
        "sheet": mapping.sheet,
        "seen": version_of(mapping),
        "lines": str(len(columns)),
        "do": do,
    }
    for place, column in enumerate(columns):
        data |= {f"columns-{place}-{part}": text for part, text in column.items()}
    return data | head


def shown(answer) -> list[str]:
    """The headings in the page's lines."""
    return [form["heading"].value() for form in answer.context["columns"]]


TWO = [{"heading": "姓名", "field": "name"}, {"heading": "性别", "field": "sex", "values": "男=1\n女＝2"}]


def test_the_editor_shows_and_saves_a_mapping_with_its_history(desk, mapping) -> None:
    before = [column.as_data() for column in columns_of(mapping)]
    page = desk.get(address(mapping))
    assert_clean(page.content.decode(), "mapping")
    assert shown(page) == [column["heading"] for column in before]
    assert "大专（含高职）=大专" in page.content.decode()
    assert desk.post(address(mapping), sent(mapping, TWO, name="新名称"))["Location"] == address(mapping)
    mapping.refresh_from_db()
    assert mapping.columns == [
        {"heading": "姓名", "field": "name", "constant": "", "values": {}},
        {"heading": "性别", "field": "sex", "constant": "", "values": {"male": "1", "female": "2"}},
    ]
    assert (mapping.name, mapping.changed_by) == ("新名称", desk.staff)
    detail = AuditEntry.objects.get(action="groups.change_mapping").detail
    assert detail["before"]["columns"] == before
    assert detail["after"] == {"name": "新名称", "sheet": mapping.sheet, "columns": mapping.columns}


def test_saving_what_was_shown_changes_nothing(desk, mapping) -> None:
    page = desk.get(address(mapping))
    lines = [
        {part: form[part].value() for part in ("heading", "field", "constant", "values")}
        for form in page.context["columns"]
    ]
    desk.post(address(mapping), sent(mapping, lines))
    after = ColumnMapping.objects.get(pk=mapping.pk)
    assert (after.columns, after.changed_at) == (mapping.columns, None)
    assert not AuditEntry.objects.filter(action="groups.change_mapping").exists()


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("up-1", ["性别", "姓名"]),
        ("down-0", ["性别", "姓名"]),
        ("up-0", ["姓名", "性别"]),
        ("down-1", ["姓名", "性别"]),
        ("remove-0", ["性别"]),
        ("add", ["姓名", "性别", ""]),
        ("remove-99999999", ["姓名", "性别"]),
        ("nonsense", ["姓名", "性别"]),
    ],
)
def test_lines_are_moved_added_and_removed_without_saving(desk, mapping, do, expected) -> None:
    answer = desk.post(address(mapping), sent(mapping, TWO, do, name="还没保存"))
    assert shown(answer) == expected
    assert answer.context["form"]["name"].value() == "还没保存"
    assert ColumnMapping.objects.get(pk=mapping.pk).columns == mapping.columns


def test_what_was_typed_stays_where_something_is_wrong(desk, mapping) -> None:
    lines = [
        TWO[0],
        {"heading": "姓名", "field": "sex", "values": "男1"},
        {"heading": "备注", "constant": "甲"},
    ]
    answer = desk.post(address(mapping), sent(mapping, lines))
    text = answer.content.decode()
    assert "第 1 行请写成“我方写法=对方写法”" in text
    assert "男1" in text
    assert "<title>有误：" in text
    lines[1]["values"] = "男=1"
    answer = desk.post(address(mapping), sent(mapping, lines, sheet="a/b"))
    text = answer.content.decode()
    assert text.count("有两列的标题都是“姓名”") == 2
    assert "工作表名称须有" in text
    assert shown(answer) == ["姓名", "姓名", "备注"]
    assert ColumnMapping.objects.get(pk=mapping.pk).columns == mapping.columns


def test_the_preview_shows_three_people_masked_before_saving(desk, mapping) -> None:
    filing = make_filing()
    people = [make_entry(filing, name, stage="approved") for name in ("王秀英", "赵国强", "孙丽", "周涛")]
    lines = [*TWO, {"heading": "证件号码", "field": "document_number"}, {"heading": "电话", "field": "phone"},
             {"heading": "照片", "field": "photo"}, {"heading": "生日", "field": "birth_date"}]  # fmt: skip
    answer = desk.post(address(mapping), sent(mapping, lines, "look"))
    text = answer.content.decode()
    assert_clean(text, "mapping")
    assert len(answer.context["rows"]) == 3
    assert [answer.context["rows"][0][at] for at in (0, 3, 5)] == ["周*", "139****0001", "1988******"]
    for one in people:
        assert one.row.content["record"]["identity"]["document_number"] not in text
    assert ColumnMapping.objects.get(pk=mapping.pk).columns == mapping.columns


def test_two_staff_do_not_overwrite_each_other(desk, mapping) -> None:
    first = sent(mapping, TWO)
    desk.post(address(mapping), sent(mapping, TWO[:1]))
    answer = desk.post(address(mapping), first)
    assert "这份对照刚被别人改过" in answer.content.decode()
    assert len(ColumnMapping.objects.get(pk=mapping.pk).columns) == 1


def test_only_who_may_change_mappings_reaches_the_editor(mapping, settings) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.force_login(make_staff("受理", "exams.view_columnmapping", "exams.review_groupfiling"))
    assert client.get(address(mapping)).status_code == 403
    listed = client.get(reverse("admin:exams_columnmapping_changelist"))
    assert mapping.name in listed.content.decode()
    assert address(mapping) not in listed.content.decode()


def test_the_action_checks_for_itself(mapping) -> None:
    with pytest.raises(Refused):
        change_mapping(
            actor=make_staff(), mapping=mapping, name="", sheet="表", columns=[], seen=version_of(mapping)
        )


def test_every_field_masks_what_it_should() -> None:
    assert FIELDS["photo"].mask("王秀英_310105198806010023.jpg") == "王**_3101**********0023.jpg"
    assert FIELDS["jobs_1_witness_phone"].mask("+8613900000000") != "+8613900000000"
    assert FIELDS["credentials_1_number"].mask("1234567890123456") == "1234********3456"


# ── Mappings of the staff's own ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", ["self_service", "self_service_replies"])
def test_a_copy_begins_like_its_source_and_is_changed_by_itself(mapping, desk, source) -> None:
    original = ColumnMapping.objects.get(pk=source)
    copy = reverse("admin:copy_mapping", args=[source])
    assert copy in desk.get(reverse("admin:exams_columnmapping_changelist")).content.decode()
    answer = desk.post(copy, {"name": " 区级系统 "})
    made = ColumnMapping.objects.get(name="区级系统")
    assert answer["Location"] == reverse("admin:exams_columnmapping_change", args=[made.pk])
    assert (made.purpose, made.sheet, made.columns) == (original.purpose, original.sheet, original.columns)
    change_mapping(
        actor=desk.staff,
        mapping=made,
        name="区级系统",
        sheet="新表",
        columns=columns_of(made),
        seen=version_of(made),
    )
    original.refresh_from_db()
    assert original.sheet != "新表"
    assert ensure_mappings() == []
    assert AuditEntry.objects.filter(action="groups.add_mapping", subject_id=made.pk).count() == 1
    assert "区级系统" in desk.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("name", "said"), [("", "请填写名称"), ("长" * 61, "60"), (None, "已有同样用途、同样名称的列对照")]
)
def test_a_copy_needs_a_name_of_its_own(mapping, desk, name, said) -> None:
    before = ColumnMapping.objects.count()
    typed = mapping.name if name is None else name
    page = desk.post(reverse("admin:copy_mapping", args=[mapping.pk]), {"name": typed}).content.decode()
    assert said in page
    assert ColumnMapping.objects.count() == before


def test_no_mapping_takes_the_name_of_another_afterwards(mapping, desk) -> None:
    made = copy_mapping(actor=desk.staff, source=mapping, name="区级系统")
    made.refresh_from_db()
    with pytest.raises(Refused, match="同样名称"):
        change_mapping(
            actor=desk.staff,
            mapping=made,
            name=mapping.name,
            sheet=made.sheet,
            columns=columns_of(made),
            seen=version_of(made),
        )


def test_a_copy_is_offered_beside_what_is_shipped(mapping, desk) -> None:
    filing = make_filing()
    make_entry(filing, stage="approved")
    made = copy_mapping(actor=desk.staff, source=mapping, name="区级系统")
    assert {one.mapping.name for one in downloads(filing)} >= {mapping.name, "区级系统"}
    assert "own_" in made.pk


def test_who_may_not_change_mappings_copies_none(mapping, settings) -> None:
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.force_login(make_staff("看看", "exams.view_columnmapping"))
    assert "复制一份" not in client.get(reverse("admin:exams_columnmapping_changelist")).content.decode()
    assert client.get(reverse("admin:copy_mapping", args=[mapping.pk])).status_code == 403
