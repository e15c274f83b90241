"""Incidents and cases at the counter: lists to read; every change goes through the pages of the procedure."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from exams.conduct import admin_cases as case_pages
from exams.conduct import admin_deciding as deciding
from exams.conduct import admin_incidents as incidents
from exams.conduct import admin_papers as papers
from exams.conduct import admin_telling as telling
from exams.conduct.models import Case, Incident
from exams.conduct.queries import Stage, deadline_of, stage_of, with_steps
from exams.conduct.stepper import in_term, waiting_since
from portal.counter.rows import LookOnly, as_key, link
from portal.rules.wording import cite, day_text
from portal.templatetags.portal_format import moment


@admin.register(Incident)
class IncidentAdmin(LookOnly):
    section = "违纪"
    list_display = ("when", "sitting", "kind", "people", "recorded_by", "cases_opened")
    list_filter = ("kind", "at")
    list_select_related = ("session__site", "recorded_by")
    list_display_links = None
    ordering = ("-at",)
    change_list_template = "admin/exams/conduct/incident_list.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("record/", incidents.sessions_page, "incident_sessions"),
            ("record/<uuid:key>/", incidents.record_page, "record_incident"),
            ("<uuid:key>/record.pdf", incidents.record_pdf, "incident_pdf"),
        )
        return ours + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The record itself instead of a form."""
        return incidents.incident_page(request, as_key(object_id))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        counts = {"seen": Count("persons", distinct=True), "opened": Count("cases", distinct=True)}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description="发生时间", ordering="at")
    def when(self, incident: Incident) -> SafeString:
        return link("exams_incident_change", incident.pk, moment(incident.at))

    @admin.display(description="场次")
    def sitting(self, incident: Incident) -> str:
        return f"{incident.session.get_subject_display()}，{incident.session.site.name}"

    @admin.display(description="考生")
    def people(self, incident: Incident) -> str:
        return f"{incident.seen} 人" if incident.seen else "—"

    @admin.display(description="立案")
    def cases_opened(self, incident: Incident) -> str:
        return f"{incident.opened} 件" if incident.opened else "—"


class StageFilter(admin.SimpleListFilter):
    """Where a case stands, which follows from its steps."""

    title = "阶段"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(stage.value, stage.label) for stage in Stage]

    def queryset(self, request: HttpRequest, rows: QuerySet[Case]) -> QuerySet[Case]:
        if self.value() not in Stage.values:
            return rows
        return _only(rows, lambda case: stage_of(case) == self.value())


class TermFilter(admin.SimpleListFilter):
    """Whose turn it is: staff's, or the person's while a term runs."""

    title = "期限"
    parameter_name = "term"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("staff", "等本会办理"), ("soon", "期限 3 天内届满"), ("running", "期限还没有届满")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Case]) -> QuerySet[Case]:
        wanted = {"staff": {"staff"}, "soon": {"soon"}, "running": {"soon", "running"}}.get(
            self.value() or ""
        )
        return _only(rows, lambda case: in_term(case) in wanted) if wanted else rows


def _only(rows: QuerySet[Case], wanted: Any) -> QuerySet[Case]:
    """The stage is told by steps, so it is read case by case: there are few in a year."""
    return rows.filter(pk__in=[case.pk for case in with_steps(Case.objects.all()) if wanted(case)])


@admin.register(Case)
class CaseAdmin(LookOnly):
    section = "违纪"
    list_display = ("number_link", "person", "application_number", "act_words", "stage", "until", "opened_by")
    list_filter = (StageFilter, TermFilter, "act_on")
    list_display_links = None
    search_fields = ("number", "application__number", "person__name")
    search_help_text = "查案号、申报号或姓名。"
    ordering = ("-opened_at",)
    change_list_template = "admin/exams/conduct/case_list.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("open/<uuid:key>/", case_pages.open_page, "open_case"),
            ("<uuid:key>/notice/", case_pages.notice_page, "notice_case"),
            ("<uuid:key>/statement/", case_pages.statement_page, "state_case"),
            ("<uuid:key>/drop/", case_pages.drop_page, "drop_case"),
            ("<uuid:key>/decide/", deciding.decide_page, "decide_case"),
            ("<uuid:key>/service/", case_pages.service_page, "serve_case"),
            ("<uuid:key>/review/", case_pages.review_asked_page, "ask_case_review"),
            ("<uuid:key>/uphold/", case_pages.uphold_page, "uphold_case"),
            ("<uuid:key>/reverse/", deciding.reverse_page, "reverse_case"),
            ("notices/<uuid:key>.pdf", papers.notice_pdf, "case_notice_pdf"),
            ("<uuid:key>/decision.pdf", papers.decision_pdf, "case_decision_pdf"),
            ("<uuid:key>/answer.pdf", papers.answer_pdf, "case_answer_pdf"),
            ("to-tell/", telling.telling_page, "cases_to_tell"),
            ("to-tell.pdf", telling.telling_pdf, "cases_to_tell_pdf"),
            ("to-tell/mark/", telling.mark_page, "mark_cases_told"),
            ("told/", telling.told_page, "cases_told"),
            ("told/<uuid:key>/withdraw/", telling.withdraw_page, "withdraw_case_told"),
        )
        return ours + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The procedure's page instead of a form."""
        return case_pages.case_page(request, as_key(object_id))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return with_steps(super().get_queryset(request)).select_related("opened_by")

    @admin.display(description="案号", ordering="number")
    def number_link(self, case: Case) -> SafeString:
        return link("exams_case_change", case.pk, case.number)

    @admin.display(description="申报号")
    def application_number(self, case: Case) -> str:
        return case.application.number

    @admin.display(description="行为", ordering="act")
    def act_words(self, case: Case) -> str:
        return f"{cite(case.act_id)}，{day_text(case.act_on)}"

    @admin.display(description="阶段")
    def stage(self, case: Case) -> str:
        return stage_of(case).label

    @admin.display(description="期限")
    def until(self, case: Case) -> str:
        term, since = deadline_of(case), waiting_since(case)
        if term is not None:
            return f"至 {day_text(term, weekday=True)}"
        return f"{day_text(since)} 起等待" if since else "—"
