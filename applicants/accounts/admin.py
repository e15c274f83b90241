"""Accounts, invitations, institutions at the counter: lists to look at, and buttons that lead to an action's page."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from applicants.accounts import admin_pages as pages
from applicants.accounts.models import Account, Invitation, PhoneChange
from applicants.identity.masks import mask_phone
from applicants.institutions.models import Institution, InstitutionMember
from portal import clock
from portal.counter.rows import LookOnly, RowsInline


def button(name: str, key: Any, words: str) -> str:
    return format_html('<a class="button" href="{}">{}</a>', reverse(f"admin:{name}", args=[key]), words)


@admin.register(Account)
class AccountAdmin(LookOnly):
    section = "人员与机构"
    list_display = ("name", "kind", "masked_phone", "is_active", "joined_at", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("name",)
    ordering = ("-joined_at",)
    fields = ("name", "masked_phone", "kind", "groups", "is_active", "joined_at", "last_login", "deeds")
    readonly_fields = fields

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/stop/", pages.stop_account_page, "stop_account"),
            ("<uuid:key>/phone/", pages.recover_phone_page, "recover_phone"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        acting = InstitutionMember.objects.filter(account=OuterRef("pk"), ended_at=None)
        return super().get_queryset(request).annotate(is_member=Exists(acting))

    @admin.display(description="手机号")
    def masked_phone(self, account: Account) -> str:
        return mask_phone(account.phone or "")

    @admin.display(description="身份")
    def kind(self, account: Account) -> str:
        if account.is_staff:
            return "工作人员"
        return "机构成员" if account.is_member else "参评人员"

    @admin.display(description="办理")
    def deeds(self, account: Account) -> str:
        stop = button("stop_account", account.pk, "停用账号" if account.is_active else "恢复账号")
        return format_html("{} {}", stop, button("recover_phone", account.pk, "更换手机号"))


@admin.register(Invitation)
class InvitationAdmin(LookOnly):
    section = "人员与机构"
    list_display = ("name", "place", "invited_by", "created_at", "state")
    list_select_related = ("institution", "invited_by")
    ordering = ("-created_at",)
    fields = ("name", "place", "invited_by", "created_at", "expires_at", "accepted_at")
    readonly_fields = fields
    change_list_template = "admin/applicants/invitations.html"

    def get_urls(self) -> list[Any]:
        return self.urls_for(("staff/", pages.invite_staff_page, "invite_staff")) + super().get_urls()

    @admin.display(description="岗位或机构")
    def place(self, invitation: Invitation) -> str:
        return str(invitation.institution or invitation.staff_group)

    @admin.display(description="状态")
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return "已接受"
        return "等待接受" if invitation.expires_at > clock.now() else "已失效"


@admin.register(PhoneChange)
class PhoneChangeAdmin(LookOnly):
    section = "人员与机构"
    looks = "exams.recover_phone"
    list_display = ("account", "asked_at", "first_staff", "second_staff", "done_at", "deeds")
    list_select_related = ("account", "first_staff", "second_staff")
    list_display_links = None
    ordering = ("-asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/confirm/", pages.confirm_phone_page, "confirm_phone"),
            ("<uuid:key>/drop/", pages.drop_phone_page, "drop_phone"),
        )
        return ours + super().get_urls()

    @admin.display(description="办理")
    def deeds(self, change: PhoneChange) -> str:
        if change.done_at or not change.first_staff:
            return "—"
        confirm = button("confirm_phone", change.pk, "核对原件并确认")
        return format_html("{} {}", confirm, button("drop_phone", change.pk, "撤销登记"))


class MemberInline(RowsInline):
    model = InstitutionMember
    fields = readonly_fields = ("account", "role", "since", "ended_at", "deeds")
    ordering = ("ended_at", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InstitutionMember]:
        return super().get_queryset(request).select_related("account", "institution")

    @admin.display(description="办理")
    def deeds(self, member: InstitutionMember) -> str:
        return "—" if member.ended_at else button("end_membership", member.pk, "结束成员资格")


@admin.register(Institution)
class InstitutionAdmin(LookOnly):
    section = "人员与机构"
    list_display = ("name", "permit_number", "acting", "filed", "opened_at", "closed_at")
    search_fields = ("name", "permit_number")
    search_help_text = "查名称或证号。"
    ordering = ("name",)
    fields = ("name", "permit_number", "filed", "opened_at", "closed_at", "deeds")
    readonly_fields = fields
    inlines = (MemberInline,)
    change_list_template = "admin/applicants/institutions.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("open/", pages.open_institution_page, "open_institution"),
            ("<uuid:key>/invite/", pages.invite_member_page, "invite_member"),
            ("<uuid:key>/close/", pages.close_institution_page, "close_institution"),
            ("members/<uuid:key>/end/", pages.end_membership_page, "end_membership"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Institution]:
        """With how many act for it and, from the slice to the right, how many filings and applications it has."""
        here = Institution.objects.filter(pk=OuterRef("pk")).order_by()  # one join each: they would multiply

        def count(related: str, **only: Any) -> Subquery:
            return Subquery(here.annotate(found=Count(related, filter=Q(**only))).values("found"))

        counts = {
            "acting": count("members", members__ended_at=None),
            "filing_count": count("filings"),
            "application_count": count("applications"),
        }
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description="现有成员", ordering="acting")
    def acting(self, institution: Any) -> int:
        return institution.acting

    @admin.display(description="团体申报", ordering="filing_count")
    def filed(self, institution: Any) -> str:
        return f"{institution.filing_count} 次，{institution.application_count} 份申报"

    @admin.display(description="办理")
    def deeds(self, institution: Institution) -> str:
        closed = institution.closed_at is not None
        close = button("close_institution", institution.pk, "恢复机构" if closed else "停用机构")
        return (
            close
            if closed
            else format_html("{} {}", button("invite_member", institution.pk, "邀请成员"), close)
        )
