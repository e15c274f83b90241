"""The log-in library's forms in our fields and words."""

from typing import Any

from allauth.account import forms as library
from allauth.core import context, ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from applicants.accounts.actions import open_account
from applicants.accounts.adapter import CODES_EXHAUSTED
from applicants.accounts.consents import PHONE
from applicants.accounts.fields import (
    CHOOSING_HINT,
    CodeField,
    NameField,
    NewPasswordField,
    PasswordField,
    PhoneField,
    refuse_weak,
)
from applicants.accounts.models import Account


def posted(request: HttpRequest) -> QueryDict | None:
    """A form's data: what was sent, an empty form too; None on GET."""
    return request.POST if request.method == "POST" else None


class SignupForm(library.SignupForm):
    name = NameField(help_text="与身份证件上的姓名一致，申报时会核对。")
    consent = forms.BooleanField(label=PHONE.label, error_messages={"required": "注册需要您同意处理手机号。"})
    consent_text = PHONE
    field_order = ("name", "phone", "password1", "consent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneField(
            help_text="以后用它登录和接收通知。请填写本人正在使用的号码，港澳台手机请带区号。"
        )
        self.fields["password1"] = PasswordField(autocomplete="new-password", help_text=CHOOSING_HINT)
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        # Not the library's: it would compare the password with an account that has neither name nor phone.
        library.BaseSignupForm.clean(self)
        data = self.cleaned_data
        if password := data.get("password1"):
            name = data["name"].value if data.get("name") else ""
            try:
                refuse_weak(password, Account(name=name, phone=data.get("phone")))
            except ValidationError as error:
                self.add_error("password1", error)
        if (phone := data.get("phone")) and not self.errors:
            request = context.request
            if not ratelimit.consume(request, action="verify_phone", key=phone, dry_run=True):
                self.add_error("phone", CODES_EXHAUSTED)
        return data

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            # As slow as for a number that is new.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)

    def save(self, request: HttpRequest) -> Account:
        name = self.cleaned_data["name"]
        for note in name.notes:
            messages.info(request, note)
        return open_account(
            name=name.value,
            phone=self.cleaned_data["phone"],
            password=self.cleaned_data["password1"],
        )


class LoginForm(library.LoginForm):
    password = PasswordField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = PhoneField(autocomplete="username")
        self.order_fields(["login", "password"])


class RequestCodeForm(library.RequestLoginCodeForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneField(autocomplete="username")

    def clean_phone(self) -> str:
        try:
            return super().clean_phone()
        except ValidationError:
            raise ValidationError(CODES_EXHAUSTED, code="too_many_login_attempts") from None


class ConfirmCodeForm(library.ConfirmLoginCodeForm):
    code = CodeField()


class VerifyPhoneForm(library.VerifyPhoneForm):
    code = CodeField()


class ChangePasswordForm(library.ChangePasswordForm):
    oldpassword = PasswordField(label="当前密码")
    password1 = NewPasswordField(label="新密码")
    password2 = None


class SetPasswordForm(library.SetPasswordForm):
    password1 = NewPasswordField(label="新密码")
    password2 = None


class ReauthenticateForm(library.ReauthenticateForm):
    password = PasswordField()


class TwoCodesForm(forms.Form):
    """For a change of number: one code to each."""

    old_code = CodeField(label="原手机收到的验证码")
    new_code = CodeField(label="新手机收到的验证码")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A phone offers the last code it received, which can only be one of the two.
        del self.fields["old_code"].widget.attrs["autocomplete"]


class NewPhoneForm(forms.Form):
    phone = PhoneField(label="新手机号", help_text="请确认这部手机在手边，能收到短信。")


class AcceptForm(forms.Form):
    """An invited person chooses the password."""

    password1 = NewPasswordField(label="设置密码")

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].user = account


class LeaveForm(forms.Form):
    """Deleting the account is confirmed in so many words."""

    sure = forms.BooleanField(
        label="我已知道删除后无法恢复，仍要删除账号",
        error_messages={"required": "请勾选，确认您知道删除后无法恢复。"},
    )
