"""What staff may change of the catalogue: dated rows entered with their source, corrected only while still ahead.

What is in effect explains decided cases and is never changed or deleted; a new dated row takes its place from its day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import models, transaction

from exams.catalogue.models import (
    FeeLine,
    FeeSchedule,
    FilingWindow,
    Occupation,
    Offering,
    PolicyValue,
    Scheme,
    SchemeSubject,
)
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import SUBJECT_NAMES, day_text

DAY_POLICIES = {
    "mend_working_days": "退回后补正的期限（工作日）",
    "pay_by_working_days": "审核通过后缴费的期限（工作日）",
    "statement_working_days": "陈述申辩的期限（工作日）",
    "review_working_days": "对处理决定申请复核的期限（工作日）",
    "recheck_working_days": "申请成绩复核的期限（工作日）",
    "excuse_working_days": "提交缺考事由的期限（工作日）",
    "withdrawal_working_days": "缴费后退出可以全额退费：至少提前（工作日）",
    "validity_first_reminder_days": "成绩有效期第一次提醒：提前（日）",
    "validity_last_reminder_days": "成绩有效期最后一次提醒：提前（日）",
}
"""The policies that are a number of days; the others are readings of the law, changed with the notice."""


@dataclass(frozen=True)
class SubjectPlan:
    """One subject of a scheme: how long it takes, and its marks in whole points."""

    subject: str
    minutes: int
    maximum: int
    pass_mark: int


@transaction.atomic
def set_fees(
    *, actor: models.Model, offering: Offering, effective_from: date, prices: Mapping[str, int], citation: str
) -> FeeSchedule:
    """Fix what the subjects of an offering cost from a coming day on, in fen (N2026-2.4).

    Corrects the schedule of that day where there is one; until then the earlier one holds. Raises Refused.
    """
    _refuse_in_effect(effective_from, "收费标准")
    scheme = Scheme.objects.filter(offering=offering, effective_from__lte=effective_from).last()
    wanted = set(scheme.subjects.values_list("subject", flat=True)) if scheme else set()
    if set(prices) != wanted or not all(prices.values()):
        names = "、".join(SUBJECT_NAMES[subject] for subject in SUBJECT_NAMES if subject in wanted)
        sentence = f"{day_text(effective_from)} 的考核方案有{names or '零个科目'}，请逐科填写金额，不多不少。"
        raise Refused(Finding("N2026-2.4", "wrong_subjects", sentence))
    schedule, _ = FeeSchedule.objects.update_or_create(
        offering=offering, effective_from=effective_from, defaults={"citation": citation}
    )
    schedule.lines.all().delete()
    FeeLine.objects.bulk_create(
        FeeLine(schedule=schedule, subject=subject, fen=fen) for subject, fen in prices.items()
    )
    _note(actor, schedule, {"from": effective_from, "fen": dict(prices), "citation": citation})
    return schedule


@transaction.atomic
def set_scheme(
    *,
    actor: models.Model,
    offering: Offering,
    effective_from: date,
    subjects: Sequence[SubjectPlan],
    inspected: bool,
    citation: str,
) -> Scheme:
    """Fix how an offering is assessed from a coming day on. Corrects that day's scheme where there is one."""
    _refuse_in_effect(effective_from, "考核方案")
    if not subjects:
        raise Refused(Finding("", "no_subject", "请至少填写一个科目。"))
    for plan in subjects:
        if plan.pass_mark > plan.maximum:
            sentence = f"{SUBJECT_NAMES[plan.subject]}的合格分高于满分，请核对。"
            raise Refused(Finding("", "pass_mark", sentence))
    scheme, _ = Scheme.objects.update_or_create(
        offering=offering,
        effective_from=effective_from,
        defaults={"inspected": inspected, "citation": citation},
    )
    scheme.subjects.all().delete()
    SchemeSubject.objects.bulk_create(
        SchemeSubject(scheme=scheme, position=position, **asdict(plan))
        for position, plan in enumerate(subjects, start=1)
    )
    detail = {"from": effective_from, "subjects": [asdict(plan) for plan in subjects], "citation": citation}
    _note(actor, scheme, detail)
    return scheme


@transaction.atomic
def publish_retake_plan(
    *, actor: models.Model, scheme: Scheme, plan: Mapping[str, str], citation: str
) -> Scheme:
    """Say, once, to which subject of this scheme each earlier pass is credited (N2026-4.3). Raises Refused."""
    scheme = Scheme.objects.select_for_update().get(pk=scheme.pk)
    if scheme.retake_plan is not None:
        raise Refused(Finding("N2026-4.3", "already_published", "补考方案已公布，不能再改。"))
    scheme.retake_plan = dict(plan)
    scheme.save(update_fields=["retake_plan"])
    _note(actor, scheme, {"retake_plan": dict(plan), "citation": citation})
    return scheme


@transaction.atomic
def set_window(
    *,
    actor: models.Model,
    opens_on: date,
    closes_on: date,
    assess_by: date,
    may_follow_next_plan: bool,
    citation: str,
) -> FilingWindow:
    """Enter a filing window, or amend the one that opens on that day while it is not over (A2). Raises Refused."""
    today = clock.today()
    known = FilingWindow.objects.select_for_update().filter(opens_on=opens_on).first()
    if known and known.closes_on < today:
        raise Refused(Finding("A2", "over", "这段申报时间已经结束，不能再改。", field="opens_on"))
    if not known and opens_on < today:
        raise Refused(Finding("A2", "past", "开始日已过，不能再登记。", field="opens_on"))
    findings = []
    if closes_on < max(opens_on, today):
        findings.append(Finding("A2", "closes_first", "截止日不能早于开始日和今天。", field="closes_on"))
    if assess_by < closes_on:
        findings.append(Finding("A2", "assess_first", "评价截止日不能早于申报截止日。", field="assess_by"))
    others = FilingWindow.objects.filter(opens_on__lte=closes_on, closes_on__gte=opens_on)
    for other in others.exclude(opens_on=opens_on):
        sentence = (
            f"与 {day_text(other.opens_on)} 至 {day_text(other.closes_on)} 的申报时间重叠，"
            "同一天只能属于一段申报时间。"
        )
        findings.append(Finding("A2", "overlap", sentence, field="opens_on"))
    refuse_if_any(findings)
    before = {"closes_on": known.closes_on, "assess_by": known.assess_by} if known else None
    values = {
        "closes_on": closes_on,
        "assess_by": assess_by,
        "may_follow_next_plan": may_follow_next_plan,
        "citation": citation,
    }
    window, _ = FilingWindow.objects.update_or_create(opens_on=opens_on, defaults=values)
    _note(actor, window, {"before": before, "opens_on": opens_on, **values})
    return window


@transaction.atomic
def set_day_policy(
    *, actor: models.Model, code: str, effective_from: date, days: int, citation: str
) -> PolicyValue:
    """Change a number of working days from a coming day on. Raises Refused."""
    _refuse_in_effect(effective_from, "规定")
    if code not in DAY_POLICIES:
        raise Refused(Finding("", "unknown_policy", "请从列出的规定中选择。", field="code"))
    row, _ = PolicyValue.objects.update_or_create(
        code=code, effective_from=effective_from, defaults={"value": days, "citation": citation}
    )
    _note(actor, row, {"code": code, "from": effective_from, "days": days, "citation": citation})
    return row


@transaction.atomic
def open_offering(
    *, actor: models.Model, occupation: Occupation, grade: int, opened_on: date, citation: str
) -> Offering:
    """Offer an occupation at a grade from a day on, today or later (N2026-1). Raises Refused."""
    if opened_on < clock.today():
        raise Refused(Finding("N2026-1", "past", "开放日不能早于今天。", field="opened_on"))
    if Offering.objects.filter(occupation=occupation, grade=grade).exists():
        raise Refused(Finding("N2026-1", "known", "这个职业的这一等级已经在目录里。", field="grade"))
    offering = Offering.objects.create(
        occupation=occupation, grade=grade, opened_on=opened_on, citation=citation
    )
    _note(actor, offering, {"grade": grade, "opened_on": opened_on, "citation": citation})
    return offering


@transaction.atomic
def close_offering(
    *, actor: models.Model, offering: Offering, closed_on: date | None, citation: str
) -> Offering:
    """Take no more applications after a day, today or later; None: go on. What was filed stays (N2026-1)."""
    offering = Offering.objects.select_for_update().get(pk=offering.pk)
    if closed_on is not None and closed_on < max(clock.today(), offering.opened_on):
        sentence = "停止申报日不能早于今天和开放申报日。"
        raise Refused(Finding("N2026-1", "past", sentence, field="closed_on"))
    before, offering.closed_on = offering.closed_on, closed_on
    offering.save(update_fields=["closed_on"])
    _note(actor, offering, {"before": before, "closed_on": closed_on, "citation": citation})
    return offering


@transaction.atomic
def change_lists(
    *,
    actor: models.Model,
    occupation: Occupation,
    related_occupations: Sequence[str],
    related_majors: Sequence[str],
    approved_majors: Sequence[str],
    citation: str,
) -> Occupation:
    """Bring the lists that applicants choose from to what the standard says now. Frozen verdicts stay."""
    occupation = Occupation.objects.select_for_update().get(pk=occupation.pk)
    lists = {
        "related_occupations": list(related_occupations),
        "related_majors": list(related_majors),
        "approved_majors": list(approved_majors),
    }
    before = {name: getattr(occupation, name) for name in lists}
    for name, rows in lists.items():
        setattr(occupation, name, rows)
    occupation.citation = citation
    occupation.save(update_fields=[*lists, "citation"])
    _note(actor, occupation, {"before": before, "after": lists, "citation": citation})
    return occupation


def _refuse_in_effect(effective_from: date, what: str) -> None:
    if effective_from <= clock.today():
        sentence = f"{what}的生效日须在今天以后；已生效的不能改，请另立一行，写明以后的生效日。"
        raise Refused(Finding("", "in_effect", sentence, field="effective_from"))


def _note(actor: models.Model, row: models.Model, detail: Mapping[str, Any]) -> None:
    trail.record("catalogue.row_set", actor=actor, subject=row, detail=detail)
