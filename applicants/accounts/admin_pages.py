"""The counter's pages that do something to accounts and institutions: a form, its consequence in words, one button."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applicants.accounts.actions import restore_account, stop_account
from applicants.accounts.admin_forms import (
    InstitutionForm,
    InviteMemberForm,
    InviteStaffForm,
    RecoverPhoneForm,
    SeenForm,
)
from applicants.accounts.groups import ensure_staff_groups
from applicants.accounts.invitations import invite_member, invite_staff
from applicants.accounts.models import Account, PhoneChange
from applicants.accounts.phones import ask_phone_recovery, confirm_phone_recovery, drop_phone_recovery
from applicants.identity.masks import mask_phone
from applicants.institutions.actions import (
    close_institution,
    end_membership,
    open_institution,
    reopen_institution,
)
from applicants.institutions.models import Institution, InstitutionMember
from portal.access import staff
from portal.counter.acting import ReasonForm, act, data


@staff("applicants.add_invitation", "GET", "POST")
def invite_staff_page(request: HttpRequest) -> HttpResponse:
    def deed(typed: dict[str, Any]) -> None:
        ensure_staff_groups()
        group = Group.objects.get(name=typed["group"])
        invite_staff(actor=request.user, name=typed["name"].value, phone=typed["phone"], group=group)

    return act(
        request,
        InviteStaffForm(data(request)),
        deed,
        title="邀请工作人员",
        words=("对方会收到带链接的短信，7 天内设好密码、开启两步验证后就能进入受理窗口。",),
        button="发送邀请",
        done="邀请已发送。",
        back=reverse("admin:applicants_invitation_changelist"),
    )


@staff("applicants.add_invitation", "GET", "POST")
def invite_member_page(request: HttpRequest, key: UUID) -> HttpResponse:
    institution = get_object_or_404(Institution, pk=key)

    def deed(typed: dict[str, Any]) -> None:
        name, phone = typed["name"].value, typed["phone"]
        invite_member(actor=request.user, name=name, phone=phone, institution=institution, role=typed["role"])

    return act(
        request,
        InviteMemberForm(data(request)),
        deed,
        title=f"邀请成员：{institution}",
        words=("对方会收到带链接的短信，7 天内设好密码后就能为该机构办理。",),
        button="发送邀请",
        done="邀请已发送。",
        back=reverse("admin:applicants_institution_change", args=[institution.pk]),
    )


@staff("applicants.add_institution", "GET", "POST")
def open_institution_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        InstitutionForm(data(request)),
        lambda typed: open_institution(actor=request.user, **typed),
        title="登记机构",
        button="登记机构",
        done="机构已登记，可以邀请成员了。",
        back=reverse("admin:applicants_institution_changelist"),
    )


@staff("applicants.change_institution", "GET", "POST")
def close_institution_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Close an open institution, reopen a closed one."""
    institution = get_object_or_404(Institution, pk=key)
    closing = institution.closed_at is None
    action = close_institution if closing else reopen_institution
    word = "停用" if closing else "恢复"
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: action(actor=request.user, institution=institution),
        title=f"{word}机构：{institution}",
        words=("停用后，成员不能再为该机构申报；已提交的申报照常办理。",) if closing else (),
        button=f"{word}机构",
        done=f"机构已{word}。",
        back=reverse("admin:applicants_institution_change", args=[institution.pk]),
        grave=closing,
    )


@staff("applicants.change_institutionmember", "GET", "POST")
def end_membership_page(request: HttpRequest, key: UUID) -> HttpResponse:
    member = get_object_or_404(
        InstitutionMember.objects.select_related("account", "institution"), pk=key, ended_at=None
    )
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: end_membership(actor=request.user, member=member),
        title=f"结束成员资格：{member}",
        words=(f"{member.account}不能再为“{member.institution}”办理，账号本身保留。",),
        button="结束成员资格",
        done="成员资格已结束。",
        back=reverse("admin:applicants_institution_change", args=[member.institution_id]),
        grave=True,
    )


@staff("applicants.change_account", "GET", "POST")
def stop_account_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Stop an account in use, restore a stopped one."""
    account = get_object_or_404(Account, pk=key)
    back = reverse("admin:applicants_account_change", args=[account.pk])
    if account.is_active:
        return act(
            request,
            ReasonForm(data(request)),
            lambda typed: stop_account(actor=request.user, account=account, reason=typed["reason"]),
            title=f"停用账号：{account}",
            words=("账号不能再登录，所有登录立即退出。申报照常办理。",),
            button="停用账号",
            done="账号已停用。",
            back=back,
            grave=True,
        )
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: restore_account(actor=request.user, account=account),
        title=f"恢复账号：{account}",
        button="恢复账号",
        done="账号已恢复。",
        back=back,
    )


@staff("exams.recover_phone", "GET", "POST")
def recover_phone_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The first of two: the number the person has now."""
    account = get_object_or_404(Account, pk=key)
    return act(
        request,
        RecoverPhoneForm(data(request)),
        lambda typed: ask_phone_recovery(actor=request.user, account=account, new_phone=typed["phone"]),
        title=f"更换手机号：{account}",
        words=(
            f"现在的手机号是 {mask_phone(account.phone or '')}。",
            "登记后，须由另一名工作人员再次核对原件并确认，手机号才会更换。",
        ),
        button="登记，等另一人确认",
        done="已登记。请另一名工作人员核对原件后确认。",
        back=reverse("admin:applicants_phonechange_changelist"),
    )


@staff("exams.recover_phone", "GET", "POST")
def confirm_phone_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The second of two."""
    change = _open_change(key)
    return act(
        request,
        SeenForm(data(request)),
        lambda typed: confirm_phone_recovery(actor=request.user, change=change),
        title=f"确认更换手机号：{change.account}",
        words=(
            f"由 {change.first_staff} 登记，新手机号 {mask_phone(change.new_phone)}。",
            "确认后立即更换：所有登录退出，原密码和两步验证作废，本人用新手机号收验证码登录。",
        ),
        button="确认更换手机号",
        done="手机号已更换。",
        back=reverse("admin:applicants_phonechange_changelist"),
        grave=True,
    )


@staff("exams.recover_phone", "GET", "POST")
def drop_phone_page(request: HttpRequest, key: UUID) -> HttpResponse:
    change = _open_change(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: drop_phone_recovery(actor=request.user, change=change),
        title=f"撤销登记：{change.account}",
        words=("手机号不更换。需要时可以重新登记。",),
        button="撤销登记",
        done="登记已撤销。",
        back=reverse("admin:applicants_phonechange_changelist"),
    )


def _open_change(key: UUID) -> PhoneChange:
    return get_object_or_404(
        PhoneChange.objects.select_related("account", "first_staff"),
        pk=key,
        done_at=None,
        first_staff__isnull=False,
    )
