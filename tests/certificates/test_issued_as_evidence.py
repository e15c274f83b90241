"""Grade 3 filed on the grade-4 certificate issued here: its own proof while it is valid, on both sides of the counter."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from applicants.records.actions import save_entry
from applicants.records.models import Credential, Schooling
from applicants.records.queries import counts_of_entries
from certificates.credentials import withdraw_credential
from certificates.ending import ask_ending, confirm_ending
from certificates.making import make_certificates
from certificates.models import Certificate
from exams.catalogue.models import Offering
from exams.filing.actions.submitting import submit_application
from exams.filing.checks import latest_submission
from exams.filing.documents import form_context
from exams.filing.models import Application, Status
from exams.filing.readiness import readiness
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.certificates.people import issued, passed
from tests.filing.conftest import add_evidence, approve, draft
from tests.filing.pages import log_in, text
from tests.results.world import Team

pytestmark = pytest.mark.django_db

ROUTE = "TR2023-3.5"
"""四级证书 and 高等职业学校 or better, both of the occupation: it waits for no years."""


@pytest.fixture
def certificate(team: Team) -> Certificate:
    (one,) = issued(team, *passed(team, "陈志远"))
    make_certificates()
    person = one.person
    Schooling.objects.create(
        person=person,
        occupation_code="4-14-01-04",
        school_name="上海健康医学院",
        school="higher_vocational",
        programme="higher_vocational",
        major_name="健康管理",
        major="same",
        status="graduated",
        on=date(2012, 7, 1),
        added_at=clock.now(),
    )
    add_evidence(person, "identity_document", "diploma", "chsi_record")
    return one


def filed(certificate: Certificate) -> Application:
    """Grade 3, submitted without any file of the certificate."""
    person = certificate.person
    third = Offering.objects.get(grade=3)
    return submit_application(actor=person.account, application=draft(person, third, route=ROUTE))


def end(team: Team, certificate: Certificate, kind: str) -> None:
    confirm_ending(
        actor=team.second,
        ending=ask_ending(actor=team.maker, certificate=certificate, kind=kind, reason="遗失"),
    )


def missing(application: Application) -> set[str]:
    return {one.code for one in readiness(application, clock.today()).findings}


def test_no_file_of_it_is_asked_for(certificate: Certificate):
    application = filed(certificate)
    assert application.status == Status.SUBMITTED
    answers = latest_submission(application).answers
    assert answers["issued"] == [{"id": str(certificate.pk), "number": certificate.number}]
    assert "credential" not in {row["code"] for row in answers["evidence"]}
    assert counts_of_entries(certificate.person)["credentials"] == (1, 0)


def test_a_certificate_typed_by_its_holder_needs_a_file(certificate: Certificate):
    typed = Credential.objects.get()
    withdraw_credential(certificate)
    typed.pk = uuid4()
    typed.save(force_insert=True)
    application = draft(certificate.person, Offering.objects.get(grade=3), route=ROUTE)
    assert missing(application) == {"no_evidence"}
    assert counts_of_entries(certificate.person)["credentials"] == (1, 1)


def test_void_before_the_submission_it_is_neither_fact_nor_proof(team: Team, certificate: Certificate):
    application = draft(certificate.person, Offering.objects.get(grade=3), route=ROUTE)
    end(team, certificate, "void")
    assert missing(application) == {"route_not_met", "no_evidence"}


def test_void_after_the_submission_it_holds_the_approval(team: Team, certificate: Certificate):
    application = filed(certificate)
    end(team, certificate, "void")
    with pytest.raises(Refused, match=f"{certificate.number}.*起已作废") as refusal:
        approve(application, factories.make_staff("审核员"))
    assert [one.code for one in refusal.value.findings] == ["issued_is_void"]


def test_who_has_another_proof_is_approved_all_the_same(team: Team, certificate: Certificate):
    """The same grade from elsewhere, with its file: the route stands without ours."""
    person = certificate.person
    Credential.objects.create(
        person=person,
        occupation_code="4-14-01-04",
        occupation_name="社群健康助理员",
        relation="same",
        grade=4,
        number="1234567890",
        issued_on=date(2020, 5, 1),
        issuer="某鉴定中心",
        added_at=clock.now(),
    )
    add_evidence(person, "credential")
    application = filed(certificate)
    end(team, certificate, "void")
    assert approve(application, factories.make_staff("审核员")).status == Status.APPROVED


def test_a_replacement_counts_in_its_place(team: Team, certificate: Certificate):
    application = filed(certificate)
    end(team, certificate, "reissue")
    assert approve(application, factories.make_staff("审核员")).status == Status.APPROVED


def test_the_applicant_reads_that_it_is_attached_and_can_look_at_it(certificate: Certificate):
    client = log_in(certificate.person.account)
    address = reverse("certificates:download", args=[certificate.pk])
    application = draft(certificate.person, Offering.objects.get(grade=3), route=ROUTE)
    for page in (
        reverse("filing:check", args=[application.pk]),
        reverse("records:entries", args=["credentials"]),
    ):
        shown = text(client.get(page))
        assert "不用上传" in shown
        assert address in shown
    submit_application(actor=certificate.person.account, application=application)
    shown = text(client.get(reverse("filing:answers", args=[application.pk])))
    assert f"{certificate.number}，有效，不用上传" in shown
    assert client.get(address).content.startswith(b"%PDF")


def test_nothing_is_uploaded_for_it(certificate: Certificate):
    client = log_in(certificate.person.account)
    page = reverse("records:evidence", args=["credentials", certificate.pk])
    assert "由本会签发，不用上传" in text(client.get(page, follow=True))
    assert page not in text(client.get(reverse("records:entries", args=["credentials"])))


def test_the_paper_form_says_that_it_need_not_be_brought(certificate: Certificate):
    papers = form_context(latest_submission(filed(certificate)))["evidence"]
    assert f"职业资格证书或职业技能等级证书（本会签发 {certificate.number}，不用交验）" in papers


@pytest.mark.parametrize(
    ("kind", "told"),
    [("", "本会签发，现在有效"), ("reissue", "本会签发，现在有效"), ("void", "不能作为证明")],
)
def test_the_reviewer_reads_its_state_of_the_moment(
    team: Team, certificate: Certificate, settings, kind, told
):
    settings.STAFF_SECOND_FACTOR = False
    application = filed(certificate)
    if kind:
        end(team, certificate, kind)
    make_certificates()
    shown = text(log_in(team.third).get(reverse("admin:exams_application_change", args=[application.pk])))
    assert told in shown
    live = Certificate.objects.filter(state="valid").first()
    assert live is None or f"{live.number}，有效" in shown
    assert live is None or reverse("admin:certificate_file", args=[live.pk]) in shown


def test_nobody_types_under_the_key_of_a_certificate_that_left_the_record(
    team: Team, certificate: Certificate
):
    end(team, certificate, "void")
    forged = Credential(
        pk=certificate.pk, person=certificate.person, occupation_code="4-14-01-04", added_at=clock.now()
    )
    with pytest.raises(Refused, match="由本会签发"):
        save_entry(actor=certificate.person.account, entry=forged, values={"grade": 1, "number": "1"})
    assert not Credential.objects.exists()
