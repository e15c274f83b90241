"""The counter's pages of a group filing and of one batch: originals, sample, approval together, single returns."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from applicants.accounts.models import Account
from exams.catalogue.queries import policy_value
from exams.filing.admin_forms import ReturnForm
from exams.filing.groups.batches import deciding as batches
from exams.filing.groups.batches.admin_forms import DespiteSampleForm, SampleForm, SeenForm
from exams.filing.groups.batches.models import BatchDecision, SampleDraw
from exams.filing.groups.batches.standings import (
    REASONS,
    Approvable,
    Standing,
    approvable,
    open_entries,
    outcome_of,
    review_of,
)
from exams.filing.groups.batches.working import work_on_batches
from exams.filing.groups.models import GroupFiling, GroupSubmission, RosterRow, RosterUpload
from exams.filing.groups.queries import STAGES, counts_by_stage
from exams.filing.models import Kind
from portal import clock
from portal.access import staff
from portal.counter.acting import act, data, page
from portal.counter.rows import A_PAGE
from portal.rules.wording import GRADE_FULL_NAMES, money_text
from portal.templatetags.portal_format import moment

LOOK, REVIEW = "exams.view_groupsubmission", "exams.review_groupfiling"
AT_ONCE_SECONDS = 3
"""So long the person who decided waits for the first items; the rest is background work."""
LISTS = {"single": "须逐个处理", "drawn": "抽中待核对", "complete": "可批量通过"}


def batch_address(submission: GroupSubmission) -> str:
    return reverse("admin:exams_groupsubmission_change", args=[submission.pk])


def decision_address(decision: BatchDecision) -> str:
    return reverse("admin:batch_decision", args=[decision.pk])


def counts_text(upload: RosterUpload) -> str:
    """新增 480，有问题 3."""
    labels: dict[str, str] = dict(RosterRow.Outcome.choices)
    return "，".join(f"{labels.get(name, name)} {count}" for name, count in upload.counts.items() if count)


def submission_or_404(key: UUID) -> GroupSubmission:
    rows = GroupSubmission.objects.select_related(
        "filing__institution", "filing__occupation", "by", "window", "sample__drawn_by"
    )
    return get_object_or_404(rows, pk=key)


@staff("exams.view_groupfiling", "GET")
def filing_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One filing as the counter sees it: where its people stand, what was submitted, what was uploaded."""
    rows = GroupFiling.objects.select_related("institution", "occupation", "opened_by")
    filing = get_object_or_404(rows, pk=key)
    uploads = filing.uploads.select_related("uploaded_by").order_by("-uploaded_at")[:A_PAGE]
    return page(
        request,
        "admin/exams/groups/filing.html",
        title=f"团体申报 {filing.number}",
        filing=filing,
        facts=_filing_facts(filing),
        stages=[(STAGES[code], people) for code, people in counts_by_stage(filing).items()],
        submissions=[(one, _totals(one)) for one in filing.submissions.select_related("by")],
        uploads=[(one, counts_text(one)) for one in uploads],
    )


def _filing_facts(filing: GroupFiling) -> list[dict[str, str]]:
    institution = filing.institution
    institution_page = reverse("admin:applicants_institution_change", args=[institution.pk])
    return [
        {"key": "机构", "value": institution.name, "url": institution_page, "change": "查看"},
        {"key": "办学许可证号", "value": institution.permit_number},
        {"key": "名称", "value": filing.title},
        {"key": "职业", "value": filing.occupation.name},
        {"key": "建立", "value": f"{filing.opened_by}，{moment(filing.opened_at)}"},
        {"key": "状态", "value": f"{moment(filing.closed_at)} 关闭" if filing.closed_at else "办理中"},
    ]


@staff(LOOK, "GET")
def batch_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One submission: who filed it, what it sums up to, what is to be done next, and its people in three lists."""
    submission = submission_or_404(key)
    lists = approvable(submission)
    chosen = _chosen_list(request, lists)
    rows = _filtered(getattr(lists, chosen), request)
    shown = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    originals = batches.originals_state(submission)
    sample = getattr(submission, "sample", None)
    return page(
        request,
        "admin/exams/groups/batch.html",
        title=f"{submission.filing.institution.name}：{submission}",
        submission=submission,
        facts=batch_facts(submission),
        totals=_totals(submission),
        tabs=[(code, words, len(getattr(lists, code))) for code, words in LISTS.items()],
        chosen=chosen,
        rows=[(one, review_of(one.entry)) for one in shown],
        rows_page=shown,
        reasons=[(code, REASONS[code], count) for code, count in lists.reason_counts().items()],
        grades=sorted({one.application.offering.grade for one in _all(lists)}, reverse=True),
        originals=originals,
        to_confirm=len(batches.originals_to_confirm(lists)),
        sample=sample,
        outcome=outcome_of(sample) if sample and not lists.drawn else None,
        open_people=len(list(_all(lists))),
        drawn_open=len(lists.drawn),
        complete=len(lists.complete),
        decisions=[
            (one, batches.progress(one)) for one in submission.decisions.select_related("decided_by")[:10]
        ],
        unfinished=submission.decisions.filter(finished_at=None).first(),
        may=request.user.has_perm(REVIEW),
    )


def _all(lists: Approvable) -> list[Standing]:
    return [*lists.drawn, *lists.complete, *lists.single]


def _chosen_list(request: HttpRequest, lists: Approvable) -> str:
    """The list asked for, else the first in which somebody waits."""
    asked = request.GET.get("list", "")
    if asked in LISTS:
        return asked
    return next((code for code in ("drawn", "complete", "single") if getattr(lists, code)), "single")


def _filtered(rows: Sequence[Standing], request: HttpRequest) -> list[Standing]:
    reason, grade, text = (request.GET.get(name, "") for name in ("reason", "grade", "q"))
    found = list(rows)
    if reason in REASONS:
        found = [one for one in found if any(finding.code == reason for finding in one.reasons)]
    if grade.isdecimal() and len(grade) < 5:
        found = [one for one in found if one.application.offering.grade == int(grade)]
    if text := text.strip():
        found = [
            one for one in found if text in one.application.number or text in one.application.person.name
        ]
    return found


def batch_facts(submission: GroupSubmission) -> list[dict[str, str]]:
    filing = submission.filing
    reviewers = Account.objects.filter(pk__in=submission.entries.values("reviews__reviewer"))
    names = sorted(set(reviewers.values_list("name", flat=True)))
    filing_page_address = reverse("admin:exams_groupfiling_change", args=[filing.pk])
    filed = moment(submission.filed_at) if submission.filed_at else "逐人建档中，完成后才能抽查"
    return [
        {"key": "机构", "value": f"{filing.institution.name}（{filing.institution.permit_number}）"},
        {
            "key": "团体申报",
            "value": f"{filing.number} {filing.title}",
            "url": filing_page_address,
            "change": "查看",
        },
        {"key": "提交", "value": f"{submission.by}，{moment(submission.at)}，{submission.persons} 人"},
        {"key": "资格初审", "value": "、".join(names) or "没有记录"},
        {"key": "建档", "value": filed},
    ]


def _totals(submission: GroupSubmission) -> list[dict[str, Any]]:
    return [
        {
            "grade": GRADE_FULL_NAMES[row["grade"]],
            "kind": Kind(row["kind"]).label,
            "persons": row["persons"],
            "amount": money_text(row["fen"]),
        }
        for row in submission.totals
    ]


@staff(REVIEW, "GET", "POST")
def originals_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """All originals the institution handed in, at once."""
    submission = submission_or_404(key)
    waiting = batches.originals_to_confirm(approvable(submission))
    return _decide(
        request,
        submission,
        partial(batches.confirm_handed_in, actor=request.user, submission=submission),
        shown=batches.shown(waiting),
        title="确认签名原件",
        people=len(waiting),
        words=(
            f"机构标记已交签名原件、窗口还没有确认的有 {len(waiting)} 人。",
            "请清点份数，并抽看签名。确认后，这些人的“报名表由本人签字”登记为符合。",
            "份数对不上的，请改用扫描：逐份扫报名表二维码，只确认扫到的人。",
        ),
        button=f"{len(waiting)} 份原件都在，登记确认",
    )


@staff(REVIEW, "GET", "POST")
def approve_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Everybody who is complete, at once."""
    submission = submission_or_404(key)
    lists = approvable(submission)
    complete = lists.complete
    sample = getattr(submission, "sample", None)
    outcome = outcome_of(sample) if sample and not lists.drawn else None
    days = policy_value("pay_by_working_days", clock.today())
    return _decide(
        request,
        submission,
        partial(batches.approve_batch, actor=request.user, submission=submission),
        shown=batches.shown(complete),
        title="批量审核通过",
        people=len(complete),
        form=DespiteSampleForm if outcome and not outcome.passed else SeenForm,
        words=(
            *([f"{outcome}。"] if outcome else []),
            f"{len(complete)} 人的判定、材料、签名原件和身份都没有疑点，也没有被抽中。",
            "证件和材料据机构的资格初审登记为已核对，注明初审人和日期；逐人确定应缴金额。",
            f"各人会收到消息；费用由机构统一缴纳，须在 {days} 个工作日内缴清。",
            "有谁不能通过的，会列出原因，不影响其他人。",
        ),
        button=f"审核通过 {len(complete)} 人",
        grave=True,
    )


def _decide(
    request: HttpRequest,
    submission: GroupSubmission,
    deed: Any,
    *,
    shown: str,
    people: int,
    form: type[SeenForm] = SeenForm,
    **words: Any,
) -> HttpResponse:
    """A confirm page over a list; then the first items are carried out at once and the page of the rest is shown."""
    return act(
        request,
        form(data(request), initial={"seen": shown}),
        lambda typed: _carried_out(deed(**typed)),
        facts=[*batch_facts(submission)[:3], {"key": "这次办理", "value": f"{people} 人"}],
        done="已登记，正在逐人办理。",
        to=decision_address,
        back=batch_address(submission),
        **words,
    )


def _carried_out(decision: BatchDecision) -> BatchDecision:
    work_on_batches(seconds=AT_ONCE_SECONDS)
    return decision


@staff(REVIEW, "GET", "POST")
def return_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Those ticked in the list, with the same reasons."""
    submission = submission_or_404(key)
    numbers = request.GET.getlist("pick")  # the form is sent to the address it was opened with
    people = list(
        open_entries(submission)
        .filter(application__number__in=numbers)
        .select_related("application__person", "application__offering__occupation")
    )
    if not people:
        messages.error(request, "请先在名单里勾选要退回的人。")
        return redirect(batch_address(submission))
    days = policy_value("mend_working_days", clock.today())
    form = ReturnForm(data(request))
    return act(
        request,
        form,
        lambda typed: _carried_out(
            batches.return_batch(
                actor=request.user, submission=submission, numbers=numbers, reasons=form.rows(typed)
            )
        ),
        title="退回补正",
        template="admin/exams/groups/return.html",
        facts=batch_facts(submission)[:3],
        people=people,
        words=(
            f"所选 {len(people)} 人用同样的原因退回，本人和机构都会收到消息，其他人不受影响。",
            f"机构须在 {days} 个工作日内补正并重新提交；按期补正的，仍算在原来的申报时间内。",
        ),
        button=f"退回 {len(people)} 人",
        done="已登记，正在逐人办理。",
        to=decision_address,
        back=batch_address(submission),
    )


@staff(REVIEW, "GET", "POST")
def sample_page(request: HttpRequest, key: UUID) -> HttpResponse:
    submission = submission_or_404(key)
    people = open_entries(submission).count()
    return act(
        request,
        SampleForm(data(request)),
        lambda typed: batches.draw_sample(
            actor=request.user, submission=submission, percent=typed["percent"]
        ),
        title="抽查",
        facts=[*batch_facts(submission)[:3], {"key": "待审核", "value": f"{people} 人"}],
        words=(
            "由系统随机定一个种子，按种子从待审核的人里抽取。每次提交只抽一次，不能重抽。",
            "抽中的人必须逐个核对、审核，都有了决定以后才能批量审核其他人。",
            "名单、种子和结果会保存，任何人都可以重算。",
        ),
        button="抽查",
        done=lambda sample: f"已从 {len(sample.candidates)} 人中抽出 {len(sample.drawn)} 人。",
        back=batch_address(submission),
        to=f"{batch_address(submission)}?list=drawn",
        grave=True,
    )


@staff(LOOK, "GET")
def sample_json(request: HttpRequest, key: UUID) -> HttpResponse:
    """What `manage.py verify_draw` recomputes: numbers only, nobody's name."""
    submission = submission_or_404(key)
    sample = get_object_or_404(SampleDraw, submission=submission)
    response = JsonResponse(
        {
            "batch": str(submission),
            "drawn_at": sample.drawn_at.isoformat(),
            "percent": sample.percent,
            "seed": sample.seed,
            "candidates": sample.candidates,
            "drawn": sample.drawn,
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    response["Content-Disposition"] = (
        f'attachment; filename="sample-{submission.filing.number}-{submission.serial}.json"'
    )
    return response


@staff(LOOK, "GET")
def decision_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far a decision has been carried out; the page asks again by itself until it is."""
    rows = BatchDecision.objects.select_related("submission__filing__institution", "decided_by")
    decision = get_object_or_404(rows, pk=key)
    done = batches.progress(decision)
    refused = decision.items.exclude(refusal="").select_related("application__person")
    response = page(
        request,
        "admin/exams/groups/decision.html",
        title=decision.get_deed_display(),
        decision=decision,
        progress=done,
        succeeded=done["done"] - done["refused"],
        refused=Paginator(refused.order_by("application__number"), A_PAGE).get_page(request.GET.get("page")),
        back=batch_address(decision.submission),
    )
    if decision.finished_at is None:
        response["Refresh"] = "3"
    return response
