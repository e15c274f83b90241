"""A world of published, corrected and rechecked scores is clean, and each check finds the violation planted for it."""

import pytest
from django.db import connection

from exams.results.correcting import ask_correction, confirm_correction
from exams.results.invariants import INVARIANTS
from exams.results.rechecks import answer_recheck, ask_recheck
from tests.results.plants_of_scores import PLANTS
from tests.results.world import candidates, hold_session, published


def broken() -> set[str]:
    return {one.code for one in INVARIANTS if list(one.offenders())}


@pytest.fixture
def world(evening, team):
    applications = candidates("陈志远", "吴梅", "丁磊", "罗佳")
    theory, practical = hold_session(applications), hold_session(applications, "practical", hour=13)
    scores = published(theory, team, 陈志远=80, 吴梅=50, 丁磊=59)
    published(practical, team, 陈志远=70, 吴梅=90, 丁磊=40)
    asked = ask_correction(actor=team.maker, score=scores["丁磊"], points=60, reason="漏加")
    confirm_correction(actor=team.second, correction=asked)
    recheck = ask_recheck(actor=team.outsider, score=scores["吴梅"])
    answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer="核对无误")
    assert broken() == set(), "the world must be clean before anything is planted"
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_every_invariant_has_a_planted_violation():
    assert {one.code for one in INVARIANTS} == set(PLANTS)


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_violation_is_found(world, code):
    PLANTS[code]()
    assert code in broken()
