"""People and things for tests, made directly as rows: valid, ordinary, and Chinese. Not for testing the making."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission

from applicants.accounts.models import Account, phone_index
from applicants.identity.documents import CHECK_CHARACTERS, WEIGHTS, DocumentKind
from applicants.institutions.models import Institution, InstitutionMember
from applicants.records.models import Consent, DocumentClaim, Job, Person, document_index
from exams.arrangement.models import Room, Seat, Session, Site
from exams.catalogue.loading import load_notice
from exams.catalogue.models import FeeSchedule, FilingWindow, Offering
from exams.filing.models import Application, Kind, Quote, Status, Transition
from exams.payments.models import Payment
from portal import clock
from portal.rules import notice as notices

PASSWORD = "白鹭洲上-2026"
_serial = itertools.count(1)


def resident_id(
    birth_date: date = date(1990, 3, 5), *, serial: int | None = None, region: str = "310105"
) -> str:
    """A valid 居民身份证 number; an odd serial is a man's."""
    number = f"{region}{birth_date:%Y%m%d}{(next(_serial) if serial is None else serial) % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=True))
    return number + CHECK_CHARACTERS[total % 11]


def make_account(name: str = "陈志远", *, phone: str | None = None, **fields: Any) -> Account:
    """An account that can log in with PASSWORD."""
    phone = phone or f"+86138{next(_serial):08d}"
    account = Account(
        name=name,
        phone=phone,
        phone_index=phone_index(phone),
        phone_verified=True,
        joined_at=clock.now(),
        **fields,
    )
    account.set_password(PASSWORD)
    account.save()
    return account


def make_staff(name: str = "周敏", *permissions: str, **fields: Any) -> Account:
    """Staff holding the named permissions (`app.codename`); all of them where none is named."""
    account = make_account(name, is_staff=True, **fields)
    held = Permission.objects.all()
    if permissions:
        held = held.filter(codename__in=[name.split(".")[1] for name in permissions])
    account.user_permissions.set(held)
    return account


def make_person(
    name: str = "陈志远",
    *,
    birth_date: date = date(1990, 3, 5),
    verified: bool = True,
    with_account: bool = True,
    education: str = "senior_high",
    **fields: Any,
) -> Person:
    """A person with an identity document, ten years in the occupation, and an account unless told otherwise."""
    person = Person.objects.create(
        account=make_account(name) if with_account else None,
        name=name,
        birth_date=birth_date,
        general_education=education,
        created_at=clock.now(),
        **fields,
    )
    number = resident_id(birth_date)
    person.sex = "male" if int(number[16]) % 2 else "female"
    person.save(update_fields=["sex"])
    claim = DocumentClaim(
        person=person,
        kind=DocumentKind.RESIDENT_ID,
        number=number,
        number_index=document_index(DocumentKind.RESIDENT_ID, number),
        name=name,
        state=DocumentClaim.State.VERIFIED if verified else DocumentClaim.State.CLAIMED,
        claimed_at=clock.now(),
    )
    if verified:
        claim.decided_at = clock.now()
        claim.decided_by = make_staff(f"核对人{next(_serial)}")
    claim.save()
    for about in Consent.About.values:
        Consent.objects.create(person=person, about=about, version="2026-1", at=clock.now())
    Job.objects.create(
        person=person,
        occupation_code="4-14-01-04",
        employer="长宁区新华街道社区卫生服务中心",
        position="社群健康助理",
        relation="same",
        started_on=date(2014, 9, 1),
        witness_name="吴建国",
        witness_phone="+8613900000000",
        added_at=clock.now(),
    )
    return person


def make_institution(name: str = "上海市长宁区康宁职业技能培训学校") -> Institution:
    return Institution.objects.create(
        name=name, permit_number=f"31010{next(_serial):09d}", opened_at=clock.now()
    )


def make_member(institution: Institution, role: str = "filer", name: str = "林晓") -> InstitutionMember:
    return InstitutionMember.objects.create(
        institution=institution, account=make_account(name), role=role, since=clock.now()
    )


def load_catalogue() -> Offering:
    """The shipped 2026 notice; returns grade 4 of 社群健康助理员."""
    for notice in notices.shipped():
        load_notice(notice)
    return Offering.objects.get(grade=4)


def make_application(
    person: Person | None = None,
    offering: Offering | None = None,
    *,
    status: str = Status.APPROVED,
    **fields: Any,
) -> Application:
    """An application in one step, with the transitions that lead there and, when approved, its quote."""
    offering = offering or Offering.objects.filter(grade=4).first() or load_catalogue()
    now = clock.now()
    window = FilingWindow.objects.filter(opens_on__lte=now.date(), closes_on__gte=now.date()).first()
    application = Application.objects.create(
        number=f"T{next(_serial):09d}",
        person=person or make_person(),
        offering=offering,
        subjects=["theory", "practical"],
        route="TR2023-2.1" if offering.grade == 4 else "TR2023-3.1",
        status=status,
        window=window,
        assess_by=window.assess_by if window else None,
        created_at=now,
        submitted_at=None if status == Status.DRAFT else now,
        approved_at=now if status == Status.APPROVED else None,
        **fields,
    )
    steps = [Status.DRAFT]
    if status != Status.DRAFT:
        steps.append(Status.SUBMITTED)
    if status not in (Status.DRAFT, Status.SUBMITTED):
        steps.append(Status(status))
    before = ""
    for seconds, step in enumerate(steps, start=-len(steps)):
        at = now + timedelta(seconds=seconds)
        Transition.objects.create(application=application, before=before, after=step, at=at)
        before = step
    if status == Status.APPROVED:
        make_quote(application)
    return application


def make_quote(application: Application) -> Quote:
    schedule = FeeSchedule.objects.filter(offering=application.offering).latest("effective_from")
    lines = [
        {"subject": line.subject, "fen": line.fen}
        for line in schedule.lines.all()
        if line.subject in application.subjects
    ]
    return Quote.objects.create(
        application=application,
        schedule=schedule,
        kind=Kind(application.kind),
        lines=lines,
        total_fen=sum(line["fen"] for line in lines),
        citation=schedule.citation,
        quoted_at=clock.now(),
        pay_by=clock.today() + timedelta(days=14),
    )


def pay(application: Application, *, at: datetime | None = None) -> Payment:
    """Pay the live quote in full; `at` decides the rank in the queue."""
    quote = application.quotes.get(ended_at=None)
    return Payment.objects.create(
        quote=quote,
        amount_fen=quote.total_fen,
        method=Payment.Method.CASH,
        receipt_number=f"TR{next(_serial):08d}",
        received_on=clock.local_day(at or clock.now()),
        taken_by=make_staff("收款人"),
        recorded_at=at or clock.now(),
    )


def make_session(
    offering: Offering,
    subject: str,
    starts_at: datetime,
    *,
    minutes: int = 90,
    seats: int = 30,
    site: Site | None = None,
    state: str = Session.State.PUBLISHED,
) -> Session:
    """A session in one room of that many seats; `starts_at` is aware."""
    if site is None:
        site, _ = Site.objects.get_or_create(
            name="长宁考点",
            defaults={"address": "上海市长宁区延安西路726号", "directions": "地铁11号线江苏路站"},
        )
    room = Room.objects.create(site=site, name=f"第{next(_serial)}考场", seats=seats)
    session = Session.objects.create(
        id=uuid4(),
        offering=offering,
        subject=subject,
        site=site,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        state=state,
        published_at=clock.now() if state == Session.State.PUBLISHED else None,
    )
    session.rooms.add(room)
    return session


def seat(application: Application, session: Session, number: int | None = None) -> Seat:
    """Put the application in the session, at a seat of its first room when a number is given."""
    return Seat.objects.create(
        session=session,
        application=application,
        person=application.person,
        subject=session.subject,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        room=session.rooms.first() if number else None,
        number=number,
        placed_at=clock.now(),
    )
