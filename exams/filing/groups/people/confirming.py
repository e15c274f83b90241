"""Each person of a group filing confirms what was filled in for them, by a link sent to their phone.

A link is about one row: a corrected row needs another (docs/adr/0062). Only the blind index of its code is kept.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from applicants.accounts.models import Account
from applicants.identity.documents import DocumentKind, IdentityDocument
from applicants.records.actions import give_consent
from applicants.records.consents import DOCUMENT, PHONE_IN_A_FILING, PHOTO
from applicants.records.joining import Told, correct_person, join_person
from applicants.records.models import Person
from exams.catalogue.models import Offering
from exams.catalogue.queries import filing_windows
from exams.filing.actions.drafting import checked_needs
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import Confirmation, GroupFiling, RosterEntry, RosterRow
from exams.filing.groups.queries import entries_of
from exams.filing.models import LIVE, Application, Status
from exams.filing.telling import tell_institution
from exams.filing.undertaking import CURRENT, undertaking
from portal import clock
from portal.audit import trail
from portal.crypto import blind_index
from portal.messages import outbox
from portal.rules.findings import Finding, Refused
from portal.rules.timetable import Window, window_open
from portal.templatetags.portal_format import day

VALID_DAYS = 30
"""A link is good to the last second of the last of these days in Shanghai."""
NOT_AGAIN_WITHIN = timedelta(minutes=10)
CODE_BYTES = 24
LONGEST_CODE = 64
LONGEST_NOTE = 300
AT_ONCE = 50
"""People asked in one transaction: short enough for SQLite's one writer."""

CONSENTS = (DOCUMENT, PHOTO, PHONE_IN_A_FILING)
"""What the page asks for separately, and `confirm` takes down."""

ASKED = ("portrait", "confirm")
"""Who is asked when nobody is named: whose row can be filed and who neither confirmed nor denied it."""


def code_index(code: str) -> str:
    """The blind index of a link's code, the only trace of it in its row."""
    return blind_index(code, purpose="confirmation")


def send_links(*, actor: Account, filing: GroupFiling, entries: Iterable[RosterEntry] | None = None) -> int:
    """Send their link to these people of the filing; returns to how many it went.

    Nobody named: to everyone who waits for one (no good link under way). A new link ends the earlier ones of its person.
    Skipped are those who confirmed with the present undertaking, were asked within ten minutes, or whose application
    the association has. Raises Refused for a closed filing, without the role, or where of the named ones none could be
    asked: with the first one's reason.
    """
    with transaction.atomic():
        _open_filing(actor, filing)
    chosen = _unasked(filing) if entries is None else [entry.pk for entry in entries]
    sent, reasons = 0, []
    for start in range(0, len(chosen), AT_ONCE):
        count, skipped = _send_some(actor, filing, chosen[start : start + AT_ONCE])
        sent += count
        reasons += skipped
    if entries is not None and not sent and reasons:
        raise Refused(reasons[0])
    return sent


@transaction.atomic
def _send_some(actor: Account, filing: GroupFiling, keys: Sequence[UUID]) -> tuple[int, list[Finding]]:
    now = clock.now()
    filing = _open_filing(actor, filing)
    entries = (
        RosterEntry.objects.select_for_update(of=("self",))
        .filter(filing=filing, pk__in=keys)
        .select_related("row", "application")
        .order_by("pk")
    )
    links: dict[UUID, list[Confirmation]] = {}
    for link in Confirmation.objects.filter(entry__in=keys).defer("phone", "declined_note", "arrangement"):
        links.setdefault(link.row_id, []).append(link)
    asked, skipped = [], []
    for entry in entries:
        why_not = _why_not(entry, links.get(entry.row_id, []), now)
        if why_not:
            skipped.append(Finding("", why_not[0], why_not[1]))
        else:
            asked.append(entry)
    _unused(Confirmation.objects.filter(entry__in=asked), now).update(expires_at=now)
    codes = {entry.pk: secrets.token_urlsafe(CODE_BYTES) for entry in asked}
    made = Confirmation.objects.bulk_create(
        Confirmation(
            id=uuid4(),
            entry=entry,
            row=entry.row,
            code_index=code_index(codes[entry.pk]),
            phone=entry.row.content["phone"],
            sent_at=now,
            expires_at=_good_until(now),
        )
        for entry in asked
    )
    windows = filing_windows()
    offerings = {one.grade: str(one) for one in Offering.objects.filter(occupation=filing.occupation_id)}
    for link in made:
        outbox.post(
            "confirm_filing",
            account=None,
            address=link.phone,
            dedupe_key=f"confirm_filing:{link.pk}",
            institution=filing.institution.name,
            offering=offerings[link.row.grade],
            until=day(confirm_by(link, windows)),
            link=settings.PUBLIC_BASE_URL + reverse("confirm:page", args=[codes[link.entry_id]]),
        )
    if made:
        detail = {"entries": [link.entry_id for link in made]}
        trail.record("groups.send_links", actor=actor, subject=filing, detail=detail)
    return len(made), skipped


def confirm_by(link: Confirmation, windows: Iterable[Window]) -> date:
    """The day by which the person is asked to answer: the last of the filing window open today, so that the institution
    can still submit, or of the link itself where that is earlier or no window is open."""
    last = clock.local_day(link.expires_at)
    window = window_open(clock.today(), windows)
    return min(last, window.closes) if window else last


def find_confirmation(code: str) -> Confirmation | None:
    """The confirmation of a link that can still be answered; None: unknown, used, past, or about an earlier row."""
    if len(code) > LONGEST_CODE:
        return None
    rows = Confirmation.objects.filter(code_index=code_index(code)).select_related(
        "row", "entry__row", "entry__application", "entry__filing__institution", "entry__filing__occupation"
    )
    found = rows.first()
    return found if found and _answerable(found, found.entry, clock.now()) else None


@transaction.atomic
def confirm(
    *,
    confirmation: Confirmation,
    undertaking_version: str = CURRENT.version,
    needs: Collection[str] = (),
    note_text: str = "",
    withdrawn: bool = False,
) -> RosterEntry:
    """The person says yes: these are my facts, I file with them, I give the undertaking and the three consents.

    Joins the person (applicants.records.joining). `needs` and `note_text` ask for 合理便利; without any, what the same
    person asked for with an earlier row stands unless `withdrawn`. Raises Refused where the link was answered, replaced
    or ended meanwhile, the undertaking has a newer version than the page showed, or the needs are not as they should be.
    """
    if undertaking(undertaking_version) is not CURRENT:
        sentence = "承诺书已有新版本，请重新阅读后确认。"
        raise Refused(Finding("N2026-7", "old_undertaking", sentence, undertaking_version, CURRENT.version))
    known = checked_needs(needs, note_text)
    person = _person_of(confirmation)  # locked before the entry, as everywhere
    confirmation, entry = _lock(confirmation)
    if known:
        confirmation.arrangement = {"needs": known, "note": note_text.strip()}
    elif entry.person_id == person.pk and not withdrawn:
        confirmation.arrangement = earlier_arrangement(entry)
    confirmation.confirmed_at, confirmation.undertaking_version = clock.now(), undertaking_version
    confirmation.save(update_fields=["confirmed_at", "undertaking_version", "arrangement"])
    entry.person = person
    entry.save(update_fields=["person"])
    for text in CONSENTS:
        give_consent(actor=person.account, person=person, text=text)
    trail.record(
        "groups.confirm_filing",
        actor=person.account,
        subject=entry,
        person_id=person.pk,
        detail={"row": entry.row_id, "undertaking": undertaking_version},
        personal={"arrangement": confirmation.arrangement} if confirmation.arrangement else None,
    )
    return entry


@transaction.atomic
def decline(*, confirmation: Confirmation, note: str = "") -> RosterEntry:
    """The holder of the phone says no: not my filing, or not right. The institution is told and sees the note.

    Raises Refused where the link was answered, replaced or ended meanwhile.
    """
    confirmation, entry = _lock(confirmation)
    confirmation.declined_at = clock.now()
    confirmation.declined_note = note.strip()[:LONGEST_NOTE] or None
    confirmation.save(update_fields=["declined_at", "declined_note"])
    filing = entry.filing
    trail.record("groups.decline_filing", actor=None, subject=entry, detail={"row": entry.row_id})
    tell_institution(filing.institution, "filing_declined", key=confirmation.pk, number=filing.number)
    return entry


def offering_of(confirmation: Confirmation) -> Offering:
    """What was filled in for the person: the offering of their row's grade."""
    filing = confirmation.entry.filing
    return Offering.objects.select_related("occupation").get(
        occupation=filing.occupation_id, grade=confirmation.row.grade
    )


def earlier_arrangement(entry: RosterEntry) -> dict[str, Any] | None:
    """The 合理便利 asked for when the entry was last confirmed, with whichever row."""
    last = Confirmation.objects.filter(entry=entry).exclude(confirmed_at=None).order_by("confirmed_at").last()
    return last.arrangement if last else None


def filed_elsewhere(entry: RosterEntry) -> bool:
    """Whether the joined person has another live application for the same offering: the counter will decide."""
    return (
        Application.objects.filter(
            person=entry.person_id,
            offering__occupation=entry.filing.occupation_id,
            offering__grade=entry.row.grade,
            status__in=LIVE,
            concluded_at=None,
        )
        .exclude(pk=entry.application_id)
        .exists()
    )


def _open_filing(actor: Account, filing: GroupFiling) -> GroupFiling:
    """The filing, locked. Raises Refused where it is closed or the account may not fill in for its institution."""
    rows = GroupFiling.objects.select_for_update(of=("self",)).select_related("institution")
    filing = rows.get(pk=filing.pk)
    demand_role(actor, filing.institution)
    if filing.closed_at is not None:
        sentence = "这批申报已关闭，不能再发送确认链接。需要时请先重新开放。"
        raise Refused(Finding("N2026-2.2", "closed", sentence))
    return filing


def _unasked(filing: GroupFiling) -> list[UUID]:
    now = clock.now()
    under_way = _unused(Confirmation.objects.filter(entry__filing=filing), now).values("row")
    waiting = (
        entries_of(filing).filter(stage__in=ASKED, confirmed=False, declined=False).exclude(row__in=under_way)
    )
    return list(waiting.values_list("pk", flat=True))


def _good_until(now: datetime) -> datetime:
    last = clock.local_day(now) + timedelta(days=VALID_DAYS)
    return clock.start_of(last + timedelta(days=1)) - timedelta(seconds=1)


def _unused(links: Any, now: datetime) -> Any:
    return links.filter(confirmed_at=None, declined_at=None, expires_at__gt=now)


def _why_not(entry: RosterEntry, links: Iterable[Confirmation], now: datetime) -> tuple[str, str] | None:
    """Why no link goes to this person now: a code and a sentence; None where one may."""
    links, name = list(links), entry.row.name
    if not _with_the_institution(entry):
        return "not_open", f"{name}的申报已提交协会或已移出，现在不用确认。"
    if any(link.confirmed_at and link.undertaking_version == CURRENT.version for link in links):
        return "confirmed", f"{name}已经确认过现在的内容。"
    if any(link.sent_at > now - NOT_AGAIN_WITHIN for link in links):
        return "too_soon", f"10 分钟内刚给{name}发过确认链接，请稍后再发。"
    if not entry.row.content["phone"]:
        return "no_phone", f"{name}没有手机号，请先补正。"
    return None


def _with_the_institution(entry: RosterEntry) -> bool:
    application = entry.application
    return entry.removed_at is None and (
        application is None or application.status in (Status.DRAFT, Status.RETURNED)
    )


def _answerable(confirmation: Confirmation, entry: RosterEntry, now: datetime) -> bool:
    return (
        (confirmation.confirmed_at, confirmation.declined_at) == (None, None)
        and confirmation.expires_at > now
        and confirmation.row_id == entry.row_id
        and entry.filing.closed_at is None
        and entry.filing.institution.closed_at is None
        and _with_the_institution(entry)
    )


def _lock(confirmation: Confirmation) -> tuple[Confirmation, RosterEntry]:
    entry = (
        RosterEntry.objects.select_for_update(of=("self",))
        .select_related("row", "application", "filing__institution")
        .get(pk=confirmation.entry_id)
    )
    confirmation = Confirmation.objects.select_for_update(of=("self",)).get(pk=confirmation.pk)
    if not _answerable(confirmation, entry, clock.now()):
        sentence = "这个链接已经用过、过期，或者所填内容已更改。请以最近一条短信里的链接为准。"
        raise Refused(Finding("", "gone", sentence))
    return confirmation, entry


def _person_of(confirmation: Confirmation) -> Person:
    """Who the row is about, locked. Once an application was made, it stays with its person."""
    entry = RosterEntry.objects.select_related("person").get(pk=confirmation.entry_id)
    told, known = _told(confirmation.row), entry.person
    only_here = known is not None and not (
        known.roster_entries.exclude(pk=entry.pk).exists()
        or known.applications.exclude(pk=entry.application_id).exists()
    )
    if known is not None and entry.application_id is not None:
        return correct_person(person=known, told=told) if only_here else known
    return join_person(told=told, known=known if only_here else None)


def _told(row: RosterRow) -> Told:
    content = row.content
    identity = content["record"]["identity"]
    return Told(
        document=IdentityDocument(DocumentKind(identity["document_kind"]), identity["document_number"]),
        name=identity["name"],
        sex=identity["sex"],
        birth_date=date.fromisoformat(identity["birth_date"]),
        general_education=identity["general_education"],
        phone=content["phone"],
    )
