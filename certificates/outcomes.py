"""What the authorities' systems are told of a person: how each subject went, and the certificate, field by field."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from applicants.identity.documents import DocumentKind
from certificates.models import Certificate
from exams.arrangement.queries import given_up_subjects
from exams.filing.checks import latest_submissions
from exams.filing.groups.exchange.fields import FIELDS, Field
from exams.filing.models import Application
from exams.passes.models import Pass
from exams.results.models import Cancellation, Score
from exams.results.queries import standing_scores
from exams.tickets.models import Ticket
from portal import clock
from portal.rules.wording import SUBJECT_NAMES

CHUNK = 200
RESULTS = (("passed", "合格"), ("failed", "不合格"), ("absent", "缺考"), ("cancelled", "成绩取消"))


@dataclass(frozen=True)
class Outcome:
    """One person's application, and the certificate told of, if any.

    `answers` are those of the latest submission, name and document as on the certificate's face. `scores` and
    `cancelled` by subject, with those on which the certificate rests though an earlier application won them. `place`
    counts from 1 within the file, `given_up` names subjects of this application that are not sat any more.
    """

    application: Application
    answers: Mapping[str, Any]
    scores: Mapping[str, Score]
    cancelled: frozenset[str]
    given_up: frozenset[str]
    ticket_number: str
    certificate: Certificate | None
    place: int


Told = tuple[Application, Certificate | None]


def outcomes(told: Iterable[Told]) -> Iterator[Outcome]:
    """The rows of a file, in the order given, a chunk at a time."""
    waiting, place = iter(told), 0
    while chunk := list(islice(waiting, CHUNK)):
        won_by = _won_by(chunk)
        keys = [application.pk for application, _ in chunk]
        concerned = {key for subjects in won_by for key in subjects.values()}
        answers = {one.application_id: one.answers for one in latest_submissions(keys)}
        scores = {
            (score.application_id, score.subject): score
            for score in standing_scores().filter(application__in=concerned).select_related("seat")
        }
        live = Cancellation.objects.filter(application__in=concerned, lifted_at=None)
        cancelled = set(live.values_list("application", "subject"))
        given_up = given_up_subjects(keys)
        tickets = Ticket.objects.filter(application__in=keys).order_by("version")
        numbers = dict(tickets.values_list("application", "number"))
        for (application, certificate), subjects in zip(chunk, won_by, strict=True):
            place += 1
            asked = [(subject, (key, subject)) for subject, key in subjects.items()]
            yield Outcome(
                application,
                _as_certified(answers[application.pk], certificate),
                {subject: scores[at] for subject, at in asked if at in scores},
                frozenset(subject for subject, at in asked if at in cancelled),
                frozenset(given_up[application.pk]),
                numbers.get(application.pk, ""),
                certificate,
                place,
            )


def _won_by(chunk: Sequence[Told]) -> list[dict[str, UUID]]:
    """For each row: subject → the application its score is of, which for a retake's certificate may be an earlier one."""
    rests: dict[UUID, dict[str, UUID]] = {}
    held = Pass.objects.filter(certificates__in=[one.pk for _, one in chunk if one])
    for certificate, subject, key in held.values_list("certificates", "subject", "application_id"):
        rests.setdefault(certificate, {})[subject] = key
    return [
        {
            **(rests.get(certificate.pk, {}) if certificate else {}),
            **dict.fromkeys(application.subjects, application.pk),
        }
        for application, certificate in chunk
    ]


def _as_certified(answers: Mapping[str, Any], certificate: Certificate | None) -> Mapping[str, Any]:
    """The answers with the name and document that were certified: a correction replaces what was filed."""
    if certificate is None:
        return answers
    face = certificate.face
    kinds = {label: value for value, label in DocumentKind.choices}
    certified = {
        "name": face["name"],
        "document_kind": kinds.get(face["document_kind"], answers["identity"]["document_kind"]),
        "document_number": face["document_number"],
    }
    return {**answers, "identity": {**answers["identity"], **certified}}


# ── Fields ───────────────────────────────────────────────────────────────────────────────────────────────────


def _points(subject: str) -> Callable[[Outcome], str]:
    """As published; nothing where absent, cancelled or not published."""

    def read(one: Outcome) -> str:
        score = one.scores.get(subject)
        stands = score is not None and score.points is not None and subject not in one.cancelled
        return str(score.points) if score and stands else ""

    return read


def _result(subject: str) -> Callable[[Outcome], str]:
    return lambda one: _result_of(one, subject)


def _result_of(one: Outcome, subject: str) -> str:
    if subject in one.cancelled:
        return "cancelled"
    score = one.scores.get(subject)
    if score is None:
        return ""
    if score.points is None:
        return "absent"
    return "passed" if score.passed else "failed"


def _whole(one: Outcome) -> str:
    """Of all subjects of this application; nothing while one is open. What was given up is not passed."""
    results = [
        _result_of(one, subject) for subject in one.application.subjects if subject not in one.given_up
    ]
    if not all(results):
        return ""
    return "passed" if set(results) == {"passed"} and not one.given_up else "failed"


def _sat_on(subject: str) -> Callable[[Outcome], str]:
    def read(one: Outcome) -> str:
        score = one.scores.get(subject)
        return _day(score.seat.starts_at) if score else ""

    return read


def _published_on(one: Outcome) -> str:
    return max((score.published_on.isoformat() for score in one.scores.values()), default="")


def _of_certificate(read: Callable[[Certificate], str]) -> Callable[[Outcome], str]:
    return lambda one: read(one.certificate) if one.certificate else ""


def _digits(read: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda one: read(one).replace("-", "")


def _day(value: date | datetime | None) -> str:
    if value is None:
        return ""
    return (clock.local_day(value) if isinstance(value, datetime) else value).isoformat()


def _replaced_number(certificate: Certificate) -> str:
    return certificate.replaces.number if certificate.replaces else ""


_OF_THE_APPLICATION = (
    "place",
    "name",
    "document_kind",
    "document_number",
    "sex",
    "birth_date",
    "birth_date_digits",
    "phone",
    "general_education",
    "application_number",
    "occupation_name",
    "occupation_code",
    "grade",
    "kind",
    "subjects",
)
_SCORES, _CERTIFICATE, _FILED_BY = "成绩", "证书", "申报机构"
_issued_on = _of_certificate(lambda one: one.issued_on.isoformat())

OUTCOME_FIELDS: Mapping[str, Field] = {
    **{key: FIELDS[key] for key in _OF_THE_APPLICATION},
    "ticket_number": Field("准考证号", _SCORES, lambda one: one.ticket_number, width=16),
    **{
        f"{key}_{subject}": Field(f"{name}{title}", _SCORES, read(subject), choices, width)
        for subject, name in SUBJECT_NAMES.items()
        for key, title, read, choices, width in (
            ("score", "成绩", _points, (), 10),
            ("result", "结果", _result, RESULTS, 10),
            ("sat_on", "考核日期（2026-11-01）", _sat_on, (), 14),
        )
    },
    "result": Field("评价结果（全部科目）", _SCORES, _whole, RESULTS[:2], width=12),
    "published_on": Field("成绩公布日期（2026-11-01）", _SCORES, _published_on, width=14),
    "published_on_digits": Field("成绩公布日期（20261101）", _SCORES, _digits(_published_on), width=14),
    "certificate_number": Field("证书编号", _CERTIFICATE, _of_certificate(lambda one: one.number), width=26),
    "issued_on": Field("发证日期（2026-11-01）", _CERTIFICATE, _issued_on, width=14),
    "issued_on_digits": Field("发证日期（20261101）", _CERTIFICATE, _digits(_issued_on), width=14),
    "certificate_state": Field(
        "证书状态",
        _CERTIFICATE,
        _of_certificate(lambda one: one.state),
        tuple(Certificate.State.choices),
        width=10,
    ),
    "ended_on": Field(
        "作废或换发日期（2026-11-01）",
        _CERTIFICATE,
        _of_certificate(lambda one: _day(one.ended_at)),
        width=14,
    ),
    "replaces_number": Field("换自证书编号", _CERTIFICATE, _of_certificate(_replaced_number), width=26),
    "certificate_body": Field(
        "发证机构", _CERTIFICATE, _of_certificate(lambda one: one.face["body"]), width=24
    ),
    "filed_by": Field(
        "机构名称（个人申报为空）",
        _FILED_BY,
        lambda one: one.application.institution.name if one.application.institution else "",
        width=30,
    ),
    "filed_by_permit": Field(
        "机构办学许可证号",
        _FILED_BY,
        lambda one: one.application.institution.permit_number if one.application.institution else "",
        width=20,
    ),
}
"""By key, in the order in which they are offered. Keys are kept in mappings: they never change."""


def latest_outcomes(number: int = 3) -> Sequence[Outcome]:
    """The latest certificates, for a look at a mapping under change."""
    found = Certificate.objects.select_related(
        "application__person", "application__offering__occupation", "application__institution", "replaces"
    )
    return list(outcomes((one.application, one) for one in found.order_by("-issued_at")[:number]))
