"""Collection and exports at the counter: the lists, and pages of ours in place of change forms."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse

from certificates import admin_collect as pages
from certificates import admin_exports as exports
from certificates.models import HandOver, OutcomeExport
from portal.counter.rows import LookOnly, as_key


@admin.register(HandOver)
class HandOverAdmin(LookOnly):
    section = "证书"
    looks = pages.HAND_OVER
    list_display = ("given_at", "received_by", "institution", "number_of", "given_by")
    list_filter = ("given_at", "institution")
    list_select_related = ("institution", "given_by")
    search_fields = ("received_by",)
    search_help_text = "查领取人姓名。"
    ordering = ("-given_at",)
    change_list_template = "admin/certificates/hand_over_list.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("collect/", pages.collect_page, "collect"),
            ("collect/notify/", pages.notify_page, "notify_collection"),
            ("collect/hand-over/", pages.hand_over_page, "hand_over"),
            ("collect/list.pdf", pages.list_file, "collection_list"),
            ("<uuid:key>/list.pdf", pages.hand_over_file, "hand_over_list"),
            ("<uuid:key>/back/<uuid:certificate>/", pages.hand_back_page, "hand_back"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandOver]:
        return super().get_queryset(request).annotate(certificates_in=Count("certificates"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return pages.hand_over_view(request, key=as_key(object_id))

    @admin.display(description="张数", ordering="certificates_in")
    def number_of(self, given: Any) -> int:
        return given.certificates_in


@admin.register(OutcomeExport)
class OutcomeExportAdmin(LookOnly):
    section = "证书"
    looks = exports.EXPORT
    list_display = ("made_at", "about", "since", "until", "batch", "mapping", "rows", "made_by")
    list_filter = ("about", "made_at")
    list_select_related = ("batch", "mapping", "made_by")
    ordering = ("-made_at",)
    change_list_template = "admin/certificates/export_list.html"

    def get_urls(self) -> list[Any]:
        return self.urls_for(("export/", exports.export_page, "export_outcomes")) + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return exports.export_view(request, key=as_key(object_id))
