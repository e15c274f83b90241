"""What must always hold of cases and decisions; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from applicants.standing.models import Bar
from exams.arrangement.queries import live_seats
from exams.conduct.cases import severity_findings, warning_findings
from exams.conduct.models import CaseStep, Decision, ToldItem
from exams.conduct.reach import cancelled_subjects, seats_to_release
from exams.filing.models import LIVE, Submission
from exams.payments.models import NoRefund
from exams.results.models import Cancellation, Score
from portal import clock
from portal.crypto import Unreadable
from portal.registry import Invariant
from portal.rules.findings import Refused
from portal.rules.sanctions import effects

Kind = CaseStep.Kind


def wrong_tiers() -> Iterator[UUID]:
    """Decisions whose frozen effects are not what the clause, the severity and the days give."""
    for decision in _decisions():
        try:
            right = effects(
                decision.act_id,
                severity=decision.severity or None,
                act_on=decision.case.act_on,
                effective_on=decision.effective_on,
            ).to_json()
        except Refused:
            right = None
        if decision.effects != right or decision.act_id != decision.case.act_id:
            yield decision.pk


def decided_alone() -> Iterator[UUID]:
    """Decisions made by who opened the case, reversed by who made them, or upheld by either."""
    opener = F("case__opened_by")
    yield from (
        _decisions()
        .filter(Q(decided_by=opener) | Q(reversed_by=F("decided_by")))
        .values_list("pk", flat=True)
    )
    upheld = CaseStep.objects.filter(kind=Kind.UPHELD)
    yield from upheld.filter(Q(by=opener) | Q(by=F("case__decisions__decided_by"))).values_list(
        "pk", flat=True
    )


def unheard_decisions() -> Iterator[UUID]:
    """Decisions without a notice before them, or before the person spoke or the term was over; graver than told."""
    for decision in _decisions():
        steps = [step for step in decision.case.steps.all() if step.at <= decision.decided_at]
        notice = next((step for step in reversed(steps) if step.kind == Kind.NOTICE), None)
        if notice is None or notice.due_on is None:
            yield decision.pk
            continue
        spoke = any(step.kind == Kind.STATEMENT and step.at >= notice.at for step in steps)
        graver = notice.severity == "minor" and decision.severity == "serious"
        if graver or not (spoke or clock.local_day(decision.decided_at) > notice.due_on):
            yield decision.pk


def unproven_decisions() -> Iterator[UUID]:
    """Decisions without facts or reasons, without the seat or the ignored warning their clause needs."""
    for decision in _decisions():
        case = decision.case
        try:
            told = str(case.facts or "").strip() and str(decision.reasons or "").strip()
        except Unreadable:
            told = ""
        seatless = decision.act_id.startswith("A3-2") and case.seat is None
        lacking = [
            *warning_findings(decision.act_id, case.seat, case.incident),
            *severity_findings(decision.act_id, decision.severity),
        ]
        if not told or seatless or lacking:
            yield decision.pk


def decisions_out_of_order() -> Iterator[UUID]:
    """Decisions in force before they were made or before the act, made before the case or reversed before made."""
    for decision in _decisions():
        case, decided_on = decision.case, clock.local_day(decision.decided_at)
        reversed_early = decision.reversed_at is not None and decision.reversed_at < decision.decided_at
        half_reversed = (decision.reversed_at is None) != (decision.reversed_by_id is None)
        if (
            not case.act_on <= decided_on <= decision.effective_on
            or not case.opened_at <= decision.decided_at
            or case.dropped_at is not None
            or reversed_early
            or half_reversed
        ):
            yield decision.pk


def unapplied_effects() -> Iterator[UUID]:
    """Decisions in force of which an effect is not there: scores, admission, bar, seats, fees."""
    for decision in _decisions().filter(reversed_at=None):
        if not all(_in_force(decision)):
            yield decision.pk


def unreversed_effects() -> Iterator[Any]:
    """Reversed decisions of which an effect is still there, and effects of a decision that does not exist."""
    in_force = Decision.objects.filter(reversed_at=None).values("pk")
    left = Decision.objects.filter(
        reversed_at__isnull=False, applied__reversed_at=None, applied__isnull=False
    )
    yield from left.values_list("pk", flat=True).distinct()
    for model in (Cancellation, NoRefund, Bar):
        rows = model.objects.filter(lifted_at=None).exclude(decision_id__in=in_force)
        yield from rows.exclude(decision_id__isnull=True).values_list("pk", flat=True)


def barred_but_taking_part() -> Iterator[Any]:
    """What a person did or was given on a barred day after the bar was known: submitted, seated, told a score."""
    for bar in Bar.objects.filter(lifted_at=None):
        since = max(clock.start_of(bar.barred_from), bar.created_at)
        until = clock.start_of(bar.barred_until + timedelta(days=1))
        yield from (
            live_seats()
            .filter(person=bar.person_id, starts_at__gt=since, starts_at__lt=until)
            .values_list("pk", flat=True)
        )
        yield from Submission.objects.filter(
            application__person=bar.person_id, at__gt=since, at__lt=until
        ).values_list("pk", flat=True)
        yield from Score.objects.filter(
            application__person=bar.person_id,
            replaces=None,
            retracted_at=None,
            published_at__gt=since,
            published_at__lt=until,
        ).values_list("pk", flat=True)


def told_wrongly() -> Iterator[UUID]:
    """Items told before their day or of no decision, and reversals of what was not told or is still in force."""
    standing = ToldItem.objects.filter(withdrawn_at=None)
    half = Q(withdrawn_at=None) ^ Q(withdrawn_by=None)
    yield from ToldItem.objects.filter(half).values_list("pk", flat=True)
    first = standing.filter(kind=OuterRef("kind"), about=OuterRef("about"), reversal=False)
    yield from standing.filter(~Exists(first), reversal=True).values_list("pk", flat=True)
    known = {one.pk: one for one in Decision.objects.filter(pk__in=standing.values("about"))}
    for item in standing.select_related("telling"):
        if item.kind != ToldItem.Kind.CERTIFICATE:  # those are looked at where certificates are
            decision = known.get(item.about)
            at = decision and (decision.reversed_at if item.reversal else decision.decided_at)
            told_on, written_on = item.telling.told_on, clock.local_day(item.telling.recorded_at)
            if at is None or not clock.local_day(at) <= told_on <= written_on:
                yield item.pk


def _decisions() -> QuerySet[Decision]:
    return Decision.objects.select_related(
        "case__seat", "case__incident", "case__application"
    ).prefetch_related("case__steps")


def _in_force(decision: Decision) -> Iterator[bool]:
    told, application = decision.effects, decision.case.application
    applied = set(decision.applied.filter(reversed_at=None).values_list("code", flat=True))
    yield "scores" in applied
    of_it = Cancellation.objects.filter(
        application=application, decision_id=decision.pk, clause=decision.act_id, lifted_at=None
    )
    yield set(of_it.values_list("subject", flat=True)) == set(cancelled_subjects(decision))
    yield decision.act_id != "A3-1" or application.status not in LIVE
    if told["barred_from"] is not None:
        yield "bar" in applied
        yield Bar.objects.filter(
            person=decision.case.person_id,
            decision_id=decision.pk,
            barred_from=date.fromisoformat(told["barred_from"]),
            barred_until=date.fromisoformat(told["barred_until"]),
            clause=decision.act_id,
            lifted_at=None,
        ).exists()
    yield not seats_to_release(decision)
    if told["refund_forbidden"]:
        yield "fees" in applied
        yield NoRefund.objects.filter(
            application=application, decision_id=decision.pk, lifted_at=None
        ).exists()


INVARIANTS = (
    Invariant("wrong_tier", "处理决定的后果与条款规定不一致", wrong_tiers),
    Invariant("decided_alone", "立案、决定、撤销或复核没有由不同的人进行", decided_alone),
    Invariant("unheard_decision", "处理决定前没有告知，或没有等到陈述或期限届满", unheard_decisions),
    Invariant("unproven_decision", "处理决定缺少事实、理由或条款要求的记录", unproven_decisions),
    Invariant("decision_out_of_order", "处理决定的日期先后不符", decisions_out_of_order),
    Invariant("unapplied_effect", "有效的处理决定有后果没有执行", unapplied_effects),
    Invariant("unreversed_effect", "已撤销的处理决定还有后果存在", unreversed_effects),
    Invariant("told_wrongly", "报送登记没有对应的处理决定，或日期先后不符", told_wrongly),
    Invariant("barred_but_taking_part", "禁考期内提交、安排座位或公布成绩", barred_but_taking_part),
)
