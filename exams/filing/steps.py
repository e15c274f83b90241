"""The time line as the page's part shows it: words for the dates, links for what the person can do."""

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse

from exams.filing.models import Application, Status
from exams.filing.timeline import APPLICANT, DONE, NOW, Step, next_steps
from portal.rules.wording import cite, day_text

STOPPED = (Status.REJECTED, Status.CANCELLED, Status.LAPSED, Status.WITHDRAWN)
PROVISIONAL = "这个日期是暂定的：所涉年份的放假安排还没有公布，公布后会重新推算。"


def timeline_rows(application: Application, on: date) -> list[dict[str, Any]]:
    """Rows for {% timeline %}."""
    return [_row(application, step) for step in next_steps(application, on)]


def when_text(step: Step) -> str:
    """The day it was done, or from when until when it may be."""
    if step.state == DONE:
        return day_text(step.on, weekday=True) if step.on else ""
    since = f"{day_text(step.on, weekday=True)}起" if step.on and step.state != NOW else ""
    until = f"最迟 {day_text(step.by, weekday=True)}" if step.by else ""
    return "，".join(part for part in (since, until) if part)


def _row(application: Application, step: Step) -> dict[str, Any]:
    url, link = _link(application, step)
    clause = f"（{cite(step.clause)}）" if step.clause else ""
    return {
        "title": step.title,
        "state": "stopped" if step.code == "end" and application.status in STOPPED else step.state,
        "when": when_text(step),
        "who": _who(step),
        "text": f"{step.note}{clause}" if step.note else "",
        "provisional": PROVISIONAL if step.provisional else "",
        "url": url,
        "link": link,
    }


def _who(step: Step) -> str:
    if step.state == DONE or not step.actor:
        return ""
    return "由您办理" if step.actor == APPLICANT else f"由{step.actor}办理"


def _link(application: Application, step: Step) -> tuple[str, str]:
    if step.url:
        return step.url, step.link
    if application.institution_id and step.code != "ticket":
        if step.state == NOW and step.code == "fill":
            return reverse("filing:forfeiture", args=[application.pk]), "逐科确认"
        return "", ""
    if step.state == NOW and step.code in {"fill", "mend"}:
        return reverse("filing:tasks", args=[application.pk]), "继续填写" if step.code == "fill" else "去补正"
    if step.state == NOW and step.code == "review":
        return reverse("filing:form", args=[application.pk]), "打印报名表"
    if step.state == NOW and step.code == "pay":
        return "#pay", "怎样缴费"
    if step.state == NOW and step.code == "ticket":
        try:
            return reverse("tickets:mine"), "下载准考证"
        except NoReverseMatch:
            return "", ""
    return "", ""
