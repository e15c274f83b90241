"""The slices' tables, collected."""

from exams.arrangement.models import ArrangementRun, Room, Seat, SeatDraw, Session, Site, SubjectGivenUp
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
from exams.conduct.models import (
    AppliedEffect,
    Case,
    CaseStep,
    Decision,
    Incident,
    IncidentPerson,
    Telling,
    ToldItem,
)
from exams.filing.groups.batches.models import BatchDecision, BatchItem, SampleDraw
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
from exams.payments.models import (
    Bill,
    BillLine,
    Invoice,
    NoRefund,
    Payment,
    Refund,
    RefundRequest,
    Remittance,
    Reversal,
)
from exams.results.models import (
    Attendance,
    Cancellation,
    CheckIn,
    Correction,
    Excuse,
    Recheck,
    Score,
    ScoreEntry,
    ScoreSheet,
    SessionClosing,
)
from exams.tickets.models import Ticket, TicketPack

__all__ = [
    "Amendment", "Application", "AppliedEffect", "ArrangementRun", "Attendance", "BatchDecision",
    "BatchItem", "Bill", "BillLine", "Cancellation", "Case", "CaseStep", "Check", "CheckIn", "Clash",
    "ColumnMapping", "Confirmation", "Correction", "Decision", "Excuse", "ExternalReply", "FeeLine",
    "FeeSchedule", "FilingWindow", "Forfeiture", "GroupFiling", "GroupSubmission", "Incident",
    "IncidentPerson", "Invoice", "ListedAct", "NoRefund", "Notice", "Occupation", "Offering", "Pass",
    "Payment", "PolicyValue", "PreliminaryReview", "Quote", "Recheck", "Refund", "RefundRequest",
    "Remittance", "Reversal", "Room", "RosterEntry", "RosterFile", "RosterRow", "RosterUpload",
    "SampleDraw", "Scheme", "SchemeSubject", "Score", "ScoreEntry", "ScoreSheet", "Seat", "SeatDraw",
    "Session", "SessionClosing", "Site", "SpecialArrangement", "SubjectGivenUp", "Submission",
    "Telling", "Ticket", "TicketPack", "ToldItem", "Transition",
]  # fmt: skip
