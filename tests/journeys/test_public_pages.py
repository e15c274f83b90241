"""Without an account: every public page, as a phone and as a desktop show it."""

import pytest
from django.urls import reverse

from tests.browser import assert_accessible
from tests.catalogue.test_public_pages import PAGES
from tests.factories import load_catalogue

pytestmark = pytest.mark.journey


def test_every_page_is_accessible_and_fits_the_screen(page):
    load_catalogue()
    for name in PAGES:
        assert page.goto(reverse(name)).status == 200
        assert page.locator("h1").count() == 1, page.url
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"{page.url} is wider than the screen"
        assert_accessible(page)


@pytest.mark.smoke
def test_home_leads_to_the_explorer_and_back(page):
    load_catalogue()
    page.goto("/")
    title = page.title()
    page.locator("main a[href*='eligibility']").first.click()
    page.wait_for_url("**/programme/eligibility/")
    assert page.title() != title
    page.go_back()
    assert page.title() == title
