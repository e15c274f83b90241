"""What happened in a session is written down by two staff, on its day, about people who sat in it."""

from datetime import timedelta

import pytest

from exams.conduct.incidents import Noted, record_incident
from exams.conduct.models import Incident
from portal import clock
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from tests import factories
from tests.conduct.procedure import FACTS, incident_of, sat

AT = timedelta(minutes=35)


def record(hands, session, **values):
    given = {
        "actor": hands.opener,
        "session": session,
        "kind": "behaviour",
        "at": session.starts_at + AT,
        "text": FACTS,
        "witness": hands.decider,
    }
    return record_incident(**(given | values))


def test_a_record_keeps_who_was_warned_and_who_signed(hands):
    session, (seat, other) = sat("陈志远", "林晓梅")
    warned_at = session.starts_at + timedelta(minutes=20)
    incident = record(
        hands,
        session,
        persons=[Noted(seat, warned_at, went_on=True), Noted(other, signature="refused")],
    )
    first, second = incident.persons.order_by("pk")
    assert (first.warned_at, first.went_on, first.signature) == (warned_at, True, "signed")
    assert (second.warned_at, second.went_on, second.signature) == (None, False, "refused")
    assert Incident.objects.get().text == FACTS
    entry = AuditEntry.objects.get(action="conduct.record_incident")
    assert FACTS not in str(entry.detail)


def test_a_disturbance_is_about_nobody(hands):
    session, _ = sat("陈志远")
    assert not record(hands, session, kind="disturbance", text="楼外施工，停考十分钟。").persons.exists()


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"kind": "quarrel"}, "no_kind", "kind"),
        ({"text": " "}, "no_text", "text"),
        ({"at_shift": timedelta(days=-1)}, "other_day", "at"),
        ({"at_shift": timedelta(hours=13)}, "in_future", "at"),
        ({"witness": "self"}, "second_person_needed", "witness"),
        ({"witness": "applicant"}, "not_staff", "witness"),
    ],
)
def test_a_record_that_proves_nothing_is_refused(hands, values, code, field):
    session, _ = sat("陈志远")
    if shift := values.pop("at_shift", None):
        values["at"] = session.starts_at + shift
    if "witness" in values:
        values["witness"] = hands.opener if values["witness"] == "self" else factories.make_account("路人")
    with pytest.raises(Refused) as refusal:
        record(hands, session, **values)
    assert [(one.code, one.field) for one in refusal.value.findings] == [(code, field)]
    assert not Incident.objects.exists()


def test_people_must_have_sat_there_and_be_named_once(hands):
    session, (seat,) = sat("陈志远")
    _, (elsewhere,) = sat("林晓梅", subject="practical")
    late = clock.now() + timedelta(minutes=1)
    bad = [
        (Noted(elsewhere), "other_session"),
        (Noted(seat, None, went_on=True), "no_warning"),
        (Noted(seat, late), "warning_time"),
        (Noted(seat, signature="thumb"), "no_signature"),
    ]
    for noted, code in bad:
        with pytest.raises(Refused) as refusal:
            record(hands, session, persons=[noted])
        assert [one.code for one in refusal.value.findings] == [code]
    with pytest.raises(Refused, match="两次"):
        incident_of(hands, session, seat, seat)
    assert not Incident.objects.exists()
