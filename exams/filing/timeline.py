"""What happens with an application, in order: done, now (who acts, by when), next; the dates come from the rules.

Filing tells its own part and names the rest without dates. Later slices append a contributor in `ExamsConfig.ready`;
a step of theirs takes the place of the one with the same code.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from exams.catalogue.queries import filing_windows
from exams.filing.models import Application, Status
from exams.filing.queries import money_held
from portal import clock
from portal.rules.timetable import next_window, window_open
from portal.rules.wording import day_text, money_text

DONE, NOW, NEXT = "done", "now", "next"
APPLICANT, COUNTER, ASSOCIATION = "本人", "受理窗口", "本会考务"
INSTITUTION = "申报机构"
ORDER = (
    *("fill", "submit", "mend", "review", "pay", "seat", "ticket", "sit", "give_up"),
    *("excuse", "case", "score", "recheck", "end", "certificate", "collect", "refund"),
)


@dataclass(frozen=True)
class Step:
    """One event on the line.

    `on`: the day it was done, or from which it may be done; `by`: the last day for it (both included, Shanghai).
    `actor`: who acts; `note`: one or two sentences; `provisional`: a date counted through a year whose holiday
    arrangement is not published. `url` and `link`: where a step of a later slice is seen or taken.
    """

    code: str
    title: str
    state: str
    actor: str = ""
    on: date | None = None
    by: date | None = None
    note: str = ""
    clause: str = ""
    provisional: bool = False
    url: str = ""
    link: str = ""


Contributor = Callable[[Application, date], list[Step]]
contributors: list[Contributor] = []
"""Later slices' parts of the line, in the order of the slices."""


def next_steps(application: Application, on: date) -> list[Step]:
    """The whole line of an application as it stands on the day."""
    steps = {step.code: step for step in _own_steps(application, on)}
    for contribute in contributors:
        steps |= {step.code: step for step in contribute(application, on)}
    return sorted(steps.values(), key=lambda step: ORDER.index(step.code))


def current_step(application: Application, on: date) -> Step | None:
    """The step somebody must take now, or None once nothing is left to do."""
    return next((step for step in next_steps(application, on) if step.state == NOW), None)


def _own_steps(application: Application, on: date) -> list[Step]:
    steps = [_filled(application), _submitted(application, on)]
    match application.status:
        case Status.DRAFT:
            return [*steps, _review(application), _pay_later(application), *_after_payment(application)]
        case Status.SUBMITTED:
            return [*steps, _review(application), _pay_later(application), *_after_payment(application)]
        case Status.RETURNED:
            reviewed = replace(_review(application), state=NEXT)
            return [
                *steps,
                reviewed,
                _mend(application),
                _pay_later(application),
                *_after_payment(application),
            ]
        case Status.APPROVED:
            return [*steps, _approved(application), _pay(application), *_after_payment(application)]
    return [step for step in [*steps, _end(application)] if step.state == DONE]


def _filer(application: Application) -> str:
    """Who fills in, mends and pays: the person, or the institution that filed them (N2026-2.2)."""
    return INSTITUTION if application.institution_id else APPLICANT


def _filled(application: Application) -> Step:
    draft = application.status == Status.DRAFT
    if draft and application.institution_id:
        day = clock.local_day(application.created_at)
        note = "机构为您申报正考，会放弃您仍有效的合格科目，须由您逐科确认。"
        return Step("fill", "本人确认放弃补考", NOW, APPLICANT, on=day, note=note, clause="N2026-4.2")
    return Step(
        "fill",
        "填写申报" if draft else "填写完成",
        NOW if draft else DONE,
        _filer(application),
        on=clock.local_day(application.created_at),
        note="逐项填写并上传材料，随时可以离开，内容会保存。" if draft else "",
    )


def _submitted(application: Application, on: date) -> Step:
    if application.submitted_at is not None:
        day = clock.local_day(application.submitted_at)
        return Step("submit", "提交申报", DONE, _filer(application), on=day)
    windows = filing_windows()
    open_now = window_open(on, windows)
    if open_now:
        note = f"本次申报时间截至 {day_text(open_now.closes, weekday=True)}24:00。"
        return Step(
            "submit", "提交申报", NEXT, _filer(application), by=open_now.closes, note=note, clause="A2"
        )
    coming = next_window(on, windows)
    note = "现在不在申报时间内，已填内容会保留。" if coming else "下一次申报时间尚未公布，已填内容会保留。"
    on = coming.opens if coming else None
    return Step("submit", "提交申报", NEXT, _filer(application), on=on, note=note, clause="A2")


def _review(application: Application) -> Step:
    waiting = application.status == Status.SUBMITTED
    note = "请打印报名表并签字，带证件和材料原件到受理窗口；窗口核对原件后审核。" if waiting else ""
    if waiting and application.institution_id:
        note = "请在机构打印的报名表上核对签字，由机构连同材料原件送交受理窗口；窗口核对原件后审核。"
    return Step("review", "窗口核对原件并审核", NOW if waiting else NEXT, COUNTER, note=note, clause="A3-1")


def _mend(application: Application) -> Step:
    last = application.transitions.filter(after=Status.RETURNED).last()
    reasons = "".join(row.get("sentence", "") for row in last.reasons) if last else ""
    note = f"{reasons}按期改好重新提交的，仍算在原来的申报时间内。"
    actor = _filer(application)
    return Step("mend", "补正后重新提交", NOW, actor, by=application.mend_until, note=note)


def _approved(application: Application) -> Step:
    day = clock.local_day(application.approved_at) if application.approved_at else None
    return Step("review", "审核通过", DONE, COUNTER, on=day)


def _pay_later(application: Application) -> Step:
    note = "审核通过后由机构统一缴费。" if application.institution_id else "审核通过后缴费。"
    return Step("pay", "缴费", NEXT, _filer(application), note=note, clause="N2026-2.4")


def _pay(application: Application) -> Step:
    quote = application.quotes.filter(ended_at=None).first()
    if quote is None:
        return _pay_later(application)
    amount = money_text(quote.total_fen)
    if money_held(application) >= quote.total_fen:
        return Step("pay", "已缴费", DONE, _filer(application), note=f"已收 {amount}。", clause="N2026-2.4")
    if application.institution_id:
        note = f"应缴 {amount}，由机构统一缴纳。逾期未缴的，申报失效。"
        return Step("pay", "缴费", NOW, INSTITUTION, by=quote.pay_by, note=note, clause="N2026-2.4")
    note = f"应缴 {amount}，缴费时报申报号 {application.number}。逾期未缴的，申报失效。"
    return Step("pay", "缴费", NOW, APPLICANT, by=quote.pay_by, note=note, clause="N2026-2.4")


def _after_payment(application: Application) -> list[Step]:
    paid = _pay(application).state == DONE if application.status == Status.APPROVED else False
    note = "按审核通过并缴清费用的先后依次安排，考点和日期另行通知。"
    return [
        Step(
            "seat",
            "安排考核场次",
            NOW if paid else NEXT,
            ASSOCIATION,
            by=application.assess_by,
            note=note,
            clause="A2",
        ),
        Step("ticket", "下载准考证", NEXT, APPLICANT, note="考试前第五个工作日起。", clause="N2026-2.5"),
        Step("sit", "参加考核", NEXT, APPLICANT, note="请带准考证和证件原件。"),
        Step(
            "score",
            "公布成绩",
            NEXT,
            ASSOCIATION,
            note="考完全部科目后一般 20 个工作日内。",
            clause="N2026-3",
        ),
    ]


def _end(application: Application) -> Step:
    last = application.transitions.last()
    reasons = "".join(row.get("sentence") or row.get("note") or "" for row in last.reasons) if last else ""
    day = clock.local_day(last.at) if last else None
    return Step("end", application.get_status_display(), DONE, on=day, note=reasons)
