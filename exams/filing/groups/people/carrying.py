"""What an application takes from the roster: the wishes, the confirmed undertaking and needs, the portrait, evidence."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from applicants.records.models import Evidence, Photo
from exams.filing.actions.drafting import put_special_arrangement
from exams.filing.groups.models import Confirmation, RosterEntry
from exams.filing.models import Application, Kind, SpecialArrangement
from exams.passes.queries import retake_possibility, scheme_subjects
from portal import clock


def carry_over(entry: RosterEntry, application: Application, at: datetime) -> None:
    """Bring a draft or returned application in line with the entry, submitted at that moment; with both locked."""
    row, on = entry.row, clock.local_day(at)
    confirmed = (
        Confirmation.objects.filter(entry=entry, row=row).exclude(confirmed_at=None).latest("confirmed_at")
    )
    application.institution = entry.filing.institution
    application.kind = row.kind
    if row.kind == Kind.RETAKE:
        possible = retake_possibility(application.person, application.offering, on)
        application.subjects = row.subjects or list(possible.subjects)
        application.route = ""
        application.forfeitures.all().delete()
    else:
        application.subjects = list(scheme_subjects(application.offering, on))
        application.route = row.route
    application.undertaking_version = confirmed.undertaking_version
    application.undertaken_at = confirmed.confirmed_at
    application.save(
        update_fields=["institution", "kind", "subjects", "route", "undertaking_version", "undertaken_at"]
    )
    _ask_for(application, confirmed.arrangement or {"needs": [], "note": ""})
    _keep_photo(entry)
    _keep_evidence(entry)
    entry.application = application
    entry.save(update_fields=["application", "photo"])


def _ask_for(application: Application, wanted: Mapping[str, Any]) -> None:
    """What the person asks for. The same once more keeps its decision; a changed request is open again."""
    asked = SpecialArrangement.objects.filter(application=application).first()
    if (asked.needs if asked else [], (asked.note if asked else None) or "") != (
        wanted["needs"],
        wanted["note"],
    ):
        put_special_arrangement(
            actor=application.person.account,
            application=application,
            needs=wanted["needs"],
            note_text=wanted["note"],
        )


def _keep_photo(entry: RosterEntry) -> None:
    if entry.portrait_id is None or entry.portrait_print_id is None:
        return
    if entry.photo is not None and entry.photo.file_id == entry.portrait_id:
        return
    entry.photo = Photo.objects.create(
        id=uuid4(),
        person=entry.person,
        file=entry.portrait,
        print_copy=entry.portrait_print,
        hints=entry.portrait_hints,
        institution=entry.filing.institution,
        added_at=clock.now(),
    )


def _keep_evidence(entry: RosterEntry) -> None:
    """The counter looks at files as at anybody's: under the same keys, marked as the institution's."""
    for file in entry.files.select_related("file"):
        Evidence.objects.update_or_create(
            pk=file.pk,
            defaults={"removed_at": file.removed_at},
            create_defaults={
                "person": entry.person,
                "code": file.code,
                "file": file.file,
                "institution": entry.filing.institution,
                "added_at": file.added_at,
                "removed_at": file.removed_at,
            },
        )
