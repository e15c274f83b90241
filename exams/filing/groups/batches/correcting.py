"""A correction made at the counter, in the roster: a row of ours follows the institution's, which stays as it was.

The sheet's cells follow the record, so that an institution that mends the row later starts from what was corrected.
"""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from applicants.accounts.models import Account
from exams.filing.answers import ROW_FIELDS, facts_of
from exams.filing.groups.models import RosterEntry, RosterRow
from exams.filing.groups.rosters.checking import Checked
from exams.filing.groups.rosters.columns import PLACES, Column, Place, column
from exams.filing.models import Application, Kind
from portal import clock
from portal.rules.eligibility import judge


def correct_row(
    *, actor: Account, application: Application, entry: RosterEntry, field: str, value: Any
) -> RosterRow:
    """Let a new row count, like the present one but for `value` (plain JSON) at `field` (`jobs.<row id>.employer`).

    Call it with the person and the application locked; the value was cleaned before.
    """
    before = entry.row
    content = json.loads(json.dumps(before.content))
    cell = _put(content["record"], content["cells"], field, value)
    if cell is not None:
        content["cells"][cell.code] = _text(cell, value)
    entry.row = RosterRow.objects.create(
        id=uuid4(),
        filing_id=before.filing_id,
        outcome=RosterRow.Outcome.CHANGED,
        name=content["record"]["identity"]["name"],
        document_index=before.document_index,
        grade=before.grade,
        kind=before.kind,
        subjects=before.subjects,
        route=before.route,
        eligible=_eligible(application, content["record"], before),
        opens_on=before.opens_on,
        judged_on=before.judged_on,
        price_fen=before.price_fen,
        content=content,
        content_digest=Checked(cells=content["cells"]).digest,
        made_by=actor,
        made_at=clock.now(),
        accepted_at=clock.now(),
    )
    entry.save(update_fields=["row"])
    return entry.row


def _put(record: dict[str, Any], cells: Mapping[str, str], field: str, value: Any) -> Column | None:
    """Set the value in the record; the column it came from, or None where the sheet has none."""
    part, _, rest = field.partition(".")
    if part == "identity":
        record[part][rest] = value
        return column(rest)
    key, _, name = rest.partition(".")
    place = next(number for number, row in enumerate(record[part]) if row["id"] == key)
    record[part][place][name] = value
    used = [one for one in PLACES if one.kind == part and _is_used(one, cells)]
    return used[place].columns[name] if place < len(used) and name in ROW_FIELDS[part] else None


def _is_used(place: Place, cells: Mapping[str, str]) -> bool:
    """As a roster is read: 否 alone says nothing."""
    return any(cells.get(one.code, "") not in ("", "否") for one in place.columns.values())


def _text(cell: Column, value: Any) -> str:
    """The value as the sheet writes it."""
    if value is None:
        return ""
    labels = dict(cell.choices)
    known = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return labels.get(known, known)


def _eligible(application: Application, record: Mapping[str, Any], before: RosterRow) -> bool | None:
    if application.kind == Kind.RETAKE:
        return before.eligible
    offering = application.offering
    facts = facts_of(record, offering.occupation.minimum_education)
    verdict = judge(facts, grade=offering.grade, on=before.judged_on)
    return verdict.eligible and verdict.route(application.route).met
