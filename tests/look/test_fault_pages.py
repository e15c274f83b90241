"""Pages for faults stand without request and without database, and say whom to call."""

import pytest
from django.template import Context
from django.template.loader import get_template


@pytest.mark.parametrize("code", ["400", "403_csrf", "429", "500", "503"])
def test_fault_page_stands_alone(code):
    html = get_template(f"{code}.html").template.render(Context())
    assert '<html lang="zh-Hans">' in html
    assert "<h1>" in html
    assert "上海市健康促进协会" in html


@pytest.mark.parametrize("code", ["500", "503"])
def test_page_of_our_own_fault_names_the_phone(code):
    assert "021-62777131" in get_template(f"{code}.html").template.render(Context())
