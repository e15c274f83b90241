from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        """Fill the ports."""
        from applicants.records import issued
        from certificates import checks, counter, counter_outward, holdings, invariants  # noqa: F401 - checks registers
        from certificates.credentials import issued_entries
        from certificates.effects import Certificates
        from certificates.exports import WORKBOOK
        from certificates.telling import certificate_duties
        from certificates.timeline import certificate_steps
        from certificates.way import certificate_step
        from exams.conduct import telling
        from exams.filing import timeline
        from exams.filing.groups import way
        from exams.filing.groups.exchange.fields import later
        from exams.filing.groups.models import ColumnMapping
        from portal import registry
        from portal.counter.parts import contribute

        registry.invariants.extend(invariants.INVARIANTS)
        registry.decision_effects.append(Certificates())
        contribute(counter)
        contribute(counter_outward)
        registry.holdings.append(holdings.HOLDING)
        timeline.contributors.append(certificate_steps)
        way.contributors.append(certificate_step)
        issued.sources.append(issued_entries)
        telling.sources.append(certificate_duties)
        later[ColumnMapping.Purpose.OUTCOMES] = WORKBOOK
