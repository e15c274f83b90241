"""The catalogue's pages: each enters one dated row with its source."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.catalogue import admin_forms as forms
from exams.catalogue import changes
from exams.catalogue.models import Occupation, Offering, Scheme
from portal.access import staff
from portal.counter.acting import act, data

KEPT = "已经生效的行不改不删：以前的申报按当时的规定办理，以后的按新的一行办理。"


def _list(model: str) -> str:
    return reverse(f"admin:exams_{model}_changelist")


@staff("exams.change_feeschedule", "GET", "POST")
def fees_page(request: HttpRequest) -> HttpResponse:
    form = forms.FeesForm(data(request))
    return act(
        request,
        form,
        lambda typed: changes.set_fees(
            actor=request.user,
            offering=typed["offering"],
            effective_from=typed["effective_from"],
            prices=form.prices(),
            citation=typed["citation"],
        ),
        title="登记收费标准",
        words=(KEPT, "已审核通过的申报，缴费单上的金额不变。"),
        button="登记收费标准",
        done="收费标准已登记。",
        back=_list("feeschedule"),
    )


@staff("exams.change_scheme", "GET", "POST")
def scheme_page(request: HttpRequest) -> HttpResponse:
    form = forms.SchemeForm(data(request))
    return act(
        request,
        form,
        lambda typed: changes.set_scheme(
            actor=request.user,
            offering=typed["offering"],
            effective_from=typed["effective_from"],
            subjects=form.plans(),
            inspected=typed["inspected"],
            citation=typed["citation"],
        ),
        title="登记考核方案",
        words=(KEPT, "科目有变化的，请随后公布补考方案；公布以前，补考申报须等待（通知四（三））。"),
        button="登记考核方案",
        done="考核方案已登记。",
        back=_list("scheme"),
    )


@staff("exams.change_scheme", "GET", "POST")
def retake_plan_page(request: HttpRequest, key: int) -> HttpResponse:
    scheme = get_object_or_404(Scheme.objects.select_related("offering__occupation"), pk=key)
    form = forms.RetakePlanForm(data(request), scheme=scheme)
    return act(
        request,
        form,
        lambda typed: changes.publish_retake_plan(
            actor=request.user, scheme=scheme, plan=form.plan(), citation=typed["citation"]
        ),
        title=f"公布补考方案：{scheme}",
        words=("公布以后不能再改。持有旧方案合格成绩的人据此补考（通知四（三））。",),
        button="公布补考方案",
        done="补考方案已公布。",
        back=_list("scheme"),
        grave=True,
    )


@staff("exams.change_filingwindow", "GET", "POST")
def window_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        forms.WindowForm(data(request), initial=request.GET.dict()),
        lambda typed: changes.set_window(actor=request.user, **typed),
        title="登记或更改申报时间",
        words=("开始日相同的，就是更改那一段；已经结束的不能再改。已提交的申报保留原来的评价截止日。",),
        button="保存申报时间",
        done="申报时间已保存。",
        back=_list("filingwindow"),
    )


@staff("exams.change_policyvalue", "GET", "POST")
def policy_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        forms.PolicyForm(data(request)),
        lambda typed: changes.set_day_policy(actor=request.user, **typed),
        title="更改期限规定",
        words=(KEPT, "已经定下的期限不变。"),
        button="登记",
        done="规定已登记。",
        back=_list("policyvalue"),
    )


@staff("exams.change_offering", "GET", "POST")
def open_offering_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        forms.OfferingForm(data(request)),
        lambda typed: changes.open_offering(actor=request.user, **typed),
        title="开放评价项目",
        words=("到开放日，申报页面就出现这个项目。请先登记它的考核方案和收费标准。",),
        button="开放",
        done="评价项目已登记。",
        back=_list("offering"),
    )


@staff("exams.change_offering", "GET", "POST")
def close_offering_page(request: HttpRequest, key: int) -> HttpResponse:
    offering = get_object_or_404(Offering.objects.select_related("occupation"), pk=key)
    return act(
        request,
        forms.CloseForm(data(request), initial={"closed_on": offering.closed_on}),
        lambda typed: changes.close_offering(actor=request.user, offering=offering, **typed),
        title=f"停止申报：{offering}",
        words=("过了这一天不再受理新的申报，已提交的照常办理。",),
        button="保存",
        done="停止申报日已保存。",
        back=_list("offering"),
    )


@staff("exams.change_occupation", "GET", "POST")
def lists_page(request: HttpRequest, key: str) -> HttpResponse:
    occupation = get_object_or_404(Occupation, pk=key)
    initial = {
        name: getattr(occupation, name)
        for name in ("related_occupations", "related_majors", "approved_majors", "citation")
    }
    return act(
        request,
        forms.ListsForm(data(request), initial=initial),
        lambda typed: changes.change_lists(actor=request.user, occupation=occupation, **typed),
        title=f"更改对照目录：{occupation.name}",
        words=("申报人从这些目录里选择。已提交的申报按提交时的判定办理，不受影响。",),
        button="保存目录",
        done="对照目录已保存。",
        back=_list("occupation"),
    )
