"""How the log-in library meets our accounts: phones are encrypted, found by blind index; codes go by the outbox."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse

from applicants.accounts import actions
from applicants.accounts.fields import PhoneField
from applicants.accounts.models import Account, phone_index
from portal.crypto import open_bytes, seal_bytes
from portal.messages import outbox
from portal.rules.findings import Refused

TOO_MANY_TRIES = "密码连续输错次数过多，请 10 分钟后再试，或改用短信验证码登录。"
CODES_EXHAUSTED = "这个号码获取验证码太频繁：每分钟最多 3 次，每小时最多 10 次。请稍后再试，或用密码登录。"


class AccountAdapter(DefaultAccountAdapter):
    """Phones are E.164 strings throughout."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "此账号已停用。如有疑问，请致电业务咨询电话。",
        "phone_password_mismatch": "手机号或密码不正确。忘记密码可以用短信验证码登录。",
        "enter_current_password": "当前密码不正确，请重新输入。",
        "incorrect_password": "密码不正确，请重新输入。",
        "incorrect_code": "验证码不正确，请核对最近一条短信。",
        "phone_taken": "此手机号已有账号，请直接登录。",
        "too_many_login_attempts": "验证码输错次数过多，请稍等几分钟，再重新获取。",
        "rate_limited": CODES_EXHAUSTED,
    }

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def get_phone(self, user: Account) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Account, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.phone_index = phone_index(phone) if verified else None
        user.save(update_fields=["phone", "phone_index", "phone_verified"])

    def set_phone_verified(self, user: Account, phone: str) -> None:
        try:
            actions.confirm_phone(account=user, phone=phone)
        except Refused as refused:
            # Two sign-ups with one number, both codes right, in the same second: the first has it.
            messages.error(self.request, str(refused))
            raise ImmediateHttpResponse(redirect("account_login")) from None

    def get_user_by_phone(self, phone: str) -> Account | None:
        return Account.objects.by_phone(phone)

    def set_password(self, user: Account, password: str) -> None:
        actions.set_password(account=user, password=password)

    def send_verification_code_sms(self, user: Account, phone: str, code: str, **kwargs: Any) -> None:
        send_code(phone=phone, code=code, purpose="登录" if user.phone_index else "注册")

    def send_account_already_exists_sms(self, phone: str) -> None:
        outbox.post("account_exists", account=None, address=phone, dedupe_key=f"account_exists:{uuid4()}")

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        outbox.post("account_unknown", account=None, address=phone, dedupe_key=f"account_unknown:{uuid4()}")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ValidationError(TOO_MANY_TRIES, code="too_many_login_attempts") from None

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # The library's key knows no phones: all accounts would share one limit.
        return phone_index(credentials.get("phone", ""))

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index") if request.user.is_staff else settings.LOGIN_REDIRECT_URL

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_security")

    def get_reauthentication_methods(self, user: Account) -> list[dict[str, Any]]:
        words = {
            "reauthenticate": "用密码确认",
            "mfa_reauthenticate": "用身份验证器或恢复码确认",
            "mfa_reauthenticate:webauthn": "用通行密钥确认",
        }
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": words[method["id"]]} for method in methods]


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are encrypted at rest."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "验证码不正确。请看身份验证器上正在显示的 6 位数字，并确认手机时间准确。",
        "cannot_delete_authenticator": "工作人员账号必须保留至少一种两步验证，不能停用。",
        "cannot_generate_recovery_codes": "请先开启两步验证，再生成恢复码。",
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not (settings.STAFF_SECOND_FACTOR and authenticator.user.is_staff):
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def encrypt(self, text: str) -> str:
        return seal_bytes(text.encode(), bound_to="second-factor").hex()

    def decrypt(self, encrypted_text: str) -> str:
        return open_bytes(bytes.fromhex(encrypted_text), bound_to="second-factor").decode()

    def get_totp_label(self, user: Account) -> str:
        return user.name

    def _get_user_identifier(self, user: Account) -> str:
        return user.name

    def _get_site_name(self) -> str:
        return settings.ASSOCIATION_NAME

    def generate_authenticator_name(self, user: Account, type: str) -> str:
        return f"通行密钥 {user.authenticator_set.filter(type=type).count() + 1}"


def send_code(*, phone: str, code: str, purpose: str) -> None:
    """Put a code on its way. It belongs to no inbox: who reads it must hold the phone."""
    outbox.post(
        "verification_code",
        account=None,
        address=phone,
        dedupe_key=f"verification_code:{uuid4()}",
        code=code,
        minutes=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60,
        purpose=purpose,
    )
