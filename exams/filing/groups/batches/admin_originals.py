"""Originals confirmed form by form: scanned codes, or numbers typed where a code is not legible."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from applicants.accounts.models import Account
from exams.filing.documents import parse_form_code
from exams.filing.groups.batches import deciding as batches
from exams.filing.groups.batches.admin_batches import REVIEW, batch_address, batch_facts, submission_or_404
from exams.filing.groups.batches.admin_forms import ScanForm
from exams.filing.groups.batches.standings import open_entries
from exams.filing.groups.batches.working import confirm_originals
from exams.filing.groups.models import GroupSubmission
from exams.filing.models import Application
from portal.access import staff
from portal.counter.acting import data, page
from portal.rules.findings import Finding, Refused


@staff(REVIEW, "GET", "POST")
def scan_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Several forms at once: who was confirmed, and each line that was not with its reason."""
    submission = submission_or_404(key)
    form = ScanForm(data(request))
    outcome: dict[str, Any] = {}
    if form.is_valid():
        try:
            outcome = _scanned(request.user, submission, form.lines())
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(None, finding.sentence)
        else:
            form = ScanForm()
    return page(
        request,
        "admin/exams/groups/scan.html",
        title="扫描签名原件",
        submission=submission,
        facts=batch_facts(submission)[:3],
        originals=batches.originals_state(submission),
        form=form,
        back=batch_address(submission),
        **outcome,
    )


def _scanned(actor: Account, submission: GroupSubmission, lines: list[str]) -> dict[str, Any]:
    """Confirm what was scanned; who was confirmed, and each line that was not with its reason."""
    batches.refuse_if_concerned(actor, submission)
    ours = {entry.application_id for entry in open_entries(submission).only("application_id")}
    wanted: list[Application] = []
    refused: list[tuple[str, str]] = []
    for line in lines:
        try:
            application = _of_line(line)
        except Refused as refusal:
            refused.append((line[:30], str(refusal)))
            continue
        if application.pk not in ours:
            refused.append((application.number, "不在这次提交的待审核人员中。"))
        else:
            wanted.append(application)
    late = confirm_originals(actor=actor, applications=wanted)
    refused += [(application.number, sentence) for application, sentence in late]
    stopped = {application.pk for application, _ in late}
    return {"confirmed": [one for one in wanted if one.pk not in stopped], "refused": refused}


def _of_line(line: str) -> Application:
    """The application of a scanned code whose form is still the one submitted, or of a number. Raises `Refused`."""
    if line.isdecimal():
        found = Application.objects.select_related("person", "institution").filter(number=line).first()
        if found is not None:
            return found
    application, changed = parse_form_code(line)
    if changed:
        raise Refused(Finding("", "form_changed", "报名表打印以后内容又有改动，须重新打印签字。"))
    return application
