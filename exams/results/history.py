"""What became of one subject's score, for its person: published, asked about, answered, put right, taken back."""

from dataclasses import dataclass
from datetime import datetime

from exams.filing.timeline import DONE, NOW
from exams.results.models import Correction, Recheck, Score
from portal import clock
from portal.rules.wording import day_text


@dataclass(frozen=True)
class Event:
    """One thing that happened to a score; `said`: what was asked, answered or given as the reason."""

    at: datetime
    what: str
    said: str = ""
    open: bool = False  # somebody still has to act

    @property
    def step(self) -> dict[str, str]:
        """As the component `timeline` takes it."""
        day = day_text(clock.local_day(self.at), weekday=True)
        return {"state": NOW if self.open else DONE, "title": self.what, "when": day, "text": self.said}


def history_of(score: Score) -> list[Event]:
    """Everything of the score's subject in its application, the oldest first; also of publications taken back."""
    of_score = {"score__application": score.application_id, "score__subject": score.subject}
    rows = list(
        Score.objects.filter(application=score.application_id, subject=score.subject).select_related(
            "sheet", "replaces"
        )
    )
    confirmed = Correction.objects.filter(**of_score, confirmed_at__isnull=False)
    reasons = {correction.score_id: correction.reason for correction in confirmed}
    replaced = {row.replaces_id for row in rows}
    events = []
    for row in rows:
        if row.replaces is None:
            events.append(Event(row.published_at, f"公布成绩：{_words(row)}"))
        else:
            what = f"更正成绩：{_words(row.replaces)} → {_words(row)}"
            events.append(Event(row.published_at, what, f"理由：{reasons.get(row.replaces_id, '')}"))
        if row.retracted_at is not None and row.pk not in replaced:
            events.append(
                Event(row.retracted_at, "撤回成绩", f"原因：{row.sheet.retract_reason or '公布有误'}")
            )
    for recheck in Recheck.objects.filter(**of_score).select_related("score"):
        events += _asked(recheck)
    return sorted(events, key=lambda event: event.at)


def _asked(recheck: Recheck) -> list[Event]:
    said = f"您的说明：{recheck.note}" if recheck.note else "没有另作说明。"
    waits = recheck.answered_at is None and recheck.score.retracted_at is None
    if waits:
        said = f"{said.removesuffix('。')}。正在核对，答复以后会发消息给您。"
    events = [Event(recheck.asked_at, "您申请复核", said, open=waits)]
    if recheck.answered_at is not None:
        events.append(Event(recheck.answered_at, f"答复：{recheck.get_result_display()}", recheck.answer))
    return events


def _words(score: Score) -> str:
    if score.points is None:
        return "缺考"
    return f"{score.points} 分，{'合格' if score.passed else '不合格'}"
