"""我的: what needs the person now, their applications, their messages."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from applicants.standing.queries import barred_visitor
from exams.catalogue.queries import filing_windows
from exams.filing.access import own_applications
from exams.filing.models import LIVE, Application, Status
from exams.filing.steps import when_text
from exams.filing.timeline import APPLICANT, current_step
from portal import clock
from portal.access import signed_in
from portal.messages.inbox import inbox_of, mark_read, unread_count
from portal.rules.timetable import window_open

A_PAGE = 50


@signed_in("GET")
def my(request: HttpRequest) -> HttpResponse:
    """Live applications with the step that is due; concluded and ended ones below, a page at a time."""
    today = clock.today()
    everything = own_applications(request.user).order_by("-created_at")
    live = everything.filter(status__in=LIVE, concluded_at=None)
    rows = [(application, current_step(application, today)) for application in live]
    past = Paginator(everything.exclude(pk__in=[one.pk for one, _ in rows]), A_PAGE)
    return render(
        request,
        "exams/filing/my.html",
        {
            "due": [
                (one, step, when_text(step))
                for one, step in rows
                if step and (step.actor == APPLICANT or _to_the_counter(one))
            ],
            "window": window_open(today, filing_windows()),
            "live": rows,
            "barred": barred_visitor(request.user, today),
            "past": past.get_page(request.GET.get("page")),
            "unread": unread_count(request.user),
            "membership": request.user.active_membership(),
        },
    )


def _to_the_counter(application: Application) -> bool:
    """The person goes with the originals; for somebody an institution filed, the institution does."""
    return application.status == Status.SUBMITTED and application.institution_id is None


@signed_in("GET")
def inbox(request: HttpRequest) -> HttpResponse:
    """我的消息, the newest first. What is shown counts as read from then on."""
    shown = Paginator(inbox_of(request.user), A_PAGE).get_page(request.GET.get("page"))
    rows = list(shown)
    new = {message.pk for message in rows if message.read_at is None}
    response = render(request, "exams/filing/inbox.html", {"page": shown, "rows": rows, "new": new})
    mark_read(new)
    return response
