"""The same sheet sent twice at once, as a double click does: taken once, refused in a sentence the other time."""

import threading

import pytest
from django.db import connections

from certificates.importing import import_numbers
from certificates.models import ImportedNumber
from certificates.numbers import number_text
from portal import clock
from portal.rules.findings import Refused
from tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
SENT, ROWS = 4, 400


def test_one_sheet_sent_at_once_is_taken_once():
    actor = factories.make_staff()
    numbers = [(row, number_text(clock.today().year, 4, row)) for row in range(1, ROWS + 1)]
    start, taken, refused, failures = threading.Barrier(SENT), [], [], []

    def send():
        try:
            start.wait()
            taken.append(import_numbers(actor=actor, numbers=numbers))
        except Refused as refusal:
            refused.append(str(refusal))
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(SENT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert taken == [ROWS]
    assert len(refused) == SENT - 1
    assert ImportedNumber.objects.count() == ROWS
