"""Misconduct from the record to the reversal, certificates from the batch to the hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from certificates.due import candidates, read_standings
from certificates.ending import ask_ending, confirm_ending
from certificates.hand_over import hand_over
from certificates.issuing import confirm_batch, drop_batch, propose_batch
from certificates.models import Certificate, Ending, IssueBatch
from exams.arrangement.models import Seat
from exams.catalogue.models import ListedAct
from exams.conduct import cases, deciding
from exams.conduct.incidents import record_incident
from exams.conduct.models import Case, Decision, Incident
from portal import clock
from portal.rules.sanctions import ACTS
from tests.machine.exam import Exam
from tests.machine.world import hand, index, pick


class Afterwards(Exam):
    @rule(number=index, by=hand, witness=hand, warned=st.booleans(), went_on=st.booleans())
    def write_down_an_incident(self, number: int, by: int, witness: int, warned: bool, went_on: bool) -> None:
        seats = list(Seat.objects.order_by("placed_at", "subject"))
        if (seat := pick(seats, number)) is None:
            return
        at = seat.starts_at + timedelta(minutes=10)
        noted = (seat, at if warned else None, went_on, "signed")
        self.attempt(
            lambda: record_incident(
                actor=self.staff[by],
                session=seat.session,
                kind="behaviour",
                at=at,
                text="交卷后仍在作答",
                witness=self.staff[witness],
                persons=[noted],
            )
        )

    @rule(number=index, by=hand, act=st.sampled_from(ACTS), seated=st.booleans())
    def open_a_case(self, number: int, by: int, act: str, seated: bool) -> None:
        """On a recorded incident where there is one, else as found afterwards."""
        if (application := pick(self.applications(), number)) is None:
            return
        seat = application.seats.order_by("placed_at", "subject").first() if seated else None
        incident = Incident.objects.filter(persons__seat=seat).order_by("at").first() if seat else None
        act_on = clock.local_day(seat.starts_at) if seat else clock.today()
        self.attempt(
            lambda: cases.open_case(
                actor=self.staff[by],
                application=application,
                act=ListedAct.objects.get(pk=act),
                act_on=act_on,
                facts="监控录像显示……",
                seat=seat,
                incident=incident,
            )
        )

    @rule(
        number=index,
        by=hand,
        step=st.sampled_from(("notice", "statement", "drop", "service", "ask_review", "uphold")),
        severity=st.sampled_from(("", "minor", "serious")),
    )
    def go_on_with_a_case(self, number: int, by: int, step: str, severity: str) -> None:
        if (case := pick(self._cases(), number)) is None:
            return
        actor = self.staff[by]
        steps: dict[str, Callable[[], Any]] = {
            "notice": lambda: cases.give_notice(
                actor=actor, case=case, facts="经查……", reasons="属于所列行为", severity=severity
            ),
            "statement": lambda: cases.take_statement(actor=actor, case=case, text="不是我。"),
            "drop": lambda: cases.drop_case(actor=actor, case=case, reason="查无实据"),
            "service": lambda: cases.record_service(actor=actor, case=case, how="当面签收"),
            "ask_review": lambda: cases.ask_review(actor=actor, case=case, text="请复核。"),
            "uphold": lambda: cases.uphold_decision(actor=actor, case=case, text="事实清楚"),
        }
        self.attempt(steps[step])

    @rule(
        number=index,
        by=hand,
        severity=st.sampled_from(("minor", "serious")),
        later=st.sampled_from((0, 0, 3)),
    )
    def decide_a_case(self, number: int, by: int, severity: str, later: int) -> None:
        """The ordinary way: told, answered, decided; each step refused where it was done before."""
        if (case := pick(self._cases(), number)) is None:
            return
        told = severity if case.act_id.startswith("A3-4") else ""
        opener, decider = case.opened_by, self.staff[by]
        self.attempt(
            lambda: cases.give_notice(
                actor=opener, case=case, facts="经查……", reasons="属于所列行为", severity=told
            )
        )
        self.attempt(lambda: cases.take_statement(actor=opener, case=case, text="本人没有异议。"))
        self.attempt(
            lambda: deciding.decide(
                actor=decider,
                case=case,
                severity=told,
                body="own",
                effective_on=clock.today() + timedelta(days=later),
                reasons="事实清楚",
            )
        )

    @rule(number=index, by=hand)
    def reverse_a_decision(self, number: int, by: int) -> None:
        if (decision := pick(list(Decision.objects.order_by("decided_at")), number)) is not None:
            self.attempt(
                lambda: deciding.reverse_decision(actor=self.staff[by], decision=decision, reason="证据不足")
            )

    @rule(by=hand)
    def propose_certificates(self, by: int) -> None:
        standings = read_standings(list(candidates()), clock.today())
        due = [one.application for one in standings if one.due]
        self.attempt(lambda: propose_batch(actor=self.staff[by], applications=due))

    @rule(number=index, by=hand)
    def issue_certificates(self, number: int, by: int) -> None:
        if (batch := pick(self._batches(), number)) is not None:
            self.attempt(lambda: confirm_batch(actor=self.staff[by], batch=batch))

    @rule(number=index, by=hand)
    def drop_certificates(self, number: int, by: int) -> None:
        if (batch := pick(self._batches(), number)) is not None:
            self.attempt(lambda: drop_batch(actor=self.staff[by], batch=batch))

    @rule(number=index, by=hand, kind=st.sampled_from(Ending.Kind.values))
    def ask_to_end_a_certificate(self, number: int, by: int, kind: str) -> None:
        if (certificate := pick(self._certificates(), number)) is not None:
            self.attempt(
                lambda: ask_ending(
                    actor=self.staff[by], certificate=certificate, kind=kind, reason="证书遗失"
                )
            )

    @rule(number=index, by=hand)
    def end_a_certificate(self, number: int, by: int) -> None:
        if (ending := pick(list(Ending.objects.order_by("asked_at")), number)) is not None:
            self.attempt(lambda: confirm_ending(actor=self.staff[by], ending=ending))

    @rule(number=index, by=hand)
    def hand_a_certificate_over(self, number: int, by: int) -> None:
        if (certificate := pick(self._certificates(), number)) is not None:
            self.attempt(
                lambda: hand_over(
                    actor=self.staff[by],
                    certificates=[certificate],
                    received_by=certificate.person.name,
                    document_checked=True,
                )
            )

    def _cases(self) -> list[Case]:
        return list(Case.objects.order_by("opened_at"))

    def _batches(self) -> list[IssueBatch]:
        return list(IssueBatch.objects.order_by("proposed_at"))

    def _certificates(self) -> list[Certificate]:
        return list(Certificate.objects.order_by("issued_at", "number"))
