"""Nobody reads another's anything: what is not yours answers like what is not there, to the letter."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import APIResponse, Page

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.conduct.deciding import reverse_decision
from exams.conduct.models import CaseStep
from exams.conduct.queries import last_step
from exams.filing.models import Application
from exams.results.excuses import ask_excuse, decide_excuse
from exams.tickets.due import sweep
from portal import clock
from portal.files.intake import EvidenceResult
from tests import factories
from tests.access.test_every_address import ADDRESSES, NOWHERE
from tests.browser import VIEWPORTS
from tests.certificates.world import make_certificate
from tests.conduct.procedure import Hands, decided, incident_of, notified, opened, review_asked, stated
from tests.filing.conftest import add_evidence, approve, draft, submitted
from tests.filing.pages import log_in
from tests.journeys.hands import Hand
from tests.results.world import Team, close, hold_session, published, seat_of
from tests.tickets.conftest import at, give_photo

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
ROUTES = [route for route, _ in ADDRESSES if route.startswith("my/") and str(NOWHERE) in route]
"""Every address under 我的 that names an object."""
BY_BUTTON = {f"my/scores/applications/{NOWHERE}/next/"}
"""Those that take no GET."""
PROOF = EvidenceResult("病历.jpg", "image/jpeg", b"\xff\xd8\xff\xe0proof", 1)


@dataclass
class Owner:
    """Somebody who has one of everything; `keys` are theirs by the beginning of the address, in its order."""

    person: Person
    application: Application
    keys: Mapping[str, tuple[UUID, ...]]

    def key(self, route: str) -> tuple[UUID, ...]:
        return self.keys[max((start for start in self.keys if route.startswith(start)), key=len)]


@pytest.fixture
def owner(transactional_db, process_day) -> Owner:
    """In September with a ticket that has opened, and with a spring behind them that left everything else."""
    process_day(at(date(2026, 4, 13), 18))
    offering = factories.load_catalogue()
    person = factories.make_person("欧阳䶮")
    give_photo(person)
    spring = sat_in_spring(person)
    process_day(at(date(2026, 9, 7)))
    add_evidence(person, "identity_document", "work_proof")
    application = approve(submitted(person, offering), factories.make_staff())
    payment = factories.pay(application)
    for number, (subject, hour) in enumerate((("theory", 9), ("practical", 13)), start=1):
        session = factories.make_session(offering, subject, at(date(2026, 10, 12), hour))
        factories.seat(application, session, number)
    process_day(at(date(2026, 9, 29), 0))
    sweep()
    keys = {
        "my/applications/": (application.pk,),
        "my/certificates/": (application.tickets.get().pk,),
        "my/receipts/": (payment.pk,),
        "my/record/files/": (person.evidence.first().pk,),
        "my/record/photo/": (person.photo_id,),
        "my/record/x/": (person.jobs.get().pk,),
        "my/seats/": (application.seats.first().pk,),
    }
    return Owner(person, application, keys | spring)


def sat_in_spring(person: Person) -> dict[str, tuple[UUID, ...]]:
    """Absent from theory with a reason that was not granted, failed in practical; a case upheld; a certificate.

    The keys by the beginning of the address; the application is sat and done with when this returns.
    """
    day, hands = clock.today(), Hands()
    application = factories.make_application(person)
    factories.pay(application)
    theory = hold_session([application], "theory", day=day)
    practical = hold_session([application], "practical", day=day, hour=13)
    close(theory, **{person.name: "absent"})
    excuse = ask_excuse(actor=person.account, seat=seat_of(application, theory), text="急诊", proof=PROOF)
    decide_excuse(actor=hands.decider, excuse=excuse, granted=False, note="与病历日期不符")
    team = Team()
    published(theory, team)
    score = published(practical, team, **{person.name: 50})[person.name]
    seat = seat_of(application, practical)
    told = stated(hands, notified(hands, opened(hands, seat, incident=incident_of(hands, practical, seat))))
    decision = decided(hands, told)
    review_asked(told)
    reverse_decision(actor=hands.reviewer, decision=decision, reason="监控录像中没有出现纸条")
    return {
        f"my/applications/{NOWHERE}/absence/": (application.pk,),
        "my/cases/": (told.pk,),
        f"my/cases/{NOWHERE}/notice/": (told.pk, last_step(told, CaseStep.Kind.NOTICE).pk),
        "my/certificates/issued/": (make_certificate(application).pk,),
        "my/excuses/": (excuse.pk,),
        "my/scores/": (score.pk,),
        "my/scores/applications/": (application.pk,),
    }


@pytest.fixture
def visit(open_page, live_server):
    """`visit(account)`: a phone with that account logged in, or nobody."""

    def open_as(account: Account | None) -> Page:
        page = open_page(VIEWPORTS["phone"])
        if account is not None:
            cookie = log_in(account).cookies["sessionid"].value
            page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page.goto("/programme/eligibility/")  # a form, which brings the token that every POST must carry
        return page

    return open_as


def address(route: str, keys: Iterable[UUID]) -> str:
    for key in keys:
        route = route.replace(str(NOWHERE), str(key), 1)
    return "/" + route.replace("/x/", "/jobs/")


def ask(page: Page, route: str, keys: Iterable[UUID], method: str) -> tuple[int, str, str]:
    """Status, where it leads and what it says, with the keys and what differs every time taken out."""
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrftoken")
    answer: APIResponse = page.request.fetch(
        address(route, keys), method=method, headers={"X-CSRFToken": token}, max_redirects=0
    )
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.text())
    location = answer.headers.get("location", "")
    for key in keys:
        body, location = body.replace(str(key), ""), location.replace(str(key), "")
    return answer.status, location, body


def test_the_owner_has_everything_that_is_asked_for(owner, visit):
    page = visit(owner.person.account)
    for route in ROUTES:
        # 405: begun by a button only.
        assert ask(page, route, owner.key(route), "GET")[0] in {200, 302} | (
            {405} if route in BY_BUTTON else set()
        ), route


@pytest.mark.parametrize("who", ["applicant", "member", "anonymous"])
def test_a_stranger_cannot_tell_anothers_from_nothing(owner, visit, who):
    account = None
    if who == "applicant":
        stranger = factories.make_person("陈桂芳")
        give_photo(stranger)
        draft(stranger, owner.application.offering)
        account = stranger.account
    if who == "member":
        account = factories.make_member(factories.make_institution()).account
    page = visit(account)
    for method in ("GET", "POST"):
        for route in ROUTES:
            theirs = ask(page, route, owner.key(route), method)
            nothing = ask(page, route, [uuid4() for _ in owner.key(route)], method)
            assert theirs == nothing, (method, route)
            # 405: the page takes no such method from anybody.
            assert theirs[0] in ({302} if account is None else {404}) | (
                {405} if method == "POST" or route in BY_BUTTON else set()
            ), route
            if theirs[0] == 302:
                assert theirs[1].startswith("/account/login/"), (method, route)


def test_pages_without_a_key_show_only_ones_own(owner, visit):
    stranger = factories.make_person("陈桂芳")
    hand = Hand(visit(stranger.account), "stranger")
    document = owner.person.documents.get().number
    ticket = owner.application.tickets.get().number
    secrets = ("欧阳䶮", document, document[-4:], ticket, owner.application.number)
    for page in ("/my/", "/my/messages/", "/my/certificates/", "/my/record/", "/my/applications/start/"):
        hand.go(page)
        shown = hand.page.content()
        assert not [secret for secret in secrets if secret in shown], page
    hand.go("/account/export/")
    # Whoever found the phone unlocked gets no further than this.
    hand.page.fill("input[name=password]", factories.PASSWORD)
    hand.press("确认并继续")
    with hand.page.expect_download() as waiting:
        hand.page.get_by_role("button", name="只下载文字（JSON）").click()
    with open(waiting.value.path(), encoding="utf-8") as file:
        exported = file.read()
    assert json.loads(exported)["基本信息"]
    assert "陈桂芳" in exported
    assert not [secret for secret in secrets if secret in exported]


def test_a_page_of_somebody_else_is_a_plain_not_found(owner, visit):
    hand = Hand(visit(factories.make_person("陈桂芳").account), "stranger")
    assert hand.page.goto(f"/my/certificates/{owner.key('my/certificates/')}/").status == 404
    hand.look()
