"""What an absence adds to an application's time line: the reason that may be handed in, and what became of it."""

from datetime import date

from django.urls import reverse

from exams.catalogue.models import Subject
from exams.filing.models import Application, Status
from exams.filing.timeline import APPLICANT, ASSOCIATION, DONE, NEXT, NOW, Step
from exams.results.excuses import excusable_seats, excuse_until
from exams.results.models import Excuse
from exams.results.queries import attendance_by_seat
from portal import clock


def excuse_step(application: Application, on: date) -> list[Step]:
    """The step `excuse`: while one may be handed in, and once one was."""
    if application.status != Status.APPROVED:
        return []
    url = reverse("excuses:ask", args=[application.pk])
    asked = Excuse.objects.filter(seat__application=application).select_related("seat").last()
    if asked is not None:
        return [_asked(asked, url)]
    seats = excusable_seats(application)
    if not seats:
        return []
    noted = attendance_by_seat(seats)
    absent = [seat for seat in seats if seat.pk in noted]
    names = "、".join(str(Subject(seat.subject).label) for seat in absent)
    noted_absent = f"{names}登记为缺考。" if absent else ""
    until = min((excuse_until(seat) for seat in absent or seats), key=lambda one: one.day)
    return [
        Step(
            "excuse",
            "说明缺考事由" if absent else "没能到考的，可以说明事由",
            NOW if absent else NEXT,
            APPLICANT,
            by=until.day,
            note=f"{noted_absent}有正当理由的，附上证明提交，同意后按原次序重新安排。",
            provisional=until.provisional,
            url=url,
            link="说明缺考事由",
        )
    ]


def _asked(asked: Excuse, url: str) -> Step:
    label = Subject(asked.seat.subject).label
    if asked.decided_at is None:
        note = f"{label}的缺考事由已提交，决定以后会发消息。"
        return Step("excuse", "决定缺考事由", NOW, ASSOCIATION, note=note, url=url, link="查看")
    day = clock.local_day(asked.decided_at)
    if asked.decision == Excuse.Decision.GRANTED:
        title, note = "缺考事由已获同意", f"{label}按原来的次序重新安排，不另收费。"
    else:
        title, note = "缺考事由未获同意", f"{label}的缺考记录不变。"
    return Step("excuse", title, DONE, on=day, note=note, url=url, link="查看")
