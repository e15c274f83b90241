"""The public verification page."""

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from certificates.forms import VerifyForm
from certificates.verification import verify
from portal import clock
from portal.access import public


@public("GET", "POST")
def verify_page(request: HttpRequest) -> HttpResponse:
    """Number and name → what stands. Posted, since addresses are logged; so many a minute from one address."""
    if request.method != "POST":
        return _page(request, VerifyForm())
    form = VerifyForm(request.POST)
    if not ratelimit.consume(request, action="verify_certificate"):
        page = _page(request, form, too_often=True, status=429)
        page["Retry-After"] = "60"
        return page
    if not form.is_valid():
        return _page(request, form, status=422)
    answer = verify(form.cleaned_data["number"], form.cleaned_data["name"].value)
    return _page(request, form, answer=answer, answered_at=clock.now())


def _page(request: HttpRequest, form: VerifyForm, *, status: int = 200, **context: object) -> HttpResponse:
    page = render(request, "certificates/verify.html", {"form": form, **context}, status=status)
    if request.method == "POST":
        page["Cache-Control"] = "no-store"
    return page
