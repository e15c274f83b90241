"""The review screen: facts with the evidence beside them, the machine's verdict and the person's, what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from applicants.accounts.models import Account
from applicants.records.claims import conflicting_claims
from applicants.records.issued import issued_for
from applicants.records.models import DocumentClaim, Evidence, Person, Photo
from applicants.records.queries import live_document
from exams.filing import transitions
from exams.filing.answers import ROW_FIELDS
from exams.filing.checks import CHECK_TITLES, latest_submission
from exams.filing.groups.batches.group_facts import group_facts
from exams.filing.groups.batches.standings import waiting_in_its_batch
from exams.filing.models import Application, Check, Kind, Submission
from exams.filing.queries import to_review
from exams.filing.steps import timeline_rows
from exams.filing.summary import MODELS, SECTIONS, Section, sections_of
from exams.filing.verdicts import recompute, still_the_same
from portal import clock
from portal.access import staff
from portal.audit.history import history_of_person
from portal.counter.acting import page

# action → (permission, words on the button, address, kind of button)
BUTTONS = (
    ("approve_application", "exams.review_application", "审核通过", "approve_application", "primary"),
    ("return_application", "exams.review_application", "退回补正", "return_application", ""),
    ("reject_application", "exams.review_application", "审核不通过", "reject_application", "danger"),
    ("revoke_approval", "exams.review_application", "撤销审核通过", "revoke_approval", "danger"),
    ("reopen_rejected", "exams.review_application", "重新审核", "reopen_rejected", ""),
    ("set_assess_by", "exams.review_application", "另定评价截止日", "set_assess_by", ""),
    ("cancel_application", "exams.review_application", "取消申报", "cancel_application", "danger"),
)

# step → the fields of the person that are shown with it and may be corrected
OWN_FIELDS = {"identity": ("name", "sex", "birth_date"), "schooling": ("general_education",)}


@dataclass(frozen=True)
class FactShown:
    """A section of the answers with its files; `amend` are (field's name, address) of what may be corrected."""

    section: Section
    entries: list[dict[str, Any]]
    files: list[Evidence]
    amend: list[tuple[str, str]]


@staff("exams.view_application", "GET")
def review_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One application on one screen."""
    application = get_object_or_404(
        Application.objects.select_related(
            "person__account", "offering__occupation", "window", "institution", "special_arrangement"
        ),
        pk=key,
    )
    submission = latest_submission(application)
    return page(
        request,
        "admin/exams/review.html",
        title=f"{application.person.name} 的申报",
        application=application,
        submission=submission,
        group=group_facts(application),
        here="review",
        next_case=next_case(application),
        steps=staff_steps(application),
        buttons=_buttons(application, request.user),
        form_changed=request.GET.get("form") == "changed",
        form_same=request.GET.get("form") == "same",
        history=history_of_person(application.person_id),
        **(_submitted(application, submission) if submission else {}),
        **_identity(application),
    )


def staff_steps(application: Application) -> list[dict[str, Any]]:
    """The applicant's time line as staff read it: without the applicant's links, and 您 is the applicant."""
    rows = timeline_rows(application, clock.today())
    return [{**row, "url": "", "who": row["who"].replace("您", "申报人")} for row in rows]


def next_case(application: Application) -> str:
    """The address of the case after this one in the queue of those to review, or of the first; "" where none waits.

    Within a group's batch the next one is of the same batch, those drawn first.
    """
    waiting = waiting_in_its_batch(application)
    if waiting is None:
        waiting = list(to_review().values_list("pk", flat=True))
    if application.pk in waiting:
        place = waiting.index(application.pk) + 1
        waiting = waiting[place:] + waiting[: place - 1]
    return reverse("admin:exams_application_change", args=[waiting[0]]) if waiting else ""


def _submitted(application: Application, submission: Submission) -> dict[str, Any]:
    answers = submission.answers
    files = _files(answers)
    checks = list(submission.checks.select_related("checked_by").order_by("code"))
    checks.sort(key=lambda check: list(CHECK_TITLES).index(check.code))
    return {
        "facts": _facts(application, answers, files),
        "photo": Photo.objects.filter(pk=answers["photo"] or None).first(),
        "checks": [(check, CHECK_TITLES[check.code]) for check in checks],
        "open_checks": sum(check.result != Check.Result.PASSED for check in checks),
        "may_check": transitions.allowed(application, "record_check"),
        "verdict_found": recompute(submission) if application.kind == Kind.REGULAR else None,
        "verdict_stands": still_the_same(submission),
        "minimum_education": answers["application"]["minimum_education"],
        "amendments": [
            (row, field_title(row.field)) for row in application.amendments.select_related("amended_by")
        ],
        "transitions": [
            (row, [reason.get("sentence") or reason.get("note", "") for reason in row.reasons])
            for row in application.transitions.select_related("actor")
        ],
    }


def _identity(application: Application) -> dict[str, Any]:
    claim = live_document(application.person)
    conflicts = list(conflicting_claims(claim).select_related("person")) if claim else []
    return {
        "claim": claim,
        "claim_open": claim is not None and claim.state == DocumentClaim.State.CLAIMED,
        "conflicts": conflicts,
    }


def _files(answers: Mapping[str, Any]) -> list[Evidence]:
    keys = [row["id"] for row in answers["evidence"]]
    return list(Evidence.objects.filter(pk__in=keys).select_related("file").order_by("added_at", "id"))


def _facts(application: Application, answers: Mapping[str, Any], files: list[Evidence]) -> list[FactShown]:
    kinds = {step: kind for kind, step, _ in SECTIONS}
    issued = issued_for([UUID(row["id"]) for row in answers["credentials"]])
    may_amend = transitions.allowed(application, "amend_field")
    shown = []
    for section in sections_of(answers):
        kind = kinds.get(section.step)
        entries = []
        for (heading, rows), answer in zip(section.entries, answers[kind] if kind else [], strict=True):
            entries.append(
                {
                    "heading": heading,
                    "rows": rows,
                    "files": [one for one in files if str(_entry_of(one) or "") == answer["id"]],
                    "issued": issued.get(UUID(answer["id"])),
                    "amend": _amendable(application, f"{kind}.{answer['id']}", ROW_FIELDS[kind])
                    if may_amend and kind
                    else [],
                }
            )
        own = [one for one in files if _entry_of(one) is None and _step_of(one) == section.step]
        amend = _amendable(application, "identity", OWN_FIELDS.get(section.step, ())) if may_amend else []
        shown.append(FactShown(section, entries, own, amend))
    return shown


def _entry_of(file: Evidence) -> UUID | None:
    return file.job_id or file.credential_id or file.title_id or file.schooling_id


def _step_of(file: Evidence) -> str:
    """Where a file that belongs to no single entry is shown."""
    steps = {
        "identity_document": "identity",
        "work_proof": "work",
        "credential": "credentials",
        "title": "titles",
    }
    return steps.get(file.code, "schooling")


def _amendable(application: Application, prefix: str, fields: tuple[str, ...]) -> list[tuple[str, str]]:
    return [
        (
            field_title(f"{prefix}.{name}"),
            reverse("admin:amend_field", args=[application.pk, f"{prefix}.{name}"]),
        )
        for name in fields
    ]


def field_title(field: str) -> str:
    """The Chinese name of an answer's field: `jobs.<row id>.started_on` → 工作经历：开始日期."""
    part, _, rest = field.partition(".")
    if part == "identity":
        return str(Person._meta.get_field(rest).verbose_name)
    model = MODELS[part]
    return f"{model._meta.verbose_name}：{model._meta.get_field(rest.rpartition('.')[2]).verbose_name}"


def _buttons(application: Application, user: Account) -> list[dict[str, str]]:
    return [
        {"words": words, "url": reverse(f"admin:{name}", args=[application.pk]), "kind": kind}
        for action, permission, words, name, kind in BUTTONS
        if transitions.allowed(application, action) and user.has_perm(permission)
    ]
