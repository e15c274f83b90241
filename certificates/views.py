"""The public verification page, and 我的 → 我的证书: what was issued, its PDF, and where it is collected."""

from itertools import islice
from uuid import UUID

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from certificates.access import own_certificate, own_certificates
from certificates.collecting import hand_overs_of
from certificates.forms import VerifyForm
from certificates.models import Certificate
from certificates.verification import Standing, verify
from portal import clock
from portal.access import public, signed_in
from portal.audit import trail
from portal.contacts import counter_days
from portal.files import store

COUNTER_DAYS_SHOWN = 3


@public("GET", "POST")
def verify_page(request: HttpRequest) -> HttpResponse:
    """Number and name → what stands. Posted, since addresses are logged; so many a minute from one address."""
    if request.method != "POST":
        return _verify(request, VerifyForm())
    form = VerifyForm(request.POST)
    if not ratelimit.consume(request, action="verify_certificate"):
        page = _verify(request, form, too_often=True, status=429)
        page["Retry-After"] = "60"
        return page
    if not form.is_valid():
        return _verify(request, form, status=422)
    number = form.cleaned_data["number"]
    answer = verify(number, form.cleaned_data["name"].value)
    # What was not found is mended; what was is followed by another.
    next_form = form if answer.standing == Standing.UNKNOWN else VerifyForm()
    return _verify(request, next_form, answer=answer, asked=number, answered_at=clock.now())


def _verify(request: HttpRequest, form: VerifyForm, *, status: int = 200, **context: object) -> HttpResponse:
    page = render(request, "certificates/verify.html", {"form": form, **context}, status=status)
    if request.method == "POST":
        page["Cache-Control"] = "no-store"
    return page


@signed_in("GET")
def mine(request: HttpRequest) -> HttpResponse:
    """Every certificate of this person: whether it stands, its PDF, who has it or where it waits."""
    certificates = list(own_certificates(request.user).prefetch_related("collection_notices"))
    holders = hand_overs_of(certificates)
    for one in certificates:
        _log(request, one, "certificate.viewed")
    context = {
        "rows": [(one, holders.get(one.pk), _told_on(one)) for one in certificates],
        "any_valid": any(one.state == Certificate.State.VALID for one in certificates),
        "to_collect": any(
            one.state == Certificate.State.VALID and one.pk not in holders for one in certificates
        ),
        "days": list(islice((day for day in counter_days() if day.is_open), COUNTER_DAYS_SHOWN)),
        "section": "my",
    }
    return render(request, "certificates/mine.html", context)


@signed_in("GET")
def download(request: HttpRequest, key: UUID) -> HttpResponse:
    """The PDF of a certificate that stands."""
    certificate = own_certificate(request.user, key)
    if certificate.state != Certificate.State.VALID or certificate.file is None:
        return redirect("certificates:mine")
    _log(request, certificate, "certificate.downloaded")
    return store.respond(certificate.file, as_attachment=True)


def _told_on(certificate: Certificate):
    """When its holder was first told that it waits, or None."""
    return next((notice.sent_at for notice in certificate.collection_notices.all()), None)


def _log(request: HttpRequest, certificate: Certificate, kind: str) -> None:
    person = certificate.person
    trail.record_access(
        kind, actor=request.user, subject=certificate, person_id=person.pk, birth_date=person.birth_date
    )
