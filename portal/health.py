"""Whether this process can serve: a view for load balancers, and `python -m portal.health` for the container."""

import os
import sys
import urllib.request

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from portal.access import public

PATH = "healthz"


@public("GET")
def health(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503; says no more than that to anybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database unavailable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def ask(port: int = 8000) -> int:
    """Ask the web process beside us, by a name that it serves; the exit code is for the container engine."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{PATH}", headers={"Host": host})
    try:
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - our own address
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(ask())
