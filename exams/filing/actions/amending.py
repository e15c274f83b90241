"""Corrections staff make with the original in hand: old value, new value, reason, and the answers frozen anew."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import models, transaction

from applicants.accounts.models import Account
from applicants.identity.phones import BadPhone, parse_contact
from applicants.records.models import Person
from exams.filing import transitions
from exams.filing.answers import IDENTITY_FIELDS, ROW_FIELDS, digest, facts_of, plain
from exams.filing.checks import open_checks, refuse_own, reviewed_submission
from exams.filing.eligibility import verdict_text
from exams.filing.groups.batches.correcting import correct_row
from exams.filing.groups.models import RosterEntry
from exams.filing.models import Amendment, Application, Check, Kind, Status, Submission
from exams.filing.summary import MODELS
from portal import clock
from portal.crypto import SealedField
from portal.rules.eligibility import judge
from portal.rules.findings import Finding, Refused, canonical_json

AT_THE_DOCUMENT_DESK = ("name", "sex", "birth_date")
"""What the identity document says: changed with the document (`claims.replace_document`), then carried over here."""


@transaction.atomic
def amend_field(
    *, actor: Account, application: Application, field: str, value: Any, reason: str
) -> Application:
    """Correct one answer of a submitted or approved application, in its source and in a new frozen submission.

    The source is the person's record; for somebody an institution filed it is the roster row, which a new row of ours
    replaces: the person's own record is never overwritten with what an institution filed.

    `field` is `identity.general_education`, or `jobs.<row id>.started_on` and the like (`answers.ROW_FIELDS`); for name,
    sex and birth date `value` is ignored and the record's value, as the verified document gave it, is carried over. The
    day of judgement stays. Checks already made stand, but for those of documents that the field concerns, which are
    open again. An approved application must still meet its route. Raises `Refused`.
    """
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明更正的理由和所依据的原件。", field="reason"))
    application = transitions.lock_for(application, "amend_field")
    refuse_own(actor, application)
    before = reviewed_submission(application)
    answers = json.loads(json.dumps(before.answers))
    place, name = _place(answers, field)
    old = place[name]
    new = _write_to_source(actor, application, field, value)
    if new == old:
        raise Refused(Finding("", "nothing_changed", "新值与原值相同，无需更正。", field="value"))
    place[name] = new
    after = _freeze_again(application, before, answers, field)
    _refuse_if_no_longer_eligible(application, after)
    Amendment.objects.create(
        id=uuid4(),
        application=application,
        field=field,
        old_value=_text(old),
        new_value=_text(new),
        reason=reason.strip(),
        amended_by=actor,
        amended_at=clock.now(),
    )
    transitions.note(
        "amend_field",
        application,
        actor=actor,
        detail={"field": field, "submission": after.serial},
        personal={"old": old, "new": new, "reason": reason.strip()},
    )
    return application


def _place(answers: Mapping[str, Any], field: str) -> tuple[dict[str, Any], str]:
    """The object in the answers that holds the field, and its key there."""
    part, _, rest = field.partition(".")
    if part == "identity" and rest in IDENTITY_FIELDS:
        return answers["identity"], rest
    row_id, _, name = rest.partition(".")
    if part in ROW_FIELDS and name in ROW_FIELDS[part]:
        for row in answers[part]:
            if row["id"] == row_id:
                return row, name
    raise Refused(Finding("", "unknown_field", "这一项不能更正，请刷新页面后重试。", field, field="field"))


def _write_to_source(actor: Account, application: Application, field: str, value: Any) -> Any:
    """Put the value where the answers come from and return it as answers hold it."""
    entry = RosterEntry.objects.select_related("row").filter(application=application).first()
    if entry is not None:
        return _write_to_roster(actor, application, entry, field, value)
    part, _, rest = field.partition(".")
    person = application.person
    row: models.Model | None = person
    name = rest
    if part != "identity":
        row_id, _, name = rest.partition(".")
        row = getattr(person, part).filter(pk=UUID(row_id)).first()
    elif rest in AT_THE_DOCUMENT_DESK:
        return plain(getattr(person, rest))
    if row is None:
        sentence = "申报人已从自己的资料里删去这一条，请退回由本人补正。"
        raise Refused(Finding("", "row_gone", sentence, field="field"))
    _set(row, name, value)
    row.save(update_fields=[name])
    return plain(getattr(row, name))


def _write_to_roster(
    actor: Account, application: Application, entry: RosterEntry, field: str, value: Any
) -> Any:
    """Let a row of ours follow the institution's, and return the value as answers hold it."""
    place, name = _place(entry.row.content["record"], field)
    part = field.partition(".")[0]
    if part == "identity" and name in AT_THE_DOCUMENT_DESK:
        new = plain(getattr(application.person, name))
    else:
        row = _unsaved(part, place)
        _set(row, name, value)
        new = plain(getattr(row, name))
    correct_row(actor=actor, application=application, entry=entry, field=field, value=new)
    return new


def _unsaved(part: str, place: Mapping[str, Any]) -> models.Model:
    """The record's values as an object to clean and check a value on; it is never saved."""
    model: type[models.Model] = Person if part == "identity" else MODELS[part]
    fields = IDENTITY_FIELDS if part == "identity" else ROW_FIELDS[part]
    held = {name: place[name] for name in fields}
    for name in fields:
        if isinstance(model._meta.get_field(name), models.DateField) and held[name]:
            held[name] = date.fromisoformat(held[name])
    return model(**held)


def _set(row: models.Model, name: str, value: Any) -> None:
    """Clean the value and put it into the object. Raises `Refused` where it cannot stand there."""
    try:
        setattr(row, name, _cleaned(row, name, value))
    except ValidationError as error:
        sentence = "；".join(error.messages)
        raise Refused(Finding("", "bad_value", f"新值不能使用：{sentence}", field="value")) from None
    try:
        row.validate_constraints()
    except ValidationError:
        sentence = "新值与同一条里的其他内容矛盾（例如结束早于开始），请核对。"
        raise Refused(Finding("", "contradiction", sentence, field="value")) from None


def _cleaned(row: models.Model, name: str, value: Any) -> Any:
    column = row._meta.get_field(name)
    if isinstance(column, SealedField):  # a witness's number is the only one that may be corrected here
        try:
            return parse_contact(str(value))
        except BadPhone as bad:
            raise ValidationError(bad.sentence) from None
    return column.clean(value, row)  # type: ignore[union-attr]


def _freeze_again(
    application: Application, before: Submission, answers: dict[str, Any], field: str
) -> Submission:
    facts = facts_of(answers, answers["application"]["minimum_education"])
    verdict = judge(facts, grade=application.offering.grade, on=before.judged_on)
    submission = Submission.objects.create(
        id=uuid4(),
        application=application,
        serial=before.serial + 1,
        at=clock.now(),
        judged_on=before.judged_on,
        submitted_by=before.submitted_by,
        answers=answers,
        facts=canonical_json(facts.to_json()).decode(),
        verdict=verdict_text(verdict),
        answers_digest=digest(answers),
    )
    open_checks(application, submission)
    _carry_checks_over(before, submission, field)
    return submission


CHECKS_OF = {
    "identity": ("identity_document", "conditions"),
    "jobs": ("work_proof", "conditions"),
    "credentials": ("credential", "conditions"),
    "titles": ("title", "conditions"),
    "schooling": ("diploma", "chsi_record", "enrolment_proof", "conditions"),
}
"""Which checks a correction opens again; the form has to be printed and signed again in any case."""


def _carry_checks_over(before: Submission, after: Submission, field: str) -> None:
    opened = {"signed_form", *CHECKS_OF[field.partition(".")[0]]}
    made = {check.code: check for check in before.checks.exclude(code__in=opened)}
    for check in after.checks.filter(code__in=made):
        old = made[check.code]
        Check.objects.filter(pk=check.pk).update(
            result=old.result, note=old.note, checked_by=old.checked_by, checked_at=old.checked_at
        )


def _refuse_if_no_longer_eligible(application: Application, submission: Submission) -> None:
    if application.status != Status.APPROVED or application.kind == Kind.RETAKE:
        return
    verdict = json.loads(submission.verdict)
    met = any(route["met"] for route in verdict["routes"] if route["clause"] == application.route)
    if not (verdict["eligible"] and met):
        sentence = "更正后不再符合所选的申报条件。审核已通过的申报不能这样更正，请先撤销审核通过。"
        raise Refused(Finding(application.route, "route_not_met", sentence, field="value"))


def _text(value: date | str | int | bool | None) -> str:
    return "" if value is None else str(value)
