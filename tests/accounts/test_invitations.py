"""Staff and members come by invitation: a link by message, good once, for a week."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from applicants.accounts.groups import LEAD, RECEPTION, ensure_staff_groups
from applicants.accounts.invitations import invite_member, invite_staff
from applicants.accounts.models import Account, Invitation
from portal import clock
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.accounts.helpers import log_in
from tests.factories import PASSWORD, make_account, make_institution, make_staff

pytestmark = pytest.mark.django_db
PHONE = "+8613911112222"
CHOSEN = "这句话只有我一个人知道"


@pytest.fixture
def lead() -> Account:
    return make_staff("周敏")


def link(phone: str = PHONE) -> str:
    """The path in the last invitation to this number."""
    letters = [
        m for m in Message.objects.filter(event="invitation").order_by("created_at") if m.address == phone
    ]
    return re.search(r"https?://[^/]+(/\S+)", letters[-1].text)[1]


def invite_to_staff(lead: Account) -> Invitation:
    group = ensure_staff_groups()[RECEPTION]
    return invite_staff(actor=lead, name="林晓", phone=PHONE, group=group)


def test_an_invited_person_sets_a_password_and_is_staff_with_the_groups_permissions(client, lead) -> None:
    invite_to_staff(lead)
    page = client.get(link())
    assert "林晓" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    client.post(link(), {"password1": CHOSEN})
    account = Account.objects.by_phone(PHONE)
    assert account.is_staff
    assert account.has_perm("exams.review_application")
    assert not account.has_perm("exams.confirm_reversal")
    assert log_in(client, PHONE, CHOSEN).wsgi_request.user == account


def test_the_link_is_kept_only_as_an_index(lead) -> None:
    invitation = invite_to_staff(lead)
    token = link().rstrip("/").rsplit("/", 1)[1]
    assert token not in str({name: str(value) for name, value in vars(invitation).items()})


def test_a_link_is_good_once(client, lead) -> None:
    invite_to_staff(lead)
    used = link()
    client.post(used, {"password1": CHOSEN})
    answer = Client().post(used, {"password1": "另外一个人想设的密码呀"})
    assert answer.status_code == 404
    assert Account.objects.by_phone(PHONE).check_password(CHOSEN)


def test_a_link_is_good_for_a_week(client, lead, frozen_day) -> None:
    invite_to_staff(lead)
    frozen_day(clock.now() + timedelta(days=7, seconds=1))
    assert client.get(link()).status_code == 404


def test_a_new_invitation_ends_the_one_before(client, lead) -> None:
    invite_to_staff(lead)
    old = link()
    invite_to_staff(lead)
    assert client.get(old).status_code == 404
    assert client.get(link()).status_code == 200


def test_a_guessed_link_is_not_there(client) -> None:
    assert client.get(reverse("accept_invitation", args=["x" * 32])).status_code == 404


def test_who_has_an_account_logs_in_and_only_confirms(client, lead) -> None:
    account = make_account("林晓", phone=PHONE)
    institution = make_institution()
    invite_member(actor=lead, name="林晓", phone=PHONE, institution=institution, role="filer")
    answer = client.get(link())
    assert answer["Location"].startswith(reverse("account_login"))
    stranger = Client()
    stranger.force_login(make_account("外人"))
    stranger.post(link(), {"confirm": "1"})
    assert account.active_membership() is None
    log_in(client, PHONE, PASSWORD)
    client.post(link(), {"confirm": "1"})
    assert account.active_membership().institution == institution
    assert account.check_password(PASSWORD)


def test_only_with_the_permission(lead) -> None:
    clerk = make_staff("小张", "exams.review_application")
    with pytest.raises(Refused, match="没有邀请"):
        invite_to_staff(clerk)
    assert not Invitation.objects.exists()


def test_a_closed_institution_invites_nobody(lead) -> None:
    institution = make_institution()
    institution.closed_at = clock.now()
    institution.save()
    with pytest.raises(Refused, match="已停用"):
        invite_member(actor=lead, name="林晓", phone=PHONE, institution=institution, role="filer")


def test_groups_are_made_twice_with_the_same_result() -> None:
    def held() -> dict[str, set[str]]:
        groups = ensure_staff_groups().items()
        return {name: set(group.permissions.values_list("codename", flat=True)) for name, group in groups}

    first = held()
    assert held() == first
    assert "add_invitation" in first[LEAD]
    assert all("add_invitation" not in codes for name, codes in first.items() if name != LEAD)
