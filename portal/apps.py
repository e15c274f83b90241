from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "门户"


class CounterConfig(AdminConfig):
    """Django admin with our own site: the counter."""

    default_site = "portal.counter.CounterSite"
