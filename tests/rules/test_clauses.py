"""Every clause of the notice and its annexes is in the register, and what the register names exists."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest

from portal.rules import wording
from portal.rules.clauses import CLAUSES, Clause, clause
from portal.rules.notice import SHIPPED
from portal.rules.routes import TR2023
from portal.rules.sanctions import ACTS

HERE = Path(__file__).parent
README = Path(importlib.import_module("portal.rules").__file__ or "").with_name("README.md")

# Written down from the notice itself, not from the code: sections, and how many items each has.
NOTICE_SECTIONS = {"1": 0, "2": 5, "3": 0, "4": 4, "5": 0, "6": 5, "7": 0}
ANNEX_1_ITEMS = {1: 2, 2: 3, 3: 6, 4: 5, 5: 3}
ANNEX_1_FOOTNOTES = (5, 6, 7, 8)
ANNEX_3_ITEMS = {1: 0, 2: 4, 3: 5, 4: 7}


def _items(prefix: str, counts: dict[str, int]) -> set[str]:
    found: set[str] = set()
    for section, count in counts.items():
        names = {f"{prefix}{section}.{item}" for item in range(1, count + 1)}
        found |= names or {f"{prefix}{section}"}
    return found


EXPECTED = (
    _items("N2026-", NOTICE_SECTIONS)
    | _items("TR2023-", {str(section): count for section, count in ANNEX_1_ITEMS.items()})
    | {f"TR2023-fn{number}" for number in ANNEX_1_FOOTNOTES}
    | {"A2", "A3-end"}
    | _items("A3-", {str(section): count for section, count in ANNEX_3_ITEMS.items()})
)


def test_nothing_is_left_out_and_nothing_twice() -> None:
    ids = [entry.id for entry in CLAUSES]
    assert len(ids) == len(set(ids))
    assert set(ids) == EXPECTED


def test_all_nineteen_routes_are_judged() -> None:
    routes = [name for grade in TR2023.values() for name in grade]
    assert len(routes) == 19
    assert set(routes) == {
        entry.id for entry in CLAUSES if entry.code and entry.code[0].startswith("routes.")
    }
    for grade in TR2023.values():
        for name, function in grade.items():
            assert (function.__doc__ or "").startswith(f"{name}: ")


def test_every_listed_act_is_data() -> None:
    assert set(ACTS) == {entry.id for entry in CLAUSES if entry.id.startswith("A3-")} - {"A3-end"}


@pytest.mark.parametrize("entry", CLAUSES, ids=lambda entry: entry.id)
def test_what_the_register_names_exists(entry: Clause) -> None:
    assert bool(entry.code) != bool(entry.reason), "a clause is code, or says why it is not"
    for name in entry.code:
        module, attribute = name.split(".")
        assert hasattr(importlib.import_module(f"portal.rules.{module}"), attribute), name
    for path in SHIPPED.glob("*.toml"):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        assert all(table[name] for name in entry.data)
    assert bool(entry.code) == bool(entry.cases), "code without cases"
    for name in entry.cases:
        if name.endswith(".py"):
            assert (HERE / name).is_file()
            continue
        cases = tomllib.loads((HERE / "cases" / name).read_text(encoding="utf-8"))["cases"]
        if name.startswith("routes_"):
            cases = [case for case in cases if case["clause"] == entry.id]
            assert any(case.get("opens_on") for case in cases), "no case in which the route is met"
            assert any("opens_on" not in case for case in cases), "no case in which time alone cannot open it"
        assert cases
    assert clause(entry.id) is entry


@pytest.mark.parametrize("entry", CLAUSES, ids=lambda entry: entry.id)
def test_the_readme_and_the_wording_know_the_clause(entry: Clause) -> None:
    assert f"| `{entry.id}` |" in README.read_text(encoding="utf-8")
    if not entry.id.startswith("TR2023-fn"):
        assert wording.cite(entry.id)
    if entry.id in wording.ROUTE_TITLES:
        assert wording.ROUTE_TITLES[entry.id]


def test_every_case_file_belongs_to_a_clause() -> None:
    named = {name for entry in CLAUSES for name in entry.cases if name.endswith(".toml")}
    assert {path.name for path in (HERE / "cases").glob("*.toml")} == named
