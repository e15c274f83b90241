"""The template: its columns, its drop-downs, and that what it takes comes out as it went in."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from applicants.identity.documents import DocumentKind, check_character
from applicants.records.models import GeneralEducation, Schooling, Title
from applicants.records.rows import MAJOR_NAMES, RELATION_NAMES
from exams.catalogue.models import Occupation, Offering
from exams.filing.answers import ROW_FIELDS
from exams.filing.groups.rosters import template
from exams.filing.groups.rosters.checking import check_row, read_context
from exams.filing.groups.rosters.columns import COLUMNS, PLACES, REQUIRED, columns_for, route_label
from exams.filing.groups.rosters.staging import read_heading, roster_rows
from exams.filing.groups.rosters.template import template_workbook
from portal.workbook.reading import parse_sheet
from portal.workbook.writing import write_sheet
from tests.factories import load_catalogue

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)


def test_titles_and_codes_are_unique_and_every_field_of_a_record_has_its_column():
    assert len({one.title for one in COLUMNS}) == len({one.code for one in COLUMNS}) == len(COLUMNS)
    for place in PLACES:
        assert set(place.columns) == set(ROW_FIELDS[place.kind])


def test_only_what_is_offered_stands_in_the_drop_downs():
    by_code = {one.code: one for one in columns_for([4], TODAY)}
    assert by_code["grade"].choices == (("4", "四级/中级工"),)
    assert [clause for clause, _ in by_code["route"].choices] == ["TR2023-2.1", "TR2023-2.2", "TR2023-2.3"]
    assert "review" not in dict(by_code["subjects"].choices)
    assert "review" in dict({one.code: one for one in columns_for([2], TODAY)}["subjects"].choices)
    assert route_label("TR2023-3.6").startswith("三级第6项 经评估论证专业")


def test_the_template_is_an_empty_roster_with_its_headings_and_no_closed_grade(frozen_day):
    frozen_day(TODAY)
    load_catalogue()
    Offering.objects.filter(grade=3).update(closed_on=date(2026, 10, 31))
    parsed = parse_sheet(template_workbook(Occupation.objects.get()), "模板.xlsx", [REQUIRED[0].title])
    _, heading = read_heading(parsed)
    assert (heading.missing, heading.unknown, heading.doubled) == (("问题",), (), ())
    assert list(roster_rows(parsed, heading)) == []
    grades = next(one for one in template.columns_of(Occupation.objects.get()) if one.code == "grade")
    assert [label for _, label in grades.choices] == ["四级/中级工"]


def test_the_example_is_a_good_row_but_for_being_an_example(frozen_day):
    frozen_day(TODAY)
    load_catalogue()
    example = {one.code: one.example for one in COLUMNS if one.example}
    checked = check_row(example, context=read_context(Occupation.objects.get(), TODAY))
    assert checked.problems == []
    assert checked.eligible


# ── There and back ───────────────────────────────────────────────────────────────────────────────────────────

names = st.text(st.sampled_from("王李秀英建国欧阳𬀩㛃䶮"), min_size=2, max_size=5)
words = st.text(st.sampled_from("上海市长宁区中心学校医院护理ABC=+-@<>"), min_size=1, max_size=20).filter(
    lambda text: text not in "-=+@"
)
days = st.dates(date(2009, 1, 1), date(2026, 11, 1))


def choice(values):
    return st.sampled_from([str(value) for value in values])


jobs = st.fixed_dictionaries(
    {
        "employer": words,
        "position": words,
        "relation": choice(RELATION_NAMES),
        "started_on": days,
        "left_on": st.none() | days,
        "witness_name": names,
        "witness_phone": st.sampled_from(["021-62777131", "13900000001", "021-62777131转8008"]),
    }
).filter(lambda job: job["left_on"] is None or job["left_on"] >= job["started_on"])
credentials = st.fixed_dictionaries(
    {
        "occupation_name": words,
        "relation": choice(RELATION_NAMES),
        "grade": st.integers(1, 5),
        "number": st.from_regex(r"[A-Z0-9]{8,22}", fullmatch=True),
        "issued_on": days,
        "issuer": words,
    }
)
titles = st.fixed_dictionaries(
    {
        "name": words,
        "rank": choice(Title.Rank.values),
        "corresponds": st.booleans(),
        "obtained_on": days,
        "number": st.just("") | st.from_regex(r"[A-Z0-9]{6,20}", fullmatch=True),
    }
)
schooling = st.fixed_dictionaries(
    {
        "school_name": words,
        "school": choice(Schooling.School.values),
        "programme": choice(Schooling.Programme.values),
        "major_name": words,
        "major": choice([name for name in MAJOR_NAMES if name != "other"]),
        "approved": st.booleans(),
        "status": choice(Schooling.Status.values),
        "on": days,
    }
)


@st.composite
def records(draw, serial):
    born = date(1970, 1, 1) + timedelta(days=draw(st.integers(0, 9_000)))
    first_17 = f"310105{born:%Y%m%d}{serial:03d}"
    return {
        "identity": {
            "name": draw(names),
            "sex": "male" if serial % 2 else "female",
            "birth_date": born,
            "general_education": draw(
                choice(
                    [
                        name
                        for name in GeneralEducation.values
                        if name not in ("none", "primary", "junior_high")
                    ]
                )
            ),
            "intends_to_work": draw(st.booleans()),
            "document_kind": DocumentKind.RESIDENT_ID.value,
            "document_number": first_17 + check_character(first_17),
        },
        # Ten years of work in the occupation make every row eligible, whatever else is drawn.
        "jobs": [
            {
                **draw(jobs),
                "relation": "same",
                "started_on": date(2009, 1, 1),
                "left_on": None,
            },
            *draw(st.lists(jobs, max_size=2)),
        ],
        "credentials": draw(st.lists(credentials, max_size=2)),
        "titles": draw(st.lists(titles, max_size=1)),
        "schooling": draw(st.lists(schooling, max_size=2)),
    }


def plain(value):
    return value.isoformat() if isinstance(value, date) else value


def cells_of(record, context):
    """The record as a clerk types it into the template."""
    identity = record["identity"]
    values = {
        code: identity[code] for code in ("name", "document_kind", "document_number", "general_education")
    }
    values |= {"phone": "13900000001", "grade": "4", "kind": "regular", "consent": "yes"}
    values["intends_to_work"] = "yes" if identity["intends_to_work"] else "no"
    used = {}
    for place in PLACES:
        number = used[place.kind] = used.get(place.kind, -1) + 1
        if number < len(record[place.kind]):
            entry = record[place.kind][number]
            values |= {column.code: entry[field] for field, column in place.columns.items()}
    cells = {}
    for code, value in values.items():
        if isinstance(value, bool):
            value = "yes" if value else "no"
        text = "" if value is None else str(plain(value))
        cells[code] = dict(context.columns[code].choices).get(text, text)
    return cells


@settings(max_examples=6, deadline=None)
@given(data=st.data(), count=st.integers(1, 25))
def test_a_record_comes_back_from_the_template_as_it_went_in(data, count):
    load_catalogue()
    context = read_context(Occupation.objects.get(), TODAY)
    wanted = [data.draw(records(serial)) for serial in range(count)]
    columns = list(context.columns.values())
    lines = [[cells_of(record, context).get(one.code, "") for one in columns] for record in wanted]
    headings = [template.heading_of(one) for one in columns]
    parsed = parse_sheet(write_sheet(headings, lines, title="花名册", sheet="花名册"), "a.xlsx")
    _, heading = read_heading(parsed)
    found = [check_row(cells, context=context) for _, cells in roster_rows(parsed, heading)]
    assert len(found) == count
    for record, checked in zip(wanted, found, strict=True):
        assert checked.problems == []
        assert checked.record is not None
        assert checked.record["identity"] == {key: plain(value) for key, value in record["identity"].items()}
        for kind, fields in ROW_FIELDS.items():
            back = [{field: row[field] for field in fields} for row in checked.record[kind]]
            assert back == [{field: plain(row[field]) for field in fields} for row in record[kind]]
