"""Every list of the counter: a fixed number of queries, nothing to delete, nothing the policy forbids."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.arrangement.drawing import fix_candidates
from exams.arrangement.models import ArrangementRun
from exams.filing.groups.models import Clash, GroupSubmission, RosterEntry, RosterUpload
from exams.filing.models import Application, SpecialArrangement
from exams.payments.models import Invoice, Refund, Reversal
from exams.tickets.models import Ticket
from portal import clock
from portal.audit import trail
from portal.files import store
from portal.messages.models import Message
from portal.models import DayException
from tests import factories
from tests.groups.factories import make_filing, make_row

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def address_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_rows(offering, staff, count: int) -> None:
    """One more of everything a list shows, `count` times."""
    starts = datetime(2026, 11, 20, 9, tzinfo=clock.SHANGHAI)
    for _ in range(count):
        application = factories.make_application(offering=offering)
        SpecialArrangement.objects.create(application=application, needs=["wheelchair"])
        payment = factories.pay(application)
        Reversal.objects.create(payment=payment, reason="记错", asked_by=staff, asked_at=clock.now())
        Refund.objects.create(
            application=application, amount_fen=100, reason="退出", asked_by=staff, asked_at=clock.now()
        )
        Invoice.objects.create(application=application, title="个人", asked_at=clock.now())
        session = factories.make_session(offering, "theory", starts)
        starts += timedelta(hours=2)
        factories.seat(application, session)
        fix_candidates(actor=staff, session=session)
        ArrangementRun.objects.create(offering=offering, run_by=staff, run_at=clock.now())
        Ticket.objects.create(
            application=application, number=application.number, opens_on=clock.today(), due_at=clock.now()
        )
        trail.record_access("search", actor=staff, subject=application.person)
        DayException.objects.create(
            day=clock.today() + timedelta(days=DayException.objects.count()), is_working_day=True
        )
        Message.objects.create(
            event="x", channel="sms", text="x", dedupe_key=application.number, created_at=clock.now()
        )
        add_group_rows(application)


def add_group_rows(other: Application) -> None:
    """A filing of an institution of its own, with a roster, a submission, and a person filed elsewhere as well."""
    institution = factories.make_institution(f"第 {other.number} 职业技能培训学校")
    filing = make_filing(factories.make_member(institution))
    file = store.keep(b"sheet", kind="upload_roster", media_type="text/csv", display_name="花名册.csv")
    by, now = filing.opened_by, clock.now()
    RosterUpload.objects.create(filing=filing, kind="roster", file=file, uploaded_by=by, uploaded_at=now)
    act = GroupSubmission.objects.create(filing=filing, serial=1, at=now, by=by, persons=1, totals=[])
    row = make_row(filing)
    entry = RosterEntry.objects.create(
        filing=filing, document_index=row.document_index, row=row, submission=act, added_at=now
    )
    Clash.objects.create(entry=entry, other=other, found_at=now)


def test_every_list_asks_as_much_for_fifty_rows_as_for_one(desk, offering):
    def counts() -> dict[str, int]:
        found = {}
        for model in MODELS:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                answer = desk.get(address_of(model))
            assert answer.status_code == 200, model
            found[model._meta.label] = len(asked)
        return found

    add_rows(offering, desk.staff, 1)
    desk.get(address_of(MODELS[0]))
    at_one = counts()
    add_rows(offering, desk.staff, 49)
    assert counts() == at_one


def test_the_first_page_asks_as_much_for_ten_cases_as_for_one(desk, offering):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(reverse("admin:index")).status_code == 200
        return len(asked)

    add_rows(offering, desk.staff, 1)
    count()
    at_one = count()
    add_rows(offering, desk.staff, 9)
    assert count() == at_one


def test_nothing_can_be_deleted_and_no_bulk_action_is_offered(desk, offering):
    add_rows(offering, desk.staff, 1)
    request = desk.get(reverse("admin:index")).wsgi_request
    for model, model_admin in admin.site._registry.items():
        assert not model_admin.has_delete_permission(request), model
        assert model_admin.get_actions(request) == {}, model
        answer = desk.get(address_of(model))
        assert b"delete_selected" not in answer.content, model
        assert b'name="action"' not in answer.content, model
        row = model._default_manager.first()
        if row is not None:
            path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[row.pk])
            assert desk.post(path, {"post": "yes"}).status_code == 403, model
            assert model._default_manager.filter(pk=row.pk).exists(), model


def test_only_sites_and_rooms_have_a_form_of_the_library(desk, offering):
    request = desk.get(reverse("admin:index")).wsgi_request
    editable = {
        model._meta.model_name
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_add_permission(request) or model_admin.has_change_permission(request)
    }
    assert editable == {"site", "room"}


def test_no_list_needs_what_the_policy_forbids(desk, offering):
    add_rows(offering, desk.staff, 1)
    for model in MODELS:
        answer = desk.get(address_of(model))
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert_clean(answer.content.decode(), model)


def assert_clean(text: str, what: object) -> None:
    assert not re.search(r"<[^>]+\sstyle=", text), what
    assert not re.search(r"<[^>]+\son[a-z]+=", text), what
    assert not re.search(r"<style[\s>]", text), what
    assert not re.search(r"<script(?![^>]*\ssrc=)", text), what


def test_filters_stay_in_the_address(desk, offering):
    for _ in range(51):
        factories.make_application(offering=offering, status="submitted")
    page = desk.get(
        address_of_applications() + "?status__exact=submitted&kind__exact=regular"
    ).content.decode()
    assert "51" in page
    assert re.search(
        r'href="\?[^"]*status__exact=submitted[^"]*p=2|href="\?[^"]*p=2[^"]*status__exact=submitted', page
    )


def address_of_applications() -> str:
    return reverse("admin:exams_application_changelist")


@pytest.mark.django_db
def test_libraries_bring_no_lists_of_their_own():
    assert {model._meta.app_label for model in MODELS} <= {"portal", "applicants", "exams", "certificates"}
