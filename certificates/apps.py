from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        """Fill the ports."""
        from certificates import counter_outward
        from portal.counter.parts import contribute

        contribute(counter_outward)
