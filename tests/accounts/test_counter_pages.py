"""Accounts and institutions at the counter: each page does its deed, and only with its permission."""

import pytest
from django.test import Client
from django.urls import reverse

from applicants.accounts.models import Account, Invitation, PhoneChange
from applicants.institutions.models import Institution
from tests.factories import make_account, make_institution, make_member, make_person, make_staff

pytestmark = pytest.mark.django_db
NEW = "13900139000"


@pytest.fixture(autouse=True)
def without_second_factor(settings) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(make_staff("周敏"))
    return client


def page(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


@pytest.mark.parametrize("model", ["account", "invitation", "institution", "phonechange"])
def test_each_list_opens_with_rows_in_it(lead: Client, model: str, django_assert_max_num_queries) -> None:
    for number in range(3):
        account = make_person(f"考生{number}").account
        make_member(make_institution(f"第 {number} 学校"))
        PhoneChange.objects.create(account=account, new_phone="+8613900000000", asked_at=account.joined_at)
    with django_assert_max_num_queries(20):
        assert lead.get(page(f"applicants_{model}_changelist")).status_code == 200


def test_phones_are_masked(lead: Client) -> None:
    account = make_account("陈志远", phone="+8613800138000")
    for where in (page("applicants_account_changelist"), page("applicants_account_change", account.pk)):
        text = lead.get(where).content.decode()
        assert "138****8000" in text
        assert "13800138000" not in text


def test_inviting_staff_and_a_member(lead: Client) -> None:
    lead.post(page("invite_staff"), {"name": "林晓", "phone": NEW, "group": "受理"})
    institution = make_institution()
    typed = {"name": "赵敏", "phone": "13900139001", "role": "filer"}
    lead.post(page("invite_member", institution.pk), typed)
    assert set(Invitation.objects.values_list("name", "staff_group", "role")) == {
        ("林晓", "受理", ""),
        ("赵敏", "", "filer"),
    }


def test_what_is_wrong_stands_at_its_field(lead: Client) -> None:
    answer = lead.post(page("invite_staff"), {"name": "林晓", "phone": "139", "group": "受理"})
    assert "手机号码应为 11 位" in answer.content.decode()
    known = make_institution()
    typed = {"name": known.name, "permit_number": "新证号"}
    assert "已经登记过" in lead.post(page("open_institution"), typed).content.decode()


def test_an_institution_is_opened_closed_and_opened_again(lead: Client) -> None:
    lead.post(page("open_institution"), {"name": "静安职业学校", "permit_number": "310106000001"})
    institution = Institution.objects.get(name="静安职业学校")
    member = make_member(institution)
    lead.post(page("close_institution", institution.pk))
    assert member.account.active_membership() is None
    lead.post(page("close_institution", institution.pk))
    assert member.account.active_membership() == member
    lead.post(page("end_membership", member.pk))
    assert member.account.active_membership() is None
    assert lead.get(page("applicants_institution_change", institution.pk)).status_code == 200


def test_an_account_is_stopped_at_once_and_restored(lead: Client) -> None:
    account = make_account("陈志远")
    owner = Client()
    owner.force_login(account)
    lead.post(page("stop_account", account.pk), {"reason": "手机丢失"})
    assert owner.get(reverse("account_security")).status_code == 302
    lead.post(page("stop_account", account.pk))
    assert Account.objects.get(pk=account.pk).is_active


def test_a_lost_phone_by_two_clerks(lead: Client) -> None:
    account = make_account("陈志远", phone="+8613800138000")
    lead.post(page("recover_phone", account.pk), {"phone": NEW})
    assert not PhoneChange.objects.exists()  # the original was not seen
    lead.post(page("recover_phone", account.pk), {"phone": NEW, "seen": "on"})
    change = PhoneChange.objects.get()
    alone = lead.post(page("confirm_phone", change.pk), {"seen": "on"})
    assert "须由另一名工作人员" in alone.content.decode()
    second = Client()
    second.force_login(make_staff("王强"))
    second.post(page("confirm_phone", change.pk), {"seen": "on"})
    assert Account.objects.by_phone(f"+86{NEW}") == account
    assert second.post(page("confirm_phone", change.pk), {"seen": "on"}).status_code == 404


def test_a_request_can_be_taken_back(lead: Client) -> None:
    account = make_account("陈志远")
    lead.post(page("recover_phone", account.pk), {"phone": NEW, "seen": "on"})
    lead.post(page("drop_phone", PhoneChange.objects.get().pk))
    assert not PhoneChange.objects.exists()


@pytest.mark.parametrize("name", ["invite_staff", "open_institution"])
def test_without_the_permission_no_page(client: Client, name: str) -> None:
    client.force_login(make_staff("小张", "exams.review_application"))
    assert client.get(page(name)).status_code == 403


def test_nothing_is_deleted_from_a_list(lead: Client) -> None:
    account = make_account("陈志远")
    for model in ("account", "invitation", "institution", "phonechange"):
        assert "delete_selected" not in lead.get(page(f"applicants_{model}_changelist")).content.decode()
    assert lead.get(page("applicants_account_delete", account.pk)).status_code == 403
