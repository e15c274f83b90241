"""Lives of applications, lived at random: every action by whoever may or may not do it, with the clock jumping about.

What must hold whatever was done, in whatever order, is `check_invariants` (promises R12).
"""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from portal import clock
from tests.machine.afterwards import Afterwards
from tests.machine.world import NAMES


class Lives(Afterwards):
    """Chance alone would hardly get anybody to the exam: some lives begin further on, by the ordinary way."""

    @initialize(
        so_far=st.sampled_from(("nothing", "seated", "half_sat", "sat", "published", "certified")),
        hour=st.sampled_from((10, 0, 23)),
    )
    def begin(self, so_far: str, hour: int) -> None:
        self.make(hour)
        if so_far != "nothing":
            self._get_seated()
        if so_far == "half_sat":
            self._sit(subjects=1)
            self.change_a_session(1, 2, later=0)
        if so_far in ("sat", "published", "certified"):
            self._sit()
        if so_far in ("published", "certified"):
            for session in range(2):
                self.enter_twice_alike(session, [40, 60, 85])
                self.work_on_a_sheet(session, 1, "check")
                self.work_on_a_sheet(session, 2, "publish")
        if so_far == "certified":
            self.issue_certificates(0, 1)

    def _get_seated(self) -> None:
        for number in range(len(NAMES)):
            self.file(number, retake=False)
            self.review(0, 0, "approve")
            self.pay(number, 0)
        self.go_to(clock.now() + timedelta(days=1))
        self.plan_sessions(2, 10, "")
        self.arrange(2)
        for number in range(2):
            self.draw(number, 2)

    def _sit(self, subjects: int = 2) -> None:
        for number in range(subjects):
            self.the_next_session_is_over()
            self.note_attendance(number, 2, ["present"] * len(NAMES))
            self.close_a_session(number, 2)
