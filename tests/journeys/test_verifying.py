"""A stranger scans a certificate's code: the number is filled in, the name is typed, and no server saw the number."""

import re

import pytest

from certificates.verification import address_of
from tests.browser import assert_accessible
from tests.certificates.world import make_certificate
from tests.factories import make_application, make_person

pytestmark = pytest.mark.journey


def test_the_code_fills_in_the_number_and_leaves_it_in_no_address(page):
    certificate = make_certificate(make_application(make_person("陈志远")))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    scanned = re.sub(r"^https?://[^/]+", "", address_of(certificate.number))
    page.goto(scanned)
    assert page.input_value("[name=number]") == certificate.number
    assert "#" not in page.url
    assert page.evaluate("document.activeElement.name") == "name"
    assert_accessible(page)
    page.keyboard.type("陈志远")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=这张证书有效")
    assert_accessible(page)
    assert not any(certificate.number in address.partition("#")[0] for address in asked)
    page.goto("/verify/#<b>x</b>")
    assert page.input_value("[name=number]") == ""
