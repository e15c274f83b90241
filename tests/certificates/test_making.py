"""PDFs are made outside the transaction that issues, found by state; what cannot be printed is held."""

import io

import pytest
from pypdf import PdfReader

from applicants.records.models import DocumentClaim
from certificates.making import LEASE, make_certificates, retry_print
from certificates.models import Certificate
from certificates.queries import held, printed, to_print
from certificates.verification import address_of
from portal import clock
from portal.files import store
from portal.pdf.trying import ATTEMPTS
from portal.rules.findings import Refused
from tests.certificates.people import issued, passed
from tests.results.world import Team

pytestmark = pytest.mark.django_db

UNPRINTABLE = "陈\U0003ffff"
"""A character that no font has."""


@pytest.fixture
def certificate(team: Team) -> Certificate:
    (one,) = issued(team, *passed(team, "陈志远"))
    return one


def text_of(certificate: Certificate) -> str:
    assert certificate.file is not None
    pages = PdfReader(io.BytesIO(store.read(certificate.file))).pages
    assert len(pages) == 1
    return "".join(pages[0].extract_text().split())


def test_what_is_issued_is_printed_once(certificate: Certificate):
    assert list(to_print()) == [certificate]
    assert make_certificates() == {"made": 1, "held": 0}
    assert make_certificates() == {"made": 0, "held": 0}
    certificate.refresh_from_db()
    assert list(printed()) == [certificate]
    text = text_of(certificate)
    for value in certificate.face.values():
        if value not in (certificate.face["photo"], certificate.face["issued_on"]):
            assert "".join(value.split()) in text
    assert "2026年10月12日" in text
    assert address_of(certificate.number).endswith(f"#{certificate.number}")


def test_a_name_no_font_prints_holds_the_certificate_and_no_other(team: Team):
    rare, plain = passed(team, "陈志远", "吴梅")
    DocumentClaim.objects.filter(person=rare.person).update(name=UNPRINTABLE)
    issued(team, rare, plain)
    assert make_certificates() == {"made": 1, "held": 1}
    (stuck,) = held()
    assert stuck.person == rare.person
    assert "请核对姓名用字" in stuck.hold_reason
    retry_print(actor=team.maker, certificate=stuck)
    assert make_certificates() == {"made": 0, "held": 1}, "and is held again while nothing was mended"


def test_only_a_held_one_is_retried(team: Team, certificate: Certificate):
    with pytest.raises(Refused, match="没有受阻"):
        retry_print(actor=team.maker, certificate=certificate)


def test_a_changed_face_is_not_printed(certificate: Certificate):
    certificate.face = certificate.face | {"name": "陈致远"}
    certificate.save()
    assert make_certificates() == {"made": 0, "held": 1}
    assert "与签发时不符" in held().get().hold_reason


def test_a_worker_that_died_leaves_its_claim_to_the_next(certificate: Certificate):
    now = clock.now()
    Certificate.objects.update(leased_until=now + LEASE, attempts=1)
    assert make_certificates(now=now) == {"made": 0, "held": 0}
    assert make_certificates(now=now + LEASE) == {"made": 1, "held": 0}


def test_what_keeps_killing_its_worker_is_set_aside(certificate: Certificate):
    Certificate.objects.update(attempts=ATTEMPTS)
    assert make_certificates() == {"made": 0, "held": 1}
    assert held().get().hold_reason == "制作多次中断，已停止重试"


def test_a_certificate_void_before_it_was_printed_is_not(team: Team, certificate: Certificate):
    Certificate.objects.update(state="void", ended_at=clock.now())
    assert make_certificates() == {"made": 0, "held": 0}
