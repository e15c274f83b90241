"""Group filings at the counter: the lists, and pages of ours in place of change forms."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from exams.filing.groups.batches import admin_batches as pages
from exams.filing.groups.batches import admin_clashes as clash_pages
from exams.filing.groups.batches import admin_originals as originals
from exams.filing.groups.batches.standings import batches_waiting
from exams.filing.groups.exchange import admin_exchange as exchange_pages
from exams.filing.groups.exchange import admin_mappings as mapping_pages
from exams.filing.groups.models import Clash, ColumnMapping, GroupFiling, GroupSubmission, RosterUpload
from exams.filing.models import Status
from portal.counter.rows import LookOnly, as_key, link


class WaitingBatches(admin.SimpleListFilter):
    """Submissions with somebody to decide on."""

    title = "待审核"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "有待审核人员")]

    def queryset(self, request: HttpRequest, rows: QuerySet[GroupSubmission]) -> QuerySet[GroupSubmission]:
        return rows.filter(pk__in=batches_waiting().values("pk")) if self.value() == "yes" else rows


class WaitingClashes(admin.SimpleListFilter):
    title = "决定"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "待决定"), ("no", "已决定")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Clash]) -> QuerySet[Clash]:
        if self.value() is None:
            return rows
        return rows.filter(decided_at__isnull=self.value() == "yes")


@admin.register(GroupFiling)
class GroupFilingAdmin(LookOnly):
    section = "申报"
    list_display = ("number", "title", "institution", "people", "filed", "opened_at", "closed_at")
    list_filter = ("institution", "occupation")
    list_select_related = ("institution",)
    search_fields = ("number", "title")
    search_help_text = "查团体申报号或名称。"
    ordering = ("-opened_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/exchange/", exchange_pages.exchange_page, "exchange_filing"),
            ("<uuid:key>/exchange/<slug:code>.xlsx", exchange_pages.export_page, "export_filing"),
            ("<uuid:key>/exchange/photos-<int:part>.zip", exchange_pages.photos_page, "export_photos"),
            ("replies/<uuid:key>/", exchange_pages.misfits_page, "reply_misfits"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroupFiling]:
        live = Q(entries__removed_at=None)
        counts = {
            "people": Count("entries", filter=live, distinct=True),
            "filed": Count("entries", filter=live & Q(entries__application__isnull=False), distinct=True),
        }
        return super().get_queryset(request).annotate(**counts)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return pages.filing_page(request, key=as_key(object_id))

    @admin.display(description="人数", ordering="people")
    def people(self, filing: Any) -> int:
        return filing.people

    @admin.display(description="已建档", ordering="filed")
    def filed(self, filing: Any) -> int:
        return filing.filed


@admin.register(GroupSubmission)
class GroupSubmissionAdmin(LookOnly):
    section = "申报"
    list_display = ("batch", "title", "institution", "at", "persons", "waiting", "state")
    list_filter = (WaitingBatches, "filing__institution")
    list_select_related = ("filing__institution",)
    search_fields = ("filing__number", "filing__title")
    search_help_text = "查团体申报号或名称。"
    ordering = ("at",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup.startswith("filing__institution__id") or super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/originals/", pages.originals_page, "confirm_originals"),
            ("<uuid:key>/scan/", originals.scan_page, "scan_originals"),
            ("<uuid:key>/sample/", pages.sample_page, "draw_sample"),
            ("<uuid:key>/sample.json", pages.sample_json, "sample_json"),
            ("<uuid:key>/approve/", pages.approve_page, "approve_batch"),
            ("<uuid:key>/return/", pages.return_page, "return_batch"),
            ("decisions/<uuid:key>/", pages.decision_page, "batch_decision"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[GroupSubmission]:
        live = Q(entries__removed_at=None, entries__application__status=Status.SUBMITTED)
        return super().get_queryset(request).annotate(waiting=Count("entries", filter=live))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return pages.batch_page(request, key=as_key(object_id))

    @admin.display(description="提交", ordering="filing__number")
    def batch(self, submission: GroupSubmission) -> str:
        return str(submission)

    @admin.display(description="名称")
    def title(self, submission: GroupSubmission) -> str:
        return submission.filing.title

    @admin.display(description="机构")
    def institution(self, submission: GroupSubmission) -> str:
        return submission.filing.institution.name

    @admin.display(description="待审核", ordering="waiting")
    def waiting(self, submission: Any) -> int:
        return submission.waiting

    @admin.display(description="建档")
    def state(self, submission: GroupSubmission) -> str:
        return "已完成" if submission.filed_at else "逐人建档中"


@admin.register(RosterUpload)
class RosterUploadAdmin(LookOnly):
    """To see why an institution's file does not get on; the file itself stays the institution's."""

    section = "申报"
    list_display = ("uploaded_at", "filing_number", "kind", "state", "done", "total", "result", "problem")
    list_filter = ("kind", "state")
    list_select_related = ("filing__institution",)
    list_display_links = None
    search_fields = ("filing__number",)
    search_help_text = "查团体申报号。"
    ordering = ("-uploaded_at",)

    @admin.display(description="团体申报", ordering="filing__number")
    def filing_number(self, upload: RosterUpload) -> Any:
        words = f"{upload.filing.number} {upload.filing.institution.name}"
        return link("exams_groupfiling_change", upload.filing_id, words)

    @admin.display(description="结果")
    def result(self, upload: RosterUpload) -> str:
        return pages.counts_text(upload)


@admin.register(Clash)
class ClashAdmin(LookOnly):
    section = "申报"
    list_display = ("person", "offering", "found_at", "decision_text", "decided_by", "decided_at")
    list_filter = (WaitingClashes,)
    list_select_related = ("other__person", "other__offering__occupation", "decided_by")
    ordering = ("found_at",)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return clash_pages.clash_page(request, key=as_key(object_id))

    @admin.display(description="人员")
    def person(self, clash: Clash) -> str:
        return clash.other.person.name

    @admin.display(description="项目")
    def offering(self, clash: Clash) -> str:
        return str(clash.other.offering)

    @admin.display(description="决定")
    def decision_text(self, clash: Clash) -> str:
        return clash.get_decision_display() if clash.decided_at else "待决定"


@admin.register(ColumnMapping)
class ColumnMappingAdmin(LookOnly):
    """Data that staff keep; each is changed on a page of ours."""

    section = "目录与规定"
    list_display = ("name", "purpose", "sheet", "width", "changed_by", "changed_at", "copy")
    list_select_related = ("changed_by",)
    ordering = ("purpose", "code")

    def get_urls(self) -> list[Any]:
        return (
            self.urls_for(("<slug:key>/copy/", mapping_pages.copy_page, "copy_mapping")) + super().get_urls()
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        may = request.user.has_perm(mapping_pages.CHANGE)
        return self.list_display if may else [name for name in self.list_display if name != "copy"]

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return ("name",) if request.user.has_perm(mapping_pages.CHANGE) else None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return mapping_pages.mapping_page(request, key=object_id)

    @admin.display(description="列数")
    def width(self, mapping: ColumnMapping) -> int:
        return len(mapping.columns)

    @admin.display(description="办理")
    def copy(self, mapping: ColumnMapping) -> SafeString:
        return link("copy_mapping", mapping.pk, "复制一份")
