"""What must always hold of subjects given up; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from exams.arrangement.models import Seat, SubjectGivenUp
from exams.arrangement.queries import live_seats
from exams.results.queries import standing_scores
from portal.registry import Invariant


def given_up_and_sat() -> Iterator[UUID]:
    """Given up, and yet with a live seat or a standing score."""
    mine = {"application": OuterRef("application"), "subject": OuterRef("subject")}
    again = Q(Exists(live_seats().filter(**mine))) | Q(Exists(standing_scores().filter(**mine)))
    yield from SubjectGivenUp.objects.filter(again).values_list("pk", flat=True)


def given_up_without_ground() -> Iterator[UUID]:
    """Of another's seat or subject, before anything else had begun, or without a policy cited."""
    elsewhere = ~Q(seat__application=F("application")) | ~Q(seat__subject=F("subject"))
    begun = Seat.objects.filter(application=OuterRef("application"), starts_at__lte=OuterRef("given_up_at"))
    no_ground = Q(citation="") | elsewhere | ~Q(Exists(begun.exclude(subject=OuterRef("subject"))))
    yield from SubjectGivenUp.objects.filter(no_ground).values_list("pk", flat=True)


def wrong_part_back() -> Iterator[UUID]:
    """More or less asked back than the subject cost, or by another application's request."""
    rows = SubjectGivenUp.objects.select_related("request", "application")
    for row in rows.prefetch_related("application__quotes"):
        costs = {
            sum(line["fen"] for line in quote.lines if line["subject"] == row.subject)
            for quote in row.application.quotes.all()
        }
        back = row.request.amount_fen if row.request else 0
        if back not in costs or (row.request and row.request.application_id != row.application_id):
            yield row.pk


INVARIANTS = (
    Invariant("given_up_and_sat", "放弃的科目又有座位或成绩", given_up_and_sat),
    Invariant("given_up_without_ground", "放弃科目没有依据", given_up_without_ground),
    Invariant("wrong_part_back", "放弃科目的退费与这一科的费用不符", wrong_part_back),
)
