"""Files made to hurt whoever looks at them: the counter's preview above all."""

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from applicants.records.models import Evidence
from portal import clock
from portal.files import store
from portal.files.intake import check_evidence


def _pdf(box: list[float], content: bytes = b"", unit: float = 1) -> bytes:
    document = pikepdf.new()
    page = document.add_blank_page(page_size=(200, 200))
    page.obj.MediaBox = pikepdf.Array(box)
    page.obj.Contents = document.make_stream(content)
    if unit != 1:
        page.obj.UserUnit = unit
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _evidence(person, data: bytes) -> Evidence:
    file = store.keep(data, kind="evidence", media_type="application/pdf", display_name="a.pdf")
    return Evidence.objects.create(person=person, code="work_proof", file=file, added_at=clock.now())


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b""])
def test_what_cannot_be_drawn_breaks_no_review(clerk, person, data) -> None:
    shown = _evidence(person, data)
    answer = clerk.get(reverse("admin:evidence_picture", args=[shown.pk]))
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("box", "unit"),
    [([0, 0, 595, 842], 1), ([0, 0, 14400, 14400], 1), ([0, 0, 600, 800], 75), ([0, 0, 9e6, 1], 1)],
)
def test_a_page_as_large_as_a_hall_is_drawn_small(clerk, person, box, unit) -> None:
    """Drawn as it asks, it would take the gigabytes of everybody who is using the portal."""
    taken = check_evidence(_pdf(box, b"0 0 100 100 re f", unit), "社保记录.pdf")
    answer = clerk.get(reverse("admin:evidence_picture", args=[_evidence(person, taken.data).pk]))
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 2001
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nSet-Cookie: x=1.pdf",
        '";filename=evil.html',
        "\u202efdp.exe",
        "名" * 300 + ".pdf",
        "../../x.pdf",
        "\0",
    ],
)
def test_no_file_name_reaches_a_header_as_it_came(browser_of, person, name) -> None:
    client = browser_of(person.account)
    upload = SimpleUploadedFile("x.pdf", _pdf([0, 0, 595, 842]), content_type="text/html")
    upload._name = name
    entry = person.jobs.get()
    answer = client.post(
        reverse("records:evidence", args=["jobs", entry.pk]), {"code": "work_proof", "file": upload}
    )
    assert answer.status_code < 500
    kept = entry.evidence.first()
    if kept is not None:
        shown = client.get(reverse("records:evidence-file", args=[kept.pk]))
        assert shown["Content-Type"] == "application/pdf"
        header = shown["Content-Disposition"]
        assert not set("\r\n\0\u202e/") & set(header.replace("utf-8''", ""))
        assert "set-cookie" not in {one.lower() for one in shown.headers}
