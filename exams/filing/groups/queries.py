"""Where each person of a group filing stands, derived from what was done: nothing of it is stored twice."""

from collections import defaultdict
from uuid import UUID

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from exams.filing.groups.models import Confirmation, GroupFiling, PreliminaryReview, RosterEntry
from exams.filing.models import Application, Status, Transition

STAGES = {
    "problem": "不符合条件",
    "portrait": "缺照片",
    "declined": "本人否认",
    "confirm": "待本人确认",
    "mend": "待补正",
    "sent_back": "初审退回",
    "review": "待初审",
    "ready": "可以提交",
    "filing": "提交处理中",
    "blocked": "未能建档",
    "submitted": "协会审核中",
    "approved": "审核通过",
    "ended": "已结束",
}
"""Every stage a person of a filing can be in, in the order of the way, with its word on the screen."""

WITH_THE_INSTITUTION = (
    "problem",
    "portrait",
    "declined",
    "confirm",
    "mend",
    "sent_back",
    "review",
    "ready",
    "blocked",
)
"""The stages in which the institution acts, or the person it asks."""

_Result = PreliminaryReview.Result
_STAGE = Case(
    When(application__status=Status.SUBMITTED, then=Value("submitted")),
    When(application__status=Status.APPROVED, then=Value("approved")),
    When(
        Q(application__isnull=False) & ~Q(application__status__in=[Status.RETURNED, Status.DRAFT]),
        then=Value("ended"),
    ),
    When(~Q(obstacles=[]), then=Value("blocked")),
    When(submission__isnull=False, submission__filed_at=None, then=Value("filing")),
    When(row__eligible=False, then=Value("problem")),
    When(portrait=None, then=Value("portrait")),
    When(declined=True, confirmed=False, then=Value("declined")),
    When(confirmed=False, then=Value("confirm")),
    When(
        Q(returned_at__isnull=False) & (Q(reviewed_at=None) | Q(reviewed_at__lt=F("returned_at"))),
        then=Value("mend"),
    ),
    When(review_result=_Result.SENT_BACK, then=Value("sent_back")),
    When(review_result=_Result.PASSED, then=Value("ready")),
    default=Value("review"),
    output_field=CharField(),
)


def entries_of(filing: GroupFiling) -> QuerySet[RosterEntry]:
    """The filing's people with their `stage`, in the order in which they came."""
    return staged(RosterEntry.objects.filter(filing=filing, removed_at=None)).order_by(
        "added_at", "row__line", "pk"
    )


def staged(entries: QuerySet[RosterEntry]) -> QuerySet[RosterEntry]:
    """Annotate entries with their `stage` (a code of STAGES), in the same query.

    It reads the present row's links and reviews: `asked`, `confirmed`, `declined`, `review_result`, `reviewed_at`; and
    `returned_at`, when the association last returned the application. After a return a new review is needed.
    """
    links = Confirmation.objects.filter(entry=OuterRef("pk"), row=OuterRef("row"))
    reviews = PreliminaryReview.objects.filter(entry=OuterRef("pk"), row=OuterRef("row")).order_by("-at")
    returns = Transition.objects.filter(application=OuterRef("application"), after=Status.RETURNED).order_by(
        "-at"
    )
    return (
        entries.select_related("row", "application", "submission")
        .annotate(
            asked=Exists(links),
            confirmed=Exists(links.exclude(confirmed_at=None)),
            declined=Exists(links.exclude(declined_at=None)),
            review_result=Subquery(reviews.values("result")[:1]),
            reviewed_at=Subquery(reviews.values("at")[:1]),
            returned_at=Subquery(returns.values("at")[:1]),
        )
        .annotate(stage=_STAGE)
    )


def counts_by_stage(filing: GroupFiling) -> dict[str, int]:
    """How many people stand where: {stage: count}, in the order of STAGES, without empty ones."""
    return counts_by_filing(RosterEntry.objects.filter(filing=filing)).get(filing.pk, {})


def counts_by_filing(entries: QuerySet[RosterEntry]) -> dict[UUID, dict[str, int]]:
    """The same for each filing that these people belong to, in one query: {filing: {stage: count}}."""
    live = staged(entries.filter(removed_at=None)).order_by()
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for filing, stage, people in live.values_list("filing_id", "stage").annotate(people=Count("pk")):
        found[filing][stage] = people
    return {
        filing: {code: counts[code] for code in STAGES if code in counts} for filing, counts in found.items()
    }


def filing_of(application: Application) -> GroupFiling | None:
    """The group filing the application came with, or None where the person filed alone."""
    return GroupFiling.objects.filter(entries__application=application).select_related("institution").first()
