"""Which browser the journeys drive."""

import os
import shutil


def find_chromium() -> str | None:
    """Path of the machine's Chromium: the one that CHROMIUM names, else the first of the usual names."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)
