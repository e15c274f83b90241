"""A group filing whose approved people are to be paid for."""

from datetime import date

import pytest

from applicants.institutions.models import InstitutionMember
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Quote
from tests import factories
from tests.groups.factories import make_entry, make_filing


@pytest.fixture
def march(db, frozen_day):
    frozen_day(date(2026, 3, 11))
    factories.load_catalogue()


@pytest.fixture
def filer(march) -> InstitutionMember:
    return factories.make_member(factories.make_institution())


@pytest.fixture
def filing(filer) -> GroupFiling:
    """Two people of grade 4 and one of grade 3, approved: 480 + 480 + 580 yuan."""
    filing = make_filing(filer)
    for name, grade in (("王秀英", 4), ("欧阳晓蕾", 4), ("沈建国", 3)):
        make_entry(filing, name, stage="approved", grade=grade)
    return filing


@pytest.fixture
def clerk(march):
    return factories.make_staff()


def quote_of(filing: GroupFiling, name: str) -> Quote:
    """The live or ended quote of the person with that name."""
    return Quote.objects.get(application__roster_entry__filing=filing, application__person__name=name)
