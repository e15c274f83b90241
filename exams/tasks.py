"""The slices' background work, collected so that a worker finds it."""

from exams.filing.groups.tasks import forget_failed_uploads
from exams.filing.tasks import (
    file_submissions,
    lapse_quotes,
    print_forms,
    remind,
    work_on_batches,
    work_on_uploads,
)
from exams.payments.tasks import remind_institutions
from exams.results.tasks import remind_of_validity
from exams.tickets.tasks import sweep_tickets

__all__ = [
    "file_submissions",
    "forget_failed_uploads",
    "lapse_quotes",
    "print_forms",
    "remind",
    "remind_institutions",
    "remind_of_validity",
    "sweep_tickets",
    "work_on_batches",
    "work_on_uploads",
]
