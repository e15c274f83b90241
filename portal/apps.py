from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        """The kernel's own part of the ports."""
        from portal import invariants, registry
        from portal.counter import alarms
        from portal.counter.parts import contribute

        registry.invariants.extend(invariants.INVARIANTS)
        contribute(alarms)


class CounterConfig(SimpleAdminConfig):
    """Django admin with our own site: the counter. Its pages are found by `portal.urls`: workers need none of them."""

    default_site = "portal.counter.site.CounterSite"
