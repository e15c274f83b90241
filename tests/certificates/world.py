"""Certificates made directly as rows: valid, ordinary, with a face and a photo. Not for testing the making."""

import hashlib
import itertools
from datetime import date
from typing import Any

from applicants.portraits import portrait
from certificates.face import digest_of, new_face
from certificates.models import Certificate
from exams.filing.models import Application
from portal import clock
from portal.files import store
from tests import factories

_serial = itertools.count(1)


def make_certificate(application: Application | None = None, **fields: Any) -> Certificate:
    """A valid certificate of an application, as its issue would leave it; `fields` are the row's own."""
    application = application or factories.make_application()
    person, offering = application.person, application.offering
    claim = person.documents.first()
    issued_on: date = fields.pop("issued_on", clock.today())
    number = fields.pop("number", f"Y000131000001{issued_on:%y}{offering.grade}{next(_serial):06d}")
    face = new_face(
        number=number,
        issued_on=issued_on.isoformat(),
        name=person.name,
        document_kind=claim.get_kind_display(),
        document_number=claim.number,
        occupation=offering.occupation.name,
        grade=offering.grade,
        photo=hashlib.sha256(portrait(1)).hexdigest(),
    ).as_record()
    photo = store.keep(portrait(1), kind="photo", media_type="image/jpeg", display_name="照片.jpg")
    file = store.keep(b"%PDF-1.7", kind="certificate", media_type="application/pdf", display_name="证书.pdf")
    return Certificate.objects.create(
        number=number,
        person=person,
        offering=offering,
        application=application,
        issued_on=issued_on,
        issued_at=clock.now(),
        face=face,
        face_digest=digest_of(face),
        photo=photo,
        **{"file": file, **fields},
    )
