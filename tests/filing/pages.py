"""What tests of the applicant's pages share: logging in, a page's text, a pass held from before."""

from datetime import timedelta
from uuid import uuid4

from django.test import Client

from exams.catalogue.queries import scheme_on
from exams.passes.models import Pass
from portal import clock


def log_in(account) -> Client:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def text(response) -> str:
    return response.content.decode()


def give_pass(person, offering, subject: str = "theory") -> Pass:
    today = clock.today()
    return Pass.objects.create(
        person=person,
        occupation=offering.occupation,
        grade=offering.grade,
        subject=subject,
        application_id=uuid4(),
        published_on=today - timedelta(days=90),
        valid_until=today + timedelta(days=640),
        scheme=scheme_on(offering, today),
    )
