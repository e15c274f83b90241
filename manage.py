#!/usr/bin/env python3
"""The project's one entry point. Outside a virtual environment it makes one and starts again inside it."""

import os
import sys

from portal import bootstrap


def main() -> None:
    bootstrap.enter(sys.argv[1:])
    if sys.argv[1:2] == ["test"]:
        # Tests never see the demo's data, keys or queue, nor a server named for real use.
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
