"""What stands after the exam keeps standing, or falls, whatever is done in between and in whatever order."""

from datetime import timedelta

import pytest
from django.urls import reverse

from certificates.due import standing_of
from certificates.ending import ask_ending, confirm_ending
from certificates.models import Certificate
from exams.arrangement.models import Session
from exams.catalogue.models import ListedAct, Scheme
from exams.conduct.cases import open_case
from exams.conduct.deciding import reverse_decision
from exams.passes.models import Pass
from exams.payments import counter as payments
from exams.results.attendance import note_attendance
from exams.results.correcting import ask_correction, confirm_correction, drop_correction
from exams.results.entering import check_sheet, enter_points, open_sheet, send_back
from exams.results.models import Score
from exams.results.publishing import publish_sheet, retract_sheet
from exams.results.queries import standing_scores
from exams.results.rechecks import answer_recheck, ask_recheck
from exams.results.roll import roll_of
from exams.tickets.withdrawing import withdraw_after_payment
from portal import clock
from portal.rules.findings import Refused
from tests.certificates.people import issued, passed
from tests.conduct.procedure import Hands, decided, notified, opened, stated
from tests.results.conftest import evening, team  # noqa: F401 - fixtures
from tests.results.world import (
    Team,
    candidates,
    checked_sheet,
    close,
    hold_session,
    points_of,
    published,
    seat_of,
)

pytestmark = pytest.mark.django_db


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def score_of(application, subject: str) -> Score:
    return standing_scores().get(application=application, subject=subject)


def case_on(hands: Hands, application, subject: str, act: str):
    return stated(hands, notified(hands, opened(hands, application.seats.get(subject=subject), act)))


def test_a_correction_that_was_given_up_holds_no_certificate_back(team: Team):  # noqa: F811
    (application,) = passed(team, "陈志远")
    asked = ask_correction(
        actor=team.third, score=score_of(application, "theory"), points=90, reason="登分有误"
    )
    assert not standing_of(application, clock.today()).due
    drop_correction(actor=team.third, correction=asked)
    assert standing_of(application, clock.today()).due


def test_a_recheck_of_a_retracted_score_holds_no_certificate_back(team: Team):  # noqa: F811
    """It is over with the retraction: nobody can answer it any more."""
    (application,) = passed(team, "陈志远")
    score = score_of(application, "theory")
    ask_recheck(actor=application.person.account, score=score)
    retract_sheet(actor=team.third, sheet=score.sheet, reason="漏了一题")
    published(Session.objects.get(pk=score.seat.session_id), team, 陈志远=85)
    application.refresh_from_db()
    assert standing_of(application, clock.today()).due


def test_a_subject_is_looked_at_again_once_also_after_it_was_put_right(team: Team):  # noqa: F811
    (application,) = candidates("陈志远")
    score = published(hold_session([application]), team, 陈志远=58)["陈志远"]
    person = application.person.account
    recheck = ask_recheck(actor=person, score=score)
    correction = ask_correction(actor=team.outsider, score=score, points=59, reason="漏加一分")
    confirm_correction(actor=team.third, correction=correction)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            ask_recheck(actor=person, score=score_of(application, "theory"))
        assert codes(refused) == ["already_asked"]
        if recheck.answered_at is None:
            recheck = answer_recheck(
                actor=team.outsider, recheck=recheck, result="changed", answer="漏加一分，已更正"
            )


@pytest.mark.parametrize("how", ["corrected", "retracted"])
def test_a_reversal_revives_no_certificate_whose_other_pass_is_gone(team: Team, evening, how):  # noqa: F811
    """Void by a decision on one subject; meanwhile the other turns out never to have been passed."""
    hands = Hands()
    (application,) = passed(team, "陈志远")
    (certificate,) = issued(team, application)
    decision = decided(hands, case_on(hands, application, "theory", "A3-2.4"))
    practical = score_of(application, "practical")
    if how == "corrected":
        asked = ask_correction(actor=team.maker, score=practical, points=50, reason="登分有误")
        confirm_correction(actor=team.second, correction=asked)
    else:
        retract_sheet(actor=team.third, sheet=practical.sheet, reason="评分标准弄错")
    told = reverse_decision(actor=hands.reviewer, decision=decision, reason="证据不足")
    certificate.refresh_from_db()
    assert certificate.state == "void"
    assert not certificate.person.credentials.exists()
    assert any(certificate.number in sentence for sentence in told)
    assert Pass.objects.get(subject="theory").cancelled_at is None


def test_once_the_replacement_is_void_nothing_rests_on_the_score(team: Team):  # noqa: F811
    (application,) = passed(team, "陈志远")
    (certificate,) = issued(team, application)
    fresh = confirm_ending(
        actor=team.second,
        ending=ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失"),
    )
    score = score_of(application, "theory")
    with pytest.raises(Refused) as refused:
        ask_correction(actor=team.maker, score=score, points=50, reason="登分有误")
    assert codes(refused) == ["rested_on"]
    confirm_ending(
        actor=team.second,
        ending=ask_ending(actor=team.maker, certificate=fresh, kind="void", reason="成绩有误"),
    )
    asked = ask_correction(actor=team.maker, score=score, points=50, reason="登分有误")
    assert not confirm_correction(actor=team.second, correction=asked).passed
    assert not Certificate.objects.filter(state="valid").exists()


@pytest.fixture
def session(evening) -> Session:  # noqa: F811
    held = hold_session(candidates("陈志远", "吴梅"))
    close(held)
    return Session.objects.get(pk=held.pk)


def test_a_paper_kept_from_the_checker_is_not_published_unchecked(session, team: Team):  # noqa: F811
    """Read once by its importer, called absent while the sheet was checked, then present again."""
    seat = session.seats.get(person__name="吴梅")
    sheet = open_sheet(actor=team.maker, session=session, source="imported")
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=points_of(session, 陈志远=80, 吴梅=100))
    note_attendance(actor=team.maker, seat=seat, state="absent", reason="登记更正")
    check_sheet(actor=team.second, sheet=sheet)
    with pytest.raises(Refused) as refused:
        note_attendance(actor=team.maker, seat=seat, state="present", reason="登记更正")
    assert codes(refused) == ["sheet_checked"]
    send_back(actor=team.second, sheet=sheet, reason="吴梅到考")
    note_attendance(actor=team.maker, seat=seat, state="present", reason="登记更正")
    assert seat in [row.seat for row in roll_of(session).papers(sheet)]


def test_a_checked_score_does_not_become_an_absence_behind_the_checker(session, team: Team):  # noqa: F811
    seat = session.seats.get(person__name="吴梅")
    sheet = checked_sheet(session, team, 陈志远=80, 吴梅=90)
    with pytest.raises(Refused) as refused:
        note_attendance(actor=team.outsider, seat=seat, state="absent", reason="登记更正")
    assert codes(refused) == ["sheet_checked"]
    scores, _ = publish_sheet(actor=team.second, sheet=sheet)
    assert sorted(score.points for score in scores) == [80, 90]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first first", "second first"])
def test_overlapping_decisions_may_fall_in_either_order(team: Team, evening, order):  # noqa: F811
    hands = Hands()
    (application,) = passed(team, "陈志远")
    (certificate,) = issued(team, application)
    before = (certificate.state, certificate.ended_at, certificate.end_reason)
    decisions = [
        decided(hands, case_on(hands, application, "theory", "A3-3.2")),
        decided(hands, case_on(hands, application, "practical", "A3-2.4")),
    ]
    one, other = (decisions[place] for place in order)
    reverse_decision(actor=hands.reviewer, decision=one, reason="证据不足")
    certificate.refresh_from_db()
    assert certificate.state == "void"
    reverse_decision(actor=hands.reviewer, decision=other, reason="证据不足")
    certificate.refresh_from_db()
    assert (certificate.state, certificate.ended_at, certificate.end_reason) == before
    assert not Pass.objects.exclude(cancelled_at=None).exists()
    assert not application.person.bars.filter(lifted_at=None).exists()


def test_a_retake_that_was_filed_keeps_the_first_publication_and_its_correction(team: Team, evening):  # noqa: F811
    from tests.certificates.test_due import retake_of

    (application,) = candidates("陈志远")
    score = published(hold_session([application]), team, 陈志远=80)["陈志远"]
    failed = published(hold_session([application], "practical", hour=13), team, 陈志远=50)["陈志远"]
    evening(clock.today() + timedelta(days=20))
    application.refresh_from_db()
    retake_of(application)
    for sheet in (score.sheet, failed.sheet):
        with pytest.raises(Refused) as refused:
            retract_sheet(actor=team.third, sheet=sheet, reason="场次弄错")
        assert codes(refused) == ["rested_on"]
    with pytest.raises(Refused) as refused:
        ask_correction(actor=team.maker, score=failed, points=60, reason="漏加")
    assert codes(refused) == ["rested_on"]


def test_the_same_hand_moved_from_another_session_is_refused(session, team: Team):  # noqa: F811
    (stranger,) = candidates("罗佳")
    other = hold_session([stranger], hour=14)
    sheet = open_sheet(actor=team.maker, session=session)
    with pytest.raises(Refused) as refused:
        enter_points(actor=team.maker, sheet=sheet, hand=1, points={seat_of(stranger, other).pk: 100})
    assert codes(refused) == ["not_in_session"]
    assert not sheet.entries.exists()


def test_a_scheme_that_drops_a_subject_reaches_nobody_who_was_to_sit_it(team: Team, evening, browser_of):  # noqa: F811
    """Approved and seated before; the sitting is scored, passed and paged by the scheme that still had the subject."""
    (application,) = candidates("陈志远")
    held = hold_session([application], "practical", hour=13)
    close(held)
    held = Session.objects.get(pk=held.pk)
    old = Scheme.objects.get(offering=held.offering)
    new = Scheme.objects.create(offering=held.offering, effective_from=clock.today(), citation="新方案")
    theory = old.subjects.get(subject="theory")
    theory.pk, theory.scheme = None, new
    theory.save()
    clerk = browser_of(team.maker)
    for name in ("score_session", "enter_scores", "import_scores", "score_template"):
        assert clerk.get(reverse(f"admin:{name}", args=[held.pk])).status_code == 200, name
    score = published(held, team, 陈志远=60)["陈志远"]
    assert score.passed
    assert Pass.objects.get().scheme == old


def test_a_fee_that_is_forfeited_is_promised_to_nobody(team: Team, evening, browser_of):  # noqa: F811
    """Who leaves in time for their money before a decision by A3-1 reads that nothing comes back."""
    hands = Hands()
    (application,) = candidates("陈志远")
    application.submitted_at = clock.now()
    application.save(update_fields=["submitted_at"])
    case = open_case(
        actor=hands.opener,
        application=application,
        act=ListedAct.objects.get(pk="A3-1"),
        act_on=clock.today(),
        facts="毕业证书系伪造",
    )
    stated(hands, notified(hands, case))
    withdraw_after_payment(
        actor=application.person.account, application=application, payee="陈志远 工行 6222"
    )
    waiting = next(queue for queue in payments.QUEUES if queue.code == "refund_requests")
    assert waiting.count() == 1
    decided(hands, case)
    assert waiting.count() == 0
    page = browser_of(application.person.account).get(reverse("filing:status", args=[application.pk]))
    assert "不予退费" in page.content.decode()
    assert "核对后退还" not in page.content.decode()
