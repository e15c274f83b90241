"""The only doors to records: each gives a person's own thing or answers 404, as if it did not exist."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from applicants.accounts.models import Account
from applicants.records.actions import open_record
from applicants.records.kinds import KINDS, Kind
from applicants.records.models import Evidence, Fact, Person, Photo


def own_person(account: Account) -> Person:
    """The account's own record, opened on the first visit."""
    person = Person.objects.filter(account=account).select_related("photo").first()
    return person or open_record(actor=account)


def entry_kind(slug: str) -> Kind:
    """The kind of entry an address names."""
    if slug not in KINDS:
        raise Http404
    return KINDS[slug]


def own_entry(account: Account, kind: Kind, key: UUID) -> Fact:
    return get_object_or_404(kind.model, pk=key, person__account=account)


def own_photo(account: Account, key: UUID) -> Photo:
    """A photo the person handed in; an institution's is part of its filing."""
    rows = Photo.objects.select_related("file", "person").filter(institution=None)
    return get_object_or_404(rows, pk=key, person__account=account)


def own_evidence(account: Account, key: UUID) -> Evidence:
    """A piece of evidence the person handed in and has not removed."""
    rows = Evidence.objects.select_related("file", "person", "job", "credential", "title", "schooling")
    return get_object_or_404(rows, pk=key, person__account=account, institution=None, removed_at=None)
