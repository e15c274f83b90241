"""People who delete their account, and what goes on with what is kept of them; people who come back under another one."""

import pytest
from django.urls import reverse

from applicants.accounts import leaving
from applicants.accounts.models import Account
from applicants.records import claims
from applicants.records.models import Person
from applicants.standing.models import Bar
from certificates.collecting import notify_collection
from certificates.ending import ask_ending, confirm_ending
from certificates.hand_over import hand_over
from certificates.making import make_certificates
from certificates.verification import verify
from exams.arrangement.models import Session
from exams.conduct.deciding import reverse_decision
from exams.results.models import Score
from exams.results.publishing import retract_sheet
from exams.results.rechecks import ask_recheck
from portal import clock
from portal.messages.outbox import send_waiting
from portal.rules.findings import Refused
from tests import factories
from tests.certificates.people import issued, passed
from tests.conduct.procedure import Hands, decided, notified, opened, served, stated
from tests.filing.conftest import person  # noqa: F401 - fixture
from tests.filing.test_reviewing import rival_of
from tests.results.conftest import evening, team  # noqa: F401 - fixtures
from tests.results.world import Team, published

pytestmark = pytest.mark.django_db


def delete_account(key) -> None:
    leaving.delete_account(actor=Account.objects.get(pk=key))


def test_what_is_kept_of_somebody_who_left_goes_on(team: Team, evening, browser_of):  # noqa: F811
    """Collected, punished, acquitted and issued anew: nobody is told, and every page about it opens."""
    hands = Hands()
    (application,) = passed(team, "陈志远")
    (certificate,) = issued(team, application)
    make_certificates()
    delete_account(application.person.account_id)
    application.person.refresh_from_db()
    certificate.refresh_from_db()
    notify_collection(actor=team.maker, certificates=[certificate])
    hand_over(actor=team.maker, certificates=[certificate], received_by="陈志远", document_checked=True)
    case = stated(hands, notified(hands, opened(hands, application.seats.get(subject="theory"))))
    decision = decided(hands, case)
    served(hands, case)
    reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    fresh = confirm_ending(actor=team.second, ending=ending)
    make_certificates()
    send_waiting()
    assert verify(fresh.number, "陈志远").standing == "valid"
    boss = browser_of(factories.make_staff("唐欣"))
    for name, key in (
        ("exams_case_change", case.pk),
        ("certificates_certificate_change", certificate.pk),
        ("certificates_certificate_change", fresh.pk),
        ("exams_application_change", application.pk),
        ("applicants_person_change", application.person_id),
    ):
        page = boss.get(reverse(f"admin:{name}", args=[key]))
        assert page.status_code == 200, name
        assert "陈志远" in page.content.decode(), name


def test_a_recheck_that_ended_with_its_score_keeps_nobody(team: Team, evening):  # noqa: F811
    (application,) = passed(team, "陈志远")
    score = Score.objects.get(application=application, subject="theory")
    account = application.person.account
    ask_recheck(actor=account, score=score)
    assert any("成绩复核" in sentence for sentence in leaving.obstacles(account))
    retract_sheet(actor=team.third, sheet=score.sheet, reason="漏了一题")
    published(Session.objects.get(pk=score.seat.session_id), team, 陈志远=85)
    assert leaving.obstacles(account) == []


def test_a_fresh_account_is_no_way_round_a_bar(person, team: Team):  # noqa: F811
    """Who is barred signs up again and shows the same original: the bar stays with the document that was verified."""
    today = clock.today()
    bar = Bar.objects.create(
        person=person, barred_from=today, barred_until=today, clause="A3-3.2", created_at=clock.now()
    )
    rival = rival_of(person, name=person.name)
    Person.objects.filter(pk=rival.person_id).update(sex=person.sex, birth_date=person.birth_date)
    with pytest.raises(Refused, match="禁考至"):
        claims.resolve_claim_conflict(actor=team.maker, claim=rival, reason="持原件到场")
    rival.refresh_from_db()
    assert (rival.state, person.documents.get().state) == ("claimed", "verified")
    Bar.objects.filter(pk=bar.pk).update(lifted_at=clock.now())
    assert (
        claims.resolve_claim_conflict(actor=team.maker, claim=rival, reason="持原件到场").state == "verified"
    )
