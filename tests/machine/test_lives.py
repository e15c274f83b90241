"""No path through the life cycle breaks a rule (R12).

The suite lives the same dozen lives each time, so that a failure is the change's; `LIVES=500 pytest tests/machine` lives
others, over night. A failure prints the life, and a line to live it again.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.lives import Lives

STEPS, USUAL = 60, 12


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_nothing_breaks():
    wanted = os.environ.get("LIVES")
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=int(wanted or USUAL),
            stateful_step_count=STEPS,
            derandomize=wanted is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Shrinking a life of sixty steps takes longer than reading it.
            phases=[Phase.explicit, Phase.generate],
            print_blob=True,
        ),
    )
