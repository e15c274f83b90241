"""准考证下载 for institutions: whose pages they are, what they say, and the files they give."""

from datetime import date

import pytest
from django.urls import reverse

from exams.arrangement.models import Seat
from exams.tickets.due import sweep
from exams.tickets.groups import applications_of
from exams.tickets.models import Ticket, TicketPack
from portal import clock
from portal.models import AccessEntry
from tests import factories
from tests.groups.factories import make_entry
from tests.tickets.conftest import EVE, OPENING

pytestmark = pytest.mark.django_db


def page(client, one, **query) -> str:
    return client.get(reverse("tickets:filing", args=[one.pk], query=query)).content.decode()


@pytest.fixture
def opened(seat_one, filing, september):
    """A filing with one ticket open."""
    seat_one("王秀英", 1)
    september(OPENING)
    sweep()
    return filing


@pytest.fixture
def at_home(client, filing):
    client.force_login(filing.opened_by)
    return client


def test_the_menu_path_leads_to_the_filings_and_their_tickets(opened, at_home):
    assert reverse("tickets:institution") in at_home.get(reverse("tickets")).content.decode()
    listed = at_home.get(reverse("tickets:institution")).content.decode()
    assert reverse("tickets:filing", args=[opened.pk]) in listed
    assert "可以下载 1 张" in listed
    assert "王秀英" in page(at_home, opened)


def test_a_filing_without_anybody_approved_is_not_listed(filing, at_home):
    make_entry(filing, stage="submitted")
    assert "还没有审核通过的人员" in at_home.get(reverse("tickets:institution")).content.decode()
    assert "还没有审核通过的人员" in page(at_home, filing)


def test_before_opening_the_page_says_from_when_and_what_is_missing(
    seat_one,
    filing,
    at_home,
    september,
):
    seat_one("王秀英", 1)
    make_entry(filing, "李建华", stage="approved")
    september(EVE)
    sweep()
    text = page(at_home, filing)
    assert "2026年9月29日（周二）0:00 起：<strong>1 人</strong>" in text
    assert "费用尚未缴清。" in text
    assert "现在还没有可以下载的准考证" in text
    assert 'value="merged"' not in text
    only = page(at_home, filing, place="gated")
    assert ("李建华" in only, "王秀英" in only) == (True, False)


def test_one_click_gives_the_pdf_or_the_zip_and_says_so_afterwards(opened, at_home):
    take = reverse("tickets:take", args=[opened.pk])
    merged = at_home.post(take, {"form": "merged"})
    assert merged["Content-Type"] == "application/pdf"
    assert merged.content.startswith(b"%PDF")
    assert "no-store" in merged["Cache-Control"]
    zipped = at_home.post(take, {"form": "zip", "part": "x"})
    assert b"".join(zipped.streaming_content).startswith(b"PK")
    assert TicketPack.objects.filter(filing=opened, taken_by=opened.opened_by).count() == 2
    assert page(at_home, opened).count("1 张，") == 2
    again = at_home.post(reverse("tickets:take-again", args=[TicketPack.objects.first().pk]), {"form": "zip"})
    assert b"".join(again.streaming_content).startswith(b"PK")


def test_after_a_change_the_page_offers_the_changed_and_names_the_old(opened, at_home):
    take = reverse("tickets:take", args=[opened.pk])
    assert "有变动" not in page(at_home, opened)
    at_home.post(take, {"form": "merged"})
    Seat.objects.update(number=9)
    sweep()
    text = page(at_home, opened)
    assert "以下准考证已作废，请收回" in text
    assert "<strong>1 张</strong>是新开放的或换了新版的" in text
    assert "有变动 1 张" in at_home.get(reverse("tickets:institution")).content.decode()
    assert at_home.post(take, {"form": "merged", "changes": "1"}).content.startswith(b"%PDF")
    text = page(at_home, opened)
    assert "请收回" not in text
    answer = at_home.post(take, {"form": "merged", "changes": "1"}, follow=True)
    assert "没有可以下载的准考证" in answer.content.decode()


def test_the_list_is_a_sheet_and_the_download_logged(opened, at_home):
    answer = at_home.get(reverse("tickets:manifest", args=[opened.pk]))
    assert answer.content.startswith(b"PK")
    assert AccessEntry.objects.filter(
        kind="ticket_manifest.downloaded", actor_id=str(opened.opened_by.pk)
    ).exists()


@pytest.mark.parametrize("role", ["viewer", "stranger", "former", "applicant", "anonymous"])
def test_who_may_look_and_who_may_take(opened, client, role):
    pack = TicketPack.objects.create(
        institution=opened.institution,
        filing=opened,
        form="merged",
        tickets=[],
        taken_by=opened.opened_by,
        taken_at=clock.now(),
    )
    match role:
        case "viewer":
            client.force_login(factories.make_member(opened.institution, "viewer").account)
        case "stranger":
            client.force_login(factories.make_member(factories.make_institution("别的学校")).account)
        case "former":
            client.force_login(opened.opened_by)
            assert client.get(reverse("tickets:filing", args=[opened.pk])).status_code == 200
            opened.opened_by.memberships.update(ended_at=clock.now())
        case "applicant":
            client.force_login(applications_of(opened).get().person.account or factories.make_account())
    looked = client.get(reverse("tickets:filing", args=[opened.pk])).status_code
    taken = [
        client.post(reverse("tickets:take", args=[opened.pk])).status_code,
        client.post(reverse("tickets:take-again", args=[pack.pk])).status_code,
        client.get(reverse("tickets:manifest", args=[opened.pk])).status_code,
    ]
    wanted = {"viewer": (200, 403), "stranger": (404, 404), "anonymous": (302, 302)}.get(role, (403, 403))
    assert (looked, *taken) == (wanted[0], *[wanted[1]] * 3)
    assert not AccessEntry.objects.filter(kind="ticket.downloaded").exists()


def test_a_viewer_is_told_who_takes(opened, client):
    client.force_login(factories.make_member(opened.institution, "viewer").account)
    text = page(client, opened)
    assert "下载由填报人或初审人办理" in text
    assert 'value="merged"' not in text


def test_the_person_sees_their_own_ticket_under_their_certificates(opened, client):
    ticket = Ticket.objects.get()
    account = factories.make_account("王秀英")
    person = ticket.application.person
    person.account = account
    person.save()
    client.force_login(account)
    assert (
        reverse("tickets:download", args=[ticket.pk]) in client.get(reverse("tickets:mine")).content.decode()
    )
    assert client.get(reverse("tickets:download", args=[ticket.pk])).content.startswith(b"%PDF")
    assert client.get(reverse("tickets:filing", args=[opened.pk])).status_code == 403


def test_the_page_asks_no_more_of_the_database_for_more_people(
    opened,
    at_home,
    seat_one,
    django_assert_max_num_queries,
):
    with django_assert_max_num_queries(60) as first:
        page(at_home, opened)
    for number in range(2, 8):
        seat_one(f"学员{number}", number)
    sweep()
    with django_assert_max_num_queries(len(first.captured_queries)):
        page(at_home, opened)


def test_the_day_after_the_session_nothing_is_offered(opened, at_home, september):
    september(date(2026, 10, 13))
    text = page(at_home, opened)
    assert "考试已结束" in text
    assert 'value="merged"' not in text
