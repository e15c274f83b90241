"""A bound on what one request may carry, before a byte of it is read or kept on disk."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[..., HttpResponse]


def takes(largest_body: int) -> Callable[[View], View]:
    """Let a view take bodies of so many bytes from people who are logged in; stands below its declaration of access."""

    def mark(view: View) -> View:
        view.largest_body = largest_body  # type: ignore[attr-defined]
        return view

    return mark


class BodyLimitMiddleware:
    """Answers 413 for a body announced as larger than REQUEST_LIMIT_BYTES (the largest file most views take, and a
    form), or than the view's own `takes`.

    A body whose length is not announced is read by the framework as empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        return self.get_response(request) if announced.isdigit() else _too_large(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Runs before the body is first read, which is by the check of the form's token."""
        announced = int(request.META.get("CONTENT_LENGTH") or "0")
        if announced <= settings.REQUEST_LIMIT_BYTES:
            return None
        if announced <= getattr(view, "largest_body", 0) and request.user.is_authenticated:
            return None
        return _too_large(request)


def _too_large(request: HttpRequest) -> HttpResponse:
    return render(request, "413.html", status=413)
