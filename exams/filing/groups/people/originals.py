"""The signed originals (A3-1): a submission's forms in one document, and which of them the institution handed in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db import transaction
from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from applicants.accounts.models import Account
from exams.filing.checks import latest_submissions
from exams.filing.groups.access import demand_role
from exams.filing.groups.models import GroupFiling, GroupSubmission, RosterEntry
from exams.filing.groups.people.printing import ask_for_forms, print_form
from exams.filing.groups.queries import entries_of
from exams.filing.models import Check, Kind, Status, Submission
from portal import clock, pdf
from portal.audit import trail
from portal.files import store
from portal.pdf.faces import unprintable
from portal.rules.findings import Finding, Refused
from portal.rules.wording import GRADE_NAMES

COVER = "exams/filing/groups/forms.html"
A_PART = 500
"""Forms in one document; more come in a second one."""
AT_ONCE = 20
"""Forms not printed yet that a page prints itself; with more the worker is waited for."""
STILL_PRINTING = "still_printing"
"""The finding of a document asked for before its forms are printed."""

PAPERS = {"due": "未交", "handed": "已交出", "confirmed": "窗口已确认"}
"""Where a signed form is, for the submission that counts now."""

_SHOWN_FOR = "（生僻字）"


@dataclass(frozen=True)
class Line:
    """One person on the cover; `printed` is False where the form holds a character that no font prints."""

    place: int
    number: str
    name: str
    wish: str
    printed: bool


def forms_of(submission: GroupSubmission) -> QuerySet[RosterEntry]:
    """The people of a submission whose form is to be signed, in the order of the list."""
    return entries_of(submission.filing).filter(
        submission=submission, application__status__in=[Status.SUBMITTED, Status.APPROVED]
    )


def parts_of(submission: GroupSubmission) -> int:
    """In how many documents the forms come."""
    return -(-forms_of(submission).count() // A_PART)


def group_form_pdf(*, actor: Account, submission: GroupSubmission, part: int = 1) -> bytes:
    """One part of a submission's forms as a PDF, behind a cover that lists them; the look at each is logged.

    Whose form cannot be printed is named on the cover, and the others are there. Raises `Refused` where there is no
    such part, or while a worker is still printing it.
    """
    first = (part - 1) * A_PART
    entries = list(forms_of(submission).select_related("person")[first : first + A_PART]) if part > 0 else []
    if not entries:
        raise Refused(Finding("", "no_forms", "没有可以打印的报名表。审核中和审核通过的人员才有报名表。"))
    filed = {one.application_id: one for one in _latest(entries)}
    due = sum(one.form_tried_at is None for one in filed.values())
    if due > AT_ONCE:
        ask_for_forms()
        sentence = f"报名表正在制作，还有 {due} 份，每份不到一秒。请稍候再点下载。"
        raise Refused(Finding("", STILL_PRINTING, sentence, due))
    lines = []
    for place, entry in enumerate(entries, first + 1):
        form = filed[entry.application_id]
        if form.form_tried_at is None:
            print_form(form)
        lines.append(_line(place, entry, form.form_id is not None))
        _log(actor, entry, form)
    forms = (store.read(one.form) for entry in entries if (one := filed[entry.application_id]).form)
    return pdf.merge(chain([_cover(submission, part, lines)], forms))


def originals_of(filing: GroupFiling) -> QuerySet[RosterEntry]:
    """The people whose signed form the counter waits for or has: each with `paper`, a code of PAPERS."""
    latest = Submission.objects.filter(application=OuterRef("application")).order_by("-serial")
    checked = Check.objects.filter(
        code="signed_form",
        submission__application=OuterRef("application"),
        submission__serial=OuterRef("latest"),
    )
    return (
        entries_of(filing)
        .filter(application__status__in=[Status.SUBMITTED, Status.APPROVED])
        .annotate(latest=Subquery(latest.values("serial")[:1]))
        .annotate(signed=Subquery(checked.values("result")[:1]))
        .annotate(
            paper=Case(
                When(Q(signed=Check.Result.PASSED), then=Value("confirmed")),
                When(handed_in_serial=F("latest"), then=Value("handed")),
                default=Value("due"),
                output_field=CharField(),
            )
        )
    )


def hand_in(*, actor: Account, filing: GroupFiling, entries: Collection[UUID] | None) -> int:
    """Say that the signed forms of these people, or of all that are due, went to the counter; returns how many.

    Each stands for the latest submission: a form printed before something was mended is none. Raises `Refused`.
    """
    return _mark(actor, filing, entries, paper="due", action="hand_in")


def take_back(*, actor: Account, filing: GroupFiling, entries: Collection[UUID]) -> int:
    """Undo `hand_in` for these people, as far as the counter has not confirmed theirs."""
    return _mark(actor, filing, entries, paper="handed", action="take_back")


@transaction.atomic
def _mark(
    actor: Account, filing: GroupFiling, entries: Collection[UUID] | None, *, paper: str, action: str
) -> int:
    demand_role(actor, filing.institution)
    found = originals_of(filing).filter(paper=paper)
    if entries is not None:
        found = found.filter(pk__in=entries)
    keys = list(found.order_by("pk").values_list("pk", flat=True))
    locked = list(RosterEntry.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    serials = {one.application_id: one.serial for one in _latest(locked)} if action == "hand_in" else {}
    now = clock.now() if serials else None
    for entry in locked:
        entry.handed_in_serial = serials.get(entry.application_id)
        entry.handed_in_at, entry.handed_in_by = now, actor if serials else None
        trail.record(f"groups.{action}", actor=actor, subject=entry, person_id=entry.person_id)
    RosterEntry.objects.bulk_update(
        locked, ["handed_in_serial", "handed_in_at", "handed_in_by"], batch_size=200
    )
    if not locked:
        raise Refused(Finding("", "nobody", "所选人员里没有可以登记的，请刷新页面查看。", field="entries"))
    return len(locked)


def _latest(entries: Sequence[RosterEntry]) -> list[Submission]:
    keys = [entry.application_id for entry in entries if entry.application_id is not None]
    return list(
        latest_submissions(keys).select_related(
            "application__person",
            "application__institution",
            "application__window",
            "application__offering",
            "form",
        )
    )


def _line(place: int, entry: RosterEntry, printed: bool) -> Line:
    row, application = entry.row, entry.application
    assert application is not None
    assert row.grade is not None
    name = "".join(_SHOWN_FOR if unprintable(char) else char for char in row.name)
    wish = f"{GRADE_NAMES[row.grade]}{Kind(row.kind).label}"
    return Line(place, application.number, name, wish, printed)


def _log(actor: Account, entry: RosterEntry, form: Submission) -> None:
    trail.record_access(
        "print_form",
        actor=actor,
        subject=form,
        person_id=entry.person_id,
        birth_date=entry.person.birth_date if entry.person else None,
    )


def _cover(submission: GroupSubmission, part: int, lines: Sequence[Line]) -> bytes:
    filing = submission.filing
    context = {
        "filing": filing,
        "submission": submission,
        "part": part,
        "parts": parts_of(submission),
        "lines": lines,
        "unprinted": sum(not line.printed for line in lines),
        "printed": sum(line.printed for line in lines),
    }
    return pdf.render(COVER, context, title=f"团体报名表 {filing.number}")
