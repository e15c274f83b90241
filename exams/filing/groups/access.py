"""What of group filings a member may have: their own institution's, or 404 as if it were not there (S2)."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from applicants.institutions.models import Institution
from exams.filing.groups.models import GroupFiling, RosterEntry, RosterUpload


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


def _one(rows: QuerySet, key: UUID):
    try:
        return rows.get(pk=key)
    except rows.model.DoesNotExist:
        raise Http404 from None
