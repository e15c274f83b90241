"""Sessions and seats, the exam day, and scores on their way in and out."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from exams.arrangement import drawing, seating, sessions
from exams.arrangement.models import Seat, Session
from exams.payments import refunds
from exams.payments.models import RefundRequest
from exams.results import attendance, correcting, entering, excuses, giving_up, publishing, rechecks
from exams.results.models import Attendance, Correction, Excuse, Recheck
from exams.results.queries import live_sheet, seats_of_session, seats_to_score
from portal import clock
from tests import factories
from tests.machine.filing import Filing
from tests.machine.world import hand, index, pick


class Exam(Filing):
    @rule(
        by=hand, in_days=st.sampled_from((10, 20, 40)), subject=st.sampled_from(("theory", "practical", ""))
    )
    def plan_sessions(self, by: int, in_days: int, subject: str) -> None:
        """One subject's session, or both on one day."""
        day = clock.today() + timedelta(days=in_days)
        for hour, one in ((9, "theory"), (13, "practical")):
            if subject in ("", one):
                self.attempt(lambda hour=hour, one=one: self._publish(day, hour, one, by))

    def _publish(self, day: date, hour: int, subject: str, by: int) -> None:
        model = factories.make_session(
            self.offering, subject, clock.start_of(day) + timedelta(hours=hour), state=Session.State.DRAFT
        )
        sessions.publish_session(actor=self.staff[by], session=model)

    @rule(by=hand)
    def arrange(self, by: int) -> None:
        self.attempt(lambda: seating.arrange(actor=self.staff[by], offering=self.offering))

    @rule(number=index, by=hand)
    def draw(self, number: int, by: int) -> None:
        if (session := pick(self.sessions(), number)) is None:
            return
        actor = self.staff[by]
        self.attempt(
            lambda: drawing.draw_seats(actor=actor, draw=drawing.fix_candidates(actor=actor, session=session))
        )

    @rule(number=index, by=hand, later=st.sampled_from((0, 2, 30)))
    def change_a_session(self, number: int, by: int, later: int) -> None:
        """Called off, or moved by so many days."""
        if (session := pick(self.sessions(), number)) is None:
            return
        actor = self.staff[by]
        if later == 0:
            self.attempt(lambda: sessions.call_off_session(actor=actor, session=session, reason="台风"))
            return
        shift = timedelta(days=later)
        self.attempt(
            lambda: sessions.move_session(
                actor=actor,
                session=session,
                site=session.site,
                rooms=list(session.rooms.all()),
                starts_at=session.starts_at + shift,
                ends_at=session.ends_at + shift,
                reason="考点检修",
            )
        )

    @rule()
    def the_next_session_is_over(self) -> None:
        coming = (
            Session.objects.filter(state="published", ends_at__gt=clock.now()).order_by("ends_at").first()
        )
        if coming is not None:
            self.go_to(coming.ends_at + timedelta(hours=1))

    @rule(
        number=index,
        by=hand,
        states=st.lists(st.sampled_from(Attendance.State.values), min_size=3, max_size=3),
    )
    def note_attendance(self, number: int, by: int, states: list[str]) -> None:
        if (session := pick(self.sessions(), number)) is None:
            return
        for state, seat in zip(states, seats_of_session(session), strict=False):
            reason = "设备故障" if state == "other" else ""
            self.attempt(
                lambda seat=seat, state=state, reason=reason: attendance.note_attendance(
                    actor=self.staff[by], seat=seat, state=state, reason=reason
                )
            )

    @rule(number=index, by=hand)
    def close_a_session(self, number: int, by: int) -> None:
        if (session := pick(self.sessions(), number)) is not None:
            self.attempt(lambda: attendance.close_session(actor=self.staff[by], session=session))

    @rule(
        number=index,
        by=hand,
        which=st.integers(1, 3),
        points=st.lists(st.integers(40, 80), min_size=3, max_size=3),
    )
    def enter_scores(self, number: int, by: int, which: int, points: list[int]) -> None:
        if (session := pick(self.sessions(), number)) is None:
            return

        def act() -> None:
            sheet = entering.open_sheet(actor=self.staff[by], session=session)
            read = {seat.pk: value for seat, value in zip(seats_to_score(session), points, strict=False)}
            entering.enter_points(actor=self.staff[by], sheet=sheet, hand=which, points=read)

        self.attempt(act)

    @rule(number=index, points=st.lists(st.sampled_from((40, 59, 60, 85)), min_size=3, max_size=3))
    def enter_twice_alike(self, number: int, points: list[int]) -> None:
        """The ordinary way, which chance alone would hardly find."""
        if (session := pick(self.sessions(), number)) is None:
            return

        def act() -> None:
            sheet = entering.open_sheet(actor=self.staff[0], session=session)
            read = {seat.pk: value for seat, value in zip(seats_to_score(session), points, strict=False)}
            other = self.staff[1] if sheet.made_by_id == self.staff[0].pk else self.staff[0]
            entering.enter_points(actor=sheet.made_by, sheet=sheet, hand=1, points=read)
            entering.enter_points(actor=other, sheet=sheet, hand=2, points=read)

        self.attempt(act)

    @rule(number=index, by=hand, deed=st.sampled_from(("check", "publish", "publish", "retract")))
    def work_on_a_sheet(self, number: int, by: int, deed: str) -> None:
        sheets = [sheet for session in self.sessions() if (sheet := live_sheet(session))]
        if (sheet := pick(sheets, number)) is None:
            return
        actor = self.staff[by]
        deeds: dict[str, Callable[[], Any]] = {
            "check": lambda: entering.check_sheet(actor=actor, sheet=sheet),
            "publish": lambda: publishing.publish_sheet(actor=actor, sheet=sheet),
            "retract": lambda: publishing.retract_sheet(actor=actor, sheet=sheet, reason="场次弄错"),
        }
        self.attempt(deeds[deed])

    @rule(number=index, by=hand, second=hand, points=st.integers(40, 80))
    def correct_a_score(self, number: int, by: int, second: int, points: int) -> None:
        if (score := pick(self.scores(), number)) is None:
            return
        self.attempt(
            lambda: correcting.ask_correction(
                actor=self.staff[by], score=score, points=points, reason="合分有误"
            )
        )
        for correction in Correction.objects.filter(score=score, confirmed_at=None):
            self.attempt(
                lambda correction=correction: correcting.confirm_correction(
                    actor=self.staff[second], correction=correction
                )
            )

    @rule(number=index)
    def ask_for_a_recheck(self, number: int) -> None:
        if (score := pick(self.scores(), number)) is not None:
            account = score.application.person.account
            self.attempt(lambda: rechecks.ask_recheck(actor=account, score=score))

    @rule(number=index, by=hand, result=st.sampled_from(Recheck.Result.values))
    def answer_a_recheck(self, number: int, by: int, result: str) -> None:
        asked = list(Recheck.objects.filter(answered_at=None).order_by("asked_at"))
        if (recheck := pick(asked, number)) is not None:
            self.attempt(
                lambda: rechecks.answer_recheck(
                    actor=self.staff[by], recheck=recheck, result=result, answer="已核对"
                )
            )

    @rule(number=index, by=st.integers(-1, 3))
    def give_a_subject_up(self, number: int, by: int) -> None:
        """Staff at the counter; by -1 the person themselves. Of any seat: what was not disturbed is refused."""
        seats = list(Seat.objects.order_by("placed_at", "subject"))
        if (seat := pick(seats, number)) is not None:
            actor = seat.person.account if by < 0 else self.staff[by]
            self.attempt(
                lambda: giving_up.give_up_subject(
                    actor=actor, seat=seat, payee="工商银行 6222 0210 0100 0000 000 陈志远"
                )
            )

    @rule(number=index, by=hand)
    def take_a_request_up(self, number: int, by: int) -> None:
        if (request := pick(list(RefundRequest.objects.order_by("asked_at")), number)) is not None:
            self.attempt(lambda: refunds.take_up_request(actor=self.staff[by], request=request))

    @rule(number=index, by=st.integers(-1, 3))
    def excuse_an_absence(self, number: int, by: int) -> None:
        """Staff hand it in with the papers seen; by -1 the person themselves, who would have to bring a proof."""
        seats = list(Seat.objects.filter(released_at=None).order_by("placed_at", "subject"))
        if (seat := pick(seats, number)) is not None:
            actor = seat.person.account if by < 0 else self.staff[by]
            self.attempt(lambda: excuses.ask_excuse(actor=actor, seat=seat, text="突发急病", proof=None))

    @rule(number=index, by=hand, granted=st.booleans())
    def decide_an_excuse(self, number: int, by: int, granted: bool) -> None:
        if (excuse := pick(list(Excuse.objects.order_by("asked_at")), number)) is not None:
            self.attempt(
                lambda: excuses.decide_excuse(
                    actor=self.staff[by],
                    excuse=excuse,
                    granted=granted,
                    note="病历属实",
                    assess_by=clock.today() + timedelta(days=60),
                )
            )
