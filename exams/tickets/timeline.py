"""What arrangement and tickets add to an application's time line: sessions, opening day, the day, when scores are due."""

from datetime import date

from exams.arrangement.notices import session_text
from exams.catalogue.queries import scheme_on
from exams.filing.models import Application, Status
from exams.filing.timeline import APPLICANT, ASSOCIATION, DONE, NEXT, NOW, Step
from exams.tickets.queries import standings
from exams.tickets.sources import with_sources
from portal import clock, workdays
from portal.rules import scores
from portal.rules.wording import day_text


def ticket_steps(application: Application, on: date) -> list[Step]:
    """The steps `seat`, `ticket`, `sit` and `score` once seats are given; nothing before."""
    if application.status != Status.APPROVED:
        return []
    (row,) = standings(with_sources(Application.objects.filter(pk=application.pk)))
    if not row.seats or row.opening is None:
        return []
    where = "；".join(f"{session_text(seat)}，{seat.session.site.name}" for seat in row.seats)
    awaiting = f"{'、'.join(row.awaiting)}等待重新安排，排定后会发消息给您。" if row.awaiting else ""
    first, last = (clock.local_day(row.seats[index].starts_at) for index in (0, -1))
    steps = [
        Step(
            "seat",
            "部分科目已安排场次" if awaiting else "已安排考核场次",
            DONE,
            ASSOCIATION,
            on=clock.local_day(max(seat.placed_at for seat in row.seats)),
            note=f"{where}。{awaiting}",
            clause="A2",
        )
    ]
    if row.open_now:
        note = "准考证已可下载：我的 → 我的证书。"
        state = NOW if on <= last else DONE
    elif row.gates:
        note, state = "".join(gate.sentence for gate in row.gates), NEXT
    else:
        note, state = f"{day_text(row.opening.day, weekday=True)}0:00 起可下载。", NEXT
    steps.append(
        Step(
            "ticket",
            "下载准考证",
            state,
            APPLICANT,
            on=row.opening.day,
            note=note,
            clause="N2026-2.5",
            provisional=row.opening.provisional,
        )
    )
    over = not awaiting and all(seat.ends_at <= clock.now() for seat in row.seats)
    state, note = (DONE, "") if over else (NEXT, "请带准考证和证件原件。")
    steps.append(Step("sit", "参加考核", state, APPLICANT, on=first, note=note))
    if awaiting:
        return steps
    scheme = scheme_on(application.offering, last)
    due = scores.due(last, workdays.current(), inspected=scheme is not None and scheme.inspected)
    steps.append(
        Step(
            "score",
            "公布成绩",
            NOW if over else NEXT,
            ASSOCIATION,
            by=due.day,
            note="从考完最后一科算起，一般不晚于这一天。",
            clause="N2026-3",
            provisional=due.provisional,
        )
    )
    return steps
