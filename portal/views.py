"""The pages shown when something cannot be: each says what happened and what to do."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import Context
from django.template.loader import get_template

from portal import faults


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    # Refusals of ours carry a sentence; the framework's own carry none worth showing.
    sentence = (
        str(exception) if exception and any("一" <= letter <= "鿿" for letter in str(exception)) else ""
    )
    return render(request, "403.html", {"sentence": sentence}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """The log-in library asks for this page by its handler's name."""
    answer = render(request, "429.html", status=429)
    answer["Retry-After"] = "60"
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 for a fault that passes: called while the fault is handled, whichever layer it came from.

    The database may be what is missing: these pages ask nothing of it, nor of the request.
    """
    if not faults.passes(sys.exception()):
        return HttpResponse(get_template("500.html").template.render(Context()), status=500)
    if hasattr(request, "session"):
        request.session.modified = False  # saving it would wait for the same database once more
    answer = HttpResponse(get_template("503.html").template.render(Context()), status=503)
    answer["Retry-After"] = "60"
    return answer
