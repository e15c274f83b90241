"""What a holder, and the institution that filed them, see of their certificates; and that nobody sees another's."""

from datetime import date

import pytest
from django.urls import reverse

from applicants.accounts.export import person_data
from certificates.collecting import notify_collection
from certificates.hand_over import hand_back, hand_over
from certificates.models import Certificate
from exams.filing.groups.queries import counts_by_stage
from exams.filing.groups.way import way_of
from exams.filing.models import Application
from exams.filing.timeline import DONE, NEXT, NOW, next_steps
from portal import clock, registry
from portal.models import AccessEntry
from tests import factories
from tests.certificates.world import make_certificate
from tests.groups.factories import make_entry, make_filing
from tests.groups.test_exchange import table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def november(frozen_day):
    frozen_day(date(2026, 11, 25))
    return frozen_day


@pytest.fixture
def clerk():
    return factories.make_staff("周敏")


@pytest.fixture
def one() -> Certificate:
    return make_certificate(factories.make_application(factories.make_person("陈志远")))


@pytest.fixture
def at_home(client, one):
    client.force_login(one.person.account)
    return client


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def mine(client) -> str:
    return text_of(client.get(reverse("certificates:mine")))


def end(certificate: Certificate, state: str, reason: str) -> None:
    certificate.state, certificate.ended_at, certificate.end_reason = state, clock.now(), reason
    certificate.save(update_fields=["state", "ended_at", "end_reason"])


# ── The holder ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_says_what_was_certified_and_where_it_is_now(at_home, one, clerk):
    text = mine(at_home)
    for shown in ("社群健康助理员 四级/中级工", one.number, "2026年11月25日", "正在印制"):
        assert shown in text
    assert one.face["document_number"] not in text
    assert reverse("certificates:mine") in text_of(at_home.get(reverse("tickets:mine")))
    notify_collection(actor=clerk, certificates=[one])
    text = mine(at_home)
    assert "可以领取了，请到受理窗口" in text
    assert "延安西路" in text
    assert "2026年11月25日（周三）、2026年11月30日（周一）、2026年12月2日（周三）" in text
    hand_over(actor=clerk, certificates=[one], received_by="陈志远", document_checked=True)
    text = mine(at_home)
    assert "2026年11月25日（周三）由陈志远领取" in text
    assert "怎样领取" not in text
    end(one, "void", "提供虚假材料")
    assert "请交回受理窗口" in mine(at_home)


def test_the_pdf_is_logged_and_only_that_of_a_certificate_that_stands(at_home, one):
    address = reverse("certificates:download", args=[one.pk])
    answer = at_home.get(address)
    assert b"".join(answer.streaming_content if answer.streaming else [answer.content]).startswith(b"%PDF")
    entry = AccessEntry.objects.get(kind="certificate.downloaded")
    assert (entry.actor_id, entry.person_id) == (str(one.person.account.pk), str(one.person_id))
    end(one, "void", "提供虚假材料")
    assert at_home.get(address)["Location"] == reverse("certificates:mine")
    text = mine(at_home)
    assert "已作废" in text
    assert "提供虚假材料" in text
    assert address not in text


def test_one_that_is_still_being_made_has_no_pdf(at_home, one):
    Certificate.objects.filter(pk=one.pk).update(file=None)
    assert "下载电子版" not in mine(at_home)
    assert at_home.get(reverse("certificates:download", args=[one.pk])).status_code == 302


def test_a_replaced_one_names_the_new_one_to_its_holder(at_home, one):
    end(one, "replaced", "遗失补发")
    newer = make_certificate(one.application, replaces=one)
    text = mine(at_home)
    assert f'换发为 <span class="number">{newer.number}</span>' in text
    assert reverse("certificates:download", args=[newer.pk]) in text


def test_whoever_has_none_is_told_how_one_is_come_by(client):
    client.force_login(factories.make_account())
    assert "您还没有本会发放的职业技能等级证书" in mine(client)


@pytest.mark.parametrize("who", ["another", "member", "staff", "nobody"])
def test_nobody_has_anothers_certificate(client, one, who):
    match who:
        case "another":
            client.force_login(factories.make_person("王秀英").account)
        case "member":
            client.force_login(factories.make_member(factories.make_institution()).account)
        case "staff":
            client.force_login(factories.make_staff())
    answer = client.get(reverse("certificates:download", args=[one.pk]))
    assert answer.status_code == (302 if who == "nobody" else 404)
    assert not AccessEntry.objects.filter(kind="certificate.downloaded").exists()


# ── The time line ────────────────────────────────────────────────────────────────────────────────────────────


def line(application: Application) -> dict[str, tuple[str, str, str]]:
    steps = next_steps(Application.objects.get(pk=application.pk), clock.today())
    return {
        step.code: (step.state, step.title, step.note)
        for step in steps
        if step.code in ("certificate", "collect")
    }


def test_the_time_line_goes_from_issue_to_the_hand(one, clerk):
    application = one.application
    assert line(application)["certificate"][:2] == (DONE, "证书已签发")
    assert line(application)["collect"][0] == NEXT
    notify_collection(actor=clerk, certificates=[one])
    state, _, note = line(application)["collect"]
    assert (state, "延安西路" in note) == (NOW, True)
    given = hand_over(actor=clerk, certificates=[one], received_by="陈志远", document_checked=True)
    assert line(application)["collect"] == (DONE, "证书已领取", "由陈志远领取。")
    hand_back(actor=clerk, given=given, certificate=one, reason="点错了人")
    assert line(application)["collect"][0] == NOW
    end(one, "void", "提供虚假材料")
    assert line(application) == {
        "certificate": (DONE, "证书已作废", f"证书 {one.number} 不再有效：提供虚假材料")
    }


def test_before_the_scores_are_out_both_steps_lie_ahead(one):
    waiting = factories.make_application(factories.make_person("王秀英"))
    assert {code: step[0] for code, step in line(waiting).items()} == {"certificate": NEXT, "collect": NEXT}
    submitted = factories.make_application(factories.make_person("李建华"), status="submitted")
    assert line(submitted) == {}


def test_whoever_did_not_pass_has_neither_step(one):
    failed = factories.make_application(factories.make_person("王秀英"), concluded_at=clock.now())
    assert line(failed) == {}


# ── The institution ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def filing():
    return make_filing()


@pytest.fixture
def pupils(filing):
    names = ("王秀英", "李建华")
    entries = [make_entry(filing, name, stage="approved") for name in names]
    return [make_certificate(entry.application) for entry in entries]


@pytest.fixture
def school(client, filing):
    client.force_login(filing.opened_by)
    return client


def page(client, **query) -> str:
    return text_of(client.get(reverse("certificates:institution", query=query)))


def test_the_institution_sees_its_own_people_and_what_waits(school, filing, pupils, one):
    text = page(school)
    assert (pupils[0].number in text, pupils[1].number in text, one.number in text) == (True, True, False)
    assert '<span class="figure">2</span>' in text
    assert pupils[0].face["document_number"] not in text
    assert reverse("certificates:institution") in text_of(school.get(reverse("groups:home")))
    end(pupils[0], "void", "提供虚假材料")
    only = page(school, place="ended", filing=filing.pk)
    assert (pupils[0].number in only, pupils[1].number in only) == (True, False)
    assert "提供虚假材料" not in only


def test_the_list_to_take_along_and_the_sheet(school, pupils, clerk):
    document = school.get(reverse("certificates:institution-list"))
    assert document.content.startswith(b"%PDF")
    hand_over(
        actor=clerk,
        certificates=pupils,
        received_by="林晓",
        institution=pupils[0].application.institution,
        proxy_note="介绍信",
        document_checked=True,
    )
    again = school.get(reverse("certificates:institution-list"), follow=True)
    assert "现在没有可以领取的证书" in again.content.decode()
    answer = school.get(reverse("certificates:institution-sheet"))
    rows = table(answer.content)
    assert [row[1] for row in rows[1:]] == ["王秀英", "李建华"]
    assert rows[1][2] == f"{pupils[0].face['document_number'][:4]}**********{rows[1][2][-4:]}"
    assert rows[1][-1].startswith("已领取（2026年11月25日，林晓")
    assert "已领取" in page(school, place="taken")
    assert AccessEntry.objects.filter(kind="collection_list.downloaded").count() == 4


@pytest.mark.parametrize("role", ["viewer", "stranger", "applicant", "anonymous"])
def test_who_may_look_and_who_may_take(client, filing, pupils, role):
    match role:
        case "viewer":
            client.force_login(factories.make_member(filing.institution, "viewer").account)
        case "stranger":
            client.force_login(factories.make_member(factories.make_institution("别的学校")).account)
        case "applicant":
            client.force_login(factories.make_account())
    looked = client.get(reverse("certificates:institution"))
    narrowed = client.get(reverse("certificates:institution", query={"filing": filing.pk})).status_code
    took = client.get(reverse("certificates:institution-list")).status_code
    sheet = client.get(reverse("certificates:institution-sheet"))
    wanted = {"viewer": (200, 200, 403), "stranger": (200, 404, 302), "anonymous": (302, 302, 302)}
    assert (looked.status_code, narrowed, took) == wanted.get(role, (403, 403, 403))
    assert pupils[0].number not in looked.content.decode() or role == "viewer"
    if role == "stranger":
        assert len(table(sheet.content)) == 1


def test_the_way_of_the_filing_counts_them(filing, pupils, clerk):
    def step():
        steps = way_of(filing, counts_by_stage(filing), clock.today())
        return next(step for step in steps if step.code == "certificate")

    assert (step().state, step().waiting, step().passed) == (NOW, 2, 0)
    hand_over(actor=clerk, certificates=pupils[:1], received_by="王秀英", document_checked=True)
    assert (step().state, step().waiting, step().passed) == (NOW, 1, 1)
    hand_over(actor=clerk, certificates=pupils[1:], received_by="李建华", document_checked=True)
    assert (step().state, step().waiting, step().passed) == (DONE, 0, 2)
    empty = make_filing(factories.make_member(factories.make_institution("另一所学校")))
    make_entry(empty, "赵丽", stage="approved")
    steps = way_of(empty, counts_by_stage(empty), clock.today())
    assert next(step for step in steps if step.code == "certificate").state == NEXT


# ── Export and deletion ──────────────────────────────────────────────────────────────────────────────────────


def test_the_holders_own_export_has_it_all_and_deletion_says_what_stays(one, clerk):
    other = make_certificate(factories.make_application(factories.make_person("王秀英")))
    notify_collection(actor=clerk, certificates=[one])
    hand_over(
        actor=clerk,
        certificates=[one, other],
        received_by="陈父",
        proxy_note="委托书",
        document_checked=True,
    )
    data = person_data(one.person)
    assert data["职业技能等级证书"][0]["证面"]["number"] == one.number
    (taken,) = data["证书领取"]
    assert (taken["领取人"], taken["领取机构"], taken["委托说明"]) == ("陈父", "", "委托书")
    assert "王秀英" not in str(data["证书领取"])
    kept = [line for holding in registry.holdings for line in holding.kept(one.person)]
    assert any("已签发的职业技能等级证书" in line for line in kept)
