"""What the exam day adds to the counter's first page, and its deeds and looks in words."""

from django.urls import reverse

from exams.results.days import sessions_to_close
from portal.counter.ages import age_in_working_days
from portal.registry import Queue

QUEUES = (
    Queue(
        code="sessions_to_close",
        title="场次待结束登记",
        order=60,
        count=lambda: sessions_to_close().count(),
        oldest_working_days=lambda: age_in_working_days(
            sessions_to_close().values_list("ends_at", flat=True).first()
        ),
        url=lambda: reverse("admin:exam_day"),
        permission="exams.check_in",
        help_text="逐人登记到考、缺考或其他，结束登记后才能录入成绩。",
    ),
)

WORDS = {
    "results.check_in": "入场核验",
    "results.note_attendance": "登记到考情况",
    "results.close_session": "场次结束登记",
}
LOOKS = {
    "exam_paper.downloaded": "打印考务资料",
    "check_in_list.downloaded": "手机取考场名单",
}
