"""The only door through which the renderer gets anything from outside the page."""

from collections.abc import Mapping

from weasyprint.urls import URLFetcher, URLFetcherResponse

from portal.pdf.problems import RefusedAddress, RenderingFault

_KINDS = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"), (b"<svg", "image/svg+xml"))


class SealedFetcher(URLFetcher):
    """Gives `image:NAME` from the images handed in; refuses every other address, `file:` and `data:` included.

    With `fail_on_errors` WeasyPrint stops at the first refusal, which travels as cause of its own exception.
    """

    def __init__(self, images: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._images = images

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        scheme, _, name = url.partition(":")
        if scheme != "image" or name not in self._images:
            raise RefusedAddress(url)
        content = self._images[name]
        for start, kind in _KINDS:
            if content.startswith(start):
                return URLFetcherResponse(url, content, {"Content-Type": kind})
        raise RenderingFault(f"{url} is neither JPEG, PNG nor SVG")
