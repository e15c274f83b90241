"""The parts that pages are made of. Every tag is a builtin: templates need no {% load %}.

{% icon "phone" %}                                     decoration; with label="注意" it speaks
{% status_tag "done" "已通过" %}                        kinds: todo active done attention refused quiet
{% notice kind="attention" title="需要您处理" %}…{% endnotice %}   kinds: info attention refused done
{% inset %}…{% endinset %}
{% error_summary form other_form formset %}            base.html does this for `form` by itself
{% task_list tasks %}      [{title, url, kind, status, hint}]; no url: not open, the hint says why
{% timeline steps %}       [{title, state, when, who, text, provisional, url, link}]
                               states: done now next stopped
{% summary_list rows %}    [{key, value, url, change}]; `change` is the link's word, else 修改
{% verdict found minimum_education %}   found: portal.rules.eligibility.Verdict
{% panel title="已提交" label="申报编号" number="…" %}…{% endpanel %}
{% receipt "收到申报" rows %}
{% page_links page_obj %}  pagination that keeps the filters in the address
"""

from datetime import date
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import Field
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.context_processors import House
from portal.rules import wording
from portal.rules.dates import Span
from portal.rules.eligibility import RouteVerdict, Verdict
from portal.rules.requirements import EVERYONE
from portal.templatetags.icons import ICONS

register = template.Library()

TAG_SHAPES = {
    "todo": "circle",
    "active": "half",
    "done": "check",
    "attention": "warning",
    "refused": "cross",
    "quiet": "clock",
}
ASKS = {"radio": "请选择", "select": "请选择", "checkbox": "请勾选：", "file": "请上传"}
NOTICE_SHAPES = {"info": "info", "attention": "warning", "refused": "cross", "done": "check"}


@register.simple_tag(name="house")
def house_without_request() -> House:
    """`{% house as house %}`: what the context processor gives, for pages rendered without a request."""
    return House()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An inline SVG, hidden from screen readers unless it is given a label."""
    path = ICONS[name]
    speech = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" viewBox="0 0 24 24" {}><path d="{}"/></svg>', speech, path)


@register.simple_tag
def status_tag(kind: str, word: str) -> SafeString:
    """A status: a word, a shape and a colour that all say the same."""
    return format_html('<span class="tag tag--{}">{}{}</span>', kind, icon(TAG_SHAPES[kind]), word)


@register.simple_block_tag
def notice(content: str, kind: str = "info", title: str = "") -> str:
    return render_to_string(
        "components/notice.html",
        {"content": content, "kind": kind, "title": title, "shape": NOTICE_SHAPES[kind]},
    )


@register.simple_block_tag
def inset(content: str) -> SafeString:
    return format_html('<div class="inset">{}</div>', content)


@register.simple_block_tag
def panel(content: str, title: str, label: str = "", number: str = "") -> str:
    """The head of a page that says a thing is done, with its number large."""
    return render_to_string(
        "components/panel.html",
        {"content": content, "title": title, "label": label, "number": number},
    )


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: Any) -> dict[str, Any]:
    """All errors of the given forms and formsets, each linked to its field; nothing where there are none."""
    items: list[dict[str, str]] = []
    for form in forms:
        if not form:
            continue
        for single in getattr(form, "forms", [form]):
            items += _form_errors(single)
        if hasattr(form, "non_form_errors"):
            items += [{"target": "", "message": message} for message in form.non_form_errors()]
    return {"items": items}


def _form_errors(form: Any) -> list[dict[str, str]]:
    items = [{"target": "", "message": message} for message in form.non_field_errors()]
    for bound in form:
        target = "" if bound.is_hidden else first_input_id(bound)
        items += [{"target": target, "message": message} for message in error_sentences(bound)]
    return items


@register.filter
def error_sentences(bound: Any) -> list[str]:
    """The field's errors; the library's bare 这个字段是必填项 names what is wanted instead."""
    bare = Field.default_error_messages["required"]
    return [f"{_asks(bound)}{bound.label}。" if message == bare else message for message in bound.errors]


def _asks(bound: Any) -> str:
    return ASKS.get(getattr(bound.field.widget, "input_type", ""), "请填写")


@register.filter
def first_input_id(bound: Any) -> str:
    """The id of the element that an error about this field should move the reader to."""
    if not bound.use_fieldset:
        return bound.id_for_label
    return f"{bound.auto_id}_0"


@register.inclusion_tag("components/task_list.html")
def task_list(tasks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"tasks": tasks}


@register.inclusion_tag("components/timeline.html")
def timeline(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """`when` is text; `provisional` (text) says why a date may still move."""
    return {"steps": steps}


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"rows": rows}


@register.inclusion_tag("components/receipt.html")
def receipt(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "rows": rows}


@register.inclusion_tag("components/verdict.html")
def verdict(found: Verdict, minimum_education: str) -> dict[str, Any]:
    """One grade's answer in a sentence, then its routes as rows that open."""
    return {
        "grade": found.grade,
        "answer": wording.answer(found, minimum_education=minimum_education),
        "opens": _opens(found.eligible, found.eligible_from),
        "basics": [
            ("年满 16 周岁", _opens(found.age_met, found.age_opens_on)),
            (f"{wording.EDUCATION_NAMES[minimum_education]}及以上学历", _opens(found.education_met, None)),
        ],
        "routes": [_route_row(route, best=route.clause == found.best_route) for route in found.routes],
        "everyone": [wording.EVIDENCE_NAMES[code] for code in EVERYONE],
    }


def _opens(met: bool, opens_on: date | None) -> dict[str, str]:
    """State, kind of tag and its word for what holds now, from a day on, or not by waiting."""
    if met:
        return {"state": "met", "kind": "done", "word": "符合"}
    if opens_on:
        return {"state": "later", "kind": "attention", "word": f"{wording.day_text(opens_on)} 起符合"}
    return {"state": "not_met", "kind": "quiet", "word": "不符合"}


def _route_row(route: RouteVerdict, *, best: bool) -> dict[str, Any]:
    return {
        "clause": route.clause,
        "title": wording.ROUTE_TITLES[route.clause],
        "opens": _opens(route.met, route.opens_on),
        "missing": [wording.missing_text(route.clause, one) for one in route.missing],
        "held": [wording.held_text(Span(**one.found)) for one in route.missing if _is_length(one.found)],
        "evidence": [wording.EVIDENCE_NAMES[code] for code in route.evidence if code not in EVERYONE],
        "unfolded": best,
    }


def _is_length(found: Any) -> bool:
    return isinstance(found, dict) and any(found.values())


@register.inclusion_tag("components/page_links.html", takes_context=True)
def page_links(context: template.Context, page: Page) -> dict[str, Any]:
    """Links to the other pages of a list; every other parameter of the address is kept."""
    return {
        "request": context["request"],
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "gap": page.paginator.ELLIPSIS,
    }
