"""A portal with one view somebody forgot to guard."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from portal.urls import handler400, handler403, handler404, handler500
from portal.urls import urlpatterns as real

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def open_by_mistake(request: HttpRequest) -> HttpResponse:
    return HttpResponse("secret")


urlpatterns = [*real, path("open-by-mistake/", open_by_mistake)]
