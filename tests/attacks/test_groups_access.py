"""Members of one institution with the keys of another's filings: nothing is there, whatever they ask and however."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from exams.filing.groups.models import GroupFiling, PreliminaryReview, RosterEntry, RosterRow
from exams.filing.groups.rosters.files import add_file
from exams.payments import bills, remitting
from exams.payments.models import Bill
from exams.results.models import Excuse
from exams.tickets.models import TicketPack
from portal import clock
from portal.files.intake import check_evidence
from portal.messages.models import Message
from tests import factories
from tests.files.samples import pdf_bytes, simple_pdf
from tests.groups.factories import make_entry, make_filing
from tests.groups.sheets import receive, sheet_of, stage, typed

pytestmark = pytest.mark.django_db

ROLES = ("filer", "reviewer", "viewer")
MEMBERS = ("groups", "bills", "tickets", "results")
OTHERS = {"part": 1, "code": "shanghai"}
PERSONS = {
    "tickets": {"mine", "page", "download", "image", "photo", "door", "door-worker", "door-status", "leave"},
    "results": {"mine", "recheck", "begin"},
}
"""Pages that are no member's."""


def routes() -> list[tuple[str, str, list[str]]]:
    """(name in the resolver, kind of object its key is of, other parameters) of each address with a key."""
    found = []
    for prefix, pattern in _walk(get_resolver().url_patterns, ""):
        space, _, name = prefix.partition(":")
        if space not in MEMBERS or name in PERSONS.get(space, ()):
            continue
        names = pattern.pattern.converters
        if "key" in names and (found_before := f"{space}:{name}") not in {row[0] for row in found}:
            found.append((found_before, str(pattern.pattern), sorted(set(names) - {"key"})))
    return found


def _walk(patterns: list[Any], space: str):
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, entry.namespace or space)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{space}:{entry.name}", entry


def kind_of(name: str, route: str) -> str:
    """What the key of an address is the key of."""
    for start, kind in {
        "people/<": "entry",
        "scans/": "scan",
        "uploads/": "upload",
        "rows/": "row",
        "submissions/": "submission",
        "bills/": "bill",
        "receipts/": "remittance",
        "packs/": "pack",
        "excuses/": "excuse",
    }.items():
        if route.startswith(start):
            return kind
    assert route.startswith("<uuid:key>"), f"{name}: whose key is {route}?"
    return "filing"


ROUTES = routes()


def address_of(name: str, key: UUID, others: list[str]) -> str:
    return reverse(name, kwargs={"key": key, **{other: OTHERS[other] for other in others}})


@pytest.fixture
def theirs(frozen_day) -> dict[str, Any]:
    """A filing of another institution with everything in it that has a key."""
    frozen_day(date(2026, 3, 11))
    filing = make_filing(factories.make_member(factories.make_institution("宝山区某培训学校")))
    entry = make_entry(filing, "钱一鸣", stage="approved")
    waiting = make_entry(filing, "孙丽君", stage="review")
    upload = stage(filing, [typed(name="周海燕")])
    checked = check_evidence(pdf_bytes(simple_pdf()), "证明.pdf")
    add_file(actor=filing.opened_by, entry=waiting, code="work_proof", checked=checked)
    bill = bills.issue_bill(actor=filing.opened_by, filing=filing)
    remittance = remitting.record_remittance(
        actor=factories.make_staff(),
        bill=bill,
        amount_fen=48000,
        transaction_number="ICBC-1",
        receipt_number="T-1",
        received_on=clock.today(),
    )
    pack = TicketPack.objects.create(
        institution=filing.institution,
        filing=filing,
        form="merged",
        tickets=[],
        taken_by=filing.opened_by,
        taken_at=clock.now(),
    )
    session = factories.make_session(entry.application.offering, "theory", clock.now())
    seat = factories.seat(entry.application, session)
    excuse = Excuse.objects.create(seat=seat, text="急诊", asked_by=filing.opened_by, asked_at=clock.now())
    return {
        "filing": filing,
        "entry": waiting,
        "scan": waiting.files.get(),
        "upload": upload,
        "row": upload.rows.get(),
        "submission": entry.submission,
        "bill": bill,
        "remittance": remittance,
        "pack": pack,
        "excuse": excuse,
    }


def test_every_kind_of_key_has_addresses() -> None:
    kinds = {kind_of(name, route) for name, route, _ in ROUTES}
    assert kinds == {
        "filing", "entry", "scan", "upload", "row", "submission", "bill", "remittance", "pack", "excuse"
    }  # fmt: skip
    assert len(ROUTES) > 35


def test_another_s_key_is_like_a_key_of_nothing(browser_of, theirs) -> None:
    """The same answer to the letter, for each address, role and method; and nothing of theirs is changed."""
    own = factories.make_institution()
    make_filing(factories.make_member(own))
    before = state_of(theirs)
    for role in ROLES:
        client = browser_of(factories.make_member(own, role).account)
        for name, route, others in ROUTES:
            for method in ("get", "post"):
                there, nowhere = (
                    getattr(client, method)(address_of(name, key, others))
                    for key in (theirs[kind_of(name, route)].pk, uuid4())
                )
                where = f"{role} {method} {name}: {there.status_code}"
                assert there.status_code == nowhere.status_code, where
                assert there.status_code in (403, 404, 405), where
                assert plain(there) == plain(nowhere), where
    assert state_of(theirs) == before


def plain(answer) -> str:
    """A page without what differs from request to request."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", answer.content.decode())
    return re.sub(r'(nonce|csrfmiddlewaretoken" value|content)="[\w=+/-]{16,}"', "", text)


def state_of(theirs: dict[str, Any]) -> list[Any]:
    """All rows of the other institution, as they stand."""
    filing = theirs["filing"]
    return [
        list(rows.order_by("pk").values())
        for rows in (
            GroupFiling.objects.filter(pk=filing.pk),
            RosterEntry.objects.filter(filing=filing),
            RosterRow.objects.filter(filing=filing),
            filing.uploads.all(),
            filing.submissions.all(),
            PreliminaryReview.objects.filter(entry__filing=filing),
            Bill.objects.filter(filing=filing),
        )
    ]


@pytest.mark.parametrize(
    "end",
    [
        lambda member: type(member).objects.filter(pk=member.pk).update(ended_at=clock.now()),
        lambda member: (
            type(member.institution).objects.filter(pk=member.institution_id).update(closed_at=clock.now())
        ),
    ],
    ids=["membership ended", "institution closed"],
)
def test_who_acts_for_it_no_longer_meets_a_closed_door_in_a_session_begun_before(
    browser_of, theirs, end
) -> None:
    filing = theirs["filing"]
    member = factories.make_member(filing.institution, "reviewer")
    client = browser_of(member.account)
    assert client.get(reverse("groups:filing", args=[filing.pk])).status_code == 200
    end(member)
    before = state_of(theirs)
    for name, route, others in ROUTES:
        address = address_of(name, theirs[kind_of(name, route)].pk, others)
        for method in ("get", "post"):
            assert getattr(client, method)(address).status_code in (403, 405), f"{method} {name}"
    assert state_of(theirs) == before


def test_a_viewer_changes_nothing_by_any_post(browser_of, theirs) -> None:
    filing = theirs["filing"]
    client = browser_of(factories.make_member(filing.institution, "viewer").account)
    before = state_of(theirs)
    for name, route, others in ROUTES:
        address = address_of(name, theirs[kind_of(name, route)].pk, others)
        assert client.post(address, {"do": "remove", "title": "改"}).status_code in (403, 405), name
    assert state_of(theirs) == before


def test_keys_of_another_filing_in_a_list_are_passed_over(browser_of, theirs) -> None:
    """Also of another filing of the same institution: each list is of its own filing."""
    own = make_filing(factories.make_member(factories.make_institution()))
    other = make_filing(factories.make_member(own.institution, "filer"))
    client = browser_of(factories.make_member(own.institution, "reviewer").account)
    foreign = [theirs["entry"], make_entry(other, "李四平", stage="review")]
    handed = make_entry(other, "吴九", stage="submitted")
    named = {"entries": [str(entry.pk) for entry in [*foreign, handed]], "seen_all": "on"}
    for name, do in (
        ("people-act", "ask"), ("people-review", ""), ("people-remove", ""), ("mark-originals", "hand_in")
    ):  # fmt: skip
        answer = client.post(reverse(f"groups:{name}", args=[own.pk]), {**named, "do": do})
        assert answer.status_code in (200, 302, 422), name
    for entry in [*foreign, handed]:
        entry.refresh_from_db()
        assert (entry.removed_at, entry.handed_in_at) == (None, None)
        assert entry.confirmations.exclude(confirmed_at=None).count() == entry.confirmations.count()
    assert not PreliminaryReview.objects.filter(entry__in=foreign).exists()


# ── Steps skipped by hand ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reviewer(theirs):
    return factories.make_member(theirs["filing"].institution, "reviewer").account


@pytest.mark.parametrize("reached", ["portrait", "confirm", "review"])
def test_nobody_is_submitted_who_has_not_come_so_far(browser_of, theirs, reviewer, reached) -> None:
    filing = make_filing(factories.make_member(theirs["filing"].institution, "filer"))
    entry = make_entry(filing, stage=reached)
    for serial in (1, 2, 0, -1):
        browser_of(reviewer).post(
            reverse("groups:submit", args=[filing.pk]), {"persons": 1, "serial": serial, "declared": "on"}
        )
    entry.refresh_from_db()
    assert (entry.submission, filing.submissions.count()) == (None, 0)


def test_a_filer_neither_reviews_nor_submits_nor_by_lists(browser_of, theirs) -> None:
    filing = theirs["filing"]
    client = browser_of(factories.make_member(filing.institution, "filer").account)
    before = state_of(theirs)
    entry = theirs["entry"]
    for name, key in (
        ("review", entry.pk), ("people-review", filing.pk), ("submit", filing.pk)
    ):  # fmt: skip
        answer = client.post(
            reverse(f"groups:{name}", args=[key]),
            {"result": "passed", "seen": ["identity_document"], "entries": [str(entry.pk)], "seen_all": "on"},
        )
        assert answer.status_code == 403, name
    assert state_of(theirs) == before


def test_a_row_is_not_mended_after_the_submission_and_no_taken_out_person_acted_on(
    browser_of, theirs, reviewer
) -> None:
    filing, client = theirs["filing"], browser_of(reviewer)
    submitted = RosterEntry.objects.get(filing=filing, submission__isnull=False)
    row = submitted.row
    client.post(reverse("groups:row", args=[row.pk]), {"name": "改名后", "phone": "13900000088"})
    submitted.refresh_from_db()
    assert (submitted.row_id, submitted.row.name) == (row.pk, "钱一鸣")

    out = theirs["entry"]
    RosterEntry.objects.filter(pk=out.pk).update(removed_at=clock.now())
    before = state_of(theirs)
    for name in ("person", "portrait", "upload-portrait", "upload-scan", "ask", "review", "remove"):
        for method in ("get", "post"):
            answer = getattr(client, method)(
                reverse(f"groups:{name}", args=[out.pk]), {"result": "passed", "note": "x"}
            )
            assert answer.status_code in (404, 405), name
    for name in ("scan", "remove-scan"):
        assert client.post(reverse(f"groups:{name}", args=[theirs["scan"].pk])).status_code in (404, 405)
    assert client.get(reverse("groups:scan", args=[theirs["scan"].pk])).status_code == 404
    client.post(reverse("groups:row", args=[out.row_id]), {"name": "改名后"})
    assert state_of(theirs) == before


def test_every_post_needs_its_token(theirs, reviewer) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    before = state_of(theirs)
    for name, route, others in ROUTES:
        address = address_of(name, theirs[kind_of(name, route)].pk, others)
        assert client.post(address, {"do": "ask_all"}).status_code in (403, 405), name
    assert state_of(theirs) == before


def test_an_upload_is_decided_on_once_and_never_before_it_is_checked(browser_of, theirs, reviewer) -> None:
    client, filing = browser_of(reviewer), theirs["filing"]
    waiting = receive(filing, sheet_of([typed(name="郑十")]))
    client.post(reverse("groups:take", args=[waiting.pk]))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_at) == ("waiting", None)

    checked = theirs["upload"]
    client.post(reverse("groups:discard", args=[checked.pk]))
    client.post(reverse("groups:take", args=[checked.pk]))
    checked.refresh_from_db()
    assert checked.state == "discarded"
    assert filing.entries.count() == 2


def test_a_confirmation_cannot_be_given_by_the_institution_s_own_pages(browser_of, theirs, reviewer) -> None:
    """The code is in the message only: no page of the institution's shows it, or any part of it."""
    filing = theirs["filing"]
    entry = make_entry(filing, "冯小刚", stage="confirm")
    client = browser_of(reviewer)
    client.post(reverse("groups:ask", args=[entry.pk]))
    message = Message.objects.get(event="confirm_filing")
    code = message.text.split("/c/")[1].split("/")[0]
    for address in (
        reverse("groups:person", args=[entry.pk]),
        reverse("groups:people", args=[filing.pk]),
        reverse("groups:filing", args=[filing.pk]),
        reverse("my-messages"),
    ):
        assert code[:8] not in client.get(address).content.decode(), address
    assert entry.confirmations.get().expires_at - clock.now() > timedelta(days=1)
