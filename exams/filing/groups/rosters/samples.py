"""Roster rows of people who do not exist, for measuring: distinct, repeatable, some of them wrong as in real rosters."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from applicants.identity.documents import check_character
from exams.filing.groups.rosters.columns import COLUMNS
from portal.workbook.writing import Heading, write_sheet

FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华慧建国志玉兰红梅文博雅婷思远嘉怡晨曦梓涵雨轩"
WRONG = (
    {"phone": "1390000"},
    {"grade": "二级"},
    {"jobs_1_started_on": "2012年3月"},
    {"general_education": "初中"},
    {"consent": ""},
)
"""Of a hundred rows, three are spoilt by one of these."""


def workbook(count: int) -> bytes:
    """A roster of `count` people in the template's columns."""
    headings = [Heading(title=one.title, width=one.width, required=one.required) for one in COLUMNS]
    codes = [one.code for one in COLUMNS]
    rows = ([cells.get(code, "") for code in codes] for cells in people(count))
    return write_sheet(headings, rows, title="花名册", sheet="花名册")


def people(count: int) -> Iterator[dict[str, str]]:
    """Cells by column: two thirds by their years of work, of three jobs each, the others by their schooling."""
    for index in range(count):
        chance = random.Random(index)  # noqa: S311 - sample data, nothing secret
        born = date(1970, 1, 1) + timedelta(days=index % 9_000)
        first_17 = f"310105{born:%Y%m%d}{index // 9_000:03d}"
        cells = {
            "serial": str(index + 1),
            "name": chance.choice(FAMILY) + "".join(chance.sample(GIVEN, 2)),
            "document_kind": "居民身份证",
            "document_number": first_17 + check_character(first_17),
            "phone": f"139{index:08d}",
            "general_education": "高中",
            "grade": chance.choice(("四级/中级工", "三级/高级工")),
            "kind": "正考",
            "consent": "是",
        }
        cells |= _schooling(chance) if index % 3 == 0 else _jobs(chance)
        if index % 33 == 32:
            cells |= chance.choice(WRONG)
        yield cells


def _jobs(chance: random.Random) -> dict[str, str]:
    cells: dict[str, str] = {}
    for place, (start, end) in enumerate(
        (("2008-03-01", "2013-06-30"), ("2013-09-01", "2019-12-31"), ("2020-03-01", "")), 1
    ):
        cells |= {
            f"jobs_{place}_employer": f"上海市长宁区第{chance.randrange(1, 90)}社区卫生服务中心",
            f"jobs_{place}_position": "社群健康助理",
            f"jobs_{place}_relation": chance.choice(("本职业", "相关职业")),
            f"jobs_{place}_started_on": start,
            f"jobs_{place}_left_on": end,
            f"jobs_{place}_witness_name": chance.choice(FAMILY) + chance.choice(GIVEN),
            f"jobs_{place}_witness_phone": "021-62770000",
        }
    return cells


def _schooling(chance: random.Random) -> dict[str, str]:
    return {
        "grade": "四级/中级工",
        "schooling_1_school_name": f"上海市第{chance.randrange(1, 40)}卫生学校",
        "schooling_1_school": "中等职业学校",
        "schooling_1_programme": "中职（中专、职高）",
        "schooling_1_major_name": "护理",
        "schooling_1_major": "相关专业",
        "schooling_1_status": "已毕业",
        "schooling_1_on": "2020-07-01",
    }
