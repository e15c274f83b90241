"""Addresses made up by hand are answered by 404, whatever stands where a key should."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["application", "session", "ticket", "payment", "seatdraw", "person"])
@pytest.mark.parametrize("text", ["x", "x/review", "1", "' OR 1=1", "00000000-0000-4000-8000-000000000000"])
def test_what_is_no_key_is_not_there(client, settings, model, text):
    settings.STAFF_SECOND_FACTOR = False
    app = "applicants" if model == "person" else "exams"
    client.force_login(factories.make_staff(is_superuser=True))
    answer = client.get(f"/counter/{app}/{model}/{text}/change/")
    assert answer.status_code in {302, 404}
    if answer.status_code == 302:
        assert answer["Location"].endswith("/counter/"), "admin leads back to its first page"
