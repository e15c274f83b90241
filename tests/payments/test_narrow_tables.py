"""Tables of the counter about money and certificates fit a phone: rows become cards, each cell under its heading."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ADMIN = Path(settings.BASE_DIR) / "templates" / "admin"
PAGES = (
    "exams/payment.html",
    "exams/bill.html",
    "exams/bills_to_issue.html",
    "exams/find_bill.html",
    "exams/review.html",
)
CERTIFICATES = sorted(str(path.relative_to(ADMIN)) for path in (ADMIN / "certificates").glob("*.html"))
SCROLLS = re.compile(r'<div class="mapping-look".*?</div>', re.DOTALL)
TABLE = re.compile(r'<table class="([^"]*)">(.*?)</table>', re.DOTALL)


@pytest.mark.parametrize("name", [*PAGES, *CERTIFICATES])
def test_every_cell_names_its_column(name: str):
    text = SCROLLS.sub("", (ADMIN / name).read_text(encoding="utf-8"))
    for classes, body in TABLE.findall(text):
        assert "cards" in classes.split()
        assert 'scope="row"' in body
        bare = re.findall(r"<td(?![^>]*data-head)(?! class=\"pick\")[^>]*>", body)
        assert bare == []
