"""What the demo's people have behind them who went to the exam: two sittings, told through the same actions.

One was a month ago and is published: passed, failed in one subject, cancelled for misconduct. One was the day before
yesterday: attendance and scores are for whoever tries the counter. Told first, since a later run of the arrangement
would put everybody into the past. Running it again changes nothing.
"""

from datetime import timedelta

from applicants.accounts.groups import ARRANGEMENT, LEAD, RECEPTION, SECOND
from applicants.demo import demo_person, demo_staff
from exams.arrangement.models import Room, Seat, Session
from exams.catalogue.loading import copy_notice_into_year
from exams.catalogue.models import ListedAct
from exams.conduct import cases
from exams.conduct.deciding import decide
from exams.conduct.incidents import record_incident
from exams.conduct.models import Case, Incident, IncidentPerson
from exams.demo_steps import (
    SMALL_ROOM,
    approve_demo_application,
    days_ago_at_ten,
    demo_site,
    pay_for_demo_application,
    seat_demo_queue,
    submit_demo_application,
)
from exams.filing.models import Application
from exams.results.attendance import close_session, note_attendance, note_rest_present
from exams.results.entering import check_sheet, enter_points, open_sheet
from exams.results.publishing import publish_sheet
from exams.results.roll import roll_of
from exams.tickets.due import sweep
from portal import clock

POINTS = {
    "retake": {"theory": 78, "practical": 52},
    "certified": {"theory": 86, "practical": 91},
    "doubted": {"theory": 74, "practical": 80},
    "barred": {"theory": 66, "practical": 70},
}
"""What those of the first sitting scored, by key and subject."""
JUST_SAT = ("sat", "absent", "accused")
FIRST, SECOND_SITTING = 33, 2  # so many days ago


def seed_demo() -> None:
    """Tell both sittings, unless they were told."""
    if Application.objects.filter(person=demo_person("certified")).exists():
        return
    copy_notice_into_year((clock.today() - timedelta(days=FIRST + 25)).year)
    first = _hold(tuple(POINTS), days_ago=FIRST)
    _attend(first, days_ago=FIRST - 1)
    _punish(_seat("barred", first[1]), days_ago=FIRST)
    for session in first:
        _publish_scores(session)
    just_now = _hold(JUST_SAT, days_ago=SECOND_SITTING)
    _attend(just_now[:1], days_ago=SECOND_SITTING - 1)
    _accuse(_seat("accused", just_now[0]))
    _doubt()


def _hold(keys: tuple[str, ...], *, days_ago: int) -> list[Session]:
    """Two sessions that many days ago with the tickets their people had."""
    for key in keys:
        application = submit_demo_application(key, days_ago=days_ago + 25)
        approve_demo_application(application, days_ago=days_ago + 23)
        pay_for_demo_application(application, days_ago=days_ago + 20)
    # A room of exactly their size: nobody else is ever seated in the past.
    room = Room.objects.create(site=demo_site(), name=f"{SMALL_ROOM}（{len(keys)} 座）", seats=len(keys))
    sessions = seat_demo_queue(
        days_ahead=-days_ago, grades=(4,), planned_ago=days_ago + 18, rooms=[room, room]
    )
    with days_ago_at_ten(days_ago + 1):
        sweep()
    return sessions


def _attend(sessions: list[Session], *, days_ago: int) -> None:
    """Everybody came but 田芳; the sessions are closed the day after."""
    actor = demo_staff(ARRANGEMENT)
    with days_ago_at_ten(days_ago):
        for session in sessions:
            for seat in Seat.objects.filter(session=session, person=demo_person("absent")):
                note_attendance(actor=actor, seat=seat, state="absent")
            note_rest_present(actor=actor, session=session)
            close_session(actor=actor, session=session)


def _publish_scores(session: Session) -> None:
    """Read by two, checked, and published by another, two weeks after the sitting."""
    maker, second = demo_staff(RECEPTION), demo_staff(SECOND)
    keys = {demo_person(key).pk: key for key in POINTS}
    with days_ago_at_ten(FIRST - 14):
        sheet = open_sheet(actor=maker, session=session)
        seats = [row.seat for row in roll_of(session).papers(sheet)]
        points = {seat.pk: POINTS[keys[seat.person_id]][seat.subject] for seat in seats}
        enter_points(actor=maker, sheet=sheet, hand=1, points=points)
        enter_points(actor=second, sheet=sheet, hand=2, points=points)
    with days_ago_at_ten(FIRST - 15):
        check_sheet(actor=second, sheet=sheet)
        publish_sheet(actor=demo_staff(LEAD), sheet=sheet)


def _seat(key: str, session: Session) -> Seat:
    return Seat.objects.get(session=session, person=demo_person(key), released_at=None)


def _record(seat: Seat, text: str, *, days_ago: int) -> Incident:
    """Written down on the spot by two, signed by the person."""
    at = seat.starts_at + timedelta(minutes=20)
    with clock.rehearse(seat.starts_at + timedelta(hours=1)):
        return record_incident(
            actor=demo_staff(ARRANGEMENT),
            session=seat.session,
            kind=Incident.Kind.BEHAVIOUR,
            at=at,
            text=text,
            witness=demo_staff(SECOND),
            persons=[(seat, None, False, IncidentPerson.Signature.SIGNED)],
        )


def _open(seat: Seat, incident: Incident | None, clause: str, facts: str) -> Case:
    return cases.open_case(
        actor=demo_staff(LEAD),
        application=seat.application,
        act=ListedAct.objects.get(pk=clause),
        act_on=clock.local_day(seat.starts_at),
        facts=facts,
        seat=seat,
        incident=incident,
    )


def _punish(seat: Seat, *, days_ago: int) -> None:
    """The whole procedure, decided before the scores were published."""
    text = "操作技能考试开考 20 分钟时，考生从衣袋中取出手机查看，监考员当场收走代管。"
    incident = _record(seat, text, days_ago=days_ago)
    with days_ago_at_ten(days_ago - 1):
        case = _open(seat, incident, "A3-3.1", text)
        cases.give_notice(
            actor=demo_staff(LEAD),
            case=case,
            facts=text,
            reasons="考试期间使用通讯工具，现场记录由两名工作人员签字，本人签字确认。",
            how="当面送达",
        )
    with days_ago_at_ten(days_ago - 2):
        cases.take_statement(
            actor=demo_staff(RECEPTION), case=case, text="本人承认看了手机，没有异议。", how="书面"
        )
    with days_ago_at_ten(days_ago - 4):
        decide(
            actor=demo_staff(SECOND),
            case=case,
            severity="",
            body="own",
            effective_on=clock.today(),
            reasons="事实清楚，本人承认，陈述申辩没有提出不同事实。",
        )
    with days_ago_at_ten(days_ago - 5):
        cases.record_service(actor=demo_staff(LEAD), case=case, how="当面签收")


def _accuse(seat: Seat) -> None:
    """Told of the intended decision; the term for an answer is running."""
    text = "理论知识考试中多次大声说话，监考员提醒后仍不改正。"
    at = seat.starts_at + timedelta(minutes=30)
    with clock.rehearse(seat.starts_at + timedelta(hours=1)):
        incident = record_incident(
            actor=demo_staff(ARRANGEMENT),
            session=seat.session,
            kind=Incident.Kind.BEHAVIOUR,
            at=at,
            text=text,
            witness=demo_staff(SECOND),
            persons=[(seat, at, True, IncidentPerson.Signature.REFUSED)],
        )
    with days_ago_at_ten(1):
        case = _open(seat, incident, "A3-2.3", text)
        cases.give_notice(
            actor=demo_staff(LEAD),
            case=case,
            facts=text,
            reasons="提醒在前，仍不改正，由两名工作人员记录在案。",
            how="当面送达",
        )


def _doubt() -> None:
    """Found afterwards: the case rests with whoever decides it at the counter, and the certificate with it."""
    application = Application.objects.get(person=demo_person("doubted"))
    text = "抽查发现工作年限证明与社保缴费记录不一致，单位书面答复未开具过该证明。"
    with days_ago_at_ten(3):
        case = cases.open_case(
            actor=demo_staff(LEAD),
            application=application,
            act=ListedAct.objects.get(pk="A3-1"),
            act_on=clock.local_day(application.created_at),
            facts=text,
        )
        cases.give_notice(
            actor=demo_staff(LEAD), case=case, facts=text, reasons="证明材料不实。", how="邮寄签收"
        )
    with days_ago_at_ten(1):
        cases.take_statement(
            actor=demo_staff(RECEPTION), case=case, text="证明是中介代办的，我不知情。", how="书面"
        )
