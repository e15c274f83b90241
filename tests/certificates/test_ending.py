"""Void, reissue, correction: two people, a reason, the record of the holder follows, old and new name each other."""

from datetime import date, timedelta

import pytest

from applicants.records.models import Credential, DocumentClaim
from certificates.ending import ask_ending, confirm_ending, drop_ending
from certificates.models import Certificate, Ending
from certificates.queries import find_certificate, newest_of
from portal import clock
from portal.models import Message
from portal.rules.findings import Refused
from tests.certificates.people import issued, passed
from tests.results.world import EXAM_DAY, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(team: Team) -> Certificate:
    (one,) = issued(team, *passed(team, "陈志远"))
    return one


def told(event: str) -> str:
    return Message.objects.get(event=event).text


def test_void(team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="照片贴错")
    certificate.refresh_from_db()
    assert certificate.state == "valid", "nothing changes before it is confirmed"
    assert confirm_ending(actor=team.second, ending=ending) is None
    certificate.refresh_from_db()
    assert (certificate.state, certificate.end_reason) == ("void", "照片贴错")
    assert certificate.ended_at is not None
    assert not Credential.objects.exists()
    assert certificate.number in told("certificate_void")
    assert "照片贴错" in told("certificate_void")


def test_the_one_who_asked_does_not_confirm(team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    with pytest.raises(Refused, match="提出人以外"):
        confirm_ending(actor=team.maker, ending=ending)


@pytest.mark.parametrize(
    ("kind", "reason", "sentence"),
    [("void", "  ", "请写明理由"), ("decision", "替考", "请选择"), ("", "错", "请选择")],
)
def test_what_cannot_be_asked(team: Team, certificate: Certificate, kind, reason, sentence):
    with pytest.raises(Refused, match=sentence):
        ask_ending(actor=team.maker, certificate=certificate, kind=kind, reason=reason)
    assert not Ending.objects.exists()


def test_one_request_at_a_time_and_it_can_be_dropped(team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")
    with pytest.raises(Refused, match="等待复核"):
        ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    drop_ending(actor=team.second, ending=ending)
    with pytest.raises(Refused, match="已经放弃"):
        confirm_ending(actor=team.second, ending=ending)
    ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")


def test_reissue_gives_a_new_number_and_keeps_the_day_of_issue(team: Team, certificate: Certificate, evening):
    evening(EXAM_DAY + timedelta(days=500))
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="证书遗失")
    fresh = confirm_ending(actor=team.second, ending=ending)
    certificate.refresh_from_db()
    assert certificate.state == "replaced"
    assert (fresh.replaces, certificate.replaced_by) == (certificate, fresh)
    assert newest_of(certificate) == fresh
    assert fresh.number == "S000031000001284000001", "a number of the year in which it was signed"
    assert fresh.issued_on == certificate.issued_on == date(2026, 10, 12)
    assert fresh.face == certificate.face | {"number": fresh.number}
    assert set(fresh.passes.all()) == set(certificate.passes.all())
    kept = Credential.objects.get()
    assert (kept.number, kept.issued_on) == (fresh.number, certificate.issued_on)
    assert certificate.number in told("certificate_replaced")
    assert fresh.number in told("certificate_replaced")
    assert find_certificate(certificate.number) == certificate
    with pytest.raises(Refused, match="已换发"):
        ask_ending(actor=team.maker, certificate=certificate, kind="void", reason="错发")


def test_correction_takes_what_was_verified_since(team: Team, certificate: Certificate):
    with pytest.raises(Refused, match="没有需要更正的内容"):
        ask_ending(actor=team.maker, certificate=certificate, kind="correction", reason="改名")
    DocumentClaim.objects.update(name="陈致远")
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="correction", reason="改名")
    fresh = confirm_ending(actor=team.second, ending=ending)
    assert fresh.face == certificate.face | {"number": fresh.number, "name": "陈致远"}
    certificate.refresh_from_db()
    assert certificate.face["name"] == "陈志远", "what was issued stays as it was"


def test_correction_needs_a_verified_document(team: Team, certificate: Certificate):
    DocumentClaim.objects.update(state="claimed", name="陈致远")
    with pytest.raises(Refused, match="没有核对过原件"):
        ask_ending(actor=team.maker, certificate=certificate, kind="correction", reason="改名")


def test_nothing_is_confirmed_twice(team: Team, certificate: Certificate):
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    confirm_ending(actor=team.second, ending=ending)
    with pytest.raises(Refused):
        confirm_ending(actor=team.third, ending=ending)
    assert Certificate.objects.count() == 2
    assert clock.today() == EXAM_DAY
