"""Addresses nobody would click: odd keys, odd filters, odd pages. Each is answered, none is a fault."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from exams.filing.models import Application, Status
from tests import factories
from tests.filing.conftest import submitted

QUERIES = (
    "q=%00",
    "q=%F0%9F%98%80%E2%80%AE'\"<script>",
    "q=" + "长" * 3000,
    "o=1.-2.99.x",
    "o=-999999999999999999999",
    "p=99999999999999999999",
    "p=x",
    "all=1",
    "e=1",
    "_popup=1",
    "_to_field=password",
    "nonsense=1",
    "pk__in=x",
    "id__exact=%00",
    "state__exact=%00",
    "status__exact=%00",
    "kind=%00",
    "event__exact=%00",
    "offering__id__exact=99999999999999999999999",
    "offering__id__exact=%D9%A3",
    "person__id__exact=x",
    "person__id__exact=%00",
    "is_active__exact=x",
    "at__gte=x",
    "at__year=99999",
    "at__gte=9999-12-31",
    "opens_on__gte=0000-00-00",
    "opens_on__gte=10000-01-01",
    "site__id__exact=1e9",
    "when=x",
    "waiting=%00",
    "password__startswith=p",
    "number_index__startswith=i1",
)


@pytest.mark.parametrize("query", QUERIES)
def test_every_list_of_the_counter_survives_the_query(clerk, query) -> None:
    for model in admin.site._registry:
        options = model._meta
        answer = clerk.get(f"/counter/{options.app_label}/{options.model_name}/?{query}")
        assert answer.status_code < 500, f"{options.label}?{query}"


@pytest.mark.parametrize(
    "address",
    [
        "/counter/portal/dayexception/2026-02-30/lift/",
        "/counter/portal/dayexception/99999-01-01/lift/",
        "/counter/portal/dayexception/x/lift/",
        "/counter/portal/dayexception/2026-02-30/change/",
        "/counter/exams/site/99999999999999999999999/close/",
        "/counter/exams/room/99999999999999999999999/seats/",
        "/counter/exams/session/queue/99999999999999999999999/",
        "/counter/exams/session/draft/?day=0000-00-00&starts=x&rooms=x&offering=x&subject=%00",
        "/counter/exams/site/%00/change/",
        "/counter/exams/room/x/history/",
        "/counter/exams/occupation/%00/change/",
        "/counter/autocomplete/?term=%00&app_label=exams&model_name=room&field_name=site",
        "/counter/r/99999999999999999999999/x/",
        "/my/?page=" + "9" * 5000,
        "/my/messages/?page=%00",
        "/my/records/entries/%00/",
    ],
)
def test_an_address_made_up_by_hand_is_no_fault(clerk, address) -> None:
    assert clerk.get(address).status_code < 500


def test_the_library_s_redirect_to_an_object_meets_no_fault(clerk) -> None:
    kind = ContentType.objects.get_for_model(Application)
    for key in ("x", "1", "%00", "00000000-0000-4000-8000-000000000000"):
        assert clerk.get(f"/counter/r/{kind.pk}/{key}/").status_code < 500


@pytest.mark.parametrize(
    "field",
    [
        "identity.account",
        "identity.photo",
        "identity.no_such_field",
        "identity.document_number",
        "identity.",
        "identity",
        "jobs.x.employer",
        "jobs..",
        "jobs.{job}.witness_phone",
        "jobs.{job}.person",
        "application.route",
        "__class__.x",
    ],
)
def test_only_what_was_answered_can_be_amended(clerk, offering, person, field) -> None:
    application = submitted(person, offering)
    field = field.format(job=person.jobs.get().pk)
    address = reverse("admin:amend_field", args=[application.pk, field])
    for answer in (
        clerk.get(address),
        clerk.post(address, {"value": "9" * 300, "reason": "试一试"}),
        clerk.post(address, {"value": "\x00", "reason": "试一试"}),
    ):
        assert answer.status_code < 500
        assert "沈岚</option>" not in answer.content.decode()
    person.refresh_from_db()
    assert person.account_id == application.person.account_id
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


def test_a_room_has_no_million_seats(clerk) -> None:
    """Its free places are written out one by one whenever seats are given."""
    site = factories.make_session(
        factories.load_catalogue(), "theory", factories.clock.now() + factories.timedelta(days=9)
    ).site
    for seats in ("1000000", "99999999999999999999", "-1", "x"):
        answer = clerk.post(
            reverse("admin:exams_room_add"), {"site": site.pk, "name": f"大厅{seats}", "seats": seats}
        )
        assert answer.status_code == 200, seats
        assert not site.rooms.filter(name=f"大厅{seats}").exists()


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("applicants/account", "password__startswith=md5"),
        ("applicants/account", "phone_index__startswith=i1"),
        ("applicants/person", "documents__number_index__startswith=i1"),
        ("exams/ticket", "face_digest__startswith=a"),
        ("exams/application", "person__account__password__startswith=md5"),
    ],
)
def test_no_column_is_felt_out_letter_by_letter(clerk, model, lookup) -> None:
    assert clerk.get(f"/counter/{model}/?{lookup}").status_code == 400


def test_the_filters_beside_a_list_and_the_links_to_it_still_work(clerk, offering, person) -> None:
    application = submitted(person, offering)
    lists = reverse("admin:exams_application_changelist")
    wanted = (
        f"person__id__exact={person.pk}&status__exact=submitted",
        f"offering__id__exact={offering.pk}",
        f"window__id__exact={application.window_id}",
    )
    for query in wanted:
        assert application.number in clerk.get(f"{lists}?{query}").content.decode(), query
    for model_admin in admin.site._registry.values():
        address = f"/counter/{model_admin.opts.app_label}/{model_admin.opts.model_name}/"
        page = clerk.get(address)
        if page.status_code != 200 or "cl" not in page.context:  # some lists are pages of our own
            continue
        for filters in page.context["cl"].filter_specs:
            for choice in filters.choices(page.context["cl"]):
                answer = clerk.get(address + choice["query_string"])
                assert answer.status_code == 200, (address, choice)
