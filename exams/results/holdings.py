"""What the exam day and the scores keep on a person, for their own export. It stays with its application."""

from collections.abc import Iterable
from typing import Any

from applicants.accounts.export import rows_values
from applicants.records.models import Person
from exams.results.models import Attendance, Cancellation, CheckIn, Correction, Excuse, Recheck, Score
from exams.results.queries import open_rechecks
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    yield "入场核验", rows_values(CheckIn.objects.filter(seat__person=person).order_by("scanned_at"))
    yield "考勤", rows_values(Attendance.objects.filter(seat__person=person).order_by("noted_at"))
    own = {"application__person": person}
    yield "成绩", rows_values(Score.objects.filter(**own).order_by("published_at"))
    yield "成绩取消", rows_values(Cancellation.objects.filter(**own).order_by("cancelled_at"))
    of_scores = {"score__application__person": person}
    yield "成绩更正", rows_values(Correction.objects.filter(**of_scores).order_by("asked_at"))
    yield "成绩复核", rows_values(Recheck.objects.filter(**of_scores).order_by("asked_at"))
    yield "缺考事由", rows_values(Excuse.objects.filter(seat__person=person).order_by("asked_at"))


def _obstacles(person: Person) -> list[str]:
    if open_rechecks().filter(score__application__person=person).exists():
        return ["成绩复核还没有答复，答复以后才能删除。"]
    return []


HOLDING = Holding("results", _export, _obstacles, lambda person: [], lambda person: None)
