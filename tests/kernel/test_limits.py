"""What one request may carry is bounded before it is read."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("announced", "status"), [("20971520", 200), ("20971521", 413), ("-1", 413), ("much", 413), ("", 200)]
)
def test_a_body_announced_too_large_is_refused_unread(client, announced, status):
    answer = client.get("/about/", CONTENT_LENGTH=announced)
    assert answer.status_code == status
    if status == 413:
        assert "文件太大" in answer.content.decode()
