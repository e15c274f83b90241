"""我的: what needs the person now, their applications, their messages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.access import signed_in


@signed_in("GET")
def my(request: HttpRequest) -> HttpResponse:
    return render(request, "exams/filing/my.html")
