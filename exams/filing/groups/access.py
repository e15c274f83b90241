"""What of group filings a member may have: their own institution's, or 404 as if it were not there (S2)."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from applicants.accounts.models import Account
from applicants.institutions.models import Institution
from exams.filing.groups.models import GroupFiling, RosterEntry, RosterRow, RosterUpload
from portal.rules.findings import Finding, Refused

FILLING_IN = ("filer", "reviewer")


def own_filings(institution: Institution) -> QuerySet[GroupFiling]:
    """The institution's filings, the newest first."""
    return institution.filings.select_related("occupation", "institution").order_by("-opened_at")


def own_filing(institution: Institution, key: UUID) -> GroupFiling:
    """One of the institution's filings, or Http404."""
    return _one(own_filings(institution), key)


def own_entry(institution: Institution, key: UUID) -> RosterEntry:
    """A person of one of the institution's filings, or Http404. Their own record is not reached through it."""
    rows = RosterEntry.objects.filter(filing__institution=institution)
    return _one(rows.select_related("row", "filing__occupation", "filing__institution", "application"), key)


def own_upload(institution: Institution, key: UUID) -> RosterUpload:
    """A file uploaded to one of the institution's filings, or Http404."""
    rows = RosterUpload.objects.filter(filing__institution=institution)
    return _one(rows.select_related("filing__institution", "filing__occupation", "file", "parsed"), key)


def own_row(institution: Institution, key: UUID) -> RosterRow:
    """A row of one of the institution's rosters, or Http404."""
    rows = RosterRow.objects.filter(filing__institution=institution)
    return _one(rows.select_related("filing__institution", "filing__occupation", "upload", "entry"), key)


def demand_role(actor: Account, institution: Institution, *roles: str) -> None:
    """Raise Refused where the account does not act for the institution, still open, in one of these roles.

    Without any named: whoever fills in (FILLING_IN).
    """
    membership = actor.active_membership()
    if membership is None or membership.institution_id != institution.pk:
        sentence = "您的账号不能再替这家机构办理。机构停用或成员资格结束的，请联系协会。"
        raise Refused(Finding("N2026-2.2", "no_member", sentence))
    if membership.role not in (roles or FILLING_IN):
        sentence = f"您是{membership.get_role_display()}，不能办理这一项。请由本机构有相应角色的人员办理。"
        raise Refused(Finding("N2026-2.2", "other_role", sentence, found=membership.role))


def demand_exchange(actor: Account, filing: GroupFiling) -> None:
    """Raise Refused where the account may not exchange the filing's data with the city's system: staff who review group
    filings may, and whoever fills in for its institution."""
    if not (actor.is_active and actor.is_staff and actor.has_perm("exams.review_groupfiling")):
        demand_role(actor, filing.institution)


def _one(rows: QuerySet, key: UUID):
    try:
        return rows.get(pk=key)
    except rows.model.DoesNotExist:
        raise Http404 from None
