"""The slices' pages at the counter, collected."""

from exams.arrangement import admin as arrangement
from exams.catalogue import admin as catalogue
from exams.conduct import admin as conduct
from exams.filing import admin as filing
from exams.filing.groups import admin as groups
from exams.payments import admin as payments
from exams.results import admin_day, admin_excuses, admin_giving_up, admin_scores
from exams.tickets import admin as tickets

__all__ = [
    "admin_day",
    "admin_excuses",
    "admin_giving_up",
    "admin_scores",
    "arrangement",
    "catalogue",
    "conduct",
    "filing",
    "groups",
    "payments",
    "tickets",
]
