"""A bound on what one request may carry, before a byte of it is read or kept on disk."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class BodyLimitMiddleware:
    """Answers 413 for a body announced as larger than REQUEST_LIMIT_BYTES (the largest file we take, and a form).

    A body whose length is not announced is read by the framework as empty.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit() or int(announced) > settings.REQUEST_LIMIT_BYTES:
            return render(request, "413.html", status=413)
        return self.get_response(request)
