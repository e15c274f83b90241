"""我的证书: the ticket as PDF, as a page and as a picture; and the door, which checks any ticket."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from exams.tickets import payload
from exams.tickets.access import own_ticket
from exams.tickets.documents import picture
from exams.tickets.due import still_stands
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from exams.tickets.queries import door_state, is_open, my_standings
from portal import clock
from portal.access import public, signed_in
from portal.audit import trail
from portal.files import store
from portal.files.models import StoredFile


@signed_in("GET")
def mine(request: HttpRequest) -> HttpResponse:
    """Every ticket of this person: from when, what is still missing, or one tap to have it."""
    context = {"standings": my_standings(request.user), "today": clock.today(), "section": "my"}
    return render(request, "exams/tickets/mine.html", context)


@signed_in("GET")
def page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The ticket as a page, for phones that will not keep a PDF."""
    ticket = own_ticket(request.user, key)
    if not _may_be_had(ticket):
        return redirect("tickets:mine")
    _log(request, ticket, "ticket.viewed")
    face = TicketFace.from_record(ticket.face, photo=store.read(_photo(ticket)))
    return render(request, "exams/tickets/page.html", {"ticket": ticket, "face": face, "section": "my"})


@signed_in("GET")
def download(request: HttpRequest, key: UUID) -> HttpResponse:
    """The PDF that was made beforehand."""
    ticket = own_ticket(request.user, key)
    if not _may_be_had(ticket) or ticket.file is None:
        return redirect("tickets:mine")
    _log(request, ticket, "ticket.downloaded")
    return store.respond(ticket.file, as_attachment=True)


@signed_in("GET")
def image(request: HttpRequest, key: UUID) -> HttpResponse:
    """The ticket as a PNG that can be kept among a phone's pictures."""
    ticket = own_ticket(request.user, key)
    if not _may_be_had(ticket) or ticket.file is None:
        return redirect("tickets:mine")
    _log(request, ticket, "ticket.downloaded")
    response = HttpResponse(picture(store.read(ticket.file)), content_type="image/png")
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in("GET")
def photo(request: HttpRequest, key: UUID) -> HttpResponse:
    """The photo shown on the ticket's page."""
    ticket = own_ticket(request.user, key)
    if not is_open(ticket, clock.now()):
        return redirect("tickets:mine")
    return store.respond(_photo(ticket))


@public("GET")
def door(request: HttpRequest) -> HttpResponse:
    """Checks a ticket's code in the browser, without a network once it was loaded."""
    return render(request, "exams/tickets/door.html", {"public_keys": payload.public_keys()})


@public("GET")
def door_worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the door page; it must lie beside that page to be given charge of it."""
    return render(request, "exams/tickets/door-worker.js", content_type="text/javascript")


@csrf_exempt  # changes nothing, and the page that asks may have been kept since yesterday
@never_cache
@public("POST")
def door_status(request: HttpRequest) -> HttpResponse:
    """`code`, a genuine payload → {"state": valid | superseded | void | unknown}; 400 for anything else.

    Only who holds the signed code can ask, and learns nothing but whether it still stands. Posted, because the
    code tells a name, and addresses are logged.
    """
    try:
        scanned = payload.verify(request.POST.get("code", ""), payload.public_keys())
    except payload.NotATicket:
        return JsonResponse({"state": "not_a_ticket"}, status=400)
    return JsonResponse({"state": door_state(scanned.number, scanned.version)})


def _may_be_had(ticket: Ticket) -> bool:
    now = clock.now()
    return is_open(ticket, now) and still_stands(ticket, now)


def _photo(ticket: Ticket) -> StoredFile:
    assert ticket.photo is not None, "a ticket that is ready has its photo"
    return ticket.photo


def _log(request: HttpRequest, ticket: Ticket, kind: str) -> None:
    person = ticket.application.person
    trail.record_access(
        kind, actor=request.user, subject=ticket, person_id=person.pk, birth_date=person.birth_date
    )
