"""Batches, certificates, endings and numbers at the counter: the lists, with pages of ours in place of change forms."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from certificates import admin_endings as endings
from certificates import admin_issue as issue
from certificates import admin_numbers as numbers
from certificates.models import Certificate, Ending, ImportedNumber, IssueBatch, NumberSeries
from certificates.numbers import number_text
from certificates.queries import held, open_batches, open_endings, to_print, with_people
from exams.payments.admin import WaitingFilter
from portal.counter.rows import LookOnly, as_key, link
from portal.rules.wording import GRADE_NAMES


class StageFilter(admin.SimpleListFilter):
    """Where a batch stands."""

    title = "状态"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "待签发"), ("issued", "已签发"), ("dropped", "已放弃")]

    def queryset(self, request: HttpRequest, rows: QuerySet[IssueBatch]) -> QuerySet[IssueBatch]:
        if self.value() == "open":
            return rows.filter(pk__in=open_batches())
        if self.value() == "issued":
            return rows.exclude(confirmed_at=None)
        return rows.exclude(dropped_at=None) if self.value() == "dropped" else rows


class PrintFilter(admin.SimpleListFilter):
    """Whether the PDF is there."""

    title = "证书文件"
    parameter_name = "print"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("held", "制作受阻"), ("making", "正在制作"), ("made", "已制成")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
        if self.value() == "held":
            return rows.filter(pk__in=held())
        if self.value() == "making":
            return rows.filter(pk__in=to_print())
        return rows.exclude(file=None) if self.value() == "made" else rows


class OpenEndingFilter(WaitingFilter):
    """Endings that a second person has to confirm."""

    def queryset(self, request: HttpRequest, rows: QuerySet[Ending]) -> QuerySet[Ending]:
        if self.value() is None:
            return rows
        waiting = rows.filter(pk__in=open_endings())
        return waiting if self.value() == "yes" else rows.exclude(pk__in=waiting)


class UsedFilter(admin.SimpleListFilter):
    """Whether an imported number is on a certificate."""

    title = "使用"
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "未用"), ("yes", "已用")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.value() is None else rows.filter(used=self.value() == "yes")


@admin.register(IssueBatch)
class IssueBatchAdmin(LookOnly):
    section = "证书"
    looks = issue.LOOK
    list_display = ("number", "stage", "people", "proposed_by", "proposed_at", "confirmed_by", "issued_on")
    list_filter = (StageFilter,)
    list_select_related = ("proposed_by", "confirmed_by")
    search_fields = ("number",)
    search_help_text = "查批次号。"
    ordering = ("-proposed_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("due/", issue.due_page, "certificates_due"),
            ("photos/<uuid:key>.jpg", issue.face_photo, "face_photo"),
            ("<uuid:key>/issue/", issue.issue_page, "issue_batch"),
            ("<uuid:key>/drop/", issue.drop_page, "drop_issue_batch"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssueBatch]:
        return super().get_queryset(request).annotate(count=Count("applications", distinct=True))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return issue.batch_page(request, key=as_key(object_id))

    @admin.display(description="状态")
    def stage(self, batch: IssueBatch) -> str:
        if batch.dropped_at:
            return "已放弃"
        return "已签发" if batch.confirmed_at else "待签发"

    @admin.display(description="人数", ordering="count")
    def people(self, batch: Any) -> int:
        return batch.count


@admin.register(Certificate)
class CertificateAdmin(LookOnly):
    section = "证书"
    looks = issue.LOOK
    list_display = ("number", "holder", "offering", "state", "issued_on", "file_state")
    list_filter = ("state", PrintFilter, "issued_on", "offering")
    search_fields = ("number", "person__name")
    search_help_text = "查证书编号或姓名。"
    ordering = ("-issued_at", "number")

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/file.pdf", endings.certificate_file, "certificate_file"),
            ("<uuid:key>/photo.jpg", endings.certificate_photo, "certificate_photo"),
            ("<uuid:key>/end/", endings.ask_ending_page, "ask_ending"),
            ("<uuid:key>/retry/", endings.retry_page, "retry_certificate"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Certificate]:
        return with_people(super().get_queryset(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return endings.certificate_page(request, key=as_key(object_id))

    @admin.display(description="持证人", ordering="person__name")
    def holder(self, certificate: Certificate) -> str:
        return certificate.face["name"]

    @admin.display(description="证书文件")
    def file_state(self, certificate: Certificate) -> SafeString | str:
        if certificate.file_id is not None:
            return link("certificate_file", certificate.pk, "打印")
        if certificate.state != Certificate.State.VALID:
            return "—"
        return f"受阻：{certificate.hold_reason}" if certificate.hold_reason else "正在制作"


@admin.register(Ending)
class EndingAdmin(LookOnly):
    section = "证书"
    looks = issue.LOOK
    list_display = ("of_certificate", "kind", "reason", "asked_by", "asked_at", "confirmed_by", "stage")
    list_filter = (OpenEndingFilter, "kind")
    list_select_related = ("certificate", "asked_by", "confirmed_by")
    list_display_links = None
    ordering = ("-asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/confirm/", endings.confirm_ending_page, "confirm_ending"),
            ("<uuid:key>/drop/", endings.drop_ending_page, "drop_ending"),
        )
        return ours + super().get_urls()

    @admin.display(description="证书", ordering="certificate__number")
    def of_certificate(self, ending: Ending) -> SafeString:
        return link("certificates_certificate_change", ending.certificate_id, ending.certificate.number)

    @admin.display(description="办理")
    def stage(self, ending: Ending) -> SafeString | str:
        if ending.undone_at:
            return "决定撤销，已恢复"
        if ending.confirmed_at:
            return "已办结"
        if ending.dropped_at:
            return "已放弃"
        if ending.certificate.state != Certificate.State.VALID:
            return "证书已失效，不再办理"
        return link("confirm_ending", ending.pk, "复核")


@admin.register(ImportedNumber)
class ImportedNumberAdmin(LookOnly):
    section = "证书"
    looks = numbers.MANAGE
    list_display = ("number", "grade_name", "certificate", "imported_by", "imported_at")
    list_filter = (UsedFilter, "grade")
    list_select_related = ("imported_by",)
    list_display_links = None
    search_fields = ("number",)
    search_help_text = "查证书编号。"
    ordering = ("pk",)
    change_list_template = "admin/certificates/numbers_list.html"

    def get_urls(self) -> list[Any]:
        return self.urls_for(("import/", numbers.import_page, "import_numbers")) + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportedNumber]:
        used = Certificate.objects.filter(number=OuterRef("number"))
        return super().get_queryset(request).annotate(used=Exists(used))

    @admin.display(description="等级", ordering="grade")
    def grade_name(self, row: ImportedNumber) -> str:
        return GRADE_NAMES[row.grade]

    @admin.display(description="使用")
    def certificate(self, row: Any) -> str:
        return "已用" if row.used else "未用"


@admin.register(NumberSeries)
class NumberSeriesAdmin(LookOnly):
    section = "证书"
    looks = numbers.MANAGE
    list_display = ("year", "grade_name", "prefix", "first_serial", "next_number")
    list_filter = ("year", "grade")
    list_display_links = None
    ordering = ("-year", "-grade")
    change_list_template = "admin/certificates/numbers_list.html"

    def get_urls(self) -> list[Any]:
        return self.urls_for(("open/", numbers.series_page, "open_series")) + super().get_urls()

    @admin.display(description="等级", ordering="grade")
    def grade_name(self, series: NumberSeries) -> str:
        return GRADE_NAMES[series.grade]

    @admin.display(description="下一个编号", ordering="next_serial")
    def next_number(self, series: NumberSeries) -> str:
        return number_text(series.year, series.grade, series.next_serial)
