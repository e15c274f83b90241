"""Form fields for what an account is made of; each answers with a plain sentence about what was typed."""

from typing import Any

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from applicants.identity.names import BadName, Name, parse_name
from applicants.identity.phones import BadPhone, parse_phone

CHOOSING_HINT = "至少 10 位，不能全是数字，也不要用姓名、手机号或常见密码。可以用一句只有您知道的话。"

# By the code of the framework's validator; its own sentences are stiff, and one is left in English.
WEAK = {
    "password_too_short": "密码至少要 10 位，请加长。",
    "password_too_common": "这个密码太常见，容易被猜中，请换一个。",
    "password_entirely_numeric": "密码不能全是数字，请加上字母、汉字或符号。",
    "password_too_similar": "密码和您的姓名或手机号太像，请换一个。",
}


def refuse_weak(password: str, account: AbstractBaseUser | None) -> None:
    """Raise ValidationError, in our sentences, where the password is too easy to guess for this account."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        # The first reason will do: what is short is mostly common, too.
        found = error.error_list[0]
        raise ValidationError(WEAK.get(found.code, found.message), found.code) from None


class PhoneField(forms.CharField):
    """A mobile number as people type it; cleaned to E.164."""

    def __init__(self, *, autocomplete: str = "tel", **kwargs: Any) -> None:
        kwargs.setdefault("label", "手机号")
        super().__init__(
            widget=forms.TextInput(
                {
                    "type": "tel",
                    "inputmode": "tel",
                    "autocomplete": autocomplete,
                    "class": "width-20",
                    "maxlength": 40,
                }
            ),
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return parse_phone(text)
        except BadPhone as bad:
            raise ValidationError(bad.sentence, code="bad_phone") from None


class NameField(forms.Field):
    """A person's name; cleaned to `Name`, whose notes say what was changed."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "姓名")
        super().__init__(widget=forms.TextInput({"autocomplete": "name", "class": "width-20"}), **kwargs)

    def to_python(self, value: Any) -> Name | None:
        if value in self.empty_values:
            return None
        try:
            return parse_name(str(value))
        except BadName as bad:
            raise ValidationError(bad.sentence, code="bad_name") from None


class PasswordField(forms.CharField):
    """A password somebody already has."""

    def __init__(self, *, autocomplete: str = "current-password", **kwargs: Any) -> None:
        kwargs.setdefault("label", "密码")
        widget = forms.PasswordInput(
            {"autocomplete": autocomplete, "class": "width-20", "maxlength": 200, "data-reveal": ""}
        )
        super().__init__(strip=False, max_length=200, widget=widget, **kwargs)


class NewPasswordField(PasswordField):
    """A password being chosen; `user`, once set, is what it must not resemble."""

    user: AbstractBaseUser | None = None

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", CHOOSING_HINT)
        super().__init__(autocomplete="new-password", **kwargs)

    def clean(self, value: Any) -> str:
        password = super().clean(value)
        if password:
            refuse_weak(password, self.user)
        return password


class CodeField(forms.CharField):
    """The six digits of a message; spaces and full-width digits are forgiven."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "短信验证码")
        super().__init__(
            widget=forms.TextInput(
                {
                    "inputmode": "numeric",
                    "autocomplete": "one-time-code",
                    "class": "code-box",
                    "maxlength": 12,
                }
            ),
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value)
        return "".join(str(int(char)) if char.isdecimal() else char for char in typed if not char.isspace())
