"""The guides say what the screens say, and are shown to those they are for."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from portal.guides import read_guide
from tests.factories import make_institution, make_member, make_person, make_staff

ROOT = Path(settings.BASE_DIR)
# Said by a telephone, by WeChat or by the paper itself, not by a screen of ours.
NOT_OURS = {"设置 → 相机 → 格式", "兼容性最佳", "…"}


@cache
def screens() -> str:
    """Everything that pages and counter are made of: as written, and with tags and line ends taken out."""
    files = [*(ROOT / "templates").rglob("*.html")]
    files += [
        file
        for app in ("portal", "applicants", "exams", "certificates")
        for file in (ROOT / app).rglob("*.py")
    ]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"\s+", "", text) + re.sub(r"\{%.*?%\}|<[^>]+>|\s+", "", text)


@pytest.mark.parametrize("name", ["applicant", "counter", "institution"])
def test_words_in_quotes_stand_on_a_screen(name):
    text = (ROOT / "docs" / "guide" / f"{name}.zh.md").read_text(encoding="utf-8")
    quoted = set(re.findall(r"“([^”]+)”", text)) - NOT_OURS
    parts = {part.strip() for words in quoted for part in re.split(r"…+|某某| → ", words) if part.strip()}
    assert {part for part in parts if re.sub(r"\s+", "", part) not in screens()} == set()
    assert len(quoted) > 25


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "title"), [("applicant", "申报人指南"), ("institution", "机构办理指南")])
def test_guides_for_the_public_need_no_account(client, name, title):
    answer = client.get(reverse(f"{name}_guide"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"<h1>{title}</h1>" in page
    for anchor, words in read_guide(name).chapters:
        assert f'<h2 id="{anchor}">{words}</h2>' in page
        assert f'<a href="#{anchor}">{words}</a>' in page
    assert reverse(f"{name}_guide") in client.get(reverse("guide")).content.decode()


@pytest.mark.django_db
def test_institutions_find_their_guide_where_they_begin(client):
    address = reverse("institution_guide")
    assert address in client.get(reverse("programme")).content.decode()
    client.force_login(make_member(make_institution()).account)
    assert address in client.get(reverse("groups:home")).content.decode()


@pytest.mark.django_db
def test_the_counters_guide_is_for_staff(client, settings):
    settings.STAFF_SECOND_FACTOR = False
    address = reverse("admin:guide")
    client.force_login(make_person().account)
    assert client.get(address).status_code in {302, 403}
    client.force_login(make_staff())
    assert address in client.get(reverse("admin:index")).content.decode()
    assert "<h1>受理窗口指南</h1>" in client.get(address).content.decode()
