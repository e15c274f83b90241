"""What a checked row would do to its filing: add a person, correct one, nothing new, or be refused.

Asked when a row is staged and again when it is taken, since others may have acted in between.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet

from exams.filing.groups.models import GroupFiling, RosterEntry, RosterRow
from exams.filing.groups.rosters.checking import Checked
from exams.filing.models import LIVE, Status
from portal import clock
from portal.rules.wording import GRADE_NAMES

Outcome = RosterRow.Outcome
UNDERWAY = "此人已提交，正在处理，不能修改。"


class Decided(NamedTuple):
    """`sentence` says why a row is refused, about its document number; "" otherwise."""

    outcome: Outcome
    sentence: str = ""


@dataclass(frozen=True)
class Standing:
    """Who of some people is in the filing, and who is in another one of the same institution: {(index, grade): number}.

    Other institutions' filings and people's own applications are not looked at: an institution that uploads a list of
    numbers must not learn from it who has applied (S4).
    """

    entries: dict[str, RosterEntry]
    elsewhere: dict[tuple[str, int | None], str]

    def decide(self, *, index: str, grade: int | None, digest: str) -> Decided:
        """For a row without problems of its own."""
        entry = self.entries.get(index)
        if entry is not None and entry.row.content_digest == digest:
            return Decided(Outcome.SAME)
        if entry is not None and (sentence := why_fixed(entry)):
            return Decided(Outcome.REFUSED, sentence)
        moves = entry is None or entry.row.grade != grade
        if moves and grade is not None and (number := self.elsewhere.get((index, grade))):
            text = f"此人已在本单位的团体申报 {number} 中申报{GRADE_NAMES[grade]}，同一等级不能重复申报。"
            return Decided(Outcome.REFUSED, text)
        return Decided(Outcome.NEW if entry is None else Outcome.CHANGED)


def read_standing(filing: GroupFiling, indexes: Collection[str]) -> Standing:
    """For the people of these document indexes, in two queries."""
    wanted = {index for index in indexes if index}
    own = (
        RosterEntry.objects.filter(filing=filing, removed_at=None, document_index__in=wanted)
        .select_related("row", "application")
        .defer("row__content")
    )
    others = filed_elsewhere(filing).filter(document_index__in=wanted)
    return Standing(
        entries={entry.document_index: entry for entry in own},
        elsewhere={
            (index, grade): number
            for index, grade, number in others.values_list("document_index", "row__grade", "filing__number")
        },
    )


def filed_elsewhere(filing: GroupFiling) -> QuerySet[RosterEntry]:
    """The people whom the same institution files for the same occupation in other filings, and is not done with."""
    going = (
        Q(application__status__in=LIVE, application__concluded_at=None)
        | Q(application=None, filing__closed_at=None)
        | Q(application=None, submission__isnull=False, obstacles=[])
    )
    return RosterEntry.objects.filter(
        going,
        removed_at=None,
        filing__institution=filing.institution_id,
        filing__occupation=filing.occupation_id,
    ).exclude(filing=filing)


def why_fixed(entry: RosterEntry) -> str:
    """Why what is filed of this person cannot be changed now; "" where it can."""
    application = entry.application
    # A draft waits for the person to give up passes by name (docs/adr/0065).
    if application is None or application.status == Status.DRAFT:
        return UNDERWAY if entry.submission_id is not None and not entry.obstacles else ""
    if application.status == Status.SUBMITTED:
        return "此人已提交，协会审核期间不能修改。"
    if application.status == Status.APPROVED:
        return "此人已通过协会审核，不能修改。"
    if application.status == Status.RETURNED:
        return ""
    shown = application.get_status_display()
    return f"此人在本次团体申报中的申报已结束（{shown}）。如需再报，请另建一次团体申报。"


def make_row(
    checked: Checked,
    *,
    filing: GroupFiling,
    standing: Standing,
    judged_on: date,
    made_by_id: UUID,
    upload_id: UUID | None = None,
    line: int | None = None,
) -> RosterRow:
    """The unsaved row of what was checked, with its outcome."""
    outcome, problems = Outcome.REFUSED, list(checked.problems)
    index, digest = checked.document_index, checked.digest
    if not problems:
        outcome, sentence = standing.decide(index=index, grade=checked.grade, digest=digest)
        if sentence:
            problems.append({"column": "document_number", "sentence": sentence})
    return RosterRow(
        id=uuid4(),
        filing=filing,
        upload_id=upload_id,
        line=line,
        outcome=outcome,
        problems=problems,
        name=checked.name,
        document_index=index,
        grade=checked.grade,
        kind=checked.kind,
        subjects=checked.subjects,
        route=checked.route,
        eligible=checked.eligible,
        opens_on=checked.opens_on,
        judged_on=judged_on,
        price_fen=checked.price_fen,
        content={
            "cells": checked.cells,
            "record": checked.record if not problems else None,
            "phone": checked.phone,
            "notes": checked.notes,
        },
        content_digest=digest,
        made_by_id=made_by_id,
        made_at=clock.now(),
    )
