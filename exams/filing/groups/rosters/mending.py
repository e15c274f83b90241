"""One row corrected on its own page: of a preview, of a roster already taken, or of a person of the filing."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from applicants.accounts.models import Account
from exams.filing.groups.models import RosterEntry, RosterRow, RosterUpload
from exams.filing.groups.rosters.checking import Checked, Context, check_row, read_context
from exams.filing.groups.rosters.outcomes import Outcome, Standing, make_row, read_standing, why_fixed
from exams.filing.groups.rosters.staging import twin_sentence
from exams.filing.groups.rosters.taking import lock_filing, replace_row, take_rows_now
from exams.filing.groups.rosters.uploads import demand_open
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused

NUMBER = "document_number"
_State = RosterUpload.State


def mend_row(*, actor: Account, row: RosterRow, cells: Mapping[str, str]) -> RosterRow:
    """Put a corrected row in the place of `row`; `cells` by column code, what is not named stays as it was.

    A row of a preview is replaced there and waits with the others. A refused row of a roster already taken, once it is
    good, is taken at once. The row of a person of the filing is followed by a new one, which asks for confirmation and
    review anew. Raises Refused with every problem of the row, each finding's `field` the column's code; or where the
    row is not the present one, the filing is closed, or the person was submitted.
    """
    demand_open(actor, row.filing)
    context = read_context(row.filing.occupation, clock.today())
    before = row.content["cells"]
    checked = check_row({**before, **cells}, context=context)
    if checked.problems:
        raise Refused(*(_finding(one["column"], one["sentence"]) for one in checked.problems))
    with transaction.atomic():
        lock_filing(row.filing, RosterRow.objects.filter(pk=row.pk))
        entry = (
            RosterEntry.objects.filter(row=row, removed_at=None).select_related("row", "application").first()
        )
        if entry is not None:
            mended = _mend_entry(actor, entry, checked, context)
        else:
            mended = _mend_staged(actor, row.pk, checked, context)
        changed = {code for code in {*before, *checked.cells} if before.get(code) != checked.cells.get(code)}
        trail.record(
            "groups.mend_row",
            actor=actor,
            subject=mended,
            detail={"replaces": str(row.pk), "columns": sorted(changed)},
        )
    return mended


def _mend_entry(actor: Account, entry: RosterEntry, checked: Checked, context: Context) -> RosterRow:
    """Let a new row follow the entry's; a person under another number is another person, who has confirmed nothing."""
    standing = read_standing(entry.filing, [checked.document_index])
    renumbered = checked.document_index != entry.document_index
    if sentence := why_fixed(entry) or (renumbered and _why_not_renumbered(entry, checked, standing)):
        raise Refused(_finding(NUMBER, sentence))
    row = make_row(checked, filing=entry.filing, standing=standing, judged_on=context.on, made_by_id=actor.pk)
    if row.outcome == Outcome.SAME:
        return entry.row
    _refuse_problems(row)
    row.outcome, row.accepted_at = Outcome.CHANGED, row.made_at
    row.save(force_insert=True)
    replace_row(entry, row)
    if renumbered:
        entry.document_index, entry.person, entry.photo = checked.document_index, None, None
    entry.save()
    return row


def _why_not_renumbered(entry: RosterEntry, checked: Checked, standing: Standing) -> str:
    if checked.document_index in standing.entries:
        return "名单中已有这个证件号码的人员，请核对。"
    if entry.application is not None:
        return "此人已有申报，证件号码不能更换。号码确实填错的，请联系协会。"
    return ""


def _mend_staged(actor: Account, key: UUID, checked: Checked, context: Context) -> RosterRow:
    """Replace a line of an upload, under its number; of an upload already taken, take the new one at once."""
    old = RosterRow.objects.select_related("upload__filing").filter(pk=key).first()
    if old is None or old.upload is None or old.accepted_at is not None:
        raise Refused(_finding(None, "这一行已被更正或替换，请返回后重新打开。"))
    upload = RosterUpload.objects.select_for_update(of=("self",)).get(pk=old.upload.pk)
    if upload.state not in (_State.CHECKED, _State.TAKEN):
        raise Refused(_finding(None, f"这份名单当前是“{upload.get_state_display()}”，不能修改其中的行。"))
    _refuse_twins(old, checked)
    row = _put(actor.pk, old, upload, checked, context)
    _refuse_problems(row)
    if upload.state == _State.TAKEN and row.outcome != Outcome.SAME:
        take_rows_now([row], filing=old.filing, at=clock.now())
    elif upload.state == _State.CHECKED:
        _free_twin(old, upload, context)
    upload.save(update_fields=["counts"])
    return row


def _put(
    made_by: UUID, old: RosterRow, upload: RosterUpload, checked: Checked, context: Context
) -> RosterRow:
    """The new row in the place of the old one, the upload's counts moved with it."""
    row = make_row(
        checked,
        filing=upload.filing,
        standing=read_standing(upload.filing, [checked.document_index]),
        judged_on=context.on,
        made_by_id=made_by,
        upload_id=upload.pk,
        line=old.line,
    )
    old.delete()
    row.save(force_insert=True)
    upload.counts[old.outcome] -= 1
    upload.counts[row.outcome] += 1
    return row


def _refuse_twins(old: RosterRow, checked: Checked) -> None:
    twins = RosterRow.objects.filter(upload=old.upload_id, document_index=checked.document_index)
    lines = list(twins.exclude(pk=old.pk).order_by("line").values_list("line", flat=True))
    if lines:
        raise Refused(_finding(NUMBER, twin_sentence(lines)))


def _free_twin(old: RosterRow, upload: RosterUpload, context: Context) -> None:
    """Of two rows with one number, the other one may be good now that this one has its own."""
    twins = list(
        RosterRow.objects.filter(
            upload=upload, document_index=old.document_index, outcome=Outcome.REFUSED
        ).exclude(document_index="")[:2]
    )
    if len(twins) == 1:
        twin = twins[0]
        _put(twin.made_by_id, twin, upload, check_row(twin.content["cells"], context=context), context)


def _refuse_problems(row: RosterRow) -> None:
    if row.problems:
        raise Refused(*(_finding(one["column"], one["sentence"]) for one in row.problems))


def _finding(field: str | None, sentence: str) -> Finding:
    return Finding("N2026-2.2", "roster_row", sentence, field=field)
