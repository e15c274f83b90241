"""No path through the life cycle breaks a rule (R12)."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.lives import Lives

LENGTH, LIVES = 60, 12
"""Steps a life, and how many lives: what a test run can afford. More by hand, over night."""


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_nothing_breaks():
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=LENGTH,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Shrinking a life of sixty steps takes longer than reading it.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            print_blob=True,
        ),
    )
