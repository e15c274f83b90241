"""What a person holds, until when, and what may be done with it (N2026-4).

A pass belongs to the scheme under which it was won. After a change of scheme it counts for the subject the published
retake plan names; where a later scheme has no plan yet, the retake waits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from applicants.records.models import Person
from exams.catalogue.models import Offering, Scheme
from exams.catalogue.queries import scheme_on
from exams.passes.models import Pass
from portal.rules import retakes
from portal.rules.findings import Finding
from portal.rules.validity import Period


@dataclass(frozen=True)
class Retake:
    """What a retake may be filed for: `subjects` in the scheme's order, or `findings` that say why there is none.

    `kept` are the passes that stand for the other subjects, with the subject each is credited to.
    """

    subjects: tuple[str, ...]
    kept: tuple[tuple[Pass, str], ...]
    findings: tuple[Finding, ...]

    @property
    def kept_periods(self) -> dict[str, Period]:
        """By subject how long the pass that stands for it counts: of several the one that ends last."""
        periods: dict[str, Period] = {}
        for row, subject in self.kept:
            if subject not in periods or periods[subject].last_day < row.valid_until:
                periods[subject] = Period(row.published_on, row.valid_until)
        return periods

    @property
    def last_day(self) -> date | None:
        """The day by which the retake must be sat, included; None where there is none."""
        return min((period.last_day for period in self.kept_periods.values()), default=None)


def held_passes(person: Person, offering: Offering) -> list[Pass]:
    """Every pass the person ever won for this occupation and grade, the oldest first."""
    return list(
        Pass.objects.filter(person=person, occupation=offering.occupation_id, grade=offering.grade)
        .select_related("scheme")
        .order_by("published_on", "subject")
    )


def valid_passes(person: Person, offering: Offering, on: date) -> list[Pass]:
    """The passes that count on the day: not lapsed, not given up, not cancelled.

    These are also what a regular application for this offering gives up once approved (N2026-4.2).
    """
    return [row for row in held_passes(person, offering) if as_rule(row).counts(on)]


def retake_possibility(person: Person, offering: Offering, on: date) -> Retake:
    """Which subjects may be retaken on the day, or why none may (N2026-4.1, 4.3, 4.4)."""
    schemes = list(Scheme.objects.filter(offering=offering).order_by("effective_from"))
    return possibility(held_passes(person, offering), scheme_on(offering, on), schemes, on)


def possibilities(people: Collection[UUID], offering: Offering, on: date) -> dict[UUID, Retake]:
    """The same for many, by the person's key, with as many queries as for one."""
    held: dict[UUID, list[Pass]] = {key: [] for key in people}
    rows = Pass.objects.filter(person__in=people, occupation=offering.occupation_id, grade=offering.grade)
    for row in rows.select_related("scheme").order_by("published_on", "subject"):
        held[row.person_id].append(row)
    scheme = scheme_on(offering, on)
    schemes = list(Scheme.objects.filter(offering=offering).order_by("effective_from"))
    return {key: possibility(passes, scheme, schemes, on) for key, passes in held.items()}


def possibility(held: Sequence[Pass], scheme: Scheme | None, schemes: Sequence[Scheme], on: date) -> Retake:
    """What these passes allow on the day, given the scheme of the day and all of the offering's in order."""
    if scheme is None:
        sentence = "这个等级的考核方案尚未公布，暂不能申报。"
        return Retake((), (), (Finding("N2026-7", "no_scheme", sentence),))
    valid = [row for row in held if as_rule(row).counts(on)]
    subjects = [row.subject for row in scheme.subjects.all()]
    # Failing in the city's competition leaves no right to retake; what was passed there is no way around it.
    own = [row for row in valid if not row.from_competition]
    kept, changed, published = credited_passes(own, scheme, schemes)
    rules = [as_rule(row, subject) for row, subject in kept]
    findings = retakes.retake_findings(
        subjects=subjects,
        passes=rules,
        on=on,
        scheme_changed=changed,
        plan_published=published,
        failed_in_competition=bool(valid) and not own,
    )
    if findings:
        return Retake((), (), findings)
    return Retake(retakes.subjects_to_sit(subjects, rules, on), tuple(kept), ())


def credited_passes(
    passes: Sequence[Pass], scheme: Scheme, schemes: Sequence[Scheme]
) -> tuple[list[tuple[Pass, str]], bool, bool]:
    """Each pass with the subject it stands for under `scheme`, given the offering's `schemes` in order (N2026-4.3).

    Also whether the scheme changed since the oldest of them, and whether every change has its retake plan: while one
    has none, nothing is credited.
    """
    oldest = min((row.scheme.effective_from for row in passes), default=scheme.effective_from)
    later = [step for step in schemes if oldest < step.effective_from <= scheme.effective_from]
    published = all(step.retake_plan is not None for step in later)
    credited = [(row, subject) for row in passes if (subject := _credited_to(row, later))]
    return credited if published else [], bool(later), published


def scheme_subjects(offering: Offering, on: date) -> Sequence[str]:
    """The subjects of the offering's scheme on the day, in order; empty before the first scheme."""
    scheme = scheme_on(offering, on)
    return [row.subject for row in scheme.subjects.all()] if scheme else []


def as_rule(row: Pass, credited_to: str | None = None) -> retakes.Pass:
    """The row as the rules read it."""
    return retakes.Pass(
        subject=row.subject,
        period=Period(row.published_on, row.valid_until),
        cancelled=row.cancelled_at is not None,
        given_up=row.given_up_at is not None,
        credited_to=credited_to,
    )


def _credited_to(row: Pass, later: Sequence[Scheme]) -> str | None:
    """The subject the pass stands for after the later schemes; None where a published plan leaves it out."""
    subject: str | None = row.subject
    for step in later:
        if step.effective_from > row.scheme.effective_from:
            subject = (step.retake_plan or {}).get(subject)
    return subject
