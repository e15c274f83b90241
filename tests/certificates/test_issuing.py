"""Batches by two people: a number, a frozen face and a credential for each; nobody blocks the others."""

import pytest
from django.db import connection

from applicants.records.models import Credential
from certificates.due import standing_of
from certificates.face import digest_of
from certificates.issuing import confirm_batch, drop_batch, propose_batch
from certificates.models import Certificate, NumberSeries
from exams.filing.models import Application
from exams.results.models import Score
from exams.results.rechecks import ask_recheck
from portal import clock
from portal.models import Message
from portal.rules.findings import Refused
from tests.certificates.people import give_photo, issued, passed, sat
from tests.results.world import Team, candidates

pytestmark = pytest.mark.django_db


def test_a_batch_issues_everybody(team: Team):
    applications = passed(team, "陈志远", "吴梅")
    first, second = issued(team, *applications)
    assert [first.number, second.number] == ["S000031000001264000001", "S000031000001264000002"]
    face = first.face
    assert face["name"] == "陈志远"
    assert face["document_number"] == first.person.documents.get().number
    assert (face["occupation"], face["direction"], face["grade"]) == ("社群健康助理员", "--", "四级/中级工")
    assert face["issued_on"] == clock.today().isoformat()
    assert first.face_digest == digest_of(face)
    assert set(first.passes.values_list("subject", flat=True)) == {"theory", "practical"}
    kept = Credential.objects.get(person=first.person)
    assert (kept.grade, kept.number, kept.issued_on, kept.relation) == (
        4,
        first.number,
        clock.today(),
        "same",
    )
    assert kept.issuer == "上海市健康促进协会"
    told = [one.text for one in Message.objects.filter(event="certificate_issued")]
    assert sum(first.number in text for text in told) == 1
    assert not standing_of(applications[0], clock.today()).due


def test_the_proposer_does_not_issue(team: Team):
    batch = propose_batch(actor=team.maker, applications=passed(team, "陈志远"))
    with pytest.raises(Refused, match="提出人以外"):
        confirm_batch(actor=team.maker, batch=batch)
    assert not Certificate.objects.exists()


def test_nothing_is_done_twice(team: Team):
    batch = propose_batch(actor=team.maker, applications=passed(team, "陈志远"))
    confirm_batch(actor=team.second, batch=batch)
    with pytest.raises(Refused, match="已经签发"):
        confirm_batch(actor=team.third, batch=batch)
    with pytest.raises(Refused, match="已经签发"):
        drop_batch(actor=team.third, batch=batch, reason="照片不对")
    assert Certificate.objects.count() == 1


def test_a_dropped_batch_leaves_its_people_due(team: Team):
    (application,) = passed(team, "陈志远")
    batch = propose_batch(actor=team.maker, applications=[application])
    with pytest.raises(Refused, match="请写明理由"):
        drop_batch(actor=team.second, batch=batch, reason=" ")
    drop_batch(actor=team.second, batch=batch, reason="照片不对")
    assert standing_of(application, clock.today()).due
    with pytest.raises(Refused, match="已经放弃"):
        confirm_batch(actor=team.second, batch=batch)


def test_those_not_due_are_left_out_of_a_proposal_with_the_reason(team: Team):
    failing = candidates("林晓")
    give_photo(failing[0])
    sat(team, failing, practical=30, theory=30)
    good = passed(team, "陈志远")
    batch = propose_batch(actor=team.maker, applications=[*good, Application.objects.get(pk=failing[0].pk)])
    assert list(batch.applications.all()) == good
    assert batch.set_aside.get().reason == "理论知识未合格。操作技能未合格。"


def test_a_proposal_of_nobody_due_is_refused_naming_each(team: Team):
    (application,) = passed(team, "陈志远")
    issued(team, application)
    with pytest.raises(Refused, match=f"{application.number} 陈志远：已有这个职业和等级的有效证书"):
        propose_batch(actor=team.maker, applications=[application])
    with pytest.raises(Refused, match="请先勾选"):
        propose_batch(actor=team.maker, applications=[])


def test_who_lost_the_right_meanwhile_is_set_aside_without_a_gap(team: Team):
    first, second, third = passed(team, "陈志远", "吴梅", "林晓")
    batch = propose_batch(actor=team.maker, applications=[first, second, third])
    ask_recheck(actor=second.person.account, score=Score.objects.get(application=second, subject="practical"))
    confirm_batch(actor=team.second, batch=batch)
    assert batch.set_aside.get().application == second
    numbers = Certificate.objects.order_by("number").values_list("number", flat=True)
    assert [number[-6:] for number in numbers] == ["000001", "000002"]
    assert NumberSeries.objects.get().next_serial == 3


def test_one_poisonous_person_blocks_nobody_and_wastes_no_number(team: Team):
    """The database refuses the second one's row, after a number was allocated."""
    first, second, third = passed(team, "陈志远", "吴梅", "林晓")
    batch = propose_batch(actor=team.maker, applications=[first, second, third])
    keys = ", ".join(f"'{one.person_id.hex}'" for one in (first, second))
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNIQUE INDEX poison ON certificates_certificate (hold_reason) WHERE person_id IN ({keys})"
        )
    confirm_batch(actor=team.second, batch=batch)
    assert batch.set_aside.get().reason == "签发失败：IntegrityError，请联系管理员。"
    assert batch.set_aside.get().application == second
    assert [one.number[-6:] for one in Certificate.objects.order_by("number")] == ["000001", "000002"]
    assert standing_of(second, clock.today()).due, "and can be proposed again"


def test_an_application_stands_in_one_open_batch(team: Team):
    applications = passed(team, "陈志远", "吴梅")
    propose_batch(actor=team.maker, applications=applications[:1])
    other = propose_batch(actor=team.maker, applications=applications)
    assert list(other.applications.all()) == applications[1:]
    assert "已列入待签发的批次" in other.set_aside.get().reason
