"""A certificate of ours is in its holder's record: the next grade's verdict sees it, and they cannot touch it there."""

from datetime import date

import pytest
from django.urls import reverse

from applicants.records.actions import remove_entry, save_entry
from applicants.records.models import Credential, Job
from certificates.ending import ask_ending, confirm_ending
from certificates.models import Certificate
from exams.catalogue.models import Offering
from exams.filing.eligibility import verdicts_for
from portal.rules.findings import Refused
from tests.certificates.people import issued, passed
from tests.results.world import EXAM_DAY, Team

pytestmark = pytest.mark.django_db

ROUTE = "TR2023-3.2"
"""取得四级证书后，累计工作满 4 年."""


@pytest.fixture
def certificate(team: Team) -> Certificate:
    (one,) = issued(team, *passed(team, "陈志远"))
    return one


def route_on(person, on: date):
    verdict = next(verdict for offering, verdict in verdicts_for(person, on) if offering.grade == 3)
    return next(route for route in verdict.routes if route.clause == ROUTE)


@pytest.mark.parametrize(("on", "met"), [(date(2030, 10, 11), False), (date(2030, 10, 12), True)])
def test_four_years_after_the_certificate_of_grade_four_open_grade_three(certificate: Certificate, on, met):
    Job.objects.update(started_on=date(2020, 1, 1))
    assert route_on(certificate.person, on).met == met


def test_without_the_certificate_the_route_is_closed_for_good(team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    confirm_ending(actor=team.second, ending=ending)
    route = route_on(certificate.person, date(2030, 10, 12))
    assert not route.met
    assert route.opens_on is None


def test_a_reissue_takes_no_year_away(team: Team, certificate: Certificate, evening):
    evening(date(2029, 3, 1))
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    confirm_ending(actor=team.second, ending=ending)
    assert route_on(certificate.person, date(2030, 10, 12)).met
    assert Offering.objects.get(grade=4) == certificate.offering


def test_the_holder_cannot_change_or_remove_it(certificate: Certificate):
    credential = Credential.objects.get()
    account = certificate.person.account
    with pytest.raises(Refused, match="由本会签发"):
        save_entry(actor=account, entry=credential, values={"grade": 3})
    with pytest.raises(Refused, match="由本会签发"):
        remove_entry(actor=account, entry=credential)
    credential.refresh_from_db()
    assert (credential.grade, credential.issued_on) == (4, EXAM_DAY)


def test_the_holders_page_says_so(certificate: Certificate, client):
    client.force_login(certificate.person.account)
    page = client.get(reverse("records:entries", args=["credentials"])).content.decode()
    assert certificate.number in page
    assert "本会签发" in page
    key = certificate.pk
    assert f'href="{reverse("records:change", args=["credentials", key])}"' not in page
    answer = client.post(reverse("records:delete", args=["credentials", key]), follow=True)
    assert "由本会签发" in answer.content.decode()
    assert Credential.objects.filter(pk=key).exists()
