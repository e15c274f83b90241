"""Opening, naming and closing a group filing: the folder into which an institution's people are gathered (N2026-2.2)."""

from uuid import uuid4

from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from applicants.identity.text import BIDI_CONTROLS, drop_invisible
from applicants.institutions.models import Institution
from exams.catalogue.models import Occupation
from exams.catalogue.queries import open_offerings
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import GroupFiling
from exams.filing.numbers import draw_number
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused

NUMBERS_TRIED = 20
LONGEST_TITLE = 60


@transaction.atomic
def open_filing(
    *, actor: Account, institution: Institution, occupation: Occupation, title: str
) -> GroupFiling:
    """Open a filing under a number of its own; possible at any time, as only its submission needs an open window.

    Raises Refused where the account may not fill in for the institution, nothing of the occupation is offered today, or
    an open filing of the institution bears this title already: two tabs or two clicks make one.
    """
    institution = Institution.objects.select_for_update().get(pk=institution.pk)
    demand_role(actor, institution)
    title = _checked_title(title, institution)
    if not open_offerings(clock.today()).filter(occupation=occupation).exists():
        sentence = f"{occupation.name}目前不受理申报。开放情况以通知为准。"
        raise Refused(Finding("N2026-7", "not_offered", sentence, field="occupation"))
    filing = _create_numbered(actor, institution, occupation, title)
    trail.record(
        "groups.open_filing",
        actor=actor,
        subject=filing,
        detail={"institution": institution.pk, "occupation": occupation.pk},
    )
    return filing


def _create_numbered(
    actor: Account, institution: Institution, occupation: Occupation, title: str
) -> GroupFiling:
    now = clock.now()
    for _ in range(NUMBERS_TRIED):
        number = f"T{draw_number(now.year)}"
        try:
            with transaction.atomic():
                return GroupFiling.objects.create(
                    id=uuid4(),
                    number=number,
                    institution=institution,
                    occupation=occupation,
                    title=title,
                    opened_by=actor,
                    opened_at=now,
                )
        except IntegrityError:
            if not GroupFiling.objects.filter(number=number).exists():
                raise  # not the number but another rule of the table
    raise RuntimeError("no free filing number was found")


@transaction.atomic
def rename_filing(*, actor: Account, filing: GroupFiling, title: str) -> GroupFiling:
    """Give the filing another title; its number stays. Raises Refused."""
    filing = _locked(actor, filing)
    title = _checked_title(title, filing.institution, itself=filing)
    if title != filing.title:
        filing.title = title
        filing.save(update_fields=["title"])
        trail.record("groups.rename_filing", actor=actor, subject=filing)
    return filing


@transaction.atomic
def close_filing(*, actor: Account, filing: GroupFiling) -> GroupFiling:
    """Nothing is added to it, confirmed in it or submitted from it any more; what was submitted goes on. Idempotent."""
    filing = _locked(actor, filing)
    if filing.closed_at is None:
        filing.closed_at = clock.now()
        filing.save(update_fields=["closed_at"])
        trail.record("groups.close_filing", actor=actor, subject=filing)
    return filing


@transaction.atomic
def reopen_filing(*, actor: Account, filing: GroupFiling) -> GroupFiling:
    """Undo `close_filing`. Idempotent."""
    filing = _locked(actor, filing)
    if filing.closed_at is not None:
        filing.closed_at = None
        filing.save(update_fields=["closed_at"])
        trail.record("groups.reopen_filing", actor=actor, subject=filing)
    return filing


def _locked(actor: Account, filing: GroupFiling) -> GroupFiling:
    rows = GroupFiling.objects.select_for_update(of=("self",)).select_related("institution", "occupation")
    filing = rows.get(pk=filing.pk)
    demand_role(actor, filing.institution)
    return filing


def _checked_title(title: str, institution: Institution, itself: GroupFiling | None = None) -> str:
    title = _one_line(title)
    if not title:
        raise Refused(Finding("", "no_title", "请给这批申报起个名称。", field="title"))
    if len(title) > LONGEST_TITLE:
        sentence = f"名称有 {len(title)} 个字，最多 {LONGEST_TITLE} 个字。请写短一些。"
        raise Refused(Finding("", "long_title", sentence, field="title"))
    same = institution.filings.filter(title=title, closed_at=None)
    if itself is not None:
        same = same.exclude(pk=itself.pk)
    known = same.first()
    if known is not None:
        sentence = f"本机构已有一批同名的在办申报（{known.number}）。请换个名称，或到那一批里继续办理。"
        raise Refused(Finding("", "same_title", sentence, found=known.number, field="title"))
    return title


def _one_line(title: str) -> str:
    shown = "".join(char for char in drop_invisible(title) if char not in BIDI_CONTROLS)
    return " ".join(shown.split())
