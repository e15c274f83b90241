"""Writing down what happened in a session: by one member of staff, with a second as witness (A3)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.own import is_among, refuse_own
from exams.arrangement.models import Seat, Session
from exams.conduct.models import Incident, IncidentPerson
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, refuse_if_any


class Noted(NamedTuple):
    """One person of an incident: their seat, when they were warned (None: not), and how the record was signed."""

    seat: Seat
    warned_at: datetime | None = None
    went_on: bool = False
    signature: str = IncidentPerson.Signature.SIGNED


@transaction.atomic
def record_incident(
    *,
    actor: Account,
    session: Session,
    kind: str,
    at: datetime,
    text: str,
    witness: Account,
    persons: Sequence[tuple[Seat, datetime | None, bool, str]] = (),
) -> Incident:
    """Write an incident down with the people it is about (`Noted`); none where nobody's conduct is in question.

    Raises `Refused`; the field of a finding about a person is "persons". Records are not edited: what was left out is
    written down in another one.
    """
    noted = [Noted(*person) for person in persons]
    people = [person.seat.person_id for person in noted]
    refuse_own(actor, people, "own_incident")
    refuse_if_any(
        [
            *_record_findings(session, kind, at, text),
            *_witness_findings(actor, witness, people),
            *_person_findings(session, at, noted),
        ]
    )
    incident = Incident.objects.create(
        id=uuid4(),
        session=session,
        kind=kind,
        at=at,
        text=text.strip(),
        recorded_by=actor,
        witnessed_by=witness,
        recorded_at=clock.now(),
    )
    for person in noted:
        IncidentPerson.objects.create(
            incident=incident,
            seat=person.seat,
            warned_at=person.warned_at,
            went_on=person.went_on,
            signature=person.signature,
        )
    trail.record(
        "conduct.record_incident",
        actor=actor,
        subject=incident,
        detail={"session": str(session.pk), "kind": kind, "persons": [str(one.seat.pk) for one in noted]},
    )
    return incident


def _record_findings(session: Session, kind: str, at: datetime, text: str) -> list[Finding]:
    found = []
    if kind not in Incident.Kind.values:
        found.append(Finding("", "no_kind", "请选择情况类别。", field="kind"))
    if clock.local_day(at) != clock.local_day(session.starts_at):
        found.append(
            Finding("", "other_day", "发生时间不在这一场次当天，请核对场次和时间。", str(at), field="at")
        )
    elif at > clock.now():
        found.append(Finding("", "in_future", "发生时间还没有到，请核对。", str(at), field="at"))
    if not text.strip():
        found.append(Finding("", "no_text", "请写明经过：何人、何事、如何处置。", field="text"))
    return found


def _witness_findings(actor: Account, witness: Account, people: list[UUID]) -> list[Finding]:
    found = []
    if witness.pk == actor.pk:
        sentence = "现场记录须由两名工作人员作出，请选择另一名在场的工作人员。"
        found.append(Finding("A3", "second_person_needed", sentence, field="witness"))
    elif not (witness.is_staff and witness.is_active):
        found.append(Finding("A3", "not_staff", "在场见证的须是本会工作人员。", field="witness"))
    elif is_among(witness, people):
        sentence = "这份记录写到了见证人本人，请选择另一名在场的工作人员。"
        found.append(Finding("A3", "own_incident", sentence, field="witness"))
    return found


def _person_findings(session: Session, at: datetime, noted: list[Noted]) -> list[Finding]:
    found = []
    if len({person.seat.pk for person in noted}) < len(noted):
        found.append(Finding("", "twice", "同一个人在这份记录中列了两次。", field="persons"))
    for person in noted:
        number = person.seat.application.number
        if person.seat.session_id != session.pk or person.seat.released_at is not None:
            found.append(Finding("", "other_session", f"申报 {number} 不在这一场次。", field="persons"))
        if person.signature not in IncidentPerson.Signature.values:
            sentence = f"申报 {number}：请注明本人签字，还是拒绝签字。"
            found.append(Finding("A3", "no_signature", sentence, field="persons"))
        if person.went_on and person.warned_at is None:
            sentence = f"申报 {number}：记为“提醒后仍不改正”的，请填写提醒时间。"
            found.append(Finding("A3-2", "no_warning", sentence, field="persons"))
        if person.warned_at is not None and not _plausible(person.warned_at, at):
            sentence = f"申报 {number}：提醒时间应在考试当天，且不晚于现在。"
            found.append(Finding("A3-2", "warning_time", sentence, field="persons"))
    return found


def _plausible(warned_at: datetime, at: datetime) -> bool:
    return clock.local_day(warned_at) == clock.local_day(at) and warned_at <= clock.now()
