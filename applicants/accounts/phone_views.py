"""Changing the number: the new one is typed, then the codes sent to both."""

import time
from typing import Any
from uuid import uuid4

from allauth.account.internal.flows.logout import logout
from allauth.core import ratelimit
from allauth.core.internal.cryptokit import compare_user_code, generate_user_code
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from applicants.accounts.adapter import CODES_EXHAUSTED, send_code
from applicants.accounts.forms import NewPhoneForm, TwoCodesForm, posted
from applicants.accounts.models import Account
from applicants.accounts.phones import change_phone
from portal.access import signed_in
from portal.messages import outbox
from portal.rules.findings import Refused

STATE = "phone_change"
ATTEMPTS = 3
WRONG = "验证码不正确，请核对这部手机收到的最近一条短信。"


@signed_in("GET", "POST")
def new_phone(request: HttpRequest) -> HttpResponse:
    form = NewPhoneForm(posted(request))
    if form.is_valid() and _send_codes(request, form):
        return redirect("account_confirm_phone_change")
    return render(request, "account/phone_change.html", {"form": form})


@signed_in("GET", "POST")
def confirm(request: HttpRequest) -> HttpResponse:
    state = request.session.get(STATE)
    if state is None or time.time() - state["at"] > settings.ACCOUNT_PHONE_VERIFICATION_TIMEOUT:
        request.session.pop(STATE, None)
        return redirect("account_change_phone")
    form = TwoCodesForm(posted(request))
    if form.is_valid() and _codes_agree(state, form):
        return _finish(request, state)
    if form.is_bound and not _may_try_again(request, state):
        messages.error(request, "验证码输错次数过多，请重新获取。")
        return redirect("account_change_phone")
    return render(request, "account/phone_change_confirm.html", {"form": form, "phone": state["phone"]})


def _send_codes(request: HttpRequest, form: NewPhoneForm) -> bool:
    """One code to each number. A number that is somebody else's gets a hint instead, and the page looks the same."""
    old, new = request.user.phone, form.cleaned_data["phone"]
    if old == new:
        form.add_error("phone", "这就是您现在的手机号，不用更换。")
        return False
    if not all(ratelimit.consume(request, action="verify_phone", key=phone) for phone in (old, new)):
        form.add_error("phone", CODES_EXHAUSTED)
        return False
    codes = {
        place: generate_user_code(**settings.ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT)
        for place in ("old", "new")
    }
    send_code(phone=old, code=codes["old"], purpose="更换手机号（原号码）")
    if Account.objects.by_phone(new):
        codes["new"] = ""
        outbox.post("account_exists", account=None, address=new, dedupe_key=f"account_exists:{uuid4()}")
    else:
        send_code(phone=new, code=codes["new"], purpose="更换手机号（新号码）")
    request.session[STATE] = {"phone": new, "at": time.time(), "tries": 0, **codes}
    return True


def _codes_agree(state: dict[str, Any], form: TwoCodesForm) -> bool:
    for place in ("old", "new"):
        typed = form.cleaned_data[f"{place}_code"]
        if not compare_user_code(actual=typed, expected=state[place]):
            form.add_error(f"{place}_code", WRONG)
    return not form.errors


def _may_try_again(request: HttpRequest, state: dict[str, Any]) -> bool:
    state["tries"] += 1
    request.session[STATE] = state
    if state["tries"] < ATTEMPTS:
        return True
    del request.session[STATE]
    return False


def _finish(request: HttpRequest, state: dict[str, Any]) -> HttpResponse:
    try:
        change_phone(actor=request.user, new_phone=state["phone"])
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("account_change_phone")
    logout(request, show_message=False)
    messages.success(request, "手机号已更换，所有登录均已退出。请用新手机号登录。")
    return redirect("account_login")
