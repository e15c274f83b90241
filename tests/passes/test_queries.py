"""What a pass is worth: validity to the day, changes of scheme, competitions."""

from datetime import date
from uuid import uuid4

import pytest

from exams.catalogue.models import Offering, Scheme, SchemeSubject
from exams.passes.models import Pass
from exams.passes.queries import held_passes, retake_possibility, valid_passes
from portal import clock
from tests import factories


@pytest.fixture
def offering(db) -> Offering:
    return factories.load_catalogue()


@pytest.fixture
def person(offering):
    return factories.make_person()


def make_pass(person, offering, subject="theory", **fields) -> Pass:
    published = fields.pop("published_on", date(2026, 3, 1))
    return Pass.objects.create(
        person=person,
        occupation=offering.occupation,
        grade=offering.grade,
        subject=subject,
        scheme=fields.pop("scheme", None) or offering.schemes.first(),
        application_id=uuid4(),
        published_on=published,
        valid_until=fields.pop("valid_until", date(published.year + 2, published.month, published.day)),
        **fields,
    )


def new_scheme(offering, effective_from, subjects, plan) -> Scheme:
    scheme = Scheme.objects.create(
        offering=offering, effective_from=effective_from, citation="补考方案", retake_plan=plan
    )
    for position, subject in enumerate(subjects):
        SchemeSubject.objects.create(scheme=scheme, subject=subject, position=position, minutes=90)
    return scheme


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        (date(2026, 2, 28), False),
        (date(2026, 3, 1), True),
        (date(2028, 3, 1), True),
        (date(2028, 3, 2), False),
    ],
)
def test_a_pass_counts_from_publication_to_its_corresponding_day(person, offering, on, counts):
    row = make_pass(person, offering)
    assert valid_passes(person, offering, on) == ([row] if counts else [])
    assert held_passes(person, offering) == [row]


def test_a_pass_given_up_or_cancelled_or_of_another_grade_does_not_count(person, offering):
    make_pass(person, offering, given_up_at=clock.now(), given_up_by=uuid4())
    make_pass(person, offering, "practical", cancelled_at=clock.now(), cancelled_by=uuid4())
    make_pass(person, Offering.objects.get(grade=3))
    make_pass(factories.make_person(), offering)
    assert valid_passes(person, offering, date(2026, 6, 1)) == []


def test_what_is_not_passed_may_be_retaken(person, offering):
    row = make_pass(person, offering)
    possible = retake_possibility(person, offering, date(2026, 6, 1))
    assert (possible.subjects, possible.kept, possible.findings) == (("practical",), ((row, "theory"),), ())


@pytest.mark.parametrize(
    ("subjects", "fields", "code", "clause"),
    [
        ((), {}, "no_valid_pass", "N2026-2.4"),
        (("theory", "practical"), {}, "all_passed", "N2026-4.1"),
        (("theory",), {"from_competition": True}, "failed_in_competition", "N2026-4.4"),
    ],
)
def test_why_there_is_no_retake(person, offering, subjects, fields, code, clause):
    for subject in subjects:
        make_pass(person, offering, subject, **fields)
    possible = retake_possibility(person, offering, date(2026, 6, 1))
    assert possible.subjects == ()
    assert (code, clause) in {(finding.code, finding.clause) for finding in possible.findings}


def test_after_a_change_of_scheme_the_retake_waits_for_the_plan(person, offering):
    row = make_pass(person, offering, "practical")
    new_scheme(offering, date(2026, 5, 1), ("theory", "practical", "review"), None)
    assert retake_possibility(person, offering, date(2026, 4, 30)).subjects == ("theory",)
    waiting = retake_possibility(person, offering, date(2026, 5, 1))
    assert [(one.code, one.clause) for one in waiting.findings] == [("waits_for_plan", "N2026-4.3")]
    Scheme.objects.filter(effective_from=date(2026, 5, 1)).update(retake_plan={"practical": "review"})
    possible = retake_possibility(person, offering, date(2026, 5, 1))
    assert possible.subjects == ("theory", "practical")
    assert possible.kept == ((row, "review"),)


def test_two_changes_are_followed_one_after_the_other(person, offering):
    row = make_pass(person, offering, "practical")
    new_scheme(offering, date(2026, 5, 1), ("theory", "review"), {"practical": "review"})
    new_scheme(offering, date(2026, 7, 1), ("theory", "practical"), {"review": "practical"})
    assert retake_possibility(person, offering, date(2026, 8, 1)).kept == ((row, "practical"),)


def test_a_pass_the_published_plan_leaves_out_is_worth_nothing(person, offering):
    make_pass(person, offering, "practical")
    row = make_pass(person, offering, "theory")
    new_scheme(offering, date(2026, 5, 1), ("theory", "review"), {"theory": "theory"})
    possible = retake_possibility(person, offering, date(2026, 8, 1))
    assert (possible.subjects, possible.kept) == (("review",), ((row, "theory"),))


def test_a_pass_won_under_the_new_scheme_needs_no_plan_for_it(person, offering):
    scheme = new_scheme(offering, date(2026, 5, 1), ("theory", "practical"), None)
    make_pass(person, offering, scheme=scheme, published_on=date(2026, 6, 1))
    assert retake_possibility(person, offering, date(2026, 8, 1)).subjects == ("practical",)
