"""The slices' background work, collected so that a worker finds it."""

from exams.filing.tasks import lapse_quotes, remind
from exams.payments.tasks import remind_institutions
from exams.tickets.tasks import sweep_tickets

__all__ = ["lapse_quotes", "remind", "remind_institutions", "sweep_tickets"]
