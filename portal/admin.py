"""The kernel at the counter: the calendar's exceptions, messages, the trail and the access log, to read."""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from portal.access import staff
from portal.audit.history import actor_names
from portal.audit.models import AccessEntry, AuditEntry
from portal.audit.words import in_words, look_in_words
from portal.counter.acting import act, data
from portal.counter.rows import LookOnly, link
from portal.counter.widgets import DayInput
from portal.dayrules import lift_exception, set_exception
from portal.messages.models import Message
from portal.models import DayException
from portal.rules.wording import day_text


class ExceptionForm(forms.Form):
    day = forms.DateField(label="日期", widget=DayInput())
    is_working_day = forms.TypedChoiceField(
        label="这一天",
        choices=[("yes", "是工作日"), ("no", "不是工作日")],
        coerce=lambda typed: typed == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是不是工作日。"},
    )
    counter_open = forms.TypedChoiceField(
        label="窗口",
        choices=[("", "照常，只在周一、周三接待"), ("yes", "接待"), ("no", "不接待")],
        coerce=lambda typed: typed == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    citation = forms.CharField(
        label="依据", max_length=200, error_messages={"required": "请写明依据，例如通知的名称和日期。"}
    )


@staff("portal.change_dayexception", "GET", "POST")
def set_exception_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        ExceptionForm(data(request)),
        lambda typed: set_exception(actor=request.user, **typed),
        title="登记日历例外",
        words=("准考证开放日、补正和缴费期限、窗口接待日都立即按新的日历推算；已经开放的准考证不收回。",),
        button="登记",
        done=lambda row: f"{day_text(row.day)} 已登记。",
        back=reverse("admin:portal_dayexception_changelist"),
    )


@staff("portal.change_dayexception", "GET", "POST")
def lift_exception_page(request: HttpRequest, key: str) -> HttpResponse:
    try:
        day = parse_date(key)
    except ValueError:  # written like a date, but no day of the calendar
        day = None
    row = get_object_or_404(DayException, pk=day)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: lift_exception(actor=request.user, exception=row),
        title=f"撤销日历例外：{day_text(row.day)}",
        words=("这一天恢复按公布的放假安排推算。",),
        button="撤销",
        done="例外已撤销。",
        back=reverse("admin:portal_dayexception_changelist"),
        grave=True,
    )


@admin.register(DayException)
class DayExceptionAdmin(LookOnly):
    section = "目录与规定"
    list_display = ("day", "is_working_day", "counter_open", "citation", "deeds")
    list_display_links = None
    ordering = ("-day",)
    change_list_template = "admin/counter/day_exceptions.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("set/", set_exception_page, "set_exception"),
            ("<str:key>/lift/", lift_exception_page, "lift_exception"),
        )
        return ours + super().get_urls()

    @admin.display(description="办理")
    def deeds(self, row: DayException) -> SafeString:
        return link("lift_exception", row.day.isoformat(), "撤销")


@admin.register(Message)
class MessageAdmin(LookOnly):
    """Who was told what about, and whether it arrived; not the text, which may hold a code."""

    section = "记录"
    list_display = ("created_at", "event", "account", "channel", "state", "attempts", "error")
    list_filter = ("state", "channel", "event")
    list_select_related = ("account",)
    list_display_links = None
    ordering = ("-created_at",)


class NamesOfActors(ChangeList):
    """Reads who stands behind a page's rows in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        names = actor_names(row.actor_id for row in self.result_list)
        for row in self.result_list:
            row.actor_name = names.get(row.actor_id, "系统")


class TrailAdmin(LookOnly):
    """What the trail and the access log share."""

    section = "记录"
    list_display_links = None
    ordering = ("-at",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamesOfActors

    @admin.display(description="对象")
    def about(self, row: Any) -> str:
        return str(apps.get_model(row.subject_type)._meta.verbose_name)

    @admin.display(description="谁")
    def who(self, row: Any) -> str:
        return row.actor_name


@admin.register(AuditEntry)
class AuditEntryAdmin(TrailAdmin):
    list_display = ("at", "what", "who", "about", "values")
    list_filter = ("at",)

    @admin.display(description="内容")
    def values(self, entry: AuditEntry) -> SafeString:
        """Codes and ids as the action wrote them; personal values stay sealed."""
        return format_html_join(" ", '<span class="pair">{}={}</span>', entry.detail.items())

    @admin.display(description="做了什么", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return in_words(entry.action)


@admin.register(AccessEntry)
class AccessEntryAdmin(TrailAdmin):
    list_display = ("at", "what", "who", "about", "of_minor", "reason")
    list_filter = ("at", "of_minor", "kind")

    @admin.display(description="看了什么", ordering="kind")
    def what(self, entry: AccessEntry) -> str:
        return look_in_words(entry.kind)
