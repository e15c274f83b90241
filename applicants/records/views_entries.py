"""Entries of the record (schooling, jobs, certificates, titles): list, add, change, remove."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from applicants.records.access import entry_kind, own_entry, own_person
from applicants.records.actions import remove_entry, save_entry
from applicants.records.kinds import Kind
from applicants.records.models import Fact, Person
from applicants.records.queries import entries_of, issued_among, overlaps
from applicants.records.rows import heading, rows_of
from applicants.records.views import onward, page, sent
from portal import clock
from portal.access import signed_in
from portal.rules.findings import Refused


@signed_in("GET")
def entries(request: HttpRequest, slug: str) -> HttpResponse:
    kind, person = entry_kind(slug), own_person(request.user)
    found = list(entries_of(person, kind))
    issued = issued_among(found)
    return page(
        request,
        "entries.html",
        kind=kind,
        person=person,
        entries=[(entry, heading(entry), rows_of(entry), issued.get(entry.pk)) for entry in found],
        overlaps=overlaps(found, clock.today()) if slug == "jobs" else [],
    )


@signed_in("GET", "POST")
def add_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """A new entry. The page carries the key the entry will have, so that sending it twice makes one."""
    kind, person = entry_kind(slug), own_person(request.user)
    key = _key(request.POST.get("key"))
    entry = kind.model.objects.filter(pk=key).first()
    if entry is not None and entry.person_id != person.pk:
        raise Http404
    return _edit(request, kind, person, entry or kind.model(pk=key, person=person), new=True)


@signed_in("GET", "POST")
def change_entry(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    kind, person = entry_kind(slug), own_person(request.user)
    return _edit(request, kind, person, own_entry(request.user, kind, key), new=False)


@signed_in("GET", "POST")
def delete_entry(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    kind = entry_kind(slug)
    entry = own_entry(request.user, kind, key)
    if request.method == "POST":
        try:
            remove_entry(actor=request.user, entry=entry)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"已删除这条{kind.noun}：{heading(entry)}")
        return redirect(onward(request, "records:entries", kind.slug))
    count = entry.evidence.filter(removed_at=None).count()
    return page(
        request,
        "entry_delete.html",
        kind=kind,
        entry=entry,
        heading=heading(entry),
        rows=rows_of(entry),
        files=count,
    )


def _edit(request: HttpRequest, kind: Kind, person: Person, entry: Fact, *, new: bool) -> HttpResponse:
    known = None if entry._state.adding else entry
    form = kind.form(sent(request), person=person, entry=known)
    if request.method == "POST" and form.is_valid():
        try:
            save_entry(actor=request.user, entry=entry, values=form.values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"已保存：{heading(entry)}")
            name, args = (
                ("records:evidence", [kind.slug, entry.pk]) if new else ("records:entries", [kind.slug])
            )
            return redirect(onward(request, name, *args))
    return page(
        request, "entry_form.html", form=form, kind=kind, entry=entry, new=new, occupations=form.occupations
    )


def _key(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return uuid4()
