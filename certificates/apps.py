from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        """Fill the ports."""
        from certificates import counter, counter_outward, invariants
        from certificates.effects import Certificates
        from portal import registry
        from portal.counter.parts import contribute

        registry.invariants.extend(invariants.INVARIANTS)
        registry.decision_effects.append(Certificates())
        contribute(counter)
        contribute(counter_outward)
