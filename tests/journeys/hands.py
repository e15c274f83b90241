"""One person at a browser: what they follow, press and fill in. Every page they come to is looked at."""

import io
import os
import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser import assert_accessible

_pictures = count(1)


class Hand:
    """`page` in a person's words. Where JOURNEY_PICTURES names a folder, a picture of every page is kept there."""

    def __init__(self, page: Page, who: str) -> None:
        self.page, self.who = page, who

    def look(self) -> None:
        """The page has one heading of the first rank, fits the screen, and axe finds nothing grave on it."""
        page = self.page
        folder = os.environ.get("JOURNEY_PICTURES")
        if folder:
            name = re.sub(r"[^\w]+", "-", urlsplit(page.url).path)[:60].strip("-")
            page.screenshot(path=Path(folder, f"{next(_pictures):03d}-{self.who}-{name}.png"), full_page=True)
        assert page.locator("h1").count() == 1, page.url
        wide, screen = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= screen, f"{page.url} is {wide - screen} px wider than the screen"
        assert_accessible(page)

    def go(self, address: str) -> None:
        assert self.page.goto(address).status == 200
        self.look()

    def follow(self, words: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Follow the first link of these words, the whole of them unless a pattern is given."""
        links = (within or self.page.locator("body")).get_by_role(
            "link", name=words, exact=isinstance(words, str)
        )
        links.first.click()
        self.page.wait_for_load_state()
        self.look()

    def press(self, words: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=words, exact=isinstance(words, str)).first.click()
        self.page.wait_for_load_state()
        self.look()

    def sees(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).filter(visible=True).first).to_be_visible()

    def fill(self, fields: Mapping[str, str]) -> None:
        """Texts by the label that people read."""
        for label, text in fields.items():
            self.page.get_by_label(label, exact=True).fill(text)

    def fill_day(self, name: str, *parts: str) -> None:
        """The three boxes of a day, by the field's name."""
        for box, part in enumerate(parts):
            self.page.locator(f"#id_{name}_{box}").fill(part)

    def choose_file(self, name: str, data: bytes) -> None:
        self.page.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/jpeg", "buffer": data}
        )

    def download(self, words: str | re.Pattern[str]) -> bytes:
        """What the browser saves when the link is tapped."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=words, exact=isinstance(words, str)).first.click()
        return Path(waiting.value.path()).read_bytes()

    def fetch(self, words: str | re.Pattern[str]) -> bytes:
        """What the link leads to, asked for by this browser: for files that it would show instead of saving."""
        link = self.page.get_by_role("link", name=words, exact=isinstance(words, str)).first
        answer = self.page.request.get(link.get_attribute("href"))
        assert answer.status == 200
        return answer.body()


def pdf_text(document: bytes) -> str:
    """The text layer of all pages, without spaces and line ends, which are the layout's."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())
