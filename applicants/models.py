"""The app's tables, collected."""

from applicants.accounts.models import Account, Invitation, PhoneChange
from applicants.institutions.models import Institution, InstitutionMember
from applicants.records.models import (
    Consent,
    Credential,
    DocumentClaim,
    Evidence,
    Job,
    Person,
    Photo,
    Schooling,
    Title,
)
from applicants.standing.models import Bar

__all__ = [
    "Account",
    "Bar",
    "Consent",
    "Credential",
    "DocumentClaim",
    "Evidence",
    "Institution",
    "InstitutionMember",
    "Invitation",
    "Job",
    "Person",
    "PhoneChange",
    "Photo",
    "Schooling",
    "Title",
]
