"""Certificates at the counter."""

from certificates import admin_issuing, admin_outward  # noqa: F401
