"""Group filings for tests, made directly as rows at any stage. Not for testing the making."""

from datetime import date
from functools import cache
from typing import Any
from uuid import uuid4

from applicants.identity.documents import DocumentKind
from applicants.institutions.models import InstitutionMember
from applicants.portraits import portrait
from applicants.records.models import Consent, DocumentClaim, Person, Photo, document_index
from exams.catalogue.models import Occupation, Offering
from exams.filing.answers import build_answers, digest, facts_of
from exams.filing.checks import open_checks
from exams.filing.eligibility import verdict_text
from exams.filing.groups.models import (
    Confirmation,
    GroupFiling,
    GroupSubmission,
    PreliminaryReview,
    RosterEntry,
    RosterRow,
)
from exams.filing.models import Application, Status, Submission, Transition
from exams.filing.numbers import draw_number
from exams.filing.undertaking import CURRENT
from portal import clock
from portal.crypto import blind_index
from portal.files import store
from portal.rules.eligibility import judge
from portal.rules.findings import canonical_json
from tests.factories import (
    load_catalogue,
    make_application,
    make_institution,
    make_member,
    make_quote,
    make_staff,
    resident_id,
)

STAGES = ("portrait", "confirm", "review", "ready", "submitted", "approved")
SEEN = ["identity_document", "photo", "work_proof"]


def make_filing(member: InstitutionMember | None = None, **fields: Any) -> GroupFiling:
    """An open filing of the member's institution; the notice is loaded where it is not."""
    if not Offering.objects.exists():
        load_catalogue()
    member = member or make_member(make_institution())
    now = clock.now()
    return GroupFiling.objects.create(
        id=uuid4(),
        number=f"T{draw_number(now.year)}",
        institution=member.institution,
        occupation=Occupation.objects.get(code="4-14-01-04"),
        title="健康助理员四级一班",
        opened_by=member.account,
        opened_at=now,
        **fields,
    )


def make_row(
    filing: GroupFiling,
    name: str = "王秀英",
    *,
    grade: int = 4,
    number: str = "",
    phone: str = "+8613900000001",
    **fields: Any,
) -> RosterRow:
    """A good accepted row: ten years in the occupation, judged today, the price of a regular application."""
    born = date(1988, 6, 1)
    number = number or resident_id(born)
    record = {
        "identity": {
            "name": name,
            "sex": "male" if int(number[16]) % 2 else "female",
            "birth_date": born.isoformat(),
            "general_education": "senior_high",
            "intends_to_work": True,
            "document_kind": DocumentKind.RESIDENT_ID.value,
            "document_number": number,
        },
        "jobs": [
            {
                "id": str(uuid4()),
                "employer": "长宁区新华街道社区卫生服务中心",
                "position": "社群健康助理",
                "relation": "same",
                "started_on": "2012-03-01",
                "left_on": None,
                "witness_name": "吴建国",
                "witness_phone": "021-62770000",
            }
        ],
        "credentials": [],
        "titles": [],
        "schooling": [],
    }
    values = {
        "outcome": RosterRow.Outcome.NEW,
        "name": name,
        "document_index": document_index(DocumentKind.RESIDENT_ID, number),
        "grade": grade,
        "subjects": ["theory", "practical"],
        "route": "TR2023-2.1" if grade == 4 else "TR2023-3.1",
        "eligible": True,
        "judged_on": clock.today(),
        "price_fen": 48000 if grade == 4 else 58000,
        "content": {"cells": {"name": name}, "record": record, "phone": phone},
        "content_digest": "0" * 16,
        "made_by": filing.opened_by,
        "made_at": clock.now(),
        "accepted_at": clock.now(),
    }
    return RosterRow.objects.create(id=uuid4(), filing=filing, **{**values, **fields})


def make_entry(filing: GroupFiling, name: str = "王秀英", *, stage: str = "ready", **row: Any) -> RosterEntry:
    """A person of the filing who has come as far as `stage` (STAGES above)."""
    made = make_row(filing, name, **row)
    entry = RosterEntry.objects.create(
        id=uuid4(), filing=filing, document_index=made.document_index, row=made, added_at=clock.now()
    )
    reached = STAGES.index(stage)
    if reached >= STAGES.index("confirm"):
        _give_portrait(entry)
    if reached >= STAGES.index("review"):
        _confirm(entry)
    if reached >= STAGES.index("ready"):
        reviewer = make_member(filing.institution, "reviewer", "顾明").account
        PreliminaryReview.objects.create(
            id=uuid4(), entry=entry, row=made, result="passed", seen=SEEN, reviewer=reviewer, at=clock.now()
        )
    if reached >= STAGES.index("submitted"):
        submit(entry)
    if stage == "approved":
        approve(entry)
    return entry


@cache
def _portrait() -> bytes:
    return portrait(7)


def _give_portrait(entry: RosterEntry) -> None:
    picture = _portrait()
    for field in ("portrait", "portrait_print"):
        file = store.keep(picture, kind="photo", media_type="image/jpeg", display_name="照片.jpg")
        setattr(entry, field, file)
    entry.save()


def _confirm(entry: RosterEntry) -> None:
    content = entry.row.content
    identity, now = content["record"]["identity"], clock.now()
    person = Person.objects.create(
        id=uuid4(),
        name=identity["name"],
        sex=identity["sex"],
        birth_date=date.fromisoformat(identity["birth_date"]),
        general_education=identity["general_education"],
        phone=content["phone"],
        created_at=now,
    )
    DocumentClaim.objects.create(
        id=uuid4(),
        person=person,
        kind=identity["document_kind"],
        number=identity["document_number"],
        number_index=entry.document_index,
        name=identity["name"],
        claimed_at=now,
    )
    for about in Consent.About.values:
        Consent.objects.create(person=person, about=about, version="2026-01", at=now)
    Confirmation.objects.create(
        id=uuid4(),
        entry=entry,
        row=entry.row,
        code_index=blind_index(str(entry.pk), purpose="confirmation"),
        phone=content["phone"],
        sent_at=now,
        expires_at=now,
        confirmed_at=now,
        undertaking_version=CURRENT.version,
    )
    entry.person = person
    entry.save()


def submit(entry: RosterEntry) -> Application:
    """The entry as a submitted application, its submission frozen as the action freezes it."""
    filing, row = entry.filing, entry.row
    act = filing.submissions.last() or GroupSubmission(
        id=uuid4(), filing=filing, serial=1, by=filing.opened_by, persons=0, totals=[]
    )
    act.at = act.filed_at = clock.now()
    act.persons += 1
    act.totals = [*act.totals, {"grade": row.grade, "kind": row.kind, "persons": 1, "fen": row.price_fen}]
    act.save()
    photo = Photo.objects.create(
        id=uuid4(),
        person=entry.person,
        file=entry.portrait,
        print_copy=entry.portrait_print,
        institution=filing.institution,
        added_at=clock.now(),
    )
    offering = Offering.objects.get(occupation=filing.occupation, grade=row.grade)
    application = make_application(
        entry.person,
        offering,
        status=Status.SUBMITTED,
        institution=filing.institution,
        undertaking_version=CURRENT.version,
        undertaken_at=clock.now(),
    )
    entry.application, entry.submission, entry.photo = application, act, photo
    entry.save()
    answers = build_answers(application)
    facts = facts_of(answers, filing.occupation.minimum_education)
    submission = Submission.objects.create(
        id=uuid4(),
        application=application,
        serial=1,
        at=act.at,
        judged_on=clock.today(),
        submitted_by=act.by,
        answers=answers,
        facts=canonical_json(facts.to_json()).decode(),
        verdict=verdict_text(judge(facts, grade=row.grade, on=clock.today())),
        answers_digest=digest(answers),
    )
    open_checks(application, submission)
    return application


def approve(entry: RosterEntry) -> Application:
    """The entry's submitted application approved, its document verified and its checks passed, with its quote."""
    application = Application.objects.get(pk=entry.application_id)
    clerk, now = make_staff("审核人"), clock.now()
    application.person.documents.update(state=DocumentClaim.State.VERIFIED, decided_at=now, decided_by=clerk)
    application.submissions.last().checks.update(result="passed", checked_at=now, checked_by=clerk)
    Transition.objects.create(
        id=uuid4(),
        application=application,
        before=Status.SUBMITTED,
        after=Status.APPROVED,
        at=now,
        actor=clerk,
    )
    application.status, application.approved_at = Status.APPROVED, now
    application.save()
    make_quote(application)
    entry.refresh_from_db()
    return application
