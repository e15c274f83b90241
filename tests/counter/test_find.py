"""The one search box: posted, logged, and by blind index where it is a document number."""

import pytest
from django.urls import reverse

from portal.audit.models import AccessEntry
from tests import factories


@pytest.fixture
def application(offering):
    return factories.make_application(factories.make_person(name="欧阳晓蕾"), offering)


def find(client, text: str):
    return client.post(reverse("admin:find"), {"text": text})


def test_numbers_of_every_kind_lead_straight_to_the_application(desk, application):
    payment = factories.pay(application)
    place = reverse("admin:exams_application_change", args=[application.pk])
    number = str(application.person.documents.get().number)
    for text in (application.number, payment.receipt_number, number, f" {number.lower()} ", "欧阳晓"):
        assert find(desk, text)["Location"] == place, text


def test_a_document_number_needs_its_permission_and_leaves_a_trace_without_the_number(
    desk, enter, application
):
    number = str(application.person.documents.get().number)
    find(desk, number)
    look = AccessEntry.objects.get(kind="search")
    assert look.person_id == str(application.person_id)
    assert number not in str(look.__dict__)
    without = enter("考务", "exams.view_application")
    assert "没有找到" in find(without, number).content.decode()


def test_it_is_never_an_address(desk, application):
    assert desk.get(reverse("admin:find"), {"text": "欧阳"}).status_code == 405
    lists = desk.get(reverse("admin:applicants_person_changelist")).content.decode()
    assert 'name="q"' not in lists


def test_several_are_listed_and_people_without_an_application_too(desk, application):
    factories.make_person(name="欧阳未申报")
    page = find(desk, "欧阳").content.decode()
    assert application.number in page
    assert "欧阳未申报" in page


def test_a_code_that_is_none_of_ours_is_said_so(desk, offering):
    assert "不是本会报名表" in find(desk, "BMB1:0000000000:0123456789ABCDEF").content.decode()
    assert "请输入要查找的内容" in find(desk, "  ").content.decode()
