"""The counter's guide, where the work is."""

from django.http import HttpRequest, HttpResponse

from portal.access import staff
from portal.counter.acting import page
from portal.guides import read_guide


@staff("exams.view_application", "GET")
def guide_page(request: HttpRequest) -> HttpResponse:
    guide = read_guide("counter")
    return page(request, "admin/counter/guide.html", title=guide.title, guide=guide)
