"""Effects on what the sitting gave and on the right to sit: scores, admission (A3-1) and the bar (A3-3, A3-4)."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import uuid4

from applicants.standing.models import Bar
from exams.arrangement.queries import given_up_subjects
from exams.catalogue.queries import policy_value
from exams.conduct.models import AppliedEffect, Decision
from exams.conduct.reach import cancelled_subjects, other_live_applications, subject_names
from exams.filing import transitions
from exams.filing.actions.quoting import end_quote, last_day_to_pay
from exams.filing.models import LIVE, Application, Quote, Status
from exams.passes.models import Pass
from exams.results.cancelling import cancel_scores, lift_cancellations
from exams.results.queries import live_cancellations, standing_scores
from portal import clock, workdays
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import cite, day_text
from portal.rules.workdays import add_working_days


class Scores:
    """The scores of that sitting (this application) count no more; passes of other applications stand."""

    code, title = "scores", "成绩"

    def preview(self, decision: Decision) -> list[str]:
        application, subjects = decision.case.application, cancelled_subjects(decision)
        told = [f"申报 {application.number}：取消{subject_names(subjects)}的成绩。"]
        published = set(standing_scores().filter(application=application).values_list("subject", flat=True))
        if names := [subject for subject in subjects if subject in published]:
            told.append(f"其中{subject_names(names)}的成绩已经公布。")
        rows = Pass.objects.filter(application_id=application.pk, cancelled_at=None)
        won = set(rows.values_list("subject", flat=True))
        if names := [subject for subject in subjects if subject in won]:
            told.append(f"{subject_names(names)}不再是合格科目，不能据此补考或领证。")
        if application.concluded_at is None and not _open_without(application, decision, subjects):
            told.append("各科目均已公布或取消，这份申报随之办结。")
        return told

    def apply(self, decision: Decision) -> dict[str, Any]:
        subjects = cancelled_subjects(decision)
        cancel_scores(
            actor=decision.decided_by,
            application=decision.case.application,
            subjects=subjects,
            clause=decision.act_id,
            decision_id=decision.pk,
        )
        return {"subjects": subjects}

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        assert decision.reversed_by is not None
        application = decision.case.application
        _refuse_if_replaced(application, decision)
        lift_cancellations(actor=decision.reversed_by, application=application, decision_id=decision.pk)
        return _fresh_terms(application)


class Admission:
    """A3-1: the application is cancelled, its unpaid price with it; the reversal gives back the status it had."""

    code, title = "admission", "考试资格"
    BACK = {
        Status.APPROVED: "restore_approved",
        Status.SUBMITTED: "restore_submitted",
        Status.RETURNED: "restore_returned",
    }

    def preview(self, decision: Decision) -> list[str]:
        application = decision.case.application
        if decision.act_id != "A3-1" or application.status not in self.BACK:
            return []
        return [f"申报 {application.number} 由“{application.get_status_display()}”变为“已取消”。"]

    def apply(self, decision: Decision) -> dict[str, Any] | None:
        application = decision.case.application
        if not self.preview(decision):
            return None
        before = application.status
        quotes = application.quotes.filter(ended_at=None)
        undo = {"before": before, "quotes": [str(key) for key in quotes.values_list("pk", flat=True)]}
        end_quote(application, clock.now())
        reasons = [{"code": "cancel_by_decision", "clause": decision.act_id}]
        transitions.move(application, "cancel_by_decision", actor=decision.decided_by, reasons=reasons)
        application.save(update_fields=["status"])
        return undo

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        application = decision.case.application
        if other := _other_in_force(decision):
            row = decision.applied.get(code=self.code)
            AppliedEffect.objects.create(decision=other, position=row.position, code=self.code, undo=undo)
            return [f"案件 {other.case.number} 的处理决定仍然有效，申报 {application.number} 仍为“已取消”。"]
        action = self.BACK[undo["before"]]
        transitions.require(application, action)
        reasons = [{"code": action, "clause": decision.act_id}]
        transitions.move(application, action, actor=decision.reversed_by, reasons=reasons)
        application.save(update_fields=["status"])
        for quote in Quote.objects.select_for_update().filter(pk__in=undo["quotes"]):
            quote.ended_at = None
            quote.save(update_fields=["ended_at"])
        return []


class Barring:
    """A3-3, A3-4: barred from every occupation and grade. Bars of several decisions run side by side."""

    code, title = "bar", "禁考期"

    def preview(self, decision: Decision) -> list[str]:
        first, last = decision.effects["barred_from"], decision.effects["barred_until"]
        if first is None:
            if decision.act_id.startswith("A3-3"):
                return ["禁考期止于行为发生当年的 12 月 31 日，到生效日已过，不再禁考。"]
            return []
        told = [f"自 {_day(first)} 至 {_day(last)}（含首尾两日）不得参加任何职业、任何等级的评价。"]
        others = Bar.objects.filter(person=decision.case.person_id, lifted_at=None, barred_until__gte=first)
        told += [
            f"另有一个禁考期到 {day_text(bar.barred_until)}（{cite(bar.clause)}），两者各自计算，重叠的部分不累加。"
            for bar in others.order_by("barred_until")
        ]
        told += [
            f"另有申报 {other.number}（{other.offering}，{other.get_status_display()}）："
            "禁考期内不能提交、审核通过或安排考试。"
            for other in other_live_applications(decision.case.application)
        ]
        return told

    def apply(self, decision: Decision) -> dict[str, Any] | None:
        if decision.effects["barred_from"] is None:
            return None
        bar = Bar.objects.create(
            id=uuid4(),
            person_id=decision.case.person_id,
            barred_from=decision.effects["barred_from"],
            barred_until=decision.effects["barred_until"],
            clause=decision.act_id,
            decision_id=decision.pk,
            created_at=clock.now(),
        )
        _record_bar("standing.bar", bar, decision.decided_by)
        return {"bar": str(bar.pk)}

    def reverse(self, decision: Decision, undo: dict[str, Any]) -> list[str]:
        bar = Bar.objects.select_for_update().get(pk=undo["bar"])
        bar.lifted_at = clock.now()
        bar.save(update_fields=["lifted_at"])
        _record_bar("standing.lift_bar", bar, decision.reversed_by)
        return []


def _other_in_force(decision: Decision) -> Decision | None:
    """Another decision by which the application stays cancelled; it takes over what gives the status back."""
    same = Decision.objects.filter(case__application=decision.case.application_id, reversed_at=None)
    return same.filter(act=decision.act_id).exclude(pk=decision.pk).select_related("case").first()


def _refuse_if_replaced(application: Application, decision: Decision) -> None:
    """Raise `Refused` where the reversal would make the application live beside another of the same offering."""
    if application.status not in LIVE or not _open_without(application, decision, ()):
        return
    live = Application.objects.filter(
        person=application.person_id,
        offering=application.offering_id,
        status__in=LIVE,
        concluded_at=None,
    )
    if other := live.exclude(pk=application.pk).first():
        sentence = (
            f"撤销以后申报 {application.number} 将恢复办理，但本人已另有同一项目的申报 {other.number}"
            f"（{other.get_status_display()}）。请先由本人退出或由窗口取消那一份，再撤销处理决定。"
        )
        raise Refused(Finding("N2026-2.2", "another_live_application", sentence, other.number))


def _open_without(application: Application, decision: Decision, cancelled: Collection[str]) -> bool:
    """Whether a subject would be neither published nor cancelled, were `cancelled` all this decision cancels."""
    done = set(standing_scores().filter(application=application).values_list("subject", flat=True))
    others = live_cancellations(application).exclude(decision_id=decision.pk)
    done |= set(others.values_list("subject", flat=True)) | set(cancelled)
    return not done | given_up_subjects([application.pk])[application.pk] >= set(application.subjects)


def _fresh_terms(application: Application) -> list[str]:
    """Terms to mend or to pay that ran out meanwhile begin anew: the person did nothing to lose them."""
    if application.concluded_at is not None:
        return []
    today = clock.today()
    if application.status == Status.RETURNED and application.mend_until and application.mend_until < today:
        days = int(str(policy_value("mend_working_days", today)))
        application.mend_until = add_working_days(today, days, workdays.current()).day
        application.save(update_fields=["mend_until"])
        return [f"补正期限在此期间已过，另给到 {day_text(application.mend_until)}。"]
    told = []
    for quote in Quote.objects.select_for_update().filter(application=application, ended_at=None):
        if quote.pay_by < today and not quote.payments.exists():
            quote.pay_by = last_day_to_pay(today)
            quote.save(update_fields=["pay_by"])
            told.append(f"缴费期限在此期间已过，另给到 {day_text(quote.pay_by)}。")
    return told


def _record_bar(action: str, bar: Bar, actor: Any) -> None:
    trail.record(
        action,
        actor=actor,
        subject=bar,
        person_id=bar.person_id,
        detail={"clause": bar.clause, "from": str(bar.barred_from), "until": str(bar.barred_until)},
    )


def _day(text: str) -> str:
    return day_text(date.fromisoformat(text))
