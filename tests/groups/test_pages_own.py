"""What a person sees of an application an institution filed for them: everything, and nothing to fill in."""

from datetime import date

import pytest

from exams.filing.groups.people.submitting import submit_filing
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.queries import entries_of
from exams.filing.models import Application, Status
from portal.messages.models import Message
from tests.factories import make_account, make_member
from tests.filing.pages import give_pass, log_in, text
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


def own_client(entry):
    """The person of the entry, signed up meanwhile."""
    entry.person.account = make_account(entry.person.name)
    entry.person.save()
    return log_in(entry.person.account)


def address(application, page=""):
    return f"/my/applications/{application.pk}/{page}"


def test_the_page_names_the_institution_and_shows_time_line_and_answers(filing):
    entry = make_entry(filing, stage="submitted")
    client = own_client(entry)
    page = text(client.get(address(entry.application)))
    assert f"由{filing.institution.name}填报" in page
    assert "请在机构打印的报名表上核对签字" in page
    assert "打印报名表" not in page.replace("机构打印的报名表", "")
    assert "长宁区新华街道社区卫生服务中心" in text(client.get(address(entry.application, "answers/")))
    assert "去补正" not in text(client.get("/my/"))


@pytest.mark.parametrize("page", ["tasks/", "kind/", "route/", "arrangement/", "undertaking/", "check/"])
def test_filling_in_and_mending_are_the_institutions(filing, page):
    entry = make_entry(filing, stage="submitted")
    Application.objects.filter(pk=entry.application_id).update(
        status=Status.RETURNED, mend_until=date(2026, 3, 24)
    )
    client = own_client(entry)
    assert client.get(address(entry.application, page)).url == address(entry.application)
    client.post(
        address(entry.application, page), {"kind": "retake", "route": "TR2023-2.1", "version": "2026.1"}
    )
    entry.application.refresh_from_db()
    assert (entry.application.status, entry.application.kind) == (Status.RETURNED, "regular")
    assert entry.application.submissions.count() == 1


def test_withdrawing_before_payment_is_the_persons_and_the_institution_is_told(filing):
    entry = make_entry(filing, stage="approved")
    client = own_client(entry)
    assert filing.institution.name in text(client.get(address(entry.application, "withdraw/")))
    client.post(address(entry.application, "withdraw/"))
    entry.application.refresh_from_db()
    assert entry.application.status == Status.WITHDRAWN
    assert Message.objects.filter(event="filing_withdrawn", account=filing.opened_by).count() == 1
    assert entries_of(filing).get().stage == "ended"


def test_who_pays_is_said(filing):
    entry = make_entry(filing, stage="approved")
    page = text(own_client(entry).get(address(entry.application)))
    assert f"由{filing.institution.name}统一缴纳，您不用到窗口缴费" in page
    assert "到窗口缴费，现金" not in page


def test_a_draft_that_gives_up_a_pass_waits_for_the_person_alone(filing):
    reviewer = make_member(filing.institution, "reviewer").account
    entry = make_entry(filing)
    held = give_pass(entry.person, _offering(entry))
    submit_filing(actor=reviewer, filing=filing, expected_persons=1)
    file_submissions()
    draft = entries_of(filing).get().application
    client = own_client(entry)
    assert "本人确认放弃补考" in text(client.get("/my/"))
    page = text(client.get(address(draft)))
    assert "逐科确认" in page
    assert "继续填写" not in page
    client.post(address(draft, "forfeiture/"), {"passes": [str(held.pk)]})
    assert draft.forfeitures.get().given_up == held
    assert "您已逐科确认放弃补考" in text(client.get(address(draft)))
    page = text(log_in(reviewer).get(f"/institution/people/{entry.pk}/"))
    assert "本人已登录逐科确认" in page


def test_a_person_who_does_not_agree_refuses_the_draft_and_the_institution_is_told(filing):
    reviewer = make_member(filing.institution, "reviewer").account
    entry = make_entry(filing)
    give_pass(entry.person, _offering(entry))
    submit_filing(actor=reviewer, filing=filing, expected_persons=1)
    file_submissions()
    draft = entries_of(filing).get().application
    own_client(entry).post(address(draft, "discard/"))
    draft.refresh_from_db()
    assert draft.status == Status.WITHDRAWN
    assert Message.objects.filter(event="filing_withdrawn", account=reviewer).count() == 1


def _offering(entry):
    return entry.filing.occupation.offerings.get(grade=4)
