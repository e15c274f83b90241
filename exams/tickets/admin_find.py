"""The one search box: a scanned form, a number of any kind, or a name. Always posted, never in an address."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from applicants.identity.documents import DocumentKind
from applicants.identity.text import compact
from applicants.records.models import DocumentClaim, Person, document_index
from exams.filing.documents import CODE_PREFIX, parse_form_code
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Application
from exams.payments.bill_queries import find_bill
from portal.access import staff
from portal.audit.trail import record_access
from portal.counter.acting import page
from portal.rules.findings import Refused

MOST = 50


@dataclass(frozen=True)
class Found:
    """What a search came to: applications, people without one, and a sentence where there is something to say."""

    applications: list[Application]
    people: list[Person]
    sentence: str = ""


@never_cache
@staff("exams.view_application", "POST")
def find_page(request: HttpRequest) -> HttpResponse:
    """One application found: straight to it; else the list."""
    text = request.POST.get("text", "").replace("\0", "").strip()[:80]
    if text.upper().startswith(f"{CODE_PREFIX}:"):
        return _scanned(request, text)
    if bill := find_bill(text):
        return redirect("admin:bill_desk", bill.pk)
    if filing := GroupFiling.objects.filter(number=compact(text).upper()).first():
        return redirect("admin:exams_groupfiling_change", filing.pk)
    found = find(text, by_document=request.user.has_perm("exams.search_document"))
    for person in {one.person for one in found.applications} | set(found.people):
        record_access(
            "search",
            actor=request.user,
            subject=person,
            person_id=person.pk,
            birth_date=person.birth_date,
            reason="窗口查找",
        )
    if len(found.applications) == 1 and not found.people:
        return redirect("admin:exams_application_change", found.applications[0].pk)
    return page(request, "admin/exams/found.html", title="查找结果", found=found)


def _scanned(request: HttpRequest, code: str) -> HttpResponse:
    try:
        application, changed = parse_form_code(code)
    except Refused as refused:
        found = Found([], [], "".join(one.sentence for one in refused.findings))
        return page(request, "admin/exams/found.html", title="查找结果", found=found)
    address = reverse("admin:exams_application_change", args=[application.pk])
    return redirect(f"{address}?form={'changed' if changed else 'same'}")


def find(text: str, *, by_document: bool) -> Found:
    """Everything the text may mean, exact numbers first; names only where no number fits."""
    if not text:
        return Found([], [], "请输入要查找的内容。")
    rows = Application.objects.select_related("person", "offering__occupation").order_by("-created_at")
    number = compact(text)
    exact = rows.filter(number=number) | rows.filter(tickets__number=number)
    exact = exact | rows.filter(quotes__payments__receipt_number=text)
    if applications := list(exact.distinct()[:MOST]):
        return Found(applications, [])
    if by_document and (people := _by_document(number)):
        return _of_people(rows, people)
    people = list(Person.objects.filter(name__startswith=text, erased_at=None).order_by("name")[:MOST])
    if people:
        return _of_people(rows, people)
    return Found([], [], "没有找到。请核对号码，或输入姓名开头的几个字。")


def _by_document(number: str) -> list[Person]:
    """Holders of the number, whatever kind of document it is; only its blind index is looked at."""
    indexes = [document_index(kind, number) for kind in DocumentKind.values]
    keys = DocumentClaim.objects.filter(number_index__in=indexes).values("person_id")
    return list(Person.objects.filter(pk__in=keys))


def _of_people(rows, people: Iterable[Person]) -> Found:
    known = list(people)
    applications = list(rows.filter(person__in=known)[:MOST])
    filed = {one.person_id for one in applications}
    return Found(applications, [person for person in known if person.pk not in filed])
