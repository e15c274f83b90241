"""The slices' tables, collected."""

from exams.arrangement.models import ArrangementRun, Room, Seat, SeatDraw, Session, Site
from exams.catalogue.models import (
    FeeLine,
    FeeSchedule,
    FilingWindow,
    ListedAct,
    Notice,
    Occupation,
    Offering,
    PolicyValue,
    Scheme,
    SchemeSubject,
)
from exams.filing.models import (
    Amendment,
    Application,
    Check,
    Forfeiture,
    Quote,
    SpecialArrangement,
    Submission,
    Transition,
)
from exams.passes.models import Pass
from exams.payments.models import Invoice, Payment, Refund, Reversal
from exams.tickets.models import Ticket

__all__ = [
    "Amendment", "Application", "ArrangementRun", "Check", "FeeLine", "FeeSchedule", "FilingWindow", "Forfeiture",
    "Invoice", "ListedAct", "Notice", "Occupation", "Offering", "Pass", "Payment", "PolicyValue", "Quote",
    "Refund", "Reversal", "Room", "Scheme", "SchemeSubject", "Seat", "SeatDraw", "Session", "Site", "SpecialArrangement",
    "Submission", "Ticket", "Transition",
]  # fmt: skip
