"""The identity document: a claim, answered the same to everyone, masked, replaced, and fixed once verified."""

from datetime import date

import pytest

from applicants.records.models import Consent, DocumentClaim, Person
from portal.audit.models import AuditEntry
from tests.factories import make_person, resident_id

FORM = "/my/record/identity/form/"
NUMBER = resident_id(date(1985, 3, 12), serial=2)
ANSWERS = {"kind": "resident_id", "name": "陈桂芳", "number": NUMBER, "consent": "on"}


def test_number_tells_sex_and_birth_date(client, account):
    response = client.post(FORM, ANSWERS | {"number": f" {NUMBER.lower()} "})
    assert response.status_code == 302
    person = Person.objects.get(account=account)
    claim = person.documents.get()
    assert (person.name, person.sex, person.birth_date) == ("陈桂芳", "female", date(1985, 3, 12))
    assert (claim.number, claim.state) == (NUMBER, DocumentClaim.State.CLAIMED)
    assert Consent.objects.get(person=person).about == Consent.About.DOCUMENT


def test_sending_the_form_twice_makes_one_claim_and_one_audit_entry(client, account):
    for _ in range(2):
        assert client.post(FORM, ANSWERS).status_code == 302
    assert DocumentClaim.objects.filter(person__account=account).count() == 1
    assert AuditEntry.objects.filter(action="records.claim_document").count() == 1


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"number": NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")}, "number", "校验不符"),
        ({"number": "\uff13\uff11\uff10\uff11\uff10\uff15"}, "number", "18 位"),
        ({"number": ""}, "number", "请填写"),
        ({"sex": "male"}, "sex", "不一致"),
        ({"birth_date_0": "1985", "birth_date_1": "3", "birth_date_2": "13"}, "birth_date", "不一致"),
        ({"name": "陈\u202e桂芳"}, "name", "方向"),
        ({"name": ""}, "name", "姓名"),
        ({"consent": ""}, "consent", "同意"),
        ({"kind": "library_card"}, "kind", ""),
        ({"kind": "passport", "number": "E12345678"}, "sex", "请选择性别"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(client, change, field, sentence):
    response = client.post(FORM, ANSWERS | change)
    page = response.content.decode()
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert sentence in page
    assert "<title>有误：" in page
    assert f'href="#id_{field}' in page or field in {"kind"}
    typed = {**ANSWERS, **change}
    assert f'value="{typed["name"]}"' in page
    assert not DocumentClaim.objects.exists()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{7*7}}", "=HYPERLINK(1)", "𬀩㛃䶮"])
def test_any_name_is_kept_and_shown_as_it_is_written(client, name):
    assert client.post(FORM, ANSWERS | {"name": name}).status_code == 302
    page = client.get("/my/record/identity/").content.decode()
    assert "<script>alert" not in page
    assert Person.objects.get(name=name).documents.get().name == name


def test_number_known_to_somebody_else_is_answered_like_any_other(client, login, account):
    taken = make_person("周晓梅", birth_date=date(1985, 3, 12), verified=True)
    other = client.post(FORM, ANSWERS | {"number": taken.documents.get().number, "name": "陈桂芳"})
    shown = client.get("/my/record/identity/").content.decode()
    assert (other.status_code, other["Location"]) == (302, "/my/record/identity/")
    assert "周晓梅" not in shown
    assert "待核对原件" in shown


def test_a_corrected_number_replaces_the_claim_and_an_empty_box_keeps_it(client, account):
    client.post(FORM, ANSWERS)
    assert client.post(FORM, ANSWERS | {"number": "", "name": "陈桂芬"}).status_code == 302
    corrected = resident_id(date(1985, 3, 12), serial=4)
    client.post(FORM, ANSWERS | {"number": corrected, "name": "陈桂芬"})
    claims = DocumentClaim.objects.filter(person__account=account).order_by("claimed_at")
    assert [claim.state for claim in claims] == ["replaced", "replaced", "claimed"]
    assert (claims[1].number, claims[1].name) == (NUMBER, "陈桂芬")
    assert claims[2].number == corrected


def test_verified_document_is_not_changed_from_the_page(login, frozen_day, db):
    frozen_day(date(2026, 10, 12))
    person = make_person(verified=True)
    client = login(person.account)
    response = client.post(FORM, ANSWERS | {"name": "别人"})
    person.refresh_from_db()
    assert response.status_code == 422
    assert "已在窗口核对过原件" in response.content.decode()
    assert person.name == "陈志远"
    assert person.documents.count() == 1


def test_number_is_masked_and_never_in_clear(client):
    client.post(FORM, ANSWERS)
    for address in ("/my/record/", "/my/record/identity/", FORM):
        assert NUMBER not in client.get(address).content.decode()
    assert f"{NUMBER[:4]}**********{NUMBER[-4:]}" in client.get("/my/record/identity/").content.decode()
