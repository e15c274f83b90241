"""`python -m portal.healthcheck [PORT]`: asks the web process beside us whether it can serve, for the container.

Standard library alone, so that asking every few seconds costs next to nothing. Exit code 0: it can.
"""

import os
import sys
import urllib.request


def ask(port: int) -> int:
    """Ask by a name that the site serves; prints why not."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        urllib.request.urlopen(request, timeout=8).close()  # noqa: S310 - our own address
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(ask(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
