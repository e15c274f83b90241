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
from exams.filing.groups.batches.models import BatchDecision, BatchItem
from exams.filing.groups.models import (
    Clash,
    ColumnMapping,
    Confirmation,
    ExternalReply,
    GroupFiling,
    GroupSubmission,
    PreliminaryReview,
    RosterEntry,
    RosterFile,
    RosterRow,
    RosterUpload,
    SampleDraw,
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
from exams.payments.models import Bill, BillLine, Invoice, Payment, Refund, Remittance, Reversal
from exams.tickets.models import Ticket, TicketPack

__all__ = [
    "Amendment", "Application", "ArrangementRun", "BatchDecision", "BatchItem", "Bill", "BillLine", "Check",
    "Clash", "ColumnMapping", "Confirmation", "ExternalReply", "FeeLine", "FeeSchedule", "FilingWindow",
    "Forfeiture", "GroupFiling", "GroupSubmission", "Invoice", "ListedAct", "Notice", "Occupation",
    "Offering", "Pass", "Payment", "PolicyValue", "PreliminaryReview", "Quote", "Refund", "Remittance",
    "Reversal", "Room", "RosterEntry", "RosterFile", "RosterRow", "RosterUpload", "SampleDraw", "Scheme",
    "SchemeSubject", "Seat", "SeatDraw", "Session", "Site", "SpecialArrangement", "Submission", "Ticket",
    "TicketPack", "Transition",
]  # fmt: skip
