"""Each check of cases and decisions is clean on what the actions made, and finds the violation planted for it."""

import pytest

from exams.conduct.deciding import reverse_decision
from exams.conduct.invariants import INVARIANTS
from tests.conduct.plants import MORE, PLANTS
from tests.conduct.procedure import decided, notified, opened, sat, stated


def broken() -> set[str]:
    return {one.code for one in INVARIANTS if list(one.offenders())}


@pytest.fixture
def decisions(hands):
    """One in force by A3-4, and one by A3-1 that was reversed."""
    _, (first, second) = sat("陈志远", "林晓梅")
    grave = stated(hands, notified(hands, opened(hands, first, "A3-4.5"), severity="serious"))
    live = decided(hands, grave, severity="serious")
    false = stated(hands, notified(hands, opened(hands, second, "A3-1")))
    undone = decided(hands, false)
    reverse_decision(actor=hands.reviewer, decision=undone, reason="材料经核实属实")
    undone.refresh_from_db()
    assert broken() == set(), "the world must be clean before anything is planted"
    return live, undone


def test_every_invariant_has_a_planted_violation():
    assert {one.code for one in INVARIANTS} == set(PLANTS)


@pytest.mark.parametrize("code", PLANTS)
def test_a_planted_violation_is_found(decisions, code):
    PLANTS[code](*decisions)
    assert code in broken()


@pytest.mark.parametrize("plant", MORE, ids=lambda plant: plant.__name__)
def test_other_ways_to_break_it_are_found_too(decisions, plant):
    plant(decisions[0])
    assert MORE[plant] in broken()
