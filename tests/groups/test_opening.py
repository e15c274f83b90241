"""Opening, naming, closing a group filing: by whom, and what stands in the way."""

from datetime import date

import pytest

from applicants.institutions.actions import close_institution
from exams.catalogue.models import Occupation, Offering
from exams.filing.groups.models import GroupFiling
from exams.filing.groups.opening import close_filing, open_filing, rename_filing, reopen_filing
from portal import clock
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from tests.factories import load_catalogue, make_institution, make_member, make_staff
from tests.groups.factories import make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def occupation(frozen_day) -> Occupation:
    frozen_day(date(2026, 3, 10))
    return load_catalogue().occupation


def opened(member, occupation, title="四级一班") -> GroupFiling:
    return open_filing(
        actor=member.account, institution=member.institution, occupation=occupation, title=title
    )


def refused(call) -> str:
    with pytest.raises(Refused) as refusal:
        call()
    return refusal.value.findings[0].code


def test_a_filing_has_a_number_and_is_on_record(occupation):
    member = make_member(make_institution())
    filing = opened(member, occupation, "  四级\u3000一班\u200b ")
    assert filing.number[:3] == "T26"
    assert len(filing.number) == 11
    assert filing.title == "四级 一班"
    assert AuditEntry.objects.get(action="groups.open_filing").actor_id == str(member.account_id)


def test_two_clicks_make_one_filing(occupation):
    member = make_member(make_institution())
    first = opened(member, occupation)
    assert refused(lambda: opened(member, occupation)) == "same_title"
    close_filing(actor=member.account, filing=first)
    assert opened(member, occupation).number != first.number


@pytest.mark.parametrize("title", ["", " \u3000", "\u202e\u200b"])
def test_a_filing_without_a_title_is_refused(occupation, title):
    assert refused(lambda: opened(make_member(make_institution()), occupation, title)) == "no_title"


def test_a_title_may_be_long_but_not_longer(occupation):
    member = make_member(make_institution())
    assert opened(member, occupation, "班" * 60).title == "班" * 60
    assert refused(lambda: opened(member, occupation, "班" * 61)) == "long_title"


def test_nothing_is_opened_where_nothing_is_offered(occupation):
    Offering.objects.update(closed_on=date(2026, 3, 9))
    assert refused(lambda: opened(make_member(make_institution()), occupation)) == "not_offered"


def test_only_who_fills_in_for_the_institution_opens_names_and_closes(occupation):
    institution = make_institution()
    filing = make_filing(make_member(institution))
    reviewer = make_member(institution, "reviewer")
    viewer = make_member(institution, "viewer")
    stranger = make_member(make_institution("上海市徐汇区仁德进修学校"))
    assert opened(reviewer, occupation, "二班").opened_by == reviewer.account
    for member, code in ((viewer, "other_role"), (stranger, "no_member")):
        for act in (close_filing, reopen_filing):
            assert refused(lambda act=act, member=member: act(actor=member.account, filing=filing)) == code
        assert (
            refused(lambda member=member: rename_filing(actor=member.account, filing=filing, title="甲"))
            == code
        )
    ended = make_member(institution, "filer", "已离职")
    ended.ended_at = clock.now()
    ended.save()
    assert refused(lambda: close_filing(actor=ended.account, filing=filing)) == "no_member"


def test_a_closed_institution_opens_nothing(occupation):
    member = make_member(make_institution())
    close_institution(actor=make_staff(), institution=member.institution)
    assert refused(lambda: opened(member, occupation)) == "no_member"


def test_closing_is_undone_by_opening_again(occupation):
    filing = make_filing()
    closed = close_filing(actor=filing.opened_by, filing=filing).closed_at
    assert closed is not None
    assert close_filing(actor=filing.opened_by, filing=filing).closed_at == closed
    for _ in range(2):
        assert reopen_filing(actor=filing.opened_by, filing=filing).closed_at is None
    assert AuditEntry.objects.filter(action__startswith="groups.").count() == 2


def test_a_new_title_may_be_the_old_one_but_not_anothers(occupation):
    filing = make_filing()
    member = filing.institution.members.get()
    other = opened(member, occupation, "二班")
    assert rename_filing(actor=member.account, filing=other, title="二班").title == "二班"
    assert rename_filing(actor=member.account, filing=other, title="三班").title == "三班"
    assert (
        refused(lambda: rename_filing(actor=member.account, filing=other, title=filing.title)) == "same_title"
    )
