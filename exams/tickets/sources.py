"""What a ticket would say now, read from the live rows of many applications at once, and why one may not be had yet."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from applicants.records.models import DocumentClaim, Photo
from applicants.standing.models import Bar
from exams.arrangement.models import Seat
from exams.arrangement.queries import ended_subjects, live_seats
from exams.arrangement.sessions import CALLED_OFF, EXCUSED, MOVED
from exams.catalogue.models import Subject
from exams.filing.checks import latest_submissions
from exams.filing.models import Application, Kind, Status
from exams.payments.queries import paid_applications
from exams.tickets.face import Contact, Sitting, TicketFace
from portal import clock
from portal.contacts import hours_between, notice_in_force
from portal.crypto import Unreadable, keyed_digest
from portal.files.models import StoredFile
from portal.rules.findings import Finding
from portal.rules.tickets import opening_of_all
from portal.rules.wording import day_text
from portal.rules.workdays import Calendar, Counted

REARRANGED = (CALLED_OFF, MOVED, EXCUSED)
"""Seats given back for these reasons will be replaced; the person's other subjects are sat meanwhile."""


@dataclass
class Source:
    """The live rows behind one ticket. `seats` are live and in order of time.

    `awaiting`: subjects that lost their seat and get another; `ended`: those not sat any more (cancelled, given up).
    """

    application: Application
    complete: bool
    seats: list[Seat]
    awaiting: frozenset[str]
    ended: frozenset[str]
    bars: list[Bar]
    document: DocumentClaim | None
    photo: StoredFile | None
    gates: list[Finding] = field(default_factory=list)

    def opening(self, is_working_day: Calendar) -> Counted:
        """From which day the ticket may be had: five working days before the earliest session."""
        return opening_of_all([clock.local_day(seat.starts_at) for seat in self.seats], is_working_day)

    def is_over(self, now: datetime) -> bool:
        """Whether the last session has ended."""
        return all(seat.ends_at <= now for seat in self.seats)


def read_sources(applications: Sequence[Application]) -> list[Source]:
    """The sources of these applications, in their order, in a fixed number of queries."""
    keys = [application.pk for application in applications]
    people = [application.person_id for application in applications]
    complete = set(paid_applications().filter(pk__in=keys).values_list("pk", flat=True))
    seats: dict[UUID, list[Seat]] = defaultdict(list)
    rows = live_seats().filter(application__in=keys).select_related("session__site", "room")
    for seat in rows.order_by("starts_at", "subject"):
        seats[seat.application_id].append(seat)
    awaiting: dict[UUID, set[str]] = defaultdict(set)
    released = Seat.objects.filter(
        application__in=keys, release_reason__in=REARRANGED, released_at__isnull=False
    )
    for key, subject in released.values_list("application_id", "subject"):
        awaiting[key].add(subject)
    ended = ended_subjects(keys)
    bars: dict[UUID, list[Bar]] = defaultdict(list)
    for bar in Bar.objects.filter(person__in=people, lifted_at=None):
        bars[bar.person_id].append(bar)
    documents = {
        claim.person_id: claim
        for claim in DocumentClaim.objects.filter(person__in=people, state=DocumentClaim.State.VERIFIED)
    }
    photos = reviewed_photos(keys)
    sources = []
    for application in applications:
        photo = photos.get(application.pk, application.person.photo)
        source = Source(
            application=application,
            complete=application.pk in complete,
            seats=seats[application.pk],
            awaiting=frozenset(awaiting[application.pk]),
            ended=frozenset(ended.get(application.pk, ())),
            bars=bars[application.person_id],
            document=documents.get(application.person_id),
            photo=photo.print_copy if photo else None,
        )
        source.gates = _gates(source)
        sources.append(source)
    return sources


def reviewed_photos(keys: Sequence[UUID]) -> dict[UUID, Photo | None]:
    """By application, the photo of its latest submission: the one the counter compared with the person."""
    named = {row.application_id: row.answers["photo"] for row in latest_submissions(keys)}
    found = Photo.objects.select_related("print_copy").in_bulk([key for key in named.values() if key])
    by_text = {str(key): photo for key, photo in found.items()}
    return {application: by_text.get(photo) for application, photo in named.items()}


def with_sources(applications):
    """The query with all that `read_sources` follows."""
    return applications.select_related(
        "person__photo__print_copy", "person__account", "offering__occupation", "institution"
    )


def face_of(source: Source, *, number: str, version: int, opens_on: date, issued_at: datetime) -> TicketFace:
    """What the ticket says, without the photo's bytes. Only for a source without gates."""
    application, person, claim = source.application, source.application.person, source.document
    assert claim is not None, "a source without gates has its document"
    return TicketFace(
        number=number,
        version=version,
        name=claim.name,
        sex=person.get_sex_display(),
        document_kind=claim.get_kind_display(),
        document_number=claim.number,
        occupation=application.offering.occupation.name,
        grade=application.offering.grade,
        retake=application.kind == Kind.RETAKE,
        institution=application.institution.name if application.institution else "",
        sittings=tuple(_sitting(seat) for seat in source.seats),
        contacts=_contacts(opens_on),
        opens_on=opens_on,
        issued_at=issued_at,
        photo=b"",
    )


def facts_digest(face: TicketFace, photo: StoredFile) -> str:
    """A keyed digest of what the face took from live rows and of its photo: equal while nothing changed.

    The opening day and the association's telephone numbers are not part of it: neither makes an opened ticket wrong.
    """
    record = json.loads(face.facts())
    del record["opens_on"], record["contacts"]
    record["photo"] = photo.sha256
    canonical = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return keyed_digest(canonical.encode(), purpose="ticket-face")


def _gates(source: Source) -> list[Finding]:
    """What still stands between this application and a ticket (N2026-2.5), none where nothing does."""
    application, found = source.application, []
    if application.status != Status.APPROVED:
        sentence = f"申报目前是“{application.get_status_display()}”，审核通过后才有准考证。"
        return [Finding("N2026-2.5", "not_approved", sentence)]
    if not source.complete:
        return [Finding("N2026-2.5", "not_paid", "费用尚未缴清。")]
    # Not sat any more: no reason to wait with the others.
    left = [name for name in Subject.values if name in application.subjects and name not in source.ended]
    if not left and not source.seats:
        return [Finding("A3", "cancelled", "按处理决定取消成绩的科目不再安排考试。")]
    missing = [name for name in left if name not in {seat.subject for seat in source.seats}]
    if not source.seats or not source.awaiting.issuperset(missing):
        names = "、".join(Subject(name).label for name in missing)
        found.append(Finding("N2026-2.3", "not_seated", f"{names}尚未安排场次和座位。"))
    if any(seat.number is None for seat in source.seats):
        found.append(Finding("N2026-2.3", "not_drawn", "座位尚未抽签。"))
    days = [clock.local_day(seat.starts_at) for seat in source.seats]
    for bar in source.bars:
        if any(bar.barred_from <= day <= bar.barred_until for day in days):
            sentence = f"考试日在禁考期内（至 {day_text(bar.barred_until)}）。"
            found.append(Finding(bar.clause, "barred", sentence))
    if source.document is None:
        found.append(Finding("N2026-2.5", "no_document", "身份证件尚未在窗口核对原件。"))
    elif not _readable(source.document):
        found.append(Finding("N2026-2.5", "unreadable_document", "证件号码无法解密，请联系管理员。"))
    if source.photo is None:
        found.append(Finding("N2026-2.5", "no_photo", "没有可用的照片。"))
    return found


def _readable(claim: DocumentClaim) -> bool:
    """One damaged row must not stop the sweep for everybody else."""
    try:
        return bool(claim.number)
    except Unreadable:
        return False


def _sitting(seat: Seat) -> Sitting:
    return Sitting(
        subject=seat.subject,
        starts_at=seat.starts_at.astimezone(clock.SHANGHAI),
        ends_at=seat.ends_at.astimezone(clock.SHANGHAI),
        site=seat.session.site.name,
        address=seat.session.site.address,
        room=seat.room.name if seat.room else "",
        seat=seat.number or 0,
    )


def _contacts(on: date) -> tuple[Contact, ...]:
    notice = notice_in_force(on)
    lines = [
        Contact(line.name, line.phone, "工作日 " + "，".join(hours_between(*span) for span in line.hours))
        for line in notice.lines
    ]
    weekdays = "、".join(f"周{'一二三四五六日'[weekday]}" for weekday in notice.counter.weekdays)
    hours = f"{weekdays} {hours_between(notice.counter.opens, notice.counter.closes)}"
    return (Contact("业务咨询", notice.contacts.phone, hours), *lines)
