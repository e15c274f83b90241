"""待办: what waits, how long, for whom."""

from datetime import date, timedelta

from django.urls import reverse

from applicants.records.models import DocumentClaim
from exams.filing.models import Application, SpecialArrangement
from exams.payments.actions import ask_reversal
from portal import clock, registry
from tests import factories
from tests.filing.conftest import ready_person, submitted


def titles(page) -> dict[str, int]:
    return {queue["title"]: queue["count"] for queue in page.context["queues"]}


def test_the_oldest_case_counts_its_working_days(desk, offering, frozen_day):
    submitted(ready_person(name="王先来"), offering)
    frozen_day(date(2026, 10, 16))
    submitted(ready_person(name="李后到"), offering)
    frozen_day(date(2026, 10, 19))
    page = desk.get(reverse("admin:index"))
    review = next(queue for queue in page.context["queues"] if queue["title"] == "待审核")
    assert (review["count"], review["oldest"]) == (2, 5)  # Monday the 12th to Monday the 19th
    assert "最早的已等 5 个工作日" in page.content.decode()
    rows = desk.get(review["url"]).content.decode()
    assert rows.index("王先来") < rows.index("李后到")


def test_each_kind_of_case_is_counted(desk, offering):
    to_pay = factories.make_application(offering=offering)
    paid = factories.make_application(offering=offering)
    payment = factories.pay(paid)
    SpecialArrangement.objects.create(application=to_pay, needs=["wheelchair"])
    undone = factories.make_application(offering=offering)
    ask_reversal(actor=desk.staff, payment=factories.pay(undone), reason="记错金额")
    claims = [factories.make_person(verified=False).documents.get() for _ in range(2)]
    DocumentClaim.objects.filter(pk=claims[1].pk).update(number_index=claims[0].number_index)
    found = titles(desk.get(reverse("admin:index")))
    assert found["待缴费"] == 1
    assert found["待安排座位"] == 2  # the reversal is not confirmed yet
    assert found["合理便利待决定"] == 1
    assert found["冲正待复核"] == 1
    assert found["证件冲突"] == 1
    assert payment.quote.application_id == paid.pk


def test_a_conflict_is_as_old_as_its_second_claim(desk, frozen_day):
    frozen_day(date(2026, 9, 7))
    first = factories.make_person(verified=False).documents.get()
    frozen_day(date(2026, 10, 19))
    second = factories.make_person(verified=False).documents.get()
    DocumentClaim.objects.filter(pk=second.pk).update(number_index=first.number_index)
    frozen_day(date(2026, 10, 21))
    queues = desk.get(reverse("admin:index")).context["queues"]
    assert next(queue for queue in queues if queue["title"] == "证件冲突")["oldest"] == 2


def test_people_see_only_the_queues_they_work_on(enter, offering):
    cashier = enter("收款人", "exams.view_payment", "exams.view_application")
    assert set(titles(cashier.get(reverse("admin:index")))) == {"待缴费", "团体待开缴费单", "团体待到账"}


def test_a_year_whose_holidays_are_not_published_alarms_in_time(desk, offering, frozen_day):
    assert titles(desk.get(reverse("admin:index")))["放假安排未公布的年份"] == 0
    frozen_day(date(2026, 11, 10))
    assert titles(desk.get(reverse("admin:index")))["放假安排未公布的年份"] == 1


def test_every_queue_leads_somewhere(desk, offering):
    for queue in registry.counter_queues:
        assert desk.get(queue.url()).status_code == 200, queue.code


def test_an_entry_of_the_trail_left_unsealed_alarms(desk, offering, frozen_day):
    factories.make_application(offering=offering)
    submitted(ready_person(), offering)
    assert titles(desk.get(reverse("admin:index")))["操作记录未封存"] == 0
    frozen_day(clock.now() + timedelta(minutes=6))
    assert titles(desk.get(reverse("admin:index")))["操作记录未封存"] > 0
    assert Application.objects.count() == 2
