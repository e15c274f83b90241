"""What is kept of the days after the exam: nothing private in clear, nobody judging themselves, no sheet believed."""

import io
import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from xlsxwriter import Workbook

from certificates.ending import ask_ending, confirm_ending
from certificates.hand_over import hand_back, hand_over
from certificates.issuing import confirm_batch, propose_batch
from certificates.making import make_certificates
from certificates.models import Certificate
from exams.arrangement.models import Session
from exams.conduct.cases import ask_review, drop_case, give_notice, take_statement, uphold_decision
from exams.conduct.deciding import decide, reverse_decision
from exams.conduct.telling import mark_told, open_items, withdraw_told
from exams.results.attendance import note_attendance
from exams.results.correcting import ask_correction, confirm_correction
from exams.results.entering import enter_points, open_sheet
from exams.results.excuses import ask_excuse, decide_excuse
from exams.results.importing import TITLES, session_code
from exams.results.models import Score, ScoreEntry, ScoreSheet
from exams.results.publishing import retract_sheet
from exams.results.rechecks import answer_recheck, ask_recheck
from portal import clock
from portal.messages import outbox
from portal.rules.findings import Refused
from tests import factories
from tests.attacks.test_groups_at_rest import lying, on_disk
from tests.certificates.people import issued, passed
from tests.conduct.procedure import Hands, decided, incident_of, notified, opened, sat, served, stated
from tests.results.conftest import evening, team  # noqa: F401 - fixtures
from tests.results.world import Team, candidates, close, hold_session, note, published, seat_of

pytestmark = pytest.mark.django_db

FACTS, SAID, REASONS = "纸条藏在左袖口夹层", "当天低血糖发作头晕", "监控第七十三分钟清晰可见"
ILL = "急性阑尾炎手术住院"
DOUBT, ANSWER = "第四大题漏加两分", "第四大题复算无误"
UNPROVEN, THIN = "复查后左袖口并无纸条", "病历没有写手术日期"


def test_what_was_written_of_a_case_and_an_illness_lies_nowhere_in_clear(team: Team, evening, caplog):  # noqa: F811
    caplog.set_level(logging.DEBUG)
    hands = Hands()
    session, (seat, absent, doubtful) = sat("陈志远", "吴梅", "丁磊")
    incident = incident_of(hands, session, seat)
    case = opened(hands, seat, incident=incident)
    give_notice(actor=hands.opener, case=case, facts=FACTS, reasons=REASONS, how="当面")
    take_statement(actor=seat.person.account, case=case, text=SAID)
    decision = decide(
        actor=hands.decider, case=case, severity="", body="own", effective_on=clock.today(), reasons=REASONS
    )
    ask_review(actor=seat.person.account, case=served(hands, case), text=SAID)
    uphold_decision(actor=hands.reviewer, case=case, text=REASONS)
    reverse_decision(actor=hands.reviewer, decision=decision, reason=UNPROVEN)

    note(absent, "absent")
    excuse = ask_excuse(actor=absent.person.account, seat=absent, text=ILL, proof=_proof())
    close(session)
    score = published(Session.objects.get(pk=session.pk), team, 陈志远=70, 丁磊=50)["丁磊"]
    recheck = ask_recheck(actor=doubtful.person.account, score=score, note=DOUBT)
    answer_recheck(actor=team.outsider, recheck=recheck, result="unchanged", answer=ANSWER)
    decide_excuse(actor=team.third, excuse=excuse, granted=False, note=THIN)
    outbox.send_waiting()
    numbers = [str(one.person.documents.first().number) for one in (seat, absent, doubtful)]
    private = [*numbers, FACTS, SAID, REASONS, ILL, DOUBT, ANSWER, UNPROVEN, THIN]
    assert lying(private) == []
    assert on_disk(private) == []
    # Why an excuse was refused is told in a message, and the tests' way of sending writes messages to the log.
    assert not [one for one in private if one != THIN and one in caplog.text]


def test_no_reason_given_about_a_person_lies_in_clear(team: Team, evening):  # noqa: F811
    """Dropped, reversed, corrected, retracted, ended, given back, told and not told: each says why in its own words."""
    hands = Hands()
    why = [f"第{number}项理由涉及本人病情" for number in range(8)]
    session, (seat, ill, _) = sat("陈志远", "吴梅", "丁磊")
    drop_case(actor=hands.opener, case=opened(hands, seat), reason=why[0])
    case = stated(hands, notified(hands, opened(hands, seat, "A3-1")))
    reverse_decision(actor=hands.reviewer, decision=decided(hands, case), reason=why[1])
    note_attendance(actor=team.maker, seat=ill, state="other", reason=why[2])
    close(session)
    score = published(Session.objects.get(pk=session.pk), team, 陈志远=70, 丁磊=50)["丁磊"]
    asked = ask_correction(actor=team.maker, score=score, points=51, reason=why[3])
    confirm_correction(actor=team.outsider, correction=asked)
    retract_sheet(actor=team.third, sheet=score.sheet, reason=why[4])
    (certificate,) = issued(team, *passed(team, "林晓梅"))
    make_certificates()
    certificate.refresh_from_db()
    given = hand_over(
        actor=team.maker, certificates=[certificate], received_by="林晓梅", document_checked=True
    )
    hand_back(actor=team.maker, given=given, certificate=certificate, reason=why[5])
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="void", reason=why[6])
    confirm_ending(actor=team.second, ending=ending)
    keys = [one.key for one in open_items()]
    told = mark_told(actor=team.maker, keys=keys, office="鉴定中心", reference="18", told_on=clock.today())
    item = told.items.get()
    withdraw_told(actor=team.maker, item=item, reason=why[7])
    outbox.send_waiting()
    assert lying([*why, item.text]) == []
    assert on_disk([*why, item.text]) == []


def _proof():
    from portal.files.intake import EvidenceResult
    from tests.files.samples import pdf_bytes, simple_pdf

    return EvidenceResult(
        data=pdf_bytes(simple_pdf()), media_type="application/pdf", name="证明.pdf", pages=1
    )


def test_a_certificates_face_lies_nowhere_in_clear(team: Team, evening, caplog):  # noqa: F811
    caplog.set_level(logging.DEBUG)
    (certificate,) = issued(team, *passed(team, "陈志远"))
    ending = ask_ending(actor=team.maker, certificate=certificate, kind="reissue", reason="遗失")
    confirm_ending(actor=team.second, ending=ending)
    outbox.send_waiting()
    number = str(certificate.person.documents.first().number)
    assert lying([number]) == []
    assert on_disk([number]) == []
    assert number not in caplog.text


# Nobody judges themselves


def codes(refused) -> list[str]:
    return [finding.code for finding in refused.value.findings]


def test_staff_who_sat_do_not_judge_their_own_case(evening):  # noqa: F811
    """They may be told and answer; what becomes of it is for others."""
    hands = Hands()
    _, (seat,) = sat("陈志远")
    person = seat.person
    case = notified(hands, opened(hands, seat))
    with pytest.raises(Refused) as refused:
        drop_case(actor=person.account, case=case, reason="没有这回事")
    assert codes(refused) == ["own_case"]
    stated(hands, case)
    with pytest.raises(Refused) as refused:
        decided(Hands(opener=hands.opener, decider=person.account), case)
    assert codes(refused) == ["own_case"]
    decision = decided(hands, case)
    with pytest.raises(Refused) as refused:
        reverse_decision(actor=person.account, decision=decision, reason="没有这回事")
    assert codes(refused) == ["own_case"]
    decision.refresh_from_db()
    assert decision.reversed_at is None


def test_staff_who_sat_do_not_touch_their_own_score(team: Team, evening):  # noqa: F811
    (application,) = candidates("陈志远")
    own = application.person.account
    score = published(hold_session([application]), team, 陈志远=58)["陈志远"]
    recheck = ask_recheck(actor=own, score=score)
    with pytest.raises(Refused) as refused:
        answer_recheck(actor=own, recheck=recheck, result="unchanged", answer="无误")
    assert codes(refused) == ["own_score"]
    with pytest.raises(Refused) as refused:
        ask_correction(actor=own, score=score, points=100, reason="漏加")
    assert codes(refused) == ["own_score"]
    asked = ask_correction(actor=team.maker, score=score, points=61, reason="漏加")
    with pytest.raises(Refused) as refused:
        confirm_correction(actor=own, correction=asked)
    assert codes(refused) == ["own_score"]
    again = hold_session([application], "practical", hour=13)
    close(again)
    sheet = open_sheet(actor=own, session=Session.objects.get(pk=again.pk))
    with pytest.raises(Refused) as refused:
        enter_points(actor=own, sheet=sheet, hand=1, points={seat_of(application, again).pk: 100})
    assert codes(refused) == ["own_score"]


# Permissions


def test_a_right_to_one_step_opens_no_other(team: Team, evening, browser_of):  # noqa: F811
    """Each with exactly one permission: every other deed's page answers 403, looked at or posted to."""
    hands = Hands()
    (application,) = passed(team, "陈志远")
    score = Score.objects.filter(application=application).first()
    case = stated(hands, notified(hands, opened(hands, application.seats.first())))
    batch = propose_batch(actor=team.maker, applications=[application])
    deeds = {
        "exams.enter_score": reverse("admin:enter_scores", args=[score.seat.session_id]),
        "exams.check_score": reverse("admin:check_scores", args=[score.seat.session_id]),
        "exams.publish_score": reverse("admin:retract_scores", args=[score.sheet_id]),
        "exams.correct_score": reverse("admin:ask_correction", args=[score.pk]),
        "exams.decide_case": reverse("admin:decide_case", args=[case.pk]),
        "exams.open_case": reverse("admin:drop_case", args=[case.pk]),
        "certificates.issue_certificates": reverse("admin:issue_batch", args=[batch.pk]),
        "certificates.propose_certificates": reverse("admin:certificates_due"),
        "exams.check_in": reverse("admin:session_day", args=[score.seat.session_id]),
    }
    for held in deeds:
        client = browser_of(factories.make_staff(f"只管{held[-8:]}", held))
        for needed, address in deeds.items():
            if needed != held:
                assert client.get(address).status_code == 403, (held, address)
                assert client.post(address, {"reason": "试试", "points": "100"}).status_code == 403, (
                    held,
                    address,
                )
    assert not Certificate.objects.exists()
    assert Score.objects.get(pk=score.pk).retracted_at is None


# Sheets


def _workbook(rows, *, titles=TITLES) -> SimpleUploadedFile:
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(line, column, value, value=100)
                elif isinstance(value, str):
                    sheet.write_string(line, column, value)
                elif value is not None:
                    sheet.write_number(line, column, value)
    return SimpleUploadedFile("成绩.xlsx", out.getvalue())


@pytest.fixture
def session(evening) -> Session:  # noqa: F811
    held = hold_session(candidates("陈志远", "吴梅"))
    close(held, 吴梅="absent")
    return Session.objects.get(pk=held.pk)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("=50+50", "分数是公式"),
        ("٨٠", "整数"),
        ("1e2", "整数"),
        (80.5, "整数"),
        ("-1", "整数"),
        ("100.", "整数"),
        ("零", "整数"),
        ("9" * 400, "整数"),
        (1e300, "整数"),
        ("<script>alert(1)</script>", "整数"),
    ],
)
def test_no_cell_of_a_score_sheet_is_believed(session, team: Team, browser_of, points, said):  # noqa: F811
    seat = session.seats.get(person__name="陈志远")
    row = ("", seat.application.number, "陈志远", "", "", "", points, session_code(session))
    page = browser_of(team.maker).post(
        reverse("admin:import_scores", args=[session.pk]), {"file": _workbook([row])}
    )
    assert page.status_code < 500
    text = page.content.decode()
    assert said in text
    assert "<script>alert(1)" not in text
    assert not ScoreSheet.objects.exists()


def test_ten_thousand_rows_strangers_and_the_absent_are_refused_in_words(session, team: Team, browser_of):  # noqa: F811
    client, address = browser_of(team.maker), reverse("admin:import_scores", args=[session.pk])
    code = session_code(session)
    many = [("", f"26{n:08d}", "张三", "", "", "", 60, code) for n in range(10_000)]
    page = client.post(address, {"file": _workbook(many)})
    assert "一场不会有这么多人" in page.content.decode()
    absent = session.seats.get(person__name="吴梅").application.number
    page = client.post(address, {"file": _workbook([("", absent, "吴梅", "", "", "", 60, code)])})
    assert "不应有分数" in page.content.decode()
    other = hold_session(candidates("罗佳"), hour=15)
    page = client.post(
        address, {"file": _workbook([("", absent, "吴梅", "", "", "", None, session_code(other))])}
    )
    assert "这份表不是本场的" in page.content.decode()
    assert not ScoreEntry.objects.exists()


# Numbers


def test_numbers_have_no_gap_whoever_of_a_batch_fails(team: Team, evening):  # noqa: F811
    """A score put in question, a bar, and a face that cannot be made, each between two that are issued."""
    from applicants.standing.models import Bar

    names = ("陈志远", "吴梅", "丁磊", "罗佳", "何静")
    applications = passed(team, *names)
    batch = propose_batch(actor=team.maker, applications=applications)
    ask_recheck(
        actor=applications[1].person.account,
        score=Score.objects.get(application=applications[1], subject="theory"),
    )
    today = clock.today()
    Bar.objects.create(
        person=applications[2].person,
        barred_from=today,
        barred_until=today,
        clause="A3-3.1",
        created_at=clock.now(),
    )
    confirm_batch(actor=team.second, batch=batch)
    given = sorted(Certificate.objects.values_list("number", flat=True))
    assert [int(one[-6:]) for one in given] == [1, 2, 3]
    assert batch.set_aside.count() == 2
    (later,) = issued(team, *passed(team, "周婷"))
    assert int(later.number[-6:]) == 4
    with pytest.raises(Refused):
        hand_over(actor=team.maker, certificates=[later], received_by="周婷", document_checked=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT number), count(*) FROM certificates_certificate")
        assert cursor.fetchone() == (4, 4)
