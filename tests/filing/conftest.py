"""An applicant with everything in place, and the steps to each status by the real actions."""

from collections.abc import Callable
from datetime import date

import pytest

from applicants.records.models import Evidence, Person, Photo
from exams.catalogue.models import Offering
from exams.filing.actions import drafting, reviewing, submitting
from exams.filing.checks import latest_submission
from exams.filing.models import Application
from portal import clock
from portal.files import store
from tests import factories

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


@pytest.fixture
def offering(db, frozen_day) -> Offering:
    """Grade 4 of 社群健康助理员, on a Monday in October 2026."""
    frozen_day(date(2026, 10, 12))
    return factories.load_catalogue()


def add_evidence(person: Person, *codes: str) -> None:
    for code in codes:
        file = store.keep(
            JPEG, kind="evidence", media_type="image/jpeg", display_name=f"{code}.jpg", person_id=person.pk
        )
        Evidence.objects.create(person=person, code=code, file=file, added_at=clock.now())


def add_photo(person: Person, data: bytes = JPEG) -> None:
    file = store.keep(
        data, kind="photo", media_type="image/jpeg", display_name="photo.jpg", person_id=person.pk
    )
    person.photo = Photo.objects.create(person=person, file=file, print_copy=file, added_at=clock.now())
    person.save(update_fields=["photo"])


def ready_person(**fields) -> Person:
    """A person whose record lacks nothing for route TR2023-2.1."""
    person = factories.make_person(**fields)
    add_photo(person)
    add_evidence(person, "identity_document", "work_proof")
    return person


def draft(person: Person, offering: Offering, route: str = "TR2023-2.1") -> Application:
    """A draft that could be submitted at once."""
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    drafting.choose(actor=person.account, application=application, kind="regular", route=route)
    return drafting.give_undertaking(actor=person.account, application=application)


def submitted(person: Person, offering: Offering) -> Application:
    return submitting.submit_application(actor=person.account, application=draft(person, offering))


def pass_checks(application: Application, staff) -> None:
    for check in latest_submission(application).checks.all():
        reviewing.record_check(actor=staff, application=application, code=check.code, result="passed")


def approve(application: Application, staff) -> Application:
    pass_checks(application, staff)
    serial = latest_submission(application).serial
    return reviewing.approve_application(actor=staff, application=application, seen_serial=serial)


@pytest.fixture
def person(offering) -> Person:
    return ready_person()


@pytest.fixture
def staff(offering):
    return factories.make_staff()


@pytest.fixture
def codes_of() -> Callable[[Exception], set[str]]:
    """The codes of the findings a refusal carries."""
    return lambda refusal: {finding.code for finding in refusal.findings}
