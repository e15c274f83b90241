"""Many sweeps at once tell an institution once, and none of them fails over it."""

import threading
from uuid import uuid4

import pytest
from django.db import connections

from exams.tickets.group_notices import tell_institutions
from exams.tickets.models import Ticket
from portal import clock
from portal.models import Message
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.tickets.conftest import OPENING, at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
SWEEPS = 8


def test_sweeps_at_once_tell_of_the_same_day_once(process_day):
    process_day(at(OPENING))
    filing = make_filing()
    for role in ("reviewer", "filer", "filer"):
        factories.make_member(filing.institution, role)
    application = make_entry(filing, stage="approved").application
    Ticket.objects.create(
        id=uuid4(),
        application=application,
        number="202640000001",
        state=Ticket.State.VOID,
        opens_on=OPENING,
        due_at=clock.now(),
        opened_at=clock.now(),
        ended_at=clock.now(),
        end_reason="退出",
    )
    start, failures = threading.Barrier(SWEEPS), []

    def tell():
        try:
            start.wait()
            tell_institutions(clock.now())
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=tell) for _ in range(SWEEPS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    acting = filing.institution.members.exclude(role="viewer").count()
    for event in ("filing_tickets_open", "filing_tickets_changed"):
        assert Message.objects.filter(event=event).count() == acting
