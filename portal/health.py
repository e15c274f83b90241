"""Whether this process can serve, for load balancers and the container (portal/healthcheck.py)."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from portal.access import public


@public("GET")
def health(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503; says no more than that to anybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database unavailable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")
