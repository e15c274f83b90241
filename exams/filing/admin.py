"""Applications at the counter: the list, and the review screen in place of a change form."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from exams.filing import admin_decisions as decisions
from exams.filing.admin_review import review_page
from exams.filing.models import Application, SpecialArrangement, Status
from portal import workdays
from portal.counter.ages import age_in_working_days
from portal.counter.rows import LookOnly, as_key, link
from portal.templatetags.portal_format import working_days


class FiledByFilter(admin.SimpleListFilter):
    """Alone, or by an institution."""

    title = "申报方式"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("person", "本人申报"), ("institution", "机构填报")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Application]) -> QuerySet[Application]:
        if self.value() not in {"person", "institution"}:
            return rows
        return rows.filter(institution__isnull=self.value() == "person")


@admin.register(Application)
class ApplicationAdmin(LookOnly):
    section = "申报"
    list_display = ("number", "person", "offering", "kind", "status", "submitted_at", "assess_by")
    list_filter = ("status", FiledByFilter, "kind", "offering", "window")
    linked = ("person__id__exact",)
    list_select_related = ("person", "offering__occupation")
    search_fields = ("number",)
    search_help_text = "只查申报号；姓名和证件号码请用页面上方的查找框。"
    ordering = ("submitted_at", "number")

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/approve/", decisions.approve_page, "approve_application"),
            ("<uuid:key>/return/", decisions.return_page, "return_application"),
            ("<uuid:key>/reject/", decisions.reject_page, "reject_application"),
            ("<uuid:key>/revoke/", decisions.revoke_page, "revoke_approval"),
            ("<uuid:key>/reopen/", decisions.reopen_page, "reopen_rejected"),
            ("<uuid:key>/cancel/", decisions.cancel_page, "cancel_application"),
            ("<uuid:key>/assess-by/", decisions.assess_by_page, "set_assess_by"),
            ("<uuid:key>/arrangement/", decisions.arrangement_page, "decide_arrangement"),
            ("<uuid:key>/checks/<slug:code>/", decisions.check_page, "record_check"),
            ("<uuid:key>/amend/<str:field>/", decisions.amend_page, "amend_field"),
        )
        return ours + super().get_urls()

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """With the age in working days, counted over a calendar read once a page."""
        return (*self.list_display, _age_column())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return review_page(request, key=as_key(object_id))


def _age_column() -> Callable[[Application], str]:
    is_working_day = workdays.current()

    @admin.display(description="已等", ordering="submitted_at")
    def age(application: Application) -> str:
        if application.status != Status.SUBMITTED:
            return "—"
        return working_days(age_in_working_days(application.submitted_at, is_working_day))

    return age


@admin.register(SpecialArrangement)
class SpecialArrangementAdmin(LookOnly):
    section = "申报"
    looks = "exams.review_application"
    list_display = ("applicant", "asked_for", "decision", "decided_by", "decided_at")
    list_filter = ("decision",)
    list_select_related = ("application__person", "decided_by")
    list_display_links = None
    ordering = ("application__submitted_at",)

    @admin.display(description="申报")
    def applicant(self, asked: SpecialArrangement) -> SafeString:
        words = f"{asked.application.number} {asked.application.person.name}"
        return link("decide_arrangement", asked.application_id, words)

    @admin.display(description="需要")
    def asked_for(self, asked: SpecialArrangement) -> str:
        return "、".join(SpecialArrangement.Need(need).label for need in asked.needs)
