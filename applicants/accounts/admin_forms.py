"""What staff fill in at the counter about accounts and institutions."""

from django import forms

from applicants.accounts.fields import NameField, PhoneField
from applicants.accounts.groups import GROUPS
from applicants.institutions.models import InstitutionMember


class _InviteForm(forms.Form):
    name = NameField(help_text="与身份证件一致。")
    phone = PhoneField(autocomplete="off", help_text="邀请链接发到这部手机，以后用它登录。")


class InviteStaffForm(_InviteForm):
    group = forms.ChoiceField(label="岗位", choices=[(name, name) for name in GROUPS])


class InviteMemberForm(_InviteForm):
    role = forms.ChoiceField(label="角色", choices=InstitutionMember.Role.choices)


class InstitutionForm(forms.Form):
    name = forms.CharField(label="名称", max_length=100, help_text="与办学许可证或登记证书一致。")
    permit_number = forms.CharField(label="办学许可证号或统一社会信用代码", max_length=40)


class RecoverPhoneForm(forms.Form):
    phone = PhoneField(label="新手机号", autocomplete="off")
    seen = forms.BooleanField(label="本人在场，我已核对身份证件原件，与账号的姓名和证件号码一致")


class SeenForm(forms.Form):
    seen = forms.BooleanField(label="本人在场，我已另行核对身份证件原件")
