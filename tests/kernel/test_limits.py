"""What one request may carry is bounded before it is read."""

import pytest
from django.contrib.auth.models import AnonymousUser

from applicants.accounts.models import Account
from portal.access import public
from portal.limits import BodyLimitMiddleware, takes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("announced", "status"), [("20971520", 200), ("20971521", 413), ("-1", 413), ("much", 413), ("", 200)]
)
def test_a_body_announced_too_large_is_refused_unread(client, announced, status):
    answer = client.get("/about/", CONTENT_LENGTH=announced)
    assert answer.status_code == status
    if status == 413:
        assert "文件太大" in answer.content.decode()


def _view(request):
    return None


@pytest.mark.parametrize(
    ("logged_in", "announced", "refused"),
    [
        (True, 30_000_000, False),
        (True, 30_000_001, True),
        (False, 30_000_000, True),
        (False, 20_971_520, False),
    ],
)
def test_a_view_may_take_more_from_who_is_logged_in(rf, logged_in, announced, refused):
    request = rf.get("/", CONTENT_LENGTH=str(announced))
    request.user = Account() if logged_in else AnonymousUser()
    view = public("POST")(takes(30_000_000)(_view))
    answer = BodyLimitMiddleware(lambda request: None).process_view(request, view, (), {})
    assert (answer is not None) is refused
