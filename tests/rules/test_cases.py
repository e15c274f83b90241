"""Every case file of tests/rules/cases, run as its kind says.

Topic files (`topic = …`): each case is one line of `manage.py rules`: input, and output or the field in error.
Route files (`clause` in each case): the route's verdict on the day `on`, then the day before, on and after it opens.
"""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.rules.eligibility import Facts, RouteVerdict, judge
from portal.rules.notice import shipped
from portal.rules.topics import Sources, answer_line
from portal.rules.wording import span_text
from portal.workdays import is_working_day

CASES = Path(__file__).parent / "cases"
SOURCES = Sources(shipped(), is_working_day)
GRADES = {"1": 5, "2": 4, "3": 3, "4": 2, "5": 1}
PERSON = {"birth_date": "1980-05-06", "general_education": "senior_high", "minimum_education": "senior_high"}
CASE_KEYS = {
    "name",
    "clause",
    "on",
    "opens_on",
    "closes_after",
    "short",
    "found",
    "missing",
    "evidence",
    "cases",
}


def _cases(kind: str) -> list[Any]:
    params = []
    for path in sorted(CASES.glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for case in table["cases"]:
            if ("topic" in table) == (kind == "topic"):
                params.append(pytest.param({**table, **case}, id=f"{path.stem}：{case['name']}"))
    return params


@pytest.mark.parametrize("case", _cases("topic"))
def test_topic(case: dict[str, Any]) -> None:
    given = json.dumps(case["input"], ensure_ascii=False).encode()
    answer = answer_line(case["topic"], given, SOURCES)
    if "error_field" in case:
        assert answer["error"]["field"] == case["error_field"]
        assert answer["error"]["message"].endswith("。")
    else:
        expected = {**case["output"], **dict.fromkeys(case.get("null", []))}
        assert {key: answer[key] for key in expected if key in answer} == expected
        assert case["topic"] == "eligibility" or answer.keys() == expected.keys()


@pytest.mark.parametrize("case", _cases("route"))
def test_route(case: dict[str, Any]) -> None:
    on, opens_on = case["on"], case.get("opens_on")
    route = _verdict(case, on)
    assert route.opens_on == opens_on
    assert route.met == (opens_on == on)
    if "short" in case:
        assert [span_text(one.short) for one in route.missing if one.short] == case["short"]
    if "missing" in case:
        assert [one.fact for one in route.missing] == case["missing"]
    if "evidence" in case:
        assert list(route.evidence[3:]) == case["evidence"]
    if "found" in case:
        assert [one.found for one in route.missing] == case["found"]
    if opens_on is None:
        assert not _verdict(case, on + timedelta(days=4000)).met
        return
    for day in (opens_on - timedelta(days=1), opens_on, opens_on + timedelta(days=1)):
        if day >= on:
            expected = opens_on <= day <= case.get("closes_after", date.max)
            assert _verdict(case, day).met == expected, day
    if "closes_after" in case:
        assert _verdict(case, case["closes_after"]).met
        assert not _verdict(case, case["closes_after"] + timedelta(days=1)).met


def _verdict(case: dict[str, Any], on: date) -> RouteVerdict:
    stated = {key: value for key, value in case.items() if key not in CASE_KEYS}
    facts = Facts.from_json({**PERSON, **stated})
    return judge(facts, grade=GRADES[case["clause"][len("TR2023-")]], on=on).route(case["clause"])
