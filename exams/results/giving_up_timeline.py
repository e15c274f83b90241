"""What a subject called off or moved adds to the time line once another was begun: the choice, or that it was made."""

from datetime import date

from django.urls import reverse

from exams.arrangement.models import SubjectGivenUp
from exams.arrangement.offers import offers_to_give_up
from exams.filing.models import Application
from exams.filing.timeline import APPLICANT, DONE, NEXT, Step
from portal import clock


def giving_up_step(application: Application, on: date) -> list[Step]:
    """The step `give_up`: while a subject may be given up, and once one was."""
    for offer in offers_to_give_up(application):
        label = offer.seat.get_subject_display()
        waiting = "等待重新安排的" if offer.waits else "按新时间、新地点参加的"
        return [
            Step(
                "give_up",
                f"不想再等的，可以放弃{label}" if offer.waits else f"不便参加的，可以放弃{label}",
                NEXT,
                APPLICANT,
                note=f"{waiting}，不用办理。放弃的，退还这一科的费用，已考的科目不受影响。",
                url=reverse("giving_up:page", args=[offer.seat.pk]),
                link=f"看放弃{label}退多少",
            )
        ]
    rows = list(SubjectGivenUp.objects.filter(application=application))
    if not rows:
        return []
    names = "、".join(row.get_subject_display() for row in rows)
    day = clock.local_day(max(row.given_up_at for row in rows))
    return [Step("give_up", f"已放弃{names}", DONE, APPLICANT, on=day, note="不再安排考试，其他科目不变。")]
