"""Staff sit exams too. Whatever the counter does with a score, a case or a certificate, nobody does with their own."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from applicants.accounts.models import Account
from certificates.ending import ask_ending, confirm_ending, drop_ending
from certificates.hand_over import hand_back, hand_over
from certificates.issuing import confirm_batch, propose_batch
from certificates.making import make_certificates
from certificates.models import Certificate
from exams.arrangement.models import Session
from exams.catalogue.models import ListedAct
from exams.conduct.cases import drop_case, give_notice, open_case, record_service, uphold_decision
from exams.conduct.deciding import reverse_decision
from exams.conduct.incidents import record_incident
from exams.filing.models import Application
from exams.results.attendance import note_arrivals, note_attendance, note_rest_present
from exams.results.correcting import ask_correction, confirm_correction, drop_correction
from exams.results.entering import check_sheet, enter_points, open_sheet, send_back
from exams.results.excuses import decide_excuse
from exams.results.importing import fingerprint, import_points
from exams.results.models import Excuse, Score
from exams.results.publishing import publish_sheet, retract_sheet
from exams.results.rechecks import answer_recheck, ask_recheck
from exams.results.roll import roll_of
from portal import clock
from portal.rules.findings import Refused
from tests.certificates.people import issued, passed
from tests.conduct.procedure import FACTS, Hands, decided, notified, opened, review_asked, served, stated
from tests.results.conftest import evening, team  # noqa: F401 - fixtures
from tests.results.world import (
    Team,
    candidates,
    checked_sheet,
    close,
    hold_session,
    note,
    points_of,
    published,
    seat_of,
)

pytestmark = pytest.mark.django_db
Act = Callable[[Account], object]
"""The deed as some account does it: refused to the one it is about, done by `World.other`."""


@dataclass
class World:
    team: Team
    hands: Hands = field(default_factory=Hands)
    application: Application = field(default_factory=lambda: candidates("陈志远")[0])

    @property
    def own(self) -> Account:
        account = self.application.person.account
        assert account is not None
        return account

    @property
    def other(self) -> Account:
        return self.team.outsider

    def session(self) -> Session:
        return hold_session([self.application])

    def closed(self) -> Session:
        session = self.session()
        close(session)
        return Session.objects.get(pk=session.pk)

    def score(self) -> Score:
        return published(self.session(), self.team, 陈志远=58)["陈志远"]

    def seat(self):
        return seat_of(self.application, self.session())

    def certificate(self) -> Certificate:
        (self.application,) = passed(self.team, "吴梅")
        (one,) = issued(self.team, self.application)
        make_certificates()
        return Certificate.objects.get(pk=one.pk)


# ── Attendance and scores ────────────────────────────────────────────────────────────────────────────────────


def noting(world: World) -> Act:
    seat = world.seat()
    return lambda who: note_attendance(actor=who, seat=seat, state="present")


def noting_the_rest(world: World) -> Act:
    session = world.session()
    return lambda who: note_rest_present(actor=who, session=session)


def entering(world: World) -> Act:
    session = world.closed()
    sheet = open_sheet(actor=world.team.maker, session=session)
    enter_points(actor=world.team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=58))
    return lambda who: enter_points(actor=who, sheet=sheet, hand=2, points=points_of(session, 陈志远=99))


def importing(world: World) -> Act:
    session = world.closed()
    seen, points = fingerprint(roll_of(session)), points_of(session, 陈志远=99)
    return lambda who: import_points(actor=who, session=session, points=points, seen=seen)


def checking(world: World) -> Act:
    session = world.closed()
    sheet = open_sheet(actor=world.team.maker, session=session)
    for hand, who in ((1, world.team.maker), (2, world.team.second)):
        enter_points(actor=who, sheet=sheet, hand=hand, points=points_of(session, 陈志远=58))
    return lambda who: check_sheet(actor=who, sheet=sheet)


def sending_back(world: World) -> Act:
    sheet = checked_sheet(world.closed(), world.team, 陈志远=58)
    return lambda who: send_back(actor=who, sheet=sheet, reason="再看一遍")


def publishing(world: World) -> Act:
    sheet = checked_sheet(world.closed(), world.team, 陈志远=58)
    return lambda who: publish_sheet(actor=who, sheet=sheet)


def retracting(world: World) -> Act:
    sheet = world.score().sheet
    return lambda who: retract_sheet(actor=who, sheet=sheet, reason="登分有误")


def asking_a_correction(world: World) -> Act:
    score = world.score()
    return lambda who: ask_correction(actor=who, score=score, points=99, reason="漏加")


def confirming_a_correction(world: World) -> Act:
    asked = ask_correction(actor=world.team.maker, score=world.score(), points=61, reason="漏加")
    return lambda who: confirm_correction(actor=who, correction=asked)


def dropping_a_correction(world: World) -> Act:
    asked = ask_correction(actor=world.team.maker, score=world.score(), points=40, reason="多加")
    return lambda who: drop_correction(actor=who, correction=asked)


def answering_a_recheck(world: World) -> Act:
    recheck = ask_recheck(actor=world.own, score=world.score())
    return lambda who: answer_recheck(actor=who, recheck=recheck, result="unchanged", answer="核对无误")


def deciding_an_excuse(world: World) -> Act:
    seat = world.seat()
    note(seat, "absent")
    excuse = Excuse.objects.create(
        id=uuid4(), seat=seat, text="急诊", asked_by=world.team.maker, asked_at=clock.now()
    )
    return lambda who: decide_excuse(actor=who, excuse=excuse, granted=False, note="没有证明")


# ── Cases ────────────────────────────────────────────────────────────────────────────────────────────────────


def recording(world: World) -> Act:
    seat = world.seat()
    at = seat.starts_at
    return lambda who: record_incident(
        actor=who,
        session=seat.session,
        kind="behaviour",
        at=at,
        text=FACTS,
        witness=world.team.second,
        persons=[(seat, None, False, "signed")],
    )


def witnessing(world: World) -> Act:
    seat = world.seat()
    return lambda who: record_incident(
        actor=world.team.second,
        session=seat.session,
        kind="behaviour",
        at=seat.starts_at,
        text=FACTS,
        witness=who if who.is_staff else _staffed(who),
        persons=[(seat, None, False, "signed")],
    )


def _staffed(account: Account) -> Account:
    account.is_staff = True
    account.save(update_fields=["is_staff"])
    return account


def opening(world: World) -> Act:
    seat = world.seat()
    return lambda who: open_case(
        actor=who,
        application=seat.application,
        act=ListedAct.objects.get(pk="A3-3.2"),
        act_on=clock.local_day(seat.starts_at),
        facts=FACTS,
        seat=seat,
    )


def giving_notice(world: World) -> Act:
    case = opened(world.hands, world.seat())
    return lambda who: give_notice(actor=who, case=case, facts=FACTS, reasons="目睹")


def dropping_a_case(world: World) -> Act:
    case = notified(world.hands, opened(world.hands, world.seat()))
    return lambda who: drop_case(actor=who, case=case, reason="查无实据")


def deciding(world: World) -> Act:
    case = stated(world.hands, notified(world.hands, opened(world.hands, world.seat())))
    return lambda who: decided(Hands(opener=world.hands.opener, decider=who), case)


def _decided(world: World):
    case = stated(world.hands, notified(world.hands, opened(world.hands, world.seat())))
    return case, decided(world.hands, case)


def serving(world: World) -> Act:
    case, _ = _decided(world)
    return lambda who: record_service(actor=who, case=case, how="当面签收")


def upholding(world: World) -> Act:
    case, _ = _decided(world)
    review_asked(served(world.hands, case))
    return lambda who: uphold_decision(actor=who, case=case, text="维持")


def reversing(world: World) -> Act:
    _, decision = _decided(world)
    return lambda who: reverse_decision(actor=who, decision=decision, reason="证据不足")


# ── Certificates ─────────────────────────────────────────────────────────────────────────────────────────────


def proposing(world: World) -> Act:
    (world.application,) = passed(world.team, "吴梅")
    return lambda who: propose_batch(actor=who, applications=[world.application])


def issuing(world: World) -> Act:
    (world.application,) = passed(world.team, "吴梅")
    batch = propose_batch(actor=world.team.maker, applications=[world.application])
    return lambda who: confirm_batch(actor=who, batch=batch)


def asking_an_ending(world: World) -> Act:
    one = world.certificate()
    return lambda who: ask_ending(actor=who, certificate=one, kind="reissue", reason="遗失")


def _asked(world: World):
    return ask_ending(actor=world.team.maker, certificate=world.certificate(), kind="void", reason="错发")


def confirming_an_ending(world: World) -> Act:
    ending = _asked(world)
    return lambda who: confirm_ending(actor=who, ending=ending)


def dropping_an_ending(world: World) -> Act:
    ending = _asked(world)
    return lambda who: drop_ending(actor=who, ending=ending)


def handing_over(world: World) -> Act:
    one = world.certificate()
    return lambda who: hand_over(
        actor=who, certificates=[one], received_by="吴梅", document_checked=True, proxy_note=""
    )


def handing_back(world: World) -> Act:
    one = world.certificate()
    given = hand_over(actor=world.team.maker, certificates=[one], received_by="吴梅", document_checked=True)
    return lambda who: hand_back(actor=who, given=given, certificate=one, reason="点错了人")


ACTS: dict[str, tuple[str, Callable[[World], Act]]] = {
    "exams.results.attendance.note_attendance": ("own_attendance", noting),
    "exams.results.attendance.note_rest_present": ("own_attendance", noting_the_rest),
    "exams.results.entering.enter_points": ("own_score", entering),
    "exams.results.importing.import_points": ("own_score", importing),
    "exams.results.entering.check_sheet": ("own_score", checking),
    "exams.results.entering.send_back": ("own_score", sending_back),
    "exams.results.publishing.publish_sheet": ("own_score", publishing),
    "exams.results.publishing.retract_sheet": ("own_score", retracting),
    "exams.results.correcting.ask_correction": ("own_score", asking_a_correction),
    "exams.results.correcting.confirm_correction": ("own_score", confirming_a_correction),
    "exams.results.correcting.drop_correction": ("own_score", dropping_a_correction),
    "exams.results.rechecks.answer_recheck": ("own_score", answering_a_recheck),
    "exams.results.excuses.decide_excuse": ("own_excuse", deciding_an_excuse),
    "exams.conduct.incidents.record_incident": ("own_incident", recording),
    "witness of exams.conduct.incidents.record_incident": ("own_incident", witnessing),
    "exams.conduct.cases.open_case": ("own_case", opening),
    "exams.conduct.cases.give_notice": ("own_case", giving_notice),
    "exams.conduct.cases.drop_case": ("own_case", dropping_a_case),
    "exams.conduct.cases.record_service": ("own_case", serving),
    "exams.conduct.cases.uphold_decision": ("own_case", upholding),
    "exams.conduct.deciding.decide": ("own_case", deciding),
    "exams.conduct.deciding.reverse_decision": ("own_case", reversing),
    "certificates.issuing.propose_batch": ("own_certificate", proposing),
    "certificates.issuing.confirm_batch": ("own_certificate", issuing),
    "certificates.ending.ask_ending": ("own_certificate", asking_an_ending),
    "certificates.ending.confirm_ending": ("own_certificate", confirming_an_ending),
    "certificates.ending.drop_ending": ("own_certificate", dropping_an_ending),
    "certificates.hand_over.hand_over": ("own_certificate", handing_over),
    "certificates.hand_over.hand_back": ("own_certificate", handing_back),
}

OPEN_TO_ANYBODY = {
    "exams.results.attendance.note_many": "what note_attendance does, for several",
    "exams.results.attendance.note_arrivals": "leaves out whoever scanned their own ticket",
    "exams.results.attendance.close_session": "says nothing of anybody",
    "exams.results.checking_in.record_check_ins": "keeps what a phone saw, as it saw it",
    "exams.results.entering.open_sheet": "an empty sheet",
    "exams.results.cancelling.cancel_scores": "a decision's effect",
    "exams.results.cancelling.lift_cancellations": "a reversal's effect",
    "exams.results.importing.read_scores": "reads, writes nothing",
    "exams.results.rechecks.ask_recheck": "the person's right",
    "exams.results.excuses.ask_excuse": "the person's right",
    "exams.conduct.cases.take_statement": "the person's right",
    "exams.conduct.cases.ask_review": "the person's right",
    "exams.conduct.cases.note": "an entry of the trail",
    "certificates.issuing.drop_batch": "gives nobody anything",
    "certificates.issuing.write_certificate": "a step of issuing and of replacing",
    "certificates.collecting.notify_collection": "a message",
    "certificates.making.retry_print": "the same face again",
    "certificates.importing.import_numbers": "numbers of nobody yet",
    "certificates.importing.open_series": "numbers of nobody yet",
}


@pytest.mark.parametrize("name", sorted(ACTS))
def test_nobody_handles_what_is_their_own(name: str, team: Team, evening):  # noqa: F811
    code, arrange = ACTS[name]
    world = World(team)
    act = arrange(world)
    with pytest.raises(Refused) as refused:
        act(world.own)
    assert [finding.code for finding in refused.value.findings] == [code]
    act(world.other)


def test_every_act_is_in_the_table_or_says_why_not():
    modules = {name.removeprefix("witness of ").rpartition(".")[0] for name in (*ACTS, *OPEN_TO_ANYBODY)}
    found = set()
    for module in map(importlib.import_module, modules):
        for name, act in inspect.getmembers(module, inspect.isfunction):
            actor = inspect.signature(act).parameters.get("actor")
            mine = inspect.unwrap(act).__module__ == module.__name__ and not name.startswith("_")
            if mine and actor is not None and actor.kind is actor.KEYWORD_ONLY:
                found.add(f"{module.__name__}.{name}")
    assert found == {name for name in ACTS if " " not in name} | set(OPEN_TO_ANYBODY)


def test_nobody_takes_away_for_others_what_they_hand_out(team: Team, evening):  # noqa: F811
    one = World(team).certificate()
    clerk = team.maker
    with pytest.raises(Refused, match="经办人不能自己代人领取"):
        hand_over(
            actor=clerk,
            certificates=[one],
            received_by=clerk.name,
            document_checked=True,
            proxy_note="委托书一份",
        )
    given = hand_over(
        actor=team.second,
        certificates=[one],
        received_by=clerk.name,
        document_checked=True,
        proxy_note="委托书一份",
    )
    assert given.received_by == clerk.name


def test_who_scans_their_own_ticket_is_noted_by_somebody_else(team: Team, evening):  # noqa: F811
    world = World(team)
    seat = world.seat()
    assert note_arrivals(actor=world.own, seats=[seat]) == []
    assert len(note_arrivals(actor=world.other, seats=[seat])) == 1
