"""Certificates at the counter."""

from certificates import admin_outward  # noqa: F401
