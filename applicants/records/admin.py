"""People and their identity documents at the counter."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from applicants.identity.documents import DocumentKind
from applicants.identity.masks import mask_number
from applicants.records import admin_files, admin_pages
from applicants.records.models import DocumentClaim, Person
from portal.counter.rows import LookOnly, RowsInline, link


class ClaimInline(RowsInline):
    model = DocumentClaim
    fields = readonly_fields = ("name", "document", "masked", "state", "claimed_at", "decided_at", "deeds")
    ordering = ("-claimed_at",)

    @admin.display(description="证件类型")
    def document(self, claim: DocumentClaim) -> str:
        return DocumentKind(claim.kind).label

    @admin.display(description="证件号码")
    def masked(self, claim: DocumentClaim) -> str:
        return mask_number(str(claim.number))

    @admin.display(description="办理")
    def deeds(self, claim: DocumentClaim) -> SafeString:
        return link("unmask_claim", claim.pk, "查看完整号码")


@admin.register(Person)
class PersonAdmin(LookOnly):
    section = "人员与机构"
    list_display = ("name", "sex", "birth_date", "created_at", "erased_at")
    ordering = ("-created_at",)
    fields = (
        "name", "sex", "birth_date", "general_education", "created_at", "erased_at", "applications", "deeds",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (ClaimInline,)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("claims/conflicts/", admin_pages.conflicts_page, "claim_conflicts"),
            ("claims/<uuid:key>/verify/", admin_pages.verify_page, "verify_claim"),
            ("claims/<uuid:key>/refuse/", admin_pages.refuse_page, "refuse_claim"),
            ("claims/<uuid:key>/resolve/", admin_pages.resolve_page, "resolve_claim"),
            ("claims/<uuid:key>/number/", admin_pages.unmask_page, "unmask_claim"),
            ("<uuid:key>/replace-document/", admin_pages.replace_page, "replace_document"),
            ("photos/<uuid:key>/", admin_files.photo_file, "photo_file"),
            ("evidence/<uuid:key>/", admin_files.evidence_file, "evidence_file"),
            ("evidence/<uuid:key>/picture/", admin_files.evidence_picture, "evidence_picture"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applications(self, person: Person) -> SafeString:
        address = reverse("admin:exams_application_changelist")
        return format_html('<a href="{}?person__id__exact={}">这个人的申报</a>', address, person.pk)

    @admin.display(description="办理")
    def deeds(self, person: Person) -> SafeString:
        replace = link("replace_document", person.pk, "更换证件")
        if person.account_id is None:
            return replace
        return format_html("{}　{}", replace, link("recover_phone", person.account_id, "更换手机号"))
