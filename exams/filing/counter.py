"""What filing adds to the counter's first page, and its deeds in words."""

from django.urls import reverse

from exams.filing.models import SpecialArrangement, Status
from exams.filing.queries import to_review
from exams.filing.transitions import TABLE
from portal.counter.ages import age_in_working_days
from portal.registry import Queue

DECIDABLE = (Status.SUBMITTED, Status.RETURNED, Status.APPROVED)


def _arrangements():
    return SpecialArrangement.objects.filter(
        decision=SpecialArrangement.Decision.OPEN, application__status__in=DECIDABLE
    )


def _oldest_arrangement() -> int | None:
    return age_in_working_days(
        _arrangements()
        .order_by("application__submitted_at")
        .values_list("application__submitted_at", flat=True)
        .first()
    )


QUEUES = (
    Queue(
        code="review",
        title="待审核",
        order=10,
        count=lambda: to_review().count(),
        oldest_working_days=lambda: age_in_working_days(
            to_review().values_list("submitted_at", flat=True).first()
        ),
        url=lambda: (
            f"{reverse('admin:exams_application_changelist')}?status__exact={Status.SUBMITTED}&by=person"
        ),
        permission="exams.review_application",
        help_text="本人申报的，最早提交的排在最前。",
    ),
    Queue(
        code="special",
        title="合理便利待决定",
        order=20,
        count=lambda: _arrangements().count(),
        oldest_working_days=_oldest_arrangement,
        url=lambda: reverse("admin:exams_specialarrangement_changelist") + "?decision__exact=open",
        permission="exams.review_application",
        help_text="决定以后才能排座位。",
    ),
)

WORDS = {f"filing.{action}": rule.title for action, rule in TABLE.items()}


LOOKS = {"print_form": "打印报名表"}
