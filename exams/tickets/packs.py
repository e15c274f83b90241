"""Taking an institution's tickets home: one PDF to print, or a ZIP by person; each pack is recorded with its versions."""

import hashlib
import logging
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.catalogue.models import Subject
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import GroupFiling
from exams.tickets.groups import changed, first_sitting, takeable, taken_versions
from exams.tickets.manifest import manifest
from exams.tickets.models import Ticket, TicketPack
from portal import clock, pdf
from portal.audit import trail
from portal.crypto import Unreadable
from portal.files import store
from portal.files.zipping import stream_zip
from portal.rules.findings import Finding, Refused
from portal.rules.wording import day_text

logger = logging.getLogger(__name__)

A_PART = 500
"""Tickets in one file: a printer's afternoon, and about 180 MB of memory while they are put together."""

_MERGING = (
    threading.Lock()
)  # one at a time a process, so that an opening morning does not multiply that memory
_Form = TicketPack.Form
# What some file system or shell takes for something else; control and format characters go by their category.
_UNSAFE = re.compile(r'[\\/:*?"<>|]')
LONGEST_PART = 40


@dataclass(frozen=True)
class Parcel:
    """What goes to the browser. `unreadable`: tickets left out because their file is damaged; staff see them too."""

    pack: TicketPack
    file_name: str
    media_type: str
    chunks: Iterable[bytes]
    unreadable: int


def take_tickets(
    *, actor: Account, filing: GroupFiling, form: str, part: int = 1, only_changes: bool = False
) -> Parcel:
    """The filing's tickets, A_PART at a time; with `only_changes` those not yet taken in their present version.

    Taking the changes makes them taken, so what is left of them is again part 1. Raises `Refused`.
    """
    demand_role(actor, filing.institution)
    tickets, taken = takeable(filing), taken_versions(filing)
    if only_changes:
        tickets = changed(tickets, taken)
    first = (part - 1) * A_PART
    chosen = tickets[first : first + A_PART]
    label = f"变动{len(chosen)}张" if only_changes else f"第{first + 1}–{first + len(chosen)}张"
    return _take(actor, filing, form, chosen, taken, label=label, only_changes=only_changes)


def take_again(*, actor: Account, pack: TicketPack, form: str) -> Parcel:
    """What an earlier pack held, as far as it is still valid, in either form. Raises `Refused`."""
    demand_role(actor, pack.filing.institution)
    held = {(number, version) for number, version in pack.tickets}
    chosen = [ticket for ticket in takeable(pack.filing) if (ticket.number, ticket.version) in held]
    taken = taken_versions(pack.filing)
    label = f"再次下载{len(chosen)}张"
    return _take(actor, pack.filing, form, chosen, taken, label=label, only_changes=pack.only_changes)


def _take(
    actor: Account,
    filing: GroupFiling,
    form: str,
    chosen: Sequence[Ticket],
    taken: set,
    *,
    label: str,
    only_changes: bool,
) -> Parcel:
    if not chosen:
        sentence = "没有可以下载的准考证：可能都已下载，或刚刚有了变动。请看页面上的最新情况。"
        raise Refused(Finding("N2026-2.5", "no_tickets", sentence))
    tickets = [ticket for ticket in chosen if _is_intact(ticket)]
    if not tickets:
        sentence = "准考证文件暂时读不出来，已通知协会处理。请稍后再试，或致电受理窗口。"
        raise Refused(Finding("", "unreadable", sentence))
    chunks: Iterable[bytes]
    if form == _Form.MERGED:
        suffix, media_type, chunks = "pdf", "application/pdf", [_merged(tickets)]
    else:
        listed = ("准考证名单.xlsx", manifest(filing, tickets, taken))
        suffix, media_type = "zip", "application/zip"
        chunks = stream_zip(_members(listed, tickets), at=clock.now().astimezone(clock.SHANGHAI))
    pack = _record(actor, filing, form, tickets, only_changes=only_changes)
    name = f"准考证 {filing.number} {label}.{suffix}"
    return Parcel(pack, name, media_type, chunks, len(chosen) - len(tickets))


@transaction.atomic
def _record(
    actor: Account, filing: GroupFiling, form: str, tickets: Sequence[Ticket], *, only_changes: bool
) -> TicketPack:
    """The pack's row, and the look at each person's ticket. Before the first byte goes out: what may have been taken
    counts as taken, and can be taken again."""
    people = [(ticket, ticket.application.person) for ticket in tickets]
    trail.record_accesses(
        "ticket.downloaded",
        actor=actor,
        looked_at=[(ticket, person.pk, person.birth_date) for ticket, person in people],
    )
    return TicketPack.objects.create(
        id=uuid4(),
        institution=filing.institution,
        filing=filing,
        form=form,
        only_changes=only_changes,
        tickets=[[ticket.number, ticket.version] for ticket in tickets],
        taken_by=actor,
        taken_at=clock.now(),
    )


def _merged(tickets: Sequence[Ticket]) -> bytes:
    bookmarks: dict[int, str] = {}
    for place, ticket in enumerate(tickets):
        title = _session_text(first_sitting(ticket))
        if title not in bookmarks.values():
            bookmarks[place] = title
    with _MERGING:
        return pdf.merge((_read(ticket) for ticket in tickets), bookmarks=bookmarks)


def _members(listed: tuple[str, bytes], tickets: Sequence[Ticket]) -> Iterator[tuple[str, bytes]]:
    yield listed
    several = len({_folder(first_sitting(ticket)) for ticket in tickets}) > 1
    for ticket in tickets:
        folder = f"{_folder(first_sitting(ticket))}/" if several else ""
        yield folder + member_name(ticket), _read(ticket)


def member_name(ticket: Ticket) -> str:
    """考场_座位_姓名_准考证号.pdf: safe on any system, and unique because the ticket's number is."""
    first = first_sitting(ticket)
    parts = (safe(first["room"]), f"{first['seat']:02d}", safe(ticket.face["name"]), ticket.number)
    return "_".join(parts) + ".pdf"


def safe(text: str) -> str:
    """The text as a part of a file's name: letters of every script stay, what steers a system or a reader goes."""
    shown = "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf", "Zl", "Zp"})
    return _UNSAFE.sub("", shown).strip(" .")[:LONGEST_PART] or "未填"


def _folder(sitting: dict[str, Any]) -> str:
    at = datetime.fromisoformat(sitting["starts_at"])
    subject = Subject(sitting["subject"]).label
    return f"{at.month:02d}月{at.day:02d}日{at:%H}时{at:%M}分_{subject}_{safe(sitting['site'])}"


def _session_text(sitting: dict[str, Any]) -> str:
    at = datetime.fromisoformat(sitting["starts_at"])
    subject = Subject(sitting["subject"]).label
    return f"{day_text(at.date(), weekday=True)}{at:%-H:%M} {subject}，{sitting['site']} {sitting['room']}"


def _read(ticket: Ticket) -> bytes:
    assert ticket.file is not None, "a ticket that is ready has its file"
    return store.read(ticket.file)


def _is_intact(ticket: Ticket) -> bool:
    """Whether the stored file is there and the one that was made: one that is not must not spoil the others."""
    try:
        intact = ticket.file is not None and hashlib.sha256(_read(ticket)).hexdigest() == ticket.file.sha256
    except (OSError, Unreadable):
        intact = False
    if not intact:
        logger.error("the file of ticket %s cannot be read", ticket.pk)
    return intact
