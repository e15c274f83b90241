"""Violations of what must hold of excuses and of refunds asked for on leaving, written straight into the tables."""

from django.db import connection

from exams.arrangement.models import SubjectGivenUp
from exams.arrangement.sessions import CALLED_OFF
from exams.filing.models import Application
from exams.payments.models import RefundRequest
from exams.results.models import Attendance, Excuse, Score, ScoreSheet
from portal import clock
from tests import factories


def _sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _key(row) -> object:
    """A key as the database's column takes it."""
    return row.pk if connection.vendor == "postgresql" else row.pk.hex


def _excuse(application: Application, decision: str) -> Excuse:
    seat = application.seats.filter(released_at=None).first()
    excuse = Excuse.objects.create(
        seat=seat,
        text="急诊",
        decision_note="属实",
        asked_by=factories.make_staff("代交人"),
        asked_at=clock.now(),
    )
    decider = factories.make_staff("决定人")
    _sql(
        "UPDATE exams_excuse SET decision = %s, citation = '规定', decided_by_id = %s,"
        " decided_at = asked_at WHERE id = %s",
        decision,
        _key(decider),
        _key(excuse),
    )
    return excuse


def _given_up(application: Application, *, fen: int = 38000, citation: str = "规定") -> SubjectGivenUp:
    """Practical, whose seat was given back for a call-off, as the action would leave it."""
    seat = application.seats.get(subject="practical")
    seat.released_at, seat.release_reason = clock.now(), CALLED_OFF
    seat.save()
    account, now = application.person.account, clock.now()
    request = RefundRequest.objects.create(
        application=application, amount_fen=fen, payee="某人", citation="规定", asked_by=account, asked_at=now
    )
    return SubjectGivenUp.objects.create(
        application=application,
        subject="practical",
        seat=seat,
        reason=CALLED_OFF,
        citation=citation,
        request=request,
        given_up_by=account,
        given_up_at=now,
    )


def given_up_and_sat(one, other):
    """Given up, and seated all the same."""
    seat = _given_up(one).seat
    factories.seat(one, seat.session, 20)


def given_up_without_ground(one, other):
    """Given up before anything had begun."""
    _given_up(one)


def wrong_part_back(one, other):
    """The whole fee for one subject."""
    _given_up(one, fen=48000)


def request_without_ground(one, other):
    """Asked back while the person is still in."""
    RefundRequest.objects.create(
        application=one,
        amount_fen=48000,
        payee="户名：某人",
        citation="规定",
        asked_by=one.person.account,
        asked_at=clock.now(),
    )


def excuse_by_halves(one, other):
    """Refused by whoever handed it in."""
    excuse = _excuse(one, "refused")
    _sql("UPDATE exams_excuse SET decided_by_id = asked_by_id WHERE id = %s", _key(excuse))


def excuse_without_effect(one, other):
    """Granted, and the seat was kept."""
    _excuse(one, "granted")


def excuse_scored(one, other):
    """Open, and the score is out."""
    excuse = _excuse(one, "refused")
    _sql(
        "UPDATE exams_excuse SET decision = 'open', decided_by_id = NULL, decided_at = NULL WHERE id = %s",
        _key(excuse),
    )
    maker = factories.make_staff("录入人")
    sheet = ScoreSheet.objects.create(
        session=excuse.seat.session, serial=1, source="typed", made_by=maker, made_at=clock.now()
    )
    Attendance.objects.create(seat=excuse.seat, state="absent", noted_by=maker, noted_at=clock.now())
    Score.objects.create(
        application=one,
        subject=excuse.seat.subject,
        sheet=sheet,
        seat=excuse.seat,
        maximum=100,
        pass_mark=60,
        passed=False,
        published_on=clock.today(),
        published_at=clock.now(),
    )


PLANTS = (
    request_without_ground,
    given_up_and_sat,
    given_up_without_ground,
    wrong_part_back,
    excuse_by_halves,
    excuse_without_effect,
    excuse_scored,
)
