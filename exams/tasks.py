"""The slices' background work, collected so that a worker finds it."""

from exams.filing.tasks import lapse_quotes, remind
from exams.tickets.tasks import sweep_tickets

__all__ = ["lapse_quotes", "remind", "sweep_tickets"]
