"""A real browser for journeys, as phone and desktop, watched for outside requests and errors of any kind."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Response, sync_playwright

from portal.testing.browser import find_chromium

VIEWPORTS = {"phone": {"width": 375, "height": 812}, "desktop": {"width": 1280, "height": 900}}
# Without these Chromium calls its maker's hosts at every start.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@dataclass
class Watch:
    """What a page must not do, gathered while it is driven."""

    host: str
    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        page.on("console", lambda message: self._console(message.type, message.text))

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.netloc != self.host:
            self.problems.append(f"request to another host: {request.url}")

    def _response(self, response: Response) -> None:
        part_of_page = response.request.resource_type in {"stylesheet", "script", "image", "font"}
        if response.status >= 500 or (response.status >= 400 and part_of_page):
            self.problems.append(f"answered {response.status}: {response.url}")

    def _console(self, kind: str, text: str) -> None:
        # The browser also logs each refused address; a page that answers 404 on purpose is no error.
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.problems.append(f"console: {text}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    # Playwright's event loop runs in the tests' own thread, where the ORM would refuse to work.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture(params=list(VIEWPORTS))
def viewport(request: pytest.FixtureRequest) -> dict[str, int]:
    """Phone and desktop: a test that uses it, or `page`, runs once for each."""
    return VIEWPORTS[request.param]


@pytest.fixture
def open_page(browser: Browser, live_server) -> Iterator[Callable[[dict[str, int]], Page]]:
    """`open_page(viewport)` gives a page of a new person (own cookies); relative addresses lead to the live
    server. The test fails at its end if any of its pages asked another host, met a 5xx or a missing part, or
    logged an error.
    """
    contexts, watch = [], Watch(urlsplit(live_server.url).netloc)

    def open_one(size: dict[str, int]) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on("page", watch.follow)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not watch.problems, "\n".join(watch.problems)


@pytest.fixture
def page(open_page: Callable[[dict[str, int]], Page], viewport: dict[str, int]) -> Page:
    """One person's page, at phone and at desktop width."""
    return open_page(viewport)


def assert_accessible(page: Page) -> None:
    """Fail where axe finds something serious or critical on the page as it stands, naming rule and place."""
    page.evaluate(AXE.read_text(encoding="utf-8"))  # not as a script tag: the page's CSP blocks that
    # Nor does it preload style sheets: it would insert them anew, which the CSP blocks and logs too.
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")["violations"]
    grave = [
        f"{violation['id']}: {violation['help']}\n  {node['html']}"
        for violation in found
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
    assert not grave, f"{page.url}\n" + "\n".join(grave)
