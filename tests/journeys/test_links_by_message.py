"""What comes by message and is opened in a real browser: an invitation, and the link to confirm a filing."""

import re

import pytest

from applicants.accounts.invitations import invite_member
from applicants.accounts.models import Account
from exams.filing.groups.people.confirming import send_links
from exams.filing.groups.queries import entries_of
from exams.filing.groups.rosters.files import set_portrait
from portal.files.intake import check_photo
from portal.messages.models import Message
from tests.factories import load_catalogue, make_institution, make_member, make_staff
from tests.files.samples import encoded, portrait
from tests.groups.factories import make_entry, make_filing
from tests.journeys.hands import Hand

pytestmark = pytest.mark.journey
PHONE = "+8613900000001"


def link_in(event: str) -> str:
    """The path of the link in the only message of this event."""
    return re.search(r"https?://[^/]+(/\S+)", Message.objects.get(event=event).text)[1]


@pytest.fixture
def filing(page):
    load_catalogue()
    return make_filing(make_member(make_institution()))


@pytest.fixture
def asked(filing) -> str:
    entry = make_entry(filing, stage="portrait", phone=PHONE)
    set_portrait(actor=filing.opened_by, entry=entry, checked=check_photo(encoded(portrait()), "a.jpg"))
    send_links(actor=filing.opened_by, filing=filing)
    return link_in("confirm_filing")


def test_an_invitation_is_accepted(page) -> None:
    institution = make_institution()
    invite_member(actor=make_staff(), name="林晓", phone=PHONE, institution=institution, role="filer")
    hand = Hand(page, "member")
    hand.go(link_in("invitation"))
    page.locator("[name=password1]").fill("白鹭洲上的早晨-2026")
    hand.press("设置密码并加入")
    hand.sees("密码已设置")
    assert Account.objects.by_phone(PHONE).active_membership().institution == institution


def test_a_person_confirms(page, filing, asked: str) -> None:
    hand = Hand(page, "person")
    hand.go(asked)
    hand.sees("累计工作满 5 年")
    hand.press("确认申报并作出承诺")
    hand.sees("有 3 处需要改正")
    for box in page.get_by_role("checkbox").all():
        box.check()
    hand.press("确认申报并作出承诺")
    hand.sees("已确认申报")
    assert entries_of(filing).get().stage == "review"
    assert page.goto(asked).status == 404
    hand.look()
    hand.sees("链接不能用了")


def test_a_person_says_no(page, filing, asked: str) -> None:
    hand = Hand(page, "person")
    hand.go(asked)
    page.get_by_label("哪里不对").fill("我没有在这家机构报名")
    hand.press("不确认，告诉机构")
    hand.sees("没有确认，已告诉机构")
    assert entries_of(filing).get().stage == "declined"
