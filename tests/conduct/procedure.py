"""A case brought to each of its stages by the actions of the pages, for tests of what people then see."""

from dataclasses import dataclass, field
from datetime import timedelta

from applicants.accounts.models import Account
from exams.arrangement.models import Seat, Session
from exams.catalogue.models import ListedAct
from exams.conduct.cases import ask_review, give_notice, open_case, record_service, take_statement
from exams.conduct.deciding import decide
from exams.conduct.incidents import record_incident
from exams.conduct.models import Case, Decision, Incident
from portal import clock
from tests import factories
from tests.results.world import candidates, hold_session, seat_of

FACTS = "14 时 25 分，巡考发现考生把写有公式的纸条放在试卷下面抄看。纸条当场收存，编号 2026-5。"


@dataclass
class Hands:
    """Staff enough that opening, deciding and reviewing are three people's."""

    opener: Account = field(default_factory=lambda: factories.make_staff("周敏"))
    decider: Account = field(default_factory=lambda: factories.make_staff("顾晓峰"))
    reviewer: Account = field(default_factory=lambda: factories.make_staff("蒋文"))


def sat(*names: str, subject: str = "theory") -> tuple[Session, list[Seat]]:
    """A session of the exam day with these people seated."""
    applications = candidates(*names)
    session = hold_session(applications, subject)
    return session, [seat_of(application, session) for application in applications]


def incident_of(hands: Hands, session: Session, *seats: Seat, warned: bool = False) -> Incident:
    at = session.starts_at + timedelta(minutes=35)
    return record_incident(
        actor=hands.opener,
        session=session,
        kind="behaviour",
        at=at,
        text=FACTS,
        witness=hands.decider,
        persons=[(seat, at if warned else None, warned, "signed") for seat in seats],
    )


def opened(hands: Hands, seat: Seat, act: str = "A3-3.2", *, incident: Incident | None = None) -> Case:
    return open_case(
        actor=hands.opener,
        application=seat.application,
        act=ListedAct.objects.get(pk=act),
        act_on=clock.local_day(seat.starts_at),
        facts=FACTS,
        seat=seat,
        incident=incident,
    )


def notified(hands: Hands, case: Case, *, severity: str = "") -> Case:
    give_notice(
        actor=hands.opener,
        case=case,
        facts=FACTS,
        reasons="纸条内容与试题直接有关，巡考和监考均在场目睹。",
        severity=severity,
        how="当面送交",
    )
    return case


def stated(hands: Hands, case: Case) -> Case:
    take_statement(
        actor=hands.opener, case=case, text="纸条是复习时留在口袋里的，没有抄。", how="窗口当面陈述"
    )
    return case


def decided(hands: Hands, case: Case, *, severity: str = "") -> Decision:
    return decide(
        actor=hands.decider,
        case=case,
        severity=severity,
        body="own",
        effective_on=clock.today(),
        reasons="陈述与现场记录、监控录像不符，不予采纳。",
    )


def served(hands: Hands, case: Case) -> Case:
    record_service(actor=hands.opener, case=case, how="当面签收")
    return case


def review_asked(case: Case) -> Case:
    ask_review(
        actor=case.person.account,
        case=case,
        text="请调看当时的监控录像，纸条我没有拿出来过。",
        how="网上提交",
    )
    return case
