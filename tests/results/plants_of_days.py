"""Violations of what must hold of exam days, written straight into the tables."""

from uuid import uuid4

from django.db import connection

from exams.results.models import CheckIn
from portal import clock
from tests import factories


def _key(key) -> object:
    """A key as the database's column takes it."""
    return key if connection.vendor == "postgresql" else key.hex


def closed_with_unknown(one, other):
    """Nobody said whether anybody came."""
    session = one.seats.first().session
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO exams_sessionclosing (session_id, closed_by_id, closed_at) VALUES (%s, %s, %s)",
            [_key(session.pk), _key(factories.make_staff("考务员").pk), session.ends_at],
        )


def check_in_elsewhere(one, other):
    """A valid check-in at the theory's door of the seat in the practical."""
    theory, practical = (one.seats.get(subject=subject) for subject in ("theory", "practical"))
    check_in = CheckIn.objects.create(
        id=uuid4(),
        session=theory.session,
        seat=theory,
        ticket_number="20261000001",
        ticket_version=1,
        verdict="valid",
        seen="valid",
        device="phone-3f2a",
        scanned_at=clock.now(),
        received_at=clock.now(),
        by=factories.make_staff("考务员"),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exams_checkin SET seat_id = %s WHERE id = %s", [_key(practical.pk), _key(check_in.pk)]
        )


PLANTS = (closed_with_unknown, check_in_elsewhere)
