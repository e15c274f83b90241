"""What tickets add to the way of a group filing: how many can be had, and from when the others."""

from collections.abc import Mapping

from django.urls import reverse

from exams.filing.groups.models import GroupFiling
from exams.filing.groups.way import FILER, GroupStep
from exams.filing.timeline import DONE, NEXT, NOW
from exams.tickets.groups import changed, counts_of, lines_of, openings_of, taken_versions, tickets_in
from portal.rules.wording import day_text


def ticket_step(filing: GroupFiling, counts: Mapping[str, int]) -> list[GroupStep]:
    """The step `ticket`, once somebody of the filing has a seat; nothing before."""
    if not counts.get("approved"):
        return []
    lines = [line for line in lines_of(filing) if line.standing.seats]
    if not lines:
        return []
    places = counts_of(lines)
    new = len(changed(tickets_in(lines), taken_versions(filing)))
    days = openings_of(lines)
    if new:
        state, note = NOW, f"{new} 张可以下载。"
    elif places.get("open") or set(places) == {"over"}:
        state, note = DONE, "已开放的都已下载过，有变动时会在这里提醒。" if places.get("open") else ""
    else:
        state, note = NEXT, ""
    if days:
        opening, people = days[0]
        note += f"{people} 人的准考证 {day_text(opening.day, weekday=True)}0:00 起可以下载。"
    return [
        GroupStep(
            "ticket",
            "准考证",
            state,
            FILER,
            waiting=new,
            passed=places.get("open", 0) - new + places.get("over", 0),
            note=note,
            url=reverse("tickets:filing", args=[filing.pk]),
            link="准考证下载",
        )
    ]
