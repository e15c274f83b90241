"""The steps of the demo's stories, through the same actions as on the pages, each rehearsed on a day in the past."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

from applicants.accounts.groups import ARRANGEMENT, RECEPTION
from applicants.accounts.models import Account
from applicants.demo import demo_person, demo_staff
from applicants.records.claims import verify_document
from applicants.records.models import DocumentClaim
from exams.arrangement.drawing import draw_seats, fix_candidates
from exams.arrangement.models import Room, Session, Site
from exams.arrangement.seating import arrange
from exams.arrangement.sessions import draft_session, publish_session
from exams.catalogue.loading import REHEARSAL
from exams.catalogue.models import Offering
from exams.catalogue.queries import scheme_on
from exams.filing.actions.drafting import (
    ask_special_arrangement,
    choose,
    give_undertaking,
    start_application,
)
from exams.filing.actions.reviewing import (
    approve_application,
    record_check,
    set_assess_by,
)
from exams.filing.actions.submitting import submit_application
from exams.filing.models import Application, Kind, Status
from exams.payments.actions import record_payment
from portal import clock

SMALL_ROOM = "小考场"
"""Rooms of past sittings, of exactly the size of who sat there."""
ROUTES = {4: "TR2023-2.1", 3: "TR2023-3.1"}
SITE = ("长宁考点", "上海市长宁区延安西路 726 号", "地铁 11 号线江苏路站 5 号口步行约 8 分钟")


@contextmanager
def days_ago_at_ten(days: int, *, minutes: int = 0) -> Iterator[None]:
    """Ten o'clock that many days ago, or some minutes past: what follows on the same day must not seem to come first."""
    moment = clock.start_of(clock.today() - timedelta(days=days)) + timedelta(hours=10, minutes=minutes)
    with clock.rehearse(moment):
        yield


def draft_demo_application(key: str, *, days_ago: int, grade: int = 4) -> Application:
    person = demo_person(key)
    with days_ago_at_ten(days_ago):
        return start_application(
            actor=person.account, person=person, offering=Offering.objects.get(grade=grade)
        )


def submit_demo_application(
    key: str, *, days_ago: int, grade: int = 4, needs: list[str] | None = None
) -> Application:
    application = draft_demo_application(key, days_ago=days_ago, grade=grade)
    account = _account(application)
    with days_ago_at_ten(days_ago, minutes=20):
        choose(actor=account, application=application, kind=Kind.REGULAR, route=ROUTES[grade])
        if needs:
            ask_special_arrangement(
                actor=account, application=application, needs=needs, note_text="使用轮椅，需要无障碍通道。"
            )
        give_undertaking(actor=account, application=application)
        return submit_application(actor=account, application=application)


def approve_demo_application(application: Application, *, days_ago: int) -> Application:
    """Approved so many days ago by the counter, one check after the other."""
    clerk = demo_staff(RECEPTION)
    with days_ago_at_ten(days_ago):
        claim = DocumentClaim.objects.get(person=application.person, state=DocumentClaim.State.CLAIMED)
        verify_document(actor=clerk, claim=claim)
        submission = application.submissions.latest("serial")
        for check in submission.checks.exclude(result="passed"):
            record_check(actor=clerk, application=application, code=check.code, result="passed")
        return approve_application(actor=clerk, application=application, seen_serial=submission.serial)


def pay_for_demo_application(application: Application, *, days_ago: int) -> None:
    with days_ago_at_ten(days_ago):
        record_payment(
            actor=demo_staff(RECEPTION),
            application=application,
            amount_fen=application.quotes.get(ended_at=None).total_fen,
            method="pos",
            receipt_number=f"YS{application.number[-8:]}",
            transaction_number=f"POS{application.number}",
            received_on=clock.today(),
        )


def seat_demo_queue(
    *, days_ahead: int, grades: tuple[int, ...], planned_ago: int = 10, rooms: Sequence[Room] = ()
) -> list[Session]:
    """Sessions so many days ahead (or back) for whoever waits in these grades, drawn at once: planned that long ago.

    `rooms`: two for each grade; those of the site unless given.
    """
    planner = demo_staff(ARRANGEMENT)
    rooms = rooms or list(demo_site().rooms.exclude(name__startswith=SMALL_ROOM))
    day = clock.today() + timedelta(days=days_ahead)
    made = []
    for index, grade in enumerate(grades):
        offering = Offering.objects.get(grade=grade)
        with days_ago_at_ten(planned_ago):
            _allow(offering, day)
            sessions = [
                _publish(planner, offering, "theory", day, 9, rooms[2 * index]),
                _publish(planner, offering, "practical", day, 13, rooms[2 * index + 1]),
            ]
        with days_ago_at_ten(planned_ago - 1):
            arrange(actor=planner, offering=offering)
            for session in sessions:
                draw_seats(
                    actor=planner, draw=fix_candidates(actor=planner, session=session, keep_apart=True)
                )
        made += sessions
    return made


def _allow(offering: Offering, day: date) -> None:
    """Around the turn of a year or month the timetable would end before `day`: staff name another last day."""
    late = Application.objects.filter(
        offering=offering,
        status=Status.APPROVED,
        concluded_at=None,
        approved_at__lt=clock.now(),
        assess_by__lt=day,
    )
    for application in late:
        set_assess_by(
            actor=demo_staff(RECEPTION),
            application=application,
            assess_by=day,
            citation=f"{REHEARSAL}：视同公布的排考计划",
        )


def _publish(planner: Account, offering: Offering, subject: str, day: date, hour: int, room: Room) -> Session:
    scheme = scheme_on(offering, day)
    assert scheme is not None
    minutes = scheme.subjects.get(subject=subject).minutes
    starts_at = clock.start_of(day) + timedelta(hours=hour)
    session = draft_session(
        actor=planner,
        offering=offering,
        subject=subject,
        site=room.site,
        rooms=[room],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
    )
    return publish_session(actor=planner, session=session)


def demo_site() -> Site:
    name, address, directions = SITE
    site, made = Site.objects.get_or_create(
        name=name, defaults={"address": address, "directions": directions}
    )
    if made:
        for number, seats in ((1, 30), (2, 12), (3, 30), (4, 12)):
            needs = ["wheelchair", "ground_floor"] if number < 3 else []
            Room.objects.create(site=site, name=f"第 {number} 考场", seats=seats, meets=needs)
    return site


def _account(application: Application) -> Account:
    account = application.person.account
    assert account is not None, "everybody in the demo has an account"
    return account
