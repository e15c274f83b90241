"""Who is told that a certificate waits, who takes it, and what is put right afterwards."""

from datetime import date, timedelta

import pytest

from certificates.collecting import hand_overs_of, notify_collection, to_collect, to_notify
from certificates.hand_over import hand_back, hand_over
from certificates.models import Certificate, CollectionNotice, Ending, HandBack, HandOver
from portal import clock
from portal.messages.models import Message
from portal.models import AuditEntry
from portal.rules.findings import Refused
from tests import factories
from tests.certificates.world import make_certificate

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday(frozen_day):
    frozen_day(date(2026, 11, 25))
    return frozen_day


@pytest.fixture
def clerk():
    return factories.make_staff("周敏")


@pytest.fixture
def one() -> Certificate:
    return make_certificate(factories.make_application(factories.make_person("陈志远")))


@pytest.fixture
def school():
    return factories.make_institution()


def of_school(school, name: str) -> Certificate:
    person = factories.make_person(name)
    return make_certificate(factories.make_application(person, institution=school))


def given(certificates, clerk, received_by="陈志远", **fields) -> HandOver:
    fields = {"document_checked": True, **fields}
    return hand_over(actor=clerk, certificates=certificates, received_by=received_by, **fields)


def sentences(refused: pytest.ExceptionInfo[Refused]) -> str:
    return str(refused.value)


def sent(event: str) -> list[str]:
    return [message.text for message in Message.objects.filter(event=event)]


# ── Notices ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_holder_is_told_where_and_when(one, clerk):
    assert list(to_notify()) == [one]
    assert notify_collection(actor=clerk, certificates=[one]) == 1
    (text,) = sent("certificate_ready")
    assert one.application.number in text
    assert "下次接待 2026年11月25日（周三）" in text
    assert list(to_notify()) == []
    assert list(to_collect()) == [one]


def test_an_institution_is_told_once_of_all_its_people_and_they_that_it_collects(one, school, clerk):
    mine = [of_school(school, "王秀英"), of_school(school, "李建华")]
    filer = factories.make_member(school, "filer").account
    factories.make_member(school, "viewer", "查看人")
    factories.make_member(factories.make_institution("别的学校"), "filer", "别人")
    assert notify_collection(actor=clerk, certificates=[*mine, one]) == 3
    message = Message.objects.get(event="institution_certificates_ready")
    assert message.account == filer
    assert "2 名学员" in message.text
    assert len(sent("group_certificate_ready")) == 2
    assert f"由{school.name}统一领取" in sent("group_certificate_ready")[0]
    assert len(sent("certificate_ready")) == 1


def test_nobody_is_told_twice_a_day_but_may_be_reminded_later(one, clerk, wednesday):
    notify_collection(actor=clerk, certificates=[one])
    assert notify_collection(actor=clerk, certificates=[one]) == 0
    wednesday(date(2026, 11, 30))
    assert notify_collection(actor=clerk, certificates=[one]) == 1
    assert (CollectionNotice.objects.count(), len(sent("certificate_ready"))) == (2, 2)


@pytest.mark.parametrize("how", ["void", "unprinted", "taken"])
def test_nobody_is_sent_for_what_is_not_there(one, school, clerk, how):
    other = of_school(school, "王秀英")
    if how == "void":
        Certificate.objects.filter(pk=one.pk).update(state="void", ended_at=clock.now())
    elif how == "unprinted":
        Certificate.objects.filter(pk=one.pk).update(file=None)
    else:
        given([one], clerk)
    with pytest.raises(Refused, match="有 1 张不在待领取的证书中"):
        notify_collection(actor=clerk, certificates=[one, other])
    assert not CollectionNotice.objects.exists()
    assert not sent("certificate_ready") + sent("group_certificate_ready")


# ── Handing over ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_holder_signs_and_is_told(one, clerk):
    made = given([one], clerk)
    assert hand_overs_of([one]) == {one.pk: made}
    assert (made.institution, made.proxy_note, made.given_by) == (None, None, clerk)
    assert list(to_collect()) == []
    (text,) = sent("certificate_handed_over")
    assert "2026年11月25日 由陈志远领取" in text
    entry = AuditEntry.objects.get(action="certificates.handed_over")
    assert (entry.person_id, entry.subject_id) == (str(one.person_id), str(one.pk))
    assert "陈志远" not in str(entry.detail)


def test_somebody_else_needs_what_shows_that_they_may(one, clerk):
    with pytest.raises(Refused) as refused:
        given([one], clerk, "陈父")
    assert refused.value.findings[0].field == "proxy_note"
    made = given([one], clerk, "陈父", proxy_note="委托书 2026-11-20")
    assert (made.received_by, made.proxy_note) == ("陈父", "委托书 2026-11-20")


def test_a_name_alone_takes_no_other_persons_certificate(one, clerk):
    """Two people of one name: nobody takes both as the holder."""
    namesake = make_certificate(factories.make_application(factories.make_person("陈志远")))
    with pytest.raises(Refused, match="请写明凭什么领取"):
        given([one, namesake], clerk)


def test_an_institution_takes_its_own_people_and_nobody_elses(one, school, clerk):
    mine = [of_school(school, "王秀英"), of_school(school, "李建华")]
    with pytest.raises(Refused) as refused:
        given([*mine, one], clerk, "林晓", institution=school, proxy_note="介绍信 2026-18")
    assert "陈志远" in sentences(refused)
    assert "机构不能代领" in sentences(refused)
    assert not HandOver.objects.exists()
    with pytest.raises(Refused, match="请写明凭什么领取"):
        given(mine, clerk, "林晓", institution=school)
    made = given(mine, clerk, "林晓", institution=school, proxy_note="介绍信 2026-18")
    assert set(made.certificates.all()) == set(mine)
    assert all(f"由{school.name}领取" in text for text in sent("certificate_handed_over"))


def test_a_pupil_may_come_instead_of_the_institution(school, clerk):
    pupil = of_school(school, "王秀英")
    given([pupil], clerk, "王秀英")
    with pytest.raises(Refused, match="已由王秀英领取"):
        given([pupil], clerk, "林晓", institution=school, proxy_note="介绍信 2026-18")


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"received_by": "  "}, "received_by"), ({"document_checked": False}, "document_checked")],
)
def test_a_name_and_the_look_at_the_document_are_demanded(one, clerk, fields, field):
    with pytest.raises(Refused) as refused:
        given([one], clerk, **fields)
    assert [finding.field for finding in refused.value.findings] == [field]
    assert not HandOver.objects.exists()


def test_every_reason_is_named_at_once_and_nothing_is_noted(one, school, clerk):
    void, unprinted, ending = (of_school(school, name) for name in ("王秀英", "李建华", "赵丽"))
    Certificate.objects.filter(pk=void.pk).update(state="void", ended_at=clock.now())
    Certificate.objects.filter(pk=unprinted.pk).update(file=None)
    Ending.objects.create(
        certificate=ending, kind="reissue", reason="印错", asked_by=clerk, asked_at=clock.now()
    )
    with pytest.raises(Refused) as refused:
        given([one, void, unprinted, ending], clerk, "林晓", proxy_note="委托书")
    text = sentences(refused)
    for name, reason in (("王秀英", "证书已作废"), ("李建华", "还没有印好"), ("赵丽", "正在办理作废或换发")):
        assert f"{name}（" in text
        assert reason in text
    assert "陈志远（" not in text
    assert not HandOver.objects.exists()
    with pytest.raises(Refused, match="没有选择证书"):
        given([], clerk)


# ── Putting right ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_hand_over_is_noted_as_given_back_and_the_certificate_waits_again(one, school, clerk):
    other = of_school(school, "王秀英")
    made = given([one, other], clerk, "陈父", proxy_note="委托书")
    back = hand_back(actor=clerk, given=made, certificate=one, reason="点错了人")
    assert list(to_collect()) == [one]
    assert hand_overs_of([one, other]) == {other.pk: made}
    with pytest.raises(Refused, match="已经登记退回"):
        hand_back(actor=clerk, given=made, certificate=one, reason="再点一次")
    again = given([one], clerk)
    assert hand_overs_of([one]) == {one.pk: again}
    with pytest.raises(Refused, match="已经登记退回"):
        hand_back(actor=clerk, given=made, certificate=one, reason="旧的一次")
    assert list(HandBack.objects.all()) == [back]


def test_a_return_needs_its_reason(one, clerk):
    made = given([one], clerk)
    with pytest.raises(Refused) as refused:
        hand_back(actor=clerk, given=made, certificate=one, reason=" ")
    assert refused.value.findings[0].field == "reason"


def test_the_oldest_certificate_waits_first(one, clerk, wednesday):
    later = make_certificate(factories.make_application(factories.make_person("王秀英")))
    Certificate.objects.filter(pk=later.pk).update(issued_at=clock.now() + timedelta(days=1))
    assert list(to_collect()) == [one, later]
