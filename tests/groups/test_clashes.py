"""The same person filed twice: the counter decides which application stands, and both sides are told."""

from uuid import uuid4

import pytest

from exams.filing.groups.batches.clashes import decide_clash, open_clashes
from exams.filing.groups.models import Clash
from exams.filing.groups.queries import staged
from exams.filing.models import Application, Status
from portal import clock
from portal.messages.models import Message
from portal.rules.findings import Refused
from tests.factories import make_application, make_institution, make_member, make_quote, make_staff, pay
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_staff("周敏")


@pytest.fixture
def clash():
    """Somebody filed by an institution who has an application of their own; the submission was worked off."""
    filing = make_filing()
    make_entry(filing, "赵一", stage="submitted")
    entry = make_entry(filing, "王秀英", stage="ready")
    entry.submission = filing.submissions.get()
    entry.obstacles = [{"code": "filed_twice", "sentence": "此人另有同项目申报。"}]
    entry.save()
    other = make_application(entry.person, status=Status.SUBMITTED)
    return Clash.objects.create(id=uuid4(), entry=entry, other=other, found_at=clock.now())


def decide(clerk, clash, decision, reason="本人选定") -> Clash:
    return decide_clash(actor=clerk, clash=clash, decision=decision, reason=reason)


def told(event: str) -> list[str]:
    return [message.text for message in Message.objects.filter(event=event)]


def codes(refusal) -> set[str]:
    return {one.code for one in refusal.value.findings}


def test_the_other_one_stands(clerk, clash):
    made = decide(clerk, clash, "other")
    assert (made.decided_by, made.reason) == (clerk, "本人选定")
    assert list(open_clashes()) == []
    clash.other.refresh_from_db()
    assert clash.other.status == Status.SUBMITTED
    entry = staged(type(clash.entry).objects.filter(pk=clash.entry_id)).get()
    assert entry.stage == "blocked"
    assert "本人选定" in entry.obstacles[0]["sentence"]
    assert clash.other.number not in entry.obstacles[0]["sentence"], "the institution learns no other number"
    assert all("保留另一份申报" in text for text in told("filing_clash_decided"))
    assert clash.other.number in told("clash_decided")[0]


def test_this_one_stands(clerk, clash):
    decide(clerk, clash, "this")
    clash.other.refresh_from_db()
    assert clash.other.status == Status.CANCELLED
    entry = staged(type(clash.entry).objects.filter(pk=clash.entry_id)).get()
    assert (entry.obstacles, entry.stage) == ([], "filing")
    assert entry.submission.filed_at is None, "the worker files it with the submission it came with"
    assert all("保留本团体申报的一份" in text for text in told("filing_clash_decided"))
    assert len(told("application_cancelled")) == 1


def test_money_held_is_dealt_with_first(clerk, clash):
    other = clash.other
    Application.objects.filter(pk=other.pk).update(status=Status.APPROVED)
    make_quote(other)
    pay(other)
    with pytest.raises(Refused) as refusal:
        decide(clerk, clash, "this")
    assert codes(refusal) == {"money_held"}
    clash.refresh_from_db()
    assert clash.decided_at is None
    decide(clerk, clash, "other")


def test_two_institutions_learn_their_own_part_only(clerk, clash):
    away = make_filing(make_member(make_institution("上海市闵行区启明进修学校")))
    theirs = make_entry(away, "王秀英", stage="submitted")
    Clash.objects.filter(pk=clash.pk).update(other=theirs.application)
    clash.refresh_from_db()
    decide(clerk, clash, "other")
    by_number = {text.split("团体申报 ")[1][:11]: text for text in told("filing_clash_decided")}
    assert "保留另一份申报" in by_number[clash.entry.filing.number]
    assert "保留本团体申报的一份" in by_number[away.number]


def test_a_clash_is_decided_once_and_with_a_reason(clerk, clash):
    with pytest.raises(Refused) as refusal:
        decide(clerk, clash, "other", reason=" ")
    assert codes(refusal) == {"no_reason"}
    with pytest.raises(Refused) as refusal:
        decide(clerk, clash, "both")
    assert codes(refusal) == {"no_decision"}
    decide(clerk, clash, "other")
    with pytest.raises(Refused) as refusal:
        decide(clerk, clash, "this")
    assert codes(refusal) == {"decided_already"}


@pytest.mark.parametrize("side", ["this institution's", "the other institution's", "the person"])
def test_nobody_concerned_decides(clash, side):
    if side == "this institution's":
        actor = make_member(clash.entry.filing.institution).account
    elif side == "the other institution's":
        away = make_institution("上海市闵行区启明进修学校")
        clash.other.institution = away
        clash.other.save()
        actor = make_member(away).account
    else:
        actor = make_staff("本人")
        clash.other.person.account = actor
        clash.other.person.save()
    with pytest.raises(Refused) as refusal:
        decide(actor, clash, "other")
    assert codes(refusal) <= {"own_institution", "own_application"}


def test_an_application_that_ended_meanwhile_is_left_as_it_is(clerk, clash):
    Application.objects.filter(pk=clash.other_id).update(status=Status.WITHDRAWN)
    decide(clerk, clash, "this")
    clash.other.refresh_from_db()
    assert clash.other.status == Status.WITHDRAWN
