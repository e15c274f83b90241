from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "评价"

    def ready(self) -> None:
        """Fill the ports and the time line, slice by slice."""
        from exams.filing import invariants as filing_invariants
        from exams.filing import timeline
        from exams.tickets.timeline import ticket_steps
        from portal import registry

        registry.invariants.extend(filing_invariants.INVARIANTS)
        timeline.contributors.append(ticket_steps)
