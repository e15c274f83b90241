"""Getting in and staying safe: forgotten passwords, the lost phone, the security page, open log-ins."""

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.views import RequestLoginCodeView
from allauth.core import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from applicants.accounts.actions import end_logins, set_password
from applicants.accounts.devices import device_name
from applicants.accounts.forms import SetPasswordForm, posted
from portal.access import public, signed_in

# How long after a log-in by code a new password may be set without the old one.
FRESH_SECONDS = 15 * 60


class ForgottenPasswordView(RequestLoginCodeView):
    """A forgotten password: log in by code, known number or not, then choose a new one."""

    template_name = "account/password_reset.html"

    def get_success_url(self) -> str | None:
        if self.request.user.is_authenticated:
            return None
        query = urlencode({"next": reverse("account_new_password")})
        return f"{reverse('account_confirm_login_code')}?{query}"


forgotten_password = public("GET", "POST")(ForgottenPasswordView.as_view())


@signed_in("GET", "POST")
def new_password(request: HttpRequest) -> HttpResponse:
    """For who has just come in by code; with the old password one uses the ordinary page."""
    if not _came_in_by_code(request):
        messages.info(request, "要重设密码，请先用短信验证码登录。")
        return redirect("account_security")
    form = SetPasswordForm(request.user, posted(request))
    if not form.is_valid():
        return render(request, "account/new_password.html", {"form": form})
    set_password(account=request.user, password=form.cleaned_data["password1"])
    update_session_auth_hash(request, request.user)
    ratelimit.clear(request, action="login_failed", key=request.user.phone_index)
    messages.success(request, "新密码已生效，其他设备上的登录已退出。")
    return redirect("account_security")


def _came_in_by_code(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(
        record["method"] == "code" and time.time() - record["at"] < FRESH_SECONDS for record in records
    )


@public("GET")
def phone_lost(request: HttpRequest) -> HttpResponse:
    """The way back for somebody whose number is gone."""
    return render(request, "account/phone_lost.html")


@signed_in("GET")
def security(request: HttpRequest) -> HttpResponse:
    context = {"has_second_factor": is_mfa_enabled(request.user), "logins": len(_logins(request))}
    return render(request, "account/security.html", context)


@signed_in("GET", "POST")
def logins(request: HttpRequest) -> HttpResponse:
    """Where the account is logged in; POST `end` = a log-in's key, or `others`."""
    open_logins = _logins(request)
    if request.method == "GET":
        return render(request, "account/logins.html", {"logins": open_logins})
    wanted = request.POST.get("end", "")
    ended = [
        login["session"]
        for login in open_logins
        if not login["is_current"] and wanted in {"others", str(login["session"].pk)}
    ]
    if ended:
        end_logins(actor=request.user, account=request.user, sessions=ended)
        messages.success(request, f"已退出 {len(ended)} 处登录。")
    return redirect("account_logins")


def _logins(request: HttpRequest) -> list[dict[str, Any]]:
    """The account's open log-ins, this one first, then the latest."""
    found = [
        {"session": session, "device": device_name(session.user_agent), "is_current": session.is_current()}
        for session in UserSession.objects.purge_and_list(request.user)
    ]
    return sorted(
        found, key=lambda login: (not login["is_current"], -login["session"].created_at.timestamp())
    )
