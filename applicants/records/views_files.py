"""The photo and the files of evidence: upload, preview, look, remove."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from applicants.records.access import entry_kind, own_entry, own_evidence, own_person, own_photo
from applicants.records.actions import add_evidence, add_photo, remove_evidence, use_photo
from applicants.records.consents import PHOTO
from applicants.records.kinds import IDENTITY_PAPER, KINDS
from applicants.records.models import Evidence
from applicants.records.queries import evidence_of, has_agreed, issued_here, personal_evidence
from applicants.records.rows import heading
from applicants.records.upload_forms import EvidenceForm, PhotoForm
from applicants.records.views import onward, page, sent
from portal.access import signed_in
from portal.audit.trail import record_access
from portal.files import store

QUOTA_SPENT = "您上传的文件合计已达上限，这个文件没有存入。请先删除用不着的文件，再上传。"


@signed_in("GET", "POST")
def photo(request: HttpRequest) -> HttpResponse:
    """The photo in use, and the form for another one; a new photo is shown before it is used."""
    person = own_person(request.user)
    form = PhotoForm(sent(request), request.FILES or None, agreed=has_agreed(person, PHOTO))
    if request.method == "POST" and form.is_valid():
        try:
            added = add_photo(actor=request.user, person=person, checked=form.cleaned_data["file"])
        except store.QuotaExceeded:
            form.add_error("file", QUOTA_SPENT)
        else:
            return redirect(onward(request, "records:photo-preview", added.pk))
    return page(request, "photo.html", form=form, person=person)


@signed_in("GET", "POST")
def photo_preview(request: HttpRequest, key: UUID) -> HttpResponse:
    """The fitted photo with what may be found wanting; the person decides to use it or to take another."""
    added = own_photo(request.user, key)
    if request.method == "POST":
        use_photo(actor=request.user, photo=added)
        messages.success(request, "照片已保存。")
        return redirect(onward(request, "records:photo"))
    return page(request, "photo_preview.html", photo=added)


@signed_in("GET")
def photo_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The fitted picture itself."""
    shown = own_photo(request.user, key)
    record_access(
        "view_photo",
        actor=request.user,
        subject=shown,
        person_id=shown.person_id,
        birth_date=shown.person.birth_date,
    )
    return store.respond(shown.file)


@signed_in("GET", "POST")
def identity_evidence(request: HttpRequest) -> HttpResponse:
    """Pictures of the identity document."""
    person = own_person(request.user)
    form = EvidenceForm(sent(request), request.FILES or None, papers=(IDENTITY_PAPER,))
    if request.method == "POST" and _kept(request, form, person, None):
        return redirect(onward(request, "records:identity-evidence"))
    return page(
        request,
        "evidence.html",
        form=form,
        papers=(IDENTITY_PAPER,),
        files=personal_evidence(person, IDENTITY_PAPER.code),
        done=onward(request, "records:identity"),
    )


@signed_in("GET", "POST")
def evidence(request: HttpRequest, slug: str, key: UUID) -> HttpResponse:
    """The files that prove one entry."""
    kind, person = entry_kind(slug), own_person(request.user)
    entry = own_entry(request.user, kind, key)
    if issued_here(entry):
        messages.info(request, "这张证书由本会签发，不用上传，申报时直接附上。")
        return redirect(onward(request, "records:entries", slug))
    form = EvidenceForm(sent(request), request.FILES or None, papers=kind.papers)
    if request.method == "POST" and _kept(request, form, person, entry):
        return redirect(onward(request, "records:evidence", slug, key))
    return page(
        request,
        "evidence.html",
        form=form,
        kind=kind,
        entry=entry,
        heading=heading(entry),
        papers=kind.papers,
        files=evidence_of(entry),
        done=onward(request, "records:entries", slug),
    )


@signed_in("GET")
def evidence_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The file itself; the look is logged."""
    shown = own_evidence(request.user, key)
    record_access(
        "view_evidence",
        actor=request.user,
        subject=shown,
        person_id=shown.person_id,
        birth_date=shown.person.birth_date,
    )
    return store.respond(shown.file)


@signed_in("GET", "POST")
def evidence_delete(request: HttpRequest, key: UUID) -> HttpResponse:
    shown = own_evidence(request.user, key)
    place = _place(request, shown)
    if request.method == "POST":
        remove_evidence(actor=request.user, evidence=shown)
        messages.success(request, f"已删除文件：{shown.file.display_name}")
        return redirect(place)
    return page(request, "evidence_delete.html", evidence=shown, place=place)


def _place(request: HttpRequest, shown: Evidence) -> str:
    """The page that lists this file."""
    for kind in KINDS.values():
        entry = getattr(shown, str(kind.model._meta.model_name))
        if entry is not None:
            return onward(request, "records:evidence", kind.slug, entry.pk)
    return onward(request, "records:identity-evidence")


def _kept(request: HttpRequest, form: EvidenceForm, person, entry) -> bool:
    """Whether the upload was good and is kept now; else the form carries the sentence."""
    if not form.is_valid():
        return False
    checked = form.cleaned_data["file"]
    try:
        add_evidence(
            actor=request.user, person=person, code=form.cleaned_data["code"], checked=checked, entry=entry
        )
    except store.QuotaExceeded:
        form.add_error("file", QUOTA_SPENT)
        return False
    for note in checked.notes:
        messages.info(request, note)
    messages.success(request, f"已上传：{checked.name}")
    return True
