from django.apps import AppConfig


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "评价"

    def ready(self) -> None:
        """Fill the ports and the time line, slice by slice."""
        from exams.arrangement import counter as arrangement_counter
        from exams.arrangement import invariants as arrangement_invariants
        from exams.catalogue import counter as catalogue_counter
        from exams.conduct import counter as conduct_counter
        from exams.conduct import holdings as conduct_holdings
        from exams.conduct import invariants as conduct_invariants
        from exams.conduct.effects import EFFECTS
        from exams.conduct.timeline import case_steps
        from exams.filing import counter as filing_counter
        from exams.filing import holdings as filing_holdings
        from exams.filing import invariants as filing_invariants
        from exams.filing import timeline
        from exams.filing.actions import drafting
        from exams.filing.groups import counter as groups_counter
        from exams.filing.groups import holdings as groups_holdings
        from exams.filing.groups import invariants as groups_invariants
        from exams.filing.groups import way
        from exams.payments import counter as payments_counter
        from exams.payments import holdings as payments_holdings
        from exams.payments import invariants as payments_invariants
        from exams.payments.timeline import refund_step
        from exams.payments.way import payment_step
        from exams.results import counter as results_counter
        from exams.results import (
            counter_day,
            day_invariants,
            excuse_counter,
            excuse_invariants,
            giving_up_invariants,
        )
        from exams.results import holdings as results_holdings
        from exams.results import invariants as results_invariants
        from exams.results.excuse_timeline import excuse_step
        from exams.results.freezing import frozen_findings
        from exams.results.giving_up_timeline import giving_up_step
        from exams.results.timeline import result_steps
        from exams.results.way import score_step
        from exams.tickets import counter as tickets_counter
        from exams.tickets import holdings as tickets_holdings
        from exams.tickets import invariants as tickets_invariants
        from exams.tickets.timeline import ticket_steps
        from exams.tickets.way import ticket_step
        from portal import registry
        from portal.counter.parts import contribute

        for slice_invariants in (
            filing_invariants,
            groups_invariants,
            payments_invariants,
            arrangement_invariants,
            tickets_invariants,
            day_invariants,
            results_invariants,
            excuse_invariants,
            giving_up_invariants,
            conduct_invariants,
        ):
            registry.invariants.extend(slice_invariants.INVARIANTS)
        timeline.contributors.extend((refund_step, ticket_steps, result_steps))
        timeline.contributors.extend((excuse_step, giving_up_step, case_steps))
        way.contributors.extend((payment_step, ticket_step, score_step))
        drafting.holds.append(frozen_findings)
        for held in (groups_holdings, filing_holdings, payments_holdings, tickets_holdings, results_holdings):
            registry.holdings.append(held.HOLDING)
        registry.holdings.append(conduct_holdings.HOLDING)
        registry.decision_effects.extend(EFFECTS)
        for part in (
            catalogue_counter,
            filing_counter,
            groups_counter,
            payments_counter,
            arrangement_counter,
            tickets_counter,
            counter_day,
            results_counter,
            excuse_counter,
            conduct_counter,
        ):
            contribute(part)
