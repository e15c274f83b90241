"""People's rights over their data: take it along, delete it."""

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.logout import logout
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header

from applicants.accounts import leaving
from applicants.accounts.export import person_archive, person_data
from applicants.accounts.forms import LeaveForm, posted
from applicants.records.models import Person
from portal import clock
from portal.access import signed_in
from portal.audit import trail
from portal.rules.findings import Refused

ours = reauthentication_required(app="allauth.mfa")


@signed_in("GET", "POST")
@ours
def export(request: HttpRequest) -> HttpResponse:
    """GET explains; POST `form` = zip or json downloads."""
    person = Person.objects.filter(account=request.user).first()
    if request.method == "GET" or person is None:
        return render(request, "account/export.html", {"person": person})
    trail.record_access(
        "export", actor=request.user, subject=person, person_id=person.pk, birth_date=person.birth_date
    )
    name = f"我的资料-{clock.today():%Y%m%d}"
    if request.POST.get("form") == "json":
        answer: HttpResponse = JsonResponse(
            person_data(person), json_dumps_params={"ensure_ascii": False, "indent": 2}
        )
        name += ".json"
    else:
        answer = HttpResponse(person_archive(person), content_type="application/zip")
        name += ".zip"
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["Cache-Control"] = "private, no-store"
    return answer


@signed_in("GET", "POST")
@ours
def delete(request: HttpRequest) -> HttpResponse:
    """Say what goes and what must stay, then delete."""
    obstacles = leaving.obstacles(request.user)
    form = LeaveForm(posted(request))
    if obstacles or not form.is_valid():
        context = {"obstacles": obstacles, "kept": leaving.kept(request.user), "form": form}
        return render(request, "account/delete.html", context)
    try:
        leaving.delete_account(actor=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("account_delete")
    logout(request, show_message=False)
    messages.success(request, "账号已删除。")
    return redirect("home")
