"""The forms of the second factor, in our fields and words."""

from typing import Any

from allauth.mfa.base import forms as base
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms

from applicants.accounts.fields import CodeField


class AuthenticateForm(base.AuthenticateForm):
    code = CodeField(label="身份验证器上的数字，或恢复码")


class ReauthenticateForm(base.ReauthenticateForm):
    code = CodeField(label="身份验证器上的数字，或恢复码")


class ActivateTOTPForm(totp.ActivateTOTPForm):
    code = CodeField(label="应用里显示的 6 位数字")


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(
        label="名字", max_length=40, required=False, help_text="例如：办公室的电脑、我的手机。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "credential"])


class EditWebAuthnForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(label="名字", max_length=40)
