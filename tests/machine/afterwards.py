"""Misconduct from the record to the reversal, certificates from the batch to the hand."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from applicants.accounts.models import Account
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

    @rule(
        number=index,
        by=st.lists(hand, min_size=6, max_size=6),
        act=st.sampled_from(ACTS),
        severity=st.sampled_from(("minor", "serious")),
        steps=st.integers(1, 6),
    )
    def go_through_a_case(self, number: int, by: list[int], act: str, severity: str, steps: int) -> None:
        """On a recorded incident where there is one, else as found afterwards; as far as it is drawn."""
        if (application := pick(self.applications(), number)) is None:
            return
        told = severity if act.startswith("A3-4") else ""
        seat = application.seats.order_by("placed_at", "subject").first()
        before = set(Case.objects.values_list("pk", flat=True))
        self.attempt(
            lambda: cases.open_case(
                actor=self.staff[by[0]],
                application=application,
                act=ListedAct.objects.get(pk=act),
                act_on=clock.local_day(seat.starts_at) if seat else clock.today(),
                facts="监控录像显示……",
                seat=seat,
                incident=Incident.objects.filter(persons__seat=seat).order_by("at").first() if seat else None,
            )
        )
        if (case := Case.objects.exclude(pk__in=before).first()) is not None:
            for step in ("notice", "statement", "decide", "service", "ask_review", "uphold")[:steps]:
                self._step(case, step, self.staff[by.pop()], told)

    @rule(
        number=index,
        by=hand,
        step=st.sampled_from(("notice", "statement", "decide", "drop", "service", "ask_review", "uphold")),
        severity=st.sampled_from(("", "minor", "serious")),
    )
    def go_on_with_a_case(self, number: int, by: int, step: str, severity: str) -> None:
        if (case := pick(list(Case.objects.order_by("opened_at")), number)) is not None:
            self._step(case, step, self.staff[by], severity)

    def _step(self, case: Case, step: str, actor: Account, severity: str) -> None:
        steps: dict[str, Callable[[], Any]] = {
            "notice": lambda: cases.give_notice(
                actor=actor, case=case, facts="经查……", reasons="属于所列行为", severity=severity
            ),
            "statement": lambda: cases.take_statement(actor=actor, case=case, text="不是我。"),
            "decide": lambda: deciding.decide(
                actor=actor,
                case=case,
                severity=severity,
                body="own",
                effective_on=clock.today(),
                reasons="事实清楚",
            ),
            "drop": lambda: cases.drop_case(actor=actor, case=case, reason="查无实据"),
            "service": lambda: cases.record_service(actor=actor, case=case, how="当面签收"),
            "ask_review": lambda: cases.ask_review(actor=actor, case=case, text="请复核。"),
            "uphold": lambda: cases.uphold_decision(actor=actor, case=case, text="事实清楚"),
        }
        self.attempt(steps[step])

    @rule(number=index, by=hand)
    def reverse_a_decision(self, number: int, by: int) -> None:
        if (decision := pick(list(Decision.objects.order_by("decided_at")), number)) is not None:
            self.attempt(
                lambda: deciding.reverse_decision(actor=self.staff[by], decision=decision, reason="证据不足")
            )

    @rule(by=hand, second=hand)
    def issue_certificates(self, by: int, second: int) -> None:
        """To everybody who is due one, or whatever batch is left to confirm."""
        due = [one.application for one in read_standings(list(candidates()), clock.today()) if one.due]
        self.attempt(lambda: propose_batch(actor=self.staff[by], applications=due))
        for batch in self._batches():
            self.attempt(lambda batch=batch: confirm_batch(actor=self.staff[second], batch=batch))

    @rule(by=hand)
    def propose_certificates(self, by: int) -> None:
        due = [one.application for one in read_standings(list(candidates()), clock.today()) if one.due]
        self.attempt(lambda: propose_batch(actor=self.staff[by], applications=due))

    @rule(number=index, by=hand)
    def drop_certificates(self, number: int, by: int) -> None:
        if (batch := pick(self._batches(), number)) is not None:
            self.attempt(lambda: drop_batch(actor=self.staff[by], batch=batch, reason="照片不对"))

    @rule(number=index, by=hand, second=hand, kind=st.sampled_from(Ending.Kind.values))
    def end_a_certificate(self, number: int, by: int, second: int, kind: str) -> None:
        if (certificate := pick(self._certificates(), number)) is None:
            return
        self.attempt(
            lambda: ask_ending(actor=self.staff[by], certificate=certificate, kind=kind, reason="证书遗失")
        )
        for ending in Ending.objects.filter(certificate=certificate).order_by("asked_at"):
            self.attempt(lambda ending=ending: confirm_ending(actor=self.staff[second], ending=ending))

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

    def _batches(self) -> list[IssueBatch]:
        return list(IssueBatch.objects.order_by("proposed_at"))

    def _certificates(self) -> list[Certificate]:
        return list(Certificate.objects.order_by("issued_at", "number"))
