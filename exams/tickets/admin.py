"""Tickets at the counter, and what spans the slices: the search, one application's seats and ticket."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from exams.tickets import admin_desk as desk
from exams.tickets.admin_find import find_page
from exams.tickets.models import Ticket
from portal.counter.rows import LookOnly, link


@admin.register(Ticket)
class TicketAdmin(LookOnly):
    section = "准考证"
    list_display = (
        "number",
        "version",
        "applicant",
        "state",
        "opens_on",
        "made_at",
        "opened_at",
        "hold_reason",
    )
    list_filter = ("state", "opens_on", "provisional")
    list_select_related = ("application__person",)
    list_display_links = None
    search_fields = ("number",)
    search_help_text = "查准考证号。"
    ordering = ("-due_at",)
    change_list_template = "admin/exams/ticket_list.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("find/", find_page, "find"),
            ("report/", desk.report_page, "ticket_report"),
            ("sweep/", desk.sweep_page, "sweep_tickets"),
            ("desk/<uuid:key>/", desk.desk_page, "place_desk"),
            ("desk/<uuid:key>/leave/", desk.leave_page, "leave_after_payment"),
            ("desk/<uuid:key>/cancel/", desk.cancel_page, "cancel_after_payment"),
            ("reversals/<uuid:key>/", desk.confirm_reversal_page, "confirm_reversal"),
            (
                "remittances/<uuid:key>/",
                desk.confirm_remittance_reversal_page,
                "confirm_remittance_reversal",
            ),
            ("<uuid:key>/file.pdf", desk.ticket_file, "ticket_file"),
            ("<uuid:key>/retry/", desk.retry_page, "retry_ticket"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, ticket: Ticket) -> SafeString:
        words = f"{ticket.application.number} {ticket.application.person.name}"
        return link("place_desk", ticket.application_id, words)
