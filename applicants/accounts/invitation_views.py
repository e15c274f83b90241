"""Where an invitation's link leads."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from applicants.accounts.forms import AcceptForm, posted
from applicants.accounts.invitations import accept_invitation, find_invitation
from applicants.accounts.models import Account, Invitation
from portal.access import public
from portal.rules.findings import Refused


@public("GET", "POST")
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Set a password and be a member; who has an account with this number logs in first and only confirms."""
    invitation = find_invitation(token)
    if invitation is None:
        return render(request, "account/invitation_gone.html", status=404)
    holder = Account.objects.filter(phone_index=invitation.phone_index).first()
    if holder is None:
        newcomer = Account(name=invitation.name, phone=invitation.phone)
        form = AcceptForm(posted(request), account=newcomer)
        if not form.is_valid():
            return _page(request, {"invitation": invitation, "form": form})
        return _accept(request, invitation, None, form.cleaned_data["password1"])
    if request.user != holder:
        # Somebody else may be logged in on this computer; they are not told whose number it is.
        return (
            render(request, "account/invitation_other.html")
            if request.user.is_authenticated
            else redirect_to_login(request.get_full_path())
        )
    if request.method == "GET":
        return _page(request, {"invitation": invitation, "form": None})
    return _accept(request, invitation, holder, None)


def _page(request: HttpRequest, context: dict) -> HttpResponse:
    answer = render(request, "account/invitation.html", context)
    # The token in the address is a key: no link on the page may carry it elsewhere. Without any referrer the browser
    # would hide the origin of the form, too, and the form be refused.
    answer["Referrer-Policy"] = "same-origin"
    return answer


def _accept(
    request: HttpRequest, invitation: Invitation, holder: Account | None, password: str | None
) -> HttpResponse:
    try:
        accept_invitation(invitation=invitation, account=holder, password=password)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("account_login")
    messages.success(
        request, "已加入。" if holder else "密码已设置，账号可以使用了。请用收到邀请的手机号登录。"
    )
    return redirect("account_security" if holder else "account_login")
