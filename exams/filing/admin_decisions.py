"""The counter's pages that decide on an application: each names its consequence and calls one action."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applicants.records.models import Person
from exams.catalogue.queries import policy_value
from exams.filing.actions import amending, leaving, reviewing
from exams.filing.admin_forms import (
    AmendForm,
    ArrangementForm,
    AssessByForm,
    CheckForm,
    RejectForm,
    ReturnForm,
)
from exams.filing.admin_review import field_title
from exams.filing.answers import IDENTITY_FIELDS, ROW_FIELDS
from exams.filing.checks import CHECK_TITLES, latest_submission
from exams.filing.models import Application, SpecialArrangement
from exams.filing.summary import MODELS
from portal import clock
from portal.access import staff
from portal.counter.acting import ReasonForm, act, data
from portal.counter.widgets import DayInput

REVIEW = "exams.review_application"


def application_or_404(key: UUID) -> Application:
    return get_object_or_404(
        Application.objects.select_related("person__account", "offering__occupation"), pk=key
    )


def address(application: Application) -> str:
    """The review screen."""
    return reverse("admin:exams_application_change", args=[application.pk])


def _facts(application: Application) -> list[dict[str, str]]:
    return [
        {"key": "申报号", "value": application.number},
        {"key": "申报人", "value": application.person.name},
        {"key": "项目", "value": str(application.offering)},
        {"key": "状态", "value": application.get_status_display()},
    ]


class _SeenForm(forms.Form):
    """Carries which submission the reviewer looked at."""

    seen_serial = forms.IntegerField(widget=forms.HiddenInput)


@staff(REVIEW, "GET", "POST")
def approve_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    given_up = [
        str(row.given_up.get_subject_display()) for row in application.forfeitures.select_related("given_up")
    ]
    days = policy_value("pay_by_working_days", clock.today())
    batch = getattr(getattr(application, "roster_entry", None), "submission", None)
    if batch is None:
        paying, goes_to = f"申报人须在 {days} 个工作日内缴费，会收到消息。", "接着就到收费页面。"
        to = reverse("admin:payment_desk", args=[key])
    else:  # an institution pays for its people, all at once
        paying, goes_to = f"由机构在 {days} 个工作日内统一缴纳，本人会收到消息。", "接着回到机构的这次提交。"
        to = reverse("admin:exams_groupsubmission_change", args=[batch.pk])
    return act(
        request,
        _SeenForm(data(request), initial={"seen_serial": request.GET.get("seen", 0)}),
        lambda typed: reviewing.approve_application(
            actor=request.user, application=application, seen_serial=typed["seen_serial"]
        ),
        title="审核通过",
        facts=_facts(application),
        words=(
            f"按今天的收费标准确定应缴金额，{paying}",
            *(
                (f"放弃补考立即生效：{'、'.join(given_up)}的合格成绩从此不再保留（通知四（二））。",)
                if given_up
                else ()
            ),
            goes_to,
        ),
        button="审核通过",
        done=f"申报 {application.number} 已审核通过。",
        to=to,
        back=address(application),
    )


@staff(REVIEW, "GET", "POST")
def return_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    days = policy_value("mend_working_days", clock.today())
    form = ReturnForm(data(request))
    return act(
        request,
        form,
        lambda typed: reviewing.return_application(
            actor=request.user, application=application, reasons=form.rows(typed)
        ),
        title="退回补正",
        facts=_facts(application),
        words=(
            f"申报人会收到所选的原因，须在 {days} 个工作日内补正后重新提交；按期补正的，仍算在原来的申报时间内。",
            "补正后须重新打印报名表签字。",
        ),
        button="退回补正",
        done=f"申报 {application.number} 已退回补正。",
        back=address(application),
    )


@staff(REVIEW, "GET", "POST")
def reject_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    return act(
        request,
        RejectForm(data(request), application=application),
        lambda typed: reviewing.reject_application(
            actor=request.user, application=application, clause=typed["clause"], reason=typed["reason"]
        ),
        title="审核不通过",
        facts=_facts(application),
        words=(
            "申报到此为止，申报人会收到理由和条款，可以在申报时间内重新申报。能够补正的，请改用“退回补正”。",
        ),
        button="审核不通过",
        done=f"申报 {application.number} 审核不通过。",
        back=address(application),
        grave=True,
    )


@staff(REVIEW, "GET", "POST")
def revoke_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: reviewing.revoke_approval(
            actor=request.user, application=application, reason=typed["reason"]
        ),
        title="撤销审核通过",
        facts=_facts(application),
        words=("申报回到“待审核”，缴费单作废，因审核通过而放弃的合格成绩恢复。已收款的须先冲正。",),
        button="撤销审核通过",
        done=f"申报 {application.number} 已回到待审核。",
        back=address(application),
        grave=True,
    )


@staff(REVIEW, "GET", "POST")
def reopen_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: reviewing.reopen_rejected(
            actor=request.user, application=application, reason=typed["reason"]
        ),
        title="重新审核",
        facts=_facts(application),
        words=("申报回到“待审核”，申报人会收到消息。",),
        button="重新审核",
        done=f"申报 {application.number} 已回到待审核。",
        back=address(application),
    )


@staff(REVIEW, "GET", "POST")
def cancel_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: leaving.cancel_application(
            actor=request.user, application=application, reason=typed["reason"]
        ),
        title="取消申报",
        facts=_facts(application),
        words=("申报到此为止，缴费单作废，申报人会收到理由。已收款的，请在“座位与准考证”页办理缴费后取消。",),
        button="取消申报",
        done=f"申报 {application.number} 已取消。",
        back=address(application),
        grave=True,
    )


@staff(REVIEW, "GET", "POST")
def assess_by_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    return act(
        request,
        AssessByForm(data(request), initial={"assess_by": application.assess_by}),
        lambda typed: reviewing.set_assess_by(actor=request.user, application=application, **typed),
        title="另定评价截止日",
        facts=_facts(application),
        words=("以后只在这一天及以前的场次里为这份申报安排座位（附件2）。12 月的申报可按次年公告另定。",),
        button="保存评价截止日",
        done="评价截止日已改。",
        back=address(application),
    )


@staff(REVIEW, "GET", "POST")
def arrangement_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    asked = get_object_or_404(SpecialArrangement, application=application)
    return act(
        request,
        ArrangementForm(data(request), asked=asked),
        lambda typed: reviewing.decide_special_arrangement(
            actor=request.user,
            application=application,
            granted_needs=typed["granted_needs"],
            note=typed["decision_note"],
        ),
        title="决定合理便利",
        facts=[*_facts(application), {"key": "申报人的说明", "value": asked.note or "没有填写"}],
        words=("同意的安排会成为排座位的条件：只排进能满足的考场。申报人会收到决定。",),
        button="保存决定",
        done="合理便利已决定。",
        back=address(application),
    )


@staff(REVIEW, "GET", "POST")
def check_page(request: HttpRequest, key: UUID, code: str) -> HttpResponse:
    """One check; the review screen posts a passed one here at once."""
    application = application_or_404(key)
    submission = latest_submission(application)
    made = submission.checks.filter(code=code).first() if submission else None
    form = CheckForm(data(request), initial={"result": made.result, "note": made.note} if made else {})
    return act(
        request,
        form,
        lambda typed: reviewing.record_check(actor=request.user, application=application, code=code, **typed),
        title="登记核对结果",
        facts=[*_facts(application), {"key": "核对项", "value": CHECK_TITLES.get(code, code)}],
        button="登记核对结果",
        done=f"已登记：{CHECK_TITLES.get(code, code)}。",
        back=f"{address(application)}#check-{code}",
    )


@staff(REVIEW, "GET", "POST")
def amend_page(request: HttpRequest, key: UUID, field: str) -> HttpResponse:
    """Correct one answer with the original in hand."""
    application = application_or_404(key)
    submission = latest_submission(application)
    if submission is None:
        raise Http404
    old, typed_as = _field(submission.answers, field)
    return act(
        request,
        AmendForm(data(request), field=typed_as, initial={"value": old}),
        lambda typed: amending.amend_field(
            actor=request.user,
            application=application,
            field=field,
            value=typed.get("value"),
            reason=typed["reason"],
        ),
        title=f"更正：{field_title(field)}",
        facts=[*_facts(application), {"key": "原值", "value": _shown(old, typed_as)}],
        words=(
            "申报人的资料和这次申报都改为新值，原值、新值和理由会留存。",
            "按原来的判定日重新判定；有关的核对项要重新核对，报名表要重新打印签字。",
        ),
        button="保存更正",
        done="已更正，请重新核对有关项目。",
        back=address(application),
    )


def _field(answers: dict, field: str) -> tuple[object, forms.Field | None]:
    """The answer as it stands and the form field to change it with; None where the document desk rules."""
    part, _, rest = field.partition(".")
    if part == "identity" and rest in IDENTITY_FIELDS:
        if rest in amending.AT_THE_DOCUMENT_DESK:
            return answers["identity"][rest], None
        column = Person._meta.get_field(rest)
        return answers["identity"].get(rest), column.formfield(required=False)
    row_id, _, name = rest.partition(".")
    if part in ROW_FIELDS and name in ROW_FIELDS[part]:
        for row in answers[part]:
            if row["id"] == row_id:
                return row[name], _plain_field(MODELS[part]._meta.get_field(name))
    raise Http404


def _plain_field(column) -> forms.Field:
    made = column.formfield(required=False)
    made.label = "新值"
    if isinstance(made, forms.DateField):
        made.widget = DayInput()
    return made


def _shown(value: object, typed_as: forms.Field | None) -> str:
    choices = dict(getattr(typed_as, "choices", []) or [])
    return str(choices.get(value, "没有填写" if value in (None, "") else value))
