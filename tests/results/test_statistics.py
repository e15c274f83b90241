"""The figures of 统计: what is counted, in which month, and what is not."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from exams.filing.models import Transition
from exams.payments.models import Payment, Refund, Reversal
from exams.results import statistics
from exams.results.cancelling import cancel_scores
from portal import clock
from tests import factories
from tests.results.world import Team, candidates, hold_session, published

pytestmark = pytest.mark.django_db
MONTHS = statistics.last_months(date(2026, 11, 24))


def test_twelve_months_end_with_this_one_over_a_new_year():
    assert (MONTHS[0], MONTHS[-1], len(MONTHS)) == ((2025, 12), (2026, 11), 12)


def test_applications_count_in_the_month_of_their_submission(frozen_day):
    frozen_day(date(2026, 9, 30))
    factories.load_catalogue()
    factories.make_application()
    factories.make_application(status="rejected")
    factories.make_application(status="draft")
    found = statistics.applications_by_month(MONTHS)
    assert dict(found[2026, 9]) == {"approved": 1, "rejected": 1}
    assert found[2026, 10].total() == 0


def test_pass_rates_count_who_came_and_no_cancelled_pass(frozen_day):
    frozen_day(date(2026, 9, 10))
    people = candidates("甲", "乙", "丙", "丁")
    session = hold_session(people)
    frozen_day(date(2026, 10, 13))
    published(session, Team(), 甲=80, 乙=59, 丙=90)
    cancel_scores(
        actor=factories.make_staff(),
        application=people[2],
        subjects=["theory"],
        clause="A3-2.1",
        decision_id=uuid4(),
    )
    assert statistics.pass_rates("subject") == [("理论知识", 3, 1)]
    assert statistics.pass_rates("institution") == [("个人申报", 3, 1)]


def test_fees_leave_out_what_was_reversed_and_show_what_went_back(frozen_day):
    frozen_day(date(2026, 10, 12))
    factories.load_catalogue()
    kept, gone = (factories.pay(factories.make_application()) for _ in range(2))
    first, second = factories.make_staff(), factories.make_staff()
    Reversal.objects.create(
        payment=gone,
        reason="收错",
        asked_by=first,
        asked_at=clock.now(),
        confirmed_by=second,
        confirmed_at=clock.now(),
    )
    Payment.objects.filter(pk=kept.pk).update(received_on=date(2026, 9, 30))
    Refund.objects.create(
        application=kept.quote.application,
        amount_fen=10000,
        reason="退出",
        asked_by=first,
        asked_at=clock.now(),
        confirmed_by=second,
        confirmed_at=clock.now(),
        transaction_number="TK9",
    )
    found = statistics.fees_by_month(MONTHS)
    assert found[2026, 9] == (48000, 0)
    assert found[2026, 10] == (0, 10000)


def test_days_to_review_are_working_days_in_the_month_of_the_decision(frozen_day):
    frozen_day(date(2026, 9, 29))
    factories.load_catalogue()
    application = factories.make_application()
    Transition.objects.filter(application=application, after="approved").update(
        at=clock.start_of(date(2026, 10, 9))
    )
    found = statistics.review_days(MONTHS)
    assert found[2026, 10] == 3, "30 September, 8 and 9 October: the holidays do not count"
    assert found[2026, 9] is None


def test_the_page_has_every_chart_with_its_table_for_those_who_oversee(client, settings, frozen_day):
    settings.STAFF_SECOND_FACTOR = False
    frozen_day(date(2026, 10, 12))
    factories.load_catalogue()
    factories.pay(factories.make_application())
    client.force_login(factories.make_staff("主管"))
    text = client.get(reverse("statistics")).content.decode()
    for words in ("各月申报和目前状态", "各科目合格率", "各机构合格率", "各月收费", "审核用时", "480 元"):
        assert words in text, words
    assert text.count('role="img"') == 3, "nothing is drawn where no score is published"
    assert text.count("<caption") == 3
    client.force_login(factories.make_staff("窗口", "exams.review_application"))
    assert client.get(reverse("statistics")).status_code == 403
