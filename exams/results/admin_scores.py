"""Scores at the counter: sessions by stage, corrections, rechecks."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exams.results import admin_scores_after as after
from exams.results import admin_scores_entry as entry
from exams.results import admin_scores_pages as pages
from exams.results import admin_scores_publish as publish
from exams.results.models import Correction, Recheck, ScoreSheet
from portal.counter.rows import LookOnly, link


@admin.register(ScoreSheet)
class ScoreSheetAdmin(LookOnly):
    """Its list is the page of sessions: a sheet is looked for by its session."""

    section = "成绩"
    looks = pages.LOOK

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("session/<uuid:key>/", pages.session_page, "score_session"),
            ("session/<uuid:key>/enter/", entry.enter_page, "enter_scores"),
            ("session/<uuid:key>/settle/", entry.settle_page, "settle_scores"),
            ("session/<uuid:key>/import/", entry.import_page, "import_scores"),
            ("session/<uuid:key>/template.xlsx", entry.template_file, "score_template"),
            ("session/<uuid:key>/check/", publish.check_page, "check_scores"),
            ("session/<uuid:key>/send-back/", publish.send_back_page, "send_back_scores"),
            ("<uuid:key>/publish/", publish.publish_page, "publish_scores"),
            ("<uuid:key>/retract/", publish.retract_page, "retract_scores"),
        )
        return ours + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return pages.list_page(request)


class WaitingFilter(admin.SimpleListFilter):
    """Requests that somebody else has to settle."""

    title = "办理"
    parameter_name = "waiting"
    open: dict[str, Any]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "待办理"), ("no", "已了结")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return rows
        waiting = {"score__retracted_at": None, **self.open}
        return rows.filter(**waiting) if self.value() == "yes" else rows.exclude(**waiting)


class CorrectionsWaiting(WaitingFilter):
    open = {"confirmed_at": None, "dropped_at": None}


class RechecksWaiting(WaitingFilter):
    open = {"answered_at": None}


class OfScore(LookOnly):
    """Rows about one score."""

    section = "成绩"
    list_display_links = None
    ordering = ("asked_at",)

    @admin.display(description="考生")
    def person(self, row: Correction | Recheck) -> SafeString:
        score = row.score
        words = f"{score.application.person.name}　{score.application.number}"
        return link("score_session", score.seat.session_id, words)

    @admin.display(description="科目")
    def subject(self, row: Correction | Recheck) -> str:
        return row.score.get_subject_display()

    @admin.display(description="公布的成绩")
    def published(self, row: Correction | Recheck) -> str:
        return pages.points_text(row.score.points)


@admin.register(Correction)
class CorrectionAdmin(OfScore):
    looks = after.CORRECT
    list_display = ("person", "subject", "published", "becomes", "reason", "asked_by", "asked_at", "deeds")
    list_filter = (CorrectionsWaiting,)
    list_select_related = (
        "score__application__person",
        "score__seat",
        "asked_by",
        "confirmed_by",
        "dropped_by",
    )

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("of/<uuid:key>/", after.ask_page, "ask_correction"),
            ("<uuid:key>/confirm/", after.confirm_page, "confirm_correction"),
            ("<uuid:key>/drop/", after.drop_page, "drop_correction"),
        )
        return ours + super().get_urls()

    @admin.display(description="更正为")
    def becomes(self, row: Correction) -> str:
        return pages.points_text(row.points)

    @admin.display(description="办理")
    def deeds(self, row: Correction) -> SafeString | str:
        if row.confirmed_at:
            return f"{row.confirmed_by}复核，已更正"
        if row.dropped_at:
            return f"{row.dropped_by}放弃"
        if row.score.retracted_at:
            return "成绩已撤回，随之了结"
        return format_html(
            "{}　{}",
            link("confirm_correction", row.pk, "复核"),
            link("drop_correction", row.pk, "放弃"),
        )


@admin.register(Recheck)
class RecheckAdmin(OfScore):
    looks = after.ANSWER
    list_display = ("person", "subject", "published", "asked_at", "result", "answered_by", "deeds")
    list_filter = (RechecksWaiting,)
    list_select_related = ("score__application__person", "score__seat", "answered_by")

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(("<uuid:key>/answer/", after.answer_page, "answer_recheck"))
        return ours + super().get_urls()

    @admin.display(description="办理")
    def deeds(self, row: Recheck) -> SafeString | str:
        if row.answered_at:
            return "已答复"
        return "成绩已撤回，随之了结" if row.score.retracted_at else link("answer_recheck", row.pk, "答复")
