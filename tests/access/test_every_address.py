"""Every address × role × method is decided: the resolver is walked, the counter's pages included."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portal.access import GUARDED_ELSEWHERE, Access, declared_access
from tests.factories import make_institution, make_member, make_person, make_staff

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOWHERE = UUID(int=0)
SAMPLES = {"uuid": NOWHERE, "int": 0, "str": "x", "slug": "x", "path": "x"}


def walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Each address with its parameters filled by something that is not there."""
    for entry in patterns:
        route = prefix + _filled(entry)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, route)
        else:
            yield route, entry


def _filled(entry: URLPattern | URLResolver) -> str:
    route = getattr(entry.pattern, "_route", None)
    if route is None:  # a regular expression: the counter's last resort and its app lists
        return str(entry.pattern).strip("^$").replace("(?P<app_label>", "").replace(")", "").split("|")[0]
    for name, converter in entry.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        sample = str(SAMPLES.get("str" if kind == "string" else kind, "0"))
        for written in (f"<{kind}:{name}>", f"<{'str' if kind == 'string' else kind}:{name}>", f"<{name}>"):
            route = route.replace(written, sample)
    return route


ADDRESSES = sorted(walk(get_resolver().url_patterns), key=lambda found: found[0])
DECLARED = [(route, entry.callback.access) for route, entry in ADDRESSES if hasattr(entry.callback, "access")]
COUNTER = [route for route, _ in ADDRESSES if route.startswith("counter/")]


def names(found: list[tuple[str, Access]]) -> list[str]:
    return [route or "/" for route, _ in found]


def guard(answer: Any) -> str:
    """How the guard answered: sent to log in, 403, 405; empty where it let the request in."""
    if answer.status_code in {403, 405}:
        return str(answer.status_code)
    sent = answer.status_code == 302 and answer["Location"].startswith(("/account/login/", "/counter/login/"))
    return "login" if sent else ""


def test_the_walk_finds_the_whole_portal() -> None:
    routes = {route for route, _ in ADDRESSES}
    assert {"", "account/signup/", "counter/", "account/security/"} <= routes
    assert len(ADDRESSES) > 60


def test_every_view_declares_its_access() -> None:
    undeclared = [route for route, entry in ADDRESSES if declared_access(entry.callback) is None]
    assert undeclared == []


@pytest.mark.django_db
def test_a_view_that_declares_nothing_is_refused_by_the_middleware(settings) -> None:
    settings.ROOT_URLCONF = "tests.access.undeclared_urls"
    assert Client().get("/open-by-mistake/").status_code == 403


def test_no_prefix_excuses_a_view_of_ours() -> None:
    ours = ("applicants.", "exams.", "certificates.")
    assert not [prefix for prefix in GUARDED_ELSEWHERE if prefix.startswith(ours)]


@pytest.fixture
def people(db) -> dict[str, Client]:
    """One client a role, logged in."""
    accounts = {
        "applicant": make_person("走查甲").account,
        "member": make_member(make_institution("走查学校")).account,
        "staff without permission": make_staff("走查乙", "exams.no_such_permission"),
    }
    clients = {"anonymous": Client(raise_request_exception=False)}
    for role, account in accounts.items():
        clients[role] = Client(raise_request_exception=False)
        clients[role].force_login(account)
    return clients


def expected(route: str, access: Access, role: str, method: str) -> str:
    """What the guard answers. A visitor without an account is sent to log in before anything is told."""
    at_counter = route.startswith("counter/")
    if at_counter and role != "staff without permission":
        return "login"  # which answers 403 to those who are logged in and no staff: see below
    if method not in access.methods:
        return "405"
    if access.kind == "public":
        return ""
    if role == "anonymous":
        return "login"
    if access.kind == "signed_in" or (access.kind, role) == ("member", "member"):
        return ""
    return "403"


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "access"), DECLARED, ids=names(DECLARED))
def test_each_role_meets_the_guard(people, settings, route: str, access: Access) -> None:
    settings.STAFF_SECOND_FACTOR = False
    for role, client in people.items():
        for method in METHODS:
            answer = client.generic(method, f"/{route}")
            wanted, met = expected(route, access, role, method), guard(answer)
            where = f"{role} {method} /{route} → {answer.status_code}"
            if wanted:
                assert met == wanted, where
            else:
                # Let in, the view may itself send to the log-in or refuse; it never fails.
                assert answer.status_code < 500, where


@pytest.mark.django_db
@pytest.mark.parametrize("route", COUNTER)
def test_the_counter_lets_nobody_in_who_is_not_staff(people, settings, route: str) -> None:
    settings.STAFF_SECOND_FACTOR = False
    if route == "counter/logout/":
        return  # says so and ends nothing that is not there
    for role in ("anonymous", "applicant", "member"):
        for method in ("GET", "POST"):
            answer = people[role].generic(method, f"/{route}", follow=False)
            if route == "counter/login/" and role != "anonymous":
                assert answer.status_code == 403
            else:
                assert guard(answer) in {"login", "403", "405"}, f"{role} {method} /{route}"


@pytest.mark.django_db
@pytest.mark.parametrize("route", COUNTER)
def test_the_counter_lets_no_staff_in_without_the_second_factor(settings, route: str) -> None:
    settings.STAFF_SECOND_FACTOR = True
    if route == "counter/logout/":
        return
    client = Client()
    client.force_login(make_staff())
    for method in ("GET", "POST"):
        answer = client.generic(method, f"/{route}")
        if route == "counter/login/":
            assert answer["Location"] == reverse("mfa_index")
        else:
            assert guard(answer) in {"login", "405"} or answer["Location"] == reverse("mfa_index"), route
