"""The exam day's pages and its two lists at the counter."""

from typing import Any

from django.contrib import admin

from exams.arrangement.notices import session_text
from exams.results import admin_day_pages as pages
from exams.results.clashes import device_name
from exams.results.models import Attendance, CheckIn
from portal.counter.rows import LookOnly


@admin.register(Attendance)
class AttendanceAdmin(LookOnly):
    section = "考务"
    looks = pages.CHECK_IN
    list_display = ("noted_at", "held", "place", "person", "state", "reason", "noted_by")
    list_filter = ("state", "noted_at")
    list_select_related = ("seat__person", "seat__room", "noted_by")
    list_display_links = None
    ordering = ("-noted_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("day/", pages.day_page, "exam_day"),
            ("day/<uuid:key>/", pages.session_day_page, "session_day"),
            ("day/<uuid:key>/close/", pages.close_page, "close_session"),
            ("day/<uuid:key>/papers/<slug:code>.pdf", pages.paper_file, "session_paper"),
        )
        return ours + super().get_urls()

    @admin.display(description="场次")
    def held(self, row: Attendance) -> str:
        return session_text(row.seat)

    @admin.display(description="考场、座位")
    def place(self, row: Attendance) -> str:
        return f"{row.seat.room.name} {row.seat.number} 号" if row.seat.room else "未抽签"

    @admin.display(description="姓名")
    def person(self, row: Attendance) -> str:
        return row.seat.person.name


@admin.register(CheckIn)
class CheckInAdmin(LookOnly):
    section = "考务"
    looks = pages.CHECK_IN
    list_display = (
        "scanned_at",
        "held",
        "ticket_number",
        "ticket_version",
        "verdict",
        "seen",
        "typed",
        "phone",
        "by",
        "received_at",
    )
    list_filter = ("verdict", "seen", "typed", "scanned_at")
    list_select_related = ("session", "by")
    list_display_links = None
    search_fields = ("ticket_number",)
    search_help_text = "查准考证号。"
    ordering = ("-scanned_at",)

    @admin.display(description="场次")
    def held(self, row: CheckIn) -> str:
        return session_text(row.session)

    @admin.display(description="设备")
    def phone(self, row: CheckIn) -> str:
        return device_name(row.device)
