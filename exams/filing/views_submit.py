"""From the last look to the time line: check, submit, receipt, status, printed form, leaving."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy

from exams.filing import transitions
from exams.filing.access import own_application
from exams.filing.actions.drafting import discard_draft
from exams.filing.actions.leaving import withdraw_application
from exams.filing.actions.quoting import price_of
from exams.filing.actions.submitting import submit_application
from exams.filing.checks import latest_submission
from exams.filing.documents import render_form
from exams.filing.models import Application, Status, Submission
from exams.filing.queries import money_held
from exams.filing.readiness import forfeiture_findings, readiness
from exams.filing.steps import STOPPED, timeline_rows
from exams.filing.summary import evidence_rows, sections_of
from exams.filing.tasklist import step_of, step_url, unmended
from exams.filing.views import editable, not_now, page
from portal import clock
from portal.access import signed_in
from portal.audit.trail import record_access
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.fees import Price
from portal.rules.findings import Finding, Refused
from portal.rules.wording import cite

ELSEWHERE = {"barred": reverse_lazy("conduct:mine")}
"""Where one reads more about a finding that no step puts right."""


@signed_in("GET", "POST")
def check(request: HttpRequest, key: UUID) -> HttpResponse:
    """Check your answers, then submit. A refusal says everything that stands in the way; nothing is lost."""
    application = own_application(request.user, key)
    refused: tuple[Finding, ...] = ()
    if request.method == "POST":
        try:
            submit_application(actor=request.user, application=application)
        except Refused as refusal:
            application.refresh_from_db()
            refused = refusal.findings
        else:
            return redirect("filing:submitted", key)
    if application.status == Status.SUBMITTED:  # sent twice, or from two tabs
        return redirect("filing:submitted", key)
    if not editable(application):
        return not_now(request, application, Refused(*refused)) if refused else redirect("filing:status", key)
    ready = readiness(application, clock.today())
    return page(
        request,
        "check.html",
        application,
        sections=[
            (section, step_url(application, section.step, request.path))
            for section in sections_of(ready.answers)
        ],
        evidence=evidence_rows(ready.answers),
        price=_price(application),
        obstacles=[_obstacle(application, one, request.path) for one in ready.findings],
        unmended=[sentence for sentences in unmended(application, ready).values() for sentence in sentences],
        refused=bool(refused),
        has_errors=bool(refused),
    )


@signed_in("GET")
def submitted(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt of a submission, and what to do next."""
    application = own_application(request.user, key)
    if application.status != Status.SUBMITTED:
        return redirect("filing:status", key)
    submission = _submission(application)
    return page(request, "submitted.html", application, submission=submission, person=application.person)


@signed_in("GET")
def status(request: HttpRequest, key: UUID) -> HttpResponse:
    """The time line: what is done, who must act now and by when, what comes next."""
    application = own_application(request.user, key)
    submission = latest_submission(application)
    quote = application.quotes.filter(ended_at=None).first()
    held = money_held(application)
    return page(
        request,
        "status.html",
        application,
        steps=timeline_rows(application, clock.today()),
        editable=editable(application),
        asks_forfeiture=application.institution_id is not None
        and transitions.allowed(application, "confirm_forfeiture")
        and bool(forfeiture_findings(application, clock.today())),
        ended=application.status in STOPPED,
        submission=submission,
        quote=quote,
        paid=quote is not None and held >= quote.total_fen,
        held=held,
        arrangement=getattr(application, "special_arrangement", None),
        may_withdraw=not held and transitions.allowed(application, "withdraw_application"),
        may_leave=bool(held)
        and transitions.allowed(application, "leave_after_payment")
        and not _begun(application),
        may_discard=transitions.allowed(application, "discard_draft"),
    )


@signed_in("GET")
def answers(request: HttpRequest, key: UUID) -> HttpResponse:
    """What was submitted last, as it was frozen."""
    application = own_application(request.user, key)
    submission = _submission(application)
    return page(
        request,
        "answers.html",
        application,
        submission=submission,
        sections=[(section, "") for section in sections_of(submission.answers)],
        evidence=evidence_rows(submission.answers),
    )


@signed_in("GET")
def form_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    """The application form to print and sign, from the answers of the last submission."""
    application = own_application(request.user, key)
    submission = _submission(application)
    record_access(
        "print_form",
        actor=request.user,
        subject=submission,
        person_id=application.person_id,
        birth_date=application.person.birth_date,
    )
    try:
        document = render_form(submission)
    except MissingGlyph:
        messages.error(
            request, "资料里有一个生僻字，暂时打印不出来。请致电窗口，或带证件原件到窗口当场办理。"
        )
        return redirect("filing:status", key)
    return private_document(document, f"报名表-{application.number}.pdf")


@signed_in("GET", "POST")
def withdraw(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take a submitted application back, its consequences named first."""
    application = own_application(request.user, key)
    try:
        if request.method == "POST":
            withdraw_application(actor=request.user, application=application)
            messages.success(request, f"申报 {application.number} 已撤回。")
            return redirect("filing:status", key)
        transitions.require(application, "withdraw_application")
    except Refused as refusal:
        return not_now(request, application, refusal)
    forfeited = application.forfeitures.select_related("given_up") if application.approved_at else ()
    return page(request, "withdraw.html", application, forfeited=forfeited)


@signed_in("GET", "POST")
def discard(request: HttpRequest, key: UUID) -> HttpResponse:
    """Throw a draft away; the record stays."""
    application = own_application(request.user, key)
    try:
        if request.method == "POST":
            discard_draft(actor=request.user, application=application)
            messages.success(request, f"草稿 {application.number} 已删除。")
            return redirect("my")
        transitions.require(application, "discard_draft")
    except Refused as refusal:
        return not_now(request, application, refusal)
    return page(request, "discard.html", application)


def _begun(application: Application) -> bool:
    """Whether a subject has begun. Seats stand to the right of this slice: read through the relation."""
    return application.seats.filter(released_at=None, starts_at__lte=clock.now()).exists()


def _submission(application: Application) -> Submission:
    submission = latest_submission(application)
    if submission is None:
        raise Http404
    return submission


def _price(application: Application) -> Price | None:
    try:
        return price_of(application, clock.today())
    except Refused:
        return None


def _obstacle(application: Application, finding: Finding, back: str) -> dict[str, str]:
    """A finding as a line: its sentence, where it is put right, and its clause unless the sentence names it."""
    step = step_of(finding)
    clause = cite(finding.clause) if finding.clause else ""
    return {
        "sentence": finding.sentence,
        "url": step_url(application, step, back) if step else ELSEWHERE.get(finding.code, ""),
        "clause": "" if clause in finding.sentence else clause,
    }
