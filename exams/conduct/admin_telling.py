"""What the authorities must be told at the counter: the open list, marking items as told, and what was told."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from applicants.records.models import Person
from exams.conduct.documents import render_telling
from exams.conduct.models import Telling, ToldItem
from exams.conduct.papers import paper
from exams.conduct.telling import Open, chosen_items, mark_told, open_items, tellings, withdraw_told
from portal import clock
from portal.access import staff
from portal.audit.trail import record_accesses
from portal.counter.acting import ReasonForm, act, data, page
from portal.counter.widgets import DayInput
from portal.rules.findings import Refused
from portal.rules.wording import day_text

VIEW, TELL = "exams.view_case", "exams.tell_authorities"
LIST, HISTORY = "admin:cases_to_tell", "admin:cases_told"
NAME = "须报送主管部门的事项"


class TellingForm(forms.Form):
    """Which office was told, by what, and when."""

    office = forms.CharField(
        label="报送单位",
        max_length=100,
        help_text="例如：上海市职业技能鉴定中心。",
        error_messages={"required": "请填写报送的单位。"},
    )
    reference = forms.CharField(
        label="文号或回执",
        max_length=100,
        help_text="报送文件的文号，或者对方的回执、系统流水号，以后凭它查找。",
        error_messages={"required": "请填写文号，或者回执、系统流水号。"},
    )
    told_on = forms.DateField(
        label="报送日期",
        widget=DayInput(),
        error_messages={"required": "请填写报送日期。", "invalid": "日期不对，请按年月日填写。"},
    )


@never_cache
@staff(VIEW, "GET")
def telling_page(request: HttpRequest) -> HttpResponse:
    """What is to be told now, to be printed and sent, then marked; the look is logged."""
    rows = open_items()
    _log("cases_to_tell.viewed", request, rows)
    return page(
        request,
        "admin/exams/conduct/telling.html",
        title=NAME,
        rows=rows,
        may_tell=request.user.has_perm(TELL),
    )


@staff(VIEW, "GET")
def telling_pdf(request: HttpRequest) -> HttpResponse:
    rows = open_items()
    _log("cases_to_tell.downloaded", request, rows)
    return paper(request, lambda: render_telling(rows, on=clock.today()), name=NAME, back=LIST)


@staff(TELL, "GET", "POST")
def mark_page(request: HttpRequest) -> HttpResponse:
    """Say of the items ticked (`?item=…`) which office was told, by what and on which day; the look is logged."""
    keys = request.GET.getlist("item")
    try:
        items = chosen_items(keys)
    except Refused as refused:
        return _back(request, refused)
    _log("cases_to_tell.viewed", request, items)
    return act(
        request,
        TellingForm(data(request), initial={"told_on": clock.today()}),
        lambda typed: mark_told(actor=request.user, keys=keys, **typed),
        title="登记已报送",
        items=items,
        words=("登记以后，这些事项移到“已报送”。处理决定以后撤销的，会再出现在清单上，撤销也要报送。",),
        button=f"登记 {len(items)} 项已报送",
        done=f"{len(items)} 项已登记报送。",
        back=reverse(LIST),
        template="admin/exams/conduct/mark_told.html",
    )


@never_cache
@staff(VIEW, "GET")
def told_page(request: HttpRequest) -> HttpResponse:
    """What was told, act by act; the look is logged."""
    acts = list(tellings())
    _log_told("cases_told.viewed", request, (item for one in acts for item in one.items.all()))
    return page(
        request,
        "admin/exams/conduct/told.html",
        title="已报送的事项",
        acts=acts,
        may_tell=request.user.has_perm(TELL),
    )


@staff(TELL, "GET", "POST")
def withdraw_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take an entry back that was made by mistake; the look is logged."""
    rows = ToldItem.objects.select_related("telling", "person").filter(withdrawn_at=None)
    item = get_object_or_404(rows, pk=key)
    _log_told("cases_told.viewed", request, [item])
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: withdraw_told(actor=request.user, item=item, reason=typed["reason"]),
        title="撤回报送登记",
        facts=_facts(item),
        words=("只有登记错了才撤回：撤回以后，这一项回到“须报送”的清单，直到重新登记。",),
        button="撤回登记",
        done="登记已撤回，这一项仍须报送。",
        back=reverse(HISTORY),
        grave=True,
    )


def _facts(item: ToldItem) -> list[dict[str, Any]]:
    telling: Telling = item.telling
    return [
        {"key": "姓名", "value": item.person.name},
        {"key": "报送内容", "value": item.text},
        {"key": "报送", "value": f"{day_text(telling.told_on)}，{telling.office}，{telling.reference}"},
    ]


def _back(request: HttpRequest, refused: Refused) -> HttpResponse:
    messages.error(request, str(refused))
    return redirect(LIST)


def _log(kind: str, request: HttpRequest, rows: Iterable[Open]) -> None:
    looked_at = [(one.duty.case or one.duty.person, one.duty.person) for one in rows]
    _record(kind, request, looked_at)


def _log_told(kind: str, request: HttpRequest, items: Iterable[ToldItem]) -> None:
    _record(kind, request, [(item, item.person) for item in items])


def _record(kind: str, request: HttpRequest, looked_at: Sequence[tuple[Model, Person]]) -> None:
    entries = [(subject, person.pk, person.birth_date) for subject, person in looked_at]
    record_accesses(kind, actor=request.user, looked_at=entries)
