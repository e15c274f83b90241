"""The only door through which the renderer gets anything from outside the page."""

from collections.abc import Mapping
from typing import NoReturn

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portal.pdf.problems import RefusedAddress

_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"), (b"<svg", "image/svg+xml"))


class SealedFetcher(URLFetcher):
    """Gives `image:NAME` from the images handed in and refuses every other address, `file:` and `data:` included.

    WeasyPrint swallows ordinary exceptions of a fetcher, but for `FatalURLFetchingError`; the refusal therefore
    travels in one, and `refusal` digs it out.
    """

    def __init__(self, images: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._images = images

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        scheme, _, name = url.partition(":")
        content = self._images.get(name) if scheme == "image" else None
        if content is None:
            self._refuse(url)
        for start, kind in _KINDS:
            if content.startswith(start):
                return URLFetcherResponse(url, content, {"Content-Type": kind})
        self._refuse(url)

    @staticmethod
    def _refuse(url: str) -> NoReturn:
        raise RefusedAddress(url)


def refusal(fault: FatalURLFetchingError) -> BaseException:
    """What a fetcher raised, out of WeasyPrint's wrapping."""
    return fault.__cause__ or fault
