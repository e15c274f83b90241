"""Who may use a URL. Every view declares it; a view that does not is refused, and a test finds it.

A declaration names the kind of person and the methods: `@public("GET")`, `@signed_in("GET", "POST")`,
`@member("filer")`, `@staff("exams.review_application")`. Which OBJECT that person may have is asked of the slice's
`access.py`, which answers with the object or 404.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.core.exceptions import RateLimited
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_cache_control

from portal.views import too_many_requests

View = Callable[..., HttpResponse]
NOT_SENT = (
    "登录已过期，刚才填写的内容没有提交。请登录后重新填写；想留下写好的文字，先按浏览器的“返回”复制一份。"
)
# Views of libraries, which guard themselves: module prefix → why that is enough.
GUARDED_ELSEWHERE = {
    "allauth.": "log-in pages: public or for the signed-in, each decided by the library",
    "django.contrib.admin.": "the counter: CounterSite.has_permission stands before every page but log-in",
    "django.contrib.contenttypes.": "admin's redirect to a page of ours, guarded by admin_view",
    "django.views.i18n": "the catalogue of translated words",
    "portal.counter": "the counter's own pages, behind admin_view",
}


@dataclass(frozen=True)
class Access:
    """What a view declares: kind (public, signed_in, member, staff), what it needs, allowed methods."""

    kind: str
    methods: tuple[str, ...]
    needs: tuple[str, ...] = ()


def _declare(view: View, access: Access, check: Callable[[HttpRequest], HttpResponse | None]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        allowed = (*access.methods, "HEAD") if "GET" in access.methods else access.methods
        if request.method not in allowed:
            return HttpResponseNotAllowed(access.methods)
        return check(request) or view(request, *args, **kwargs)

    guarded.access = access  # type: ignore[attr-defined]
    return guarded


def public(*methods: str) -> Callable[[View], View]:
    """Anybody, without an account."""
    return lambda view: _declare(view, Access("public", methods), lambda request: None)


def signed_in(*methods: str) -> Callable[[View], View]:
    """Anybody with an account; the view serves that person's own things only."""
    return lambda view: _declare(view, Access("signed_in", methods), _require_login)


def member(*methods: str, roles: tuple[str, ...] = ("filer", "reviewer", "viewer")) -> Callable[[View], View]:
    """An active member of an institution in one of these roles; sets `request.membership`."""

    def check(request: HttpRequest) -> HttpResponse | None:
        refused = _require_login(request)
        if refused:
            return refused
        membership = request.user.active_membership()
        if membership is None and request.user.was_member():
            raise PermissionDenied("您的成员资格已结束，或机构已停用。如有疑问，请联系协会。")
        if membership is None or membership.role not in roles:
            raise PermissionDenied("本页供机构成员使用，您的账号没有相应的角色。")
        request.membership = membership
        return None

    return lambda view: _declare(view, Access("member", methods, roles), check)


def staff(permission: str | tuple[str, ...], *methods: str) -> Callable[[View], View]:
    """Staff with this permission (`app.codename`), or with one of these, past their second factor."""
    wanted = (permission,) if isinstance(permission, str) else permission

    def check(request: HttpRequest) -> HttpResponse | None:
        refused = _require_login(request) or require_second_factor(request)
        if refused:
            return refused
        user = request.user
        if not (user.is_active and user.is_staff and any(user.has_perm(one) for one in wanted)):
            raise PermissionDenied("您的账号没有这项操作的权限。")
        return None

    return lambda view: _declare(view, Access("staff", methods, wanted), check)


def _require_login(request: HttpRequest) -> HttpResponse | None:
    if request.user.is_authenticated:
        return None
    if request.method == "POST" and request.accepts("text/html"):
        # Nobody may believe that what was typed into a page of an ended session has arrived.
        messages.warning(request, NOT_SENT)
    return redirect_to_login(_page_to_return_to(request))


def _page_to_return_to(request: HttpRequest) -> str:
    """A POST's address is none."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else settings.LOGIN_REDIRECT_URL


def second_factor_passed(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor (or none is demanded here: the demo)."""
    if not settings.STAFF_SECOND_FACTOR:
        return True
    methods = request.session.get("account_authentication_methods", [])
    return any(entry.get("method") == "mfa" for entry in methods)


def require_second_factor(request: HttpRequest) -> HttpResponse | None:
    """Send staff to the second factor they have, or to set one up; None where it was passed or is not needed."""
    if not request.user.is_staff or second_factor_passed(request):
        return None
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import is_mfa_enabled

    kinds = Authenticator.Type
    for kind, page in ((kinds.TOTP, "mfa_reauthenticate"), (kinds.WEBAUTHN, "mfa_reauthenticate_webauthn")):
        if is_mfa_enabled(request.user, [kind]):
            return redirect_to_login(_page_to_return_to(request), reverse(page))
    return redirect("mfa_index")


def declared_access(view: Any) -> Access | str | None:
    """The view's declaration, or the reason it is guarded elsewhere, or None: undeclared."""
    access = getattr(view, "access", None)
    if access is not None:
        return access
    if hasattr(view, "model_admin") or hasattr(view, "admin_site"):
        return "the counter: behind admin_view, and the permissions of its ModelAdmin"
    inner = getattr(view, "view_class", view)
    module = getattr(inner, "__module__", "")
    return next((why for prefix, why in GUARDED_ELSEWHERE.items() if module.startswith(prefix)), None)


def _is_personal(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a page was made for somebody logged in: the next person at this computer goes back to none of them."""
    if response.status_code >= 500 or response.has_header("Cache-Control"):
        return False
    return request.session.accessed and SESSION_KEY in request.session


class AccessMiddleware:
    """Refuses any view that has not declared who may use it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # PostgreSQL stores no NUL and fails where it is asked for one; forms refuse it themselves.
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in an address")
        response = self.get_response(request)
        if _is_personal(request, response):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if declared_access(view) is None:
            raise PermissionDenied(f"{view!r} declares no access")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The log-in library lets a limit reached while it sends a code fall through to here."""
        return too_many_requests(request) if isinstance(exception, RateLimited) else None
