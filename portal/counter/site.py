"""The counter: Django admin on a site of our own, whose first page is made of queues."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from portal import registry
from portal.access import require_second_factor, second_factor_passed
from portal.counter.guide import guide_page

SECTIONS = ("申报", "收费", "考务", "准考证", "成绩", "违纪", "证书", "人员与机构", "目录与规定", "记录")
"""The lists in the order in which an application goes; a ModelAdmin names its own in `section`."""


OWN_APPS = ("portal", "applicants", "exams", "certificates")


class CounterSite(admin.AdminSite):
    """The association's back office."""

    site_header = site_title = "受理窗口"
    index_title = "待办"
    site_url = "/"
    empty_value_display = "—"
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Rows are ended by actions of their own; nothing is deleted by the dozen.
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Our own lists only: those that libraries bring would change log-ins and groups past action and trail."""
        models = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        ours = [model for model in models if model._meta.app_label in OWN_APPS]
        super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Active staff, past their second factor."""
        return request.user.is_active and request.user.is_staff and second_factor_passed(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One log-in page for everybody; staff who lack a second factor are sent to it, or to set one up."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.GET.get("next", reverse("admin:index")))
        if not request.user.is_staff:
            raise PermissionDenied("本页供工作人员使用。")
        return require_second_factor(request) or redirect("admin:index")

    def get_urls(self) -> list[Any]:
        """With the guide; without the redirect to an object on the site: none of ours has a page by that name."""
        kept = [entry for entry in super().get_urls() if getattr(entry, "name", "") != "view_on_site"]
        return [path("guide/", self.admin_view(guide_page), name="guide"), *kept]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The lists by section, instead of by app."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        by_section: dict[str, list[Any]] = {title: [] for title in SECTIONS}
        shown = {model["model"]: model for app in apps for model in app["models"]}
        for model, model_admin in self._registry.items():  # as written in each slice's admin
            if model in shown:
                by_section[getattr(model_admin, "section", SECTIONS[-1])].append(shown[model])
        return [
            {"name": title, "app_label": "", "app_url": "", "has_module_perms": True, "models": models}
            for title, models in by_section.items()
            if models
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        own = [queue for queue in registry.counter_queues if request.user.has_perm(queue.permission)]
        read = {source: source() for source in {queue.source for queue in own} if source}
        queues = []
        for queue in sorted(own, key=lambda queue: queue.order):
            given = (read[queue.source],) if queue.source else ()
            queues.append(
                {
                    "title": queue.title,
                    "help_text": queue.help_text,
                    "count": queue.count(*given),
                    "oldest": queue.oldest_working_days(*given),
                    "attention": queue.attention,
                    "url": queue.url(),
                }
            )
        waiting = [queue for queue in queues if queue["count"]]
        clear = [queue for queue in queues if not queue["count"]]
        context = {"queues": queues, "waiting": waiting, "clear": clear}
        return super().index(request, {**(extra_context or {}), **context})
