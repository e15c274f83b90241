"""What must always hold of identities and applications; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q

from applicants.identity import documents
from applicants.records.models import DocumentClaim, document_index
from applicants.standing.models import Bar
from exams.filing.models import LIVE, Application, Check, Kind, Quote, Status, Submission, Transition
from exams.filing.transitions import TABLE
from exams.filing.verdicts import still_the_same, stored_verdict
from exams.passes.models import Pass
from portal import clock
from portal.crypto import Unreadable
from portal.registry import Invariant

LIVE_CLAIMS = (DocumentClaim.State.CLAIMED, DocumentClaim.State.VERIFIED)
PAIRS = {pair for rule in TABLE.values() for pair in rule.moves.items()}


def shared_documents() -> Iterator[UUID]:
    """Verified documents held by more than one person."""
    verified = DocumentClaim.objects.filter(state=DocumentClaim.State.VERIFIED)
    shared = verified.values("number_index").annotate(persons=Count("person", distinct=True))
    yield from verified.filter(
        number_index__in=shared.filter(persons__gt=1).values("number_index")
    ).values_list("pk", flat=True)


def unreadable_documents() -> Iterator[UUID]:
    """Document numbers that do not decrypt, or whose index is another number's."""
    for claim in DocumentClaim.objects.iterator():
        try:
            known = claim.number_index in (
                document_index(claim.kind, str(claim.number)),
                claim.number_index_next,
            )
        except Unreadable:
            known = False
        if not known:
            yield claim.pk


def contradicted_documents() -> Iterator[UUID]:
    """Verified numbers that contradict the person's sex or birth date without a note of staff's."""
    verified = DocumentClaim.objects.filter(state=DocumentClaim.State.VERIFIED, exception_note="")
    for claim in verified.select_related("person").iterator():
        try:
            parsed = documents.parse(claim.kind, str(claim.number), on=clock.today())
        except (Unreadable, documents.BadDocument):
            yield claim.pk
            continue
        if documents.agree(parsed, claim.person.sex or None, claim.person.birth_date):
            yield claim.pk


def unfolded_statuses() -> Iterator[UUID]:
    """Applications whose status is not what their transitions lead to."""
    rows = Transition.objects.order_by("application_id", "at", "id").values_list(
        "application_id", "before", "after"
    )
    folded = {}
    for key, steps in groupby(rows.iterator(), key=lambda row: row[0]):
        status: str | None = ""
        for _, before, after in steps:
            status = after if status == before else None
        folded[key] = status
    for key, status in Application.objects.values_list("pk", "status").iterator():
        if folded.get(key) != status:
            yield key


def unlisted_transitions() -> Iterator[UUID]:
    """Applications with a transition that no action of the table makes."""
    rows = Transition.objects.values_list("application_id", "before", "after")
    yield from {key for key, before, after in rows.iterator() if (before, after) not in PAIRS}


def _approved() -> Iterator[tuple[Application, Submission | None]]:
    """Approved applications with their latest submission; checks, corrections and history fetched along."""
    submissions = Submission.objects.defer("answers").order_by("serial").prefetch_related("checks")
    rows = Application.objects.filter(status=Status.APPROVED).select_related("person")
    rows = rows.prefetch_related(Prefetch("submissions", submissions), "transitions", "amendments")
    for application in rows.iterator(chunk_size=200):
        made = list(application.submissions.all())
        yield application, made[-1] if made else None


def approved_without_verdict() -> Iterator[UUID]:
    """Approved applications without a submission, whose verdict does not recompute, or whose route is not met."""
    for application, submission in _approved():
        if submission is None or not still_the_same(submission):
            yield application.pk
        elif application.kind == Kind.REGULAR:
            verdict = stored_verdict(submission)
            if not (verdict.eligible and verdict.route(application.route)["met"]):
                yield application.pk


def approved_unchecked() -> Iterator[UUID]:
    """Approved applications with a failed check, or approved on a submission whose checks were not all passed.

    A correction after approval opens its checks again: those may be unknown for a while, never failed.
    """
    for application, submission in _approved():
        checks = list(submission.checks.all()) if submission else []
        amended = any(row.amended_at > application.approved_at for row in application.amendments.all())
        wrong = (Check.Result.FAILED,) if amended else (Check.Result.FAILED, Check.Result.UNKNOWN)
        if not checks or any(check.result in wrong for check in checks):
            yield application.pk


def approved_by_submitter() -> Iterator[UUID]:
    """Applications approved by the one who submitted them, or by the applicant."""
    for application, submission in _approved():
        approvals = [row for row in application.transitions.all() if row.after == Status.APPROVED]
        own = {None, application.person.account_id, submission.submitted_by_id if submission else None}
        if not approvals or approvals[-1].actor_id in own:
            yield application.pk


def doubled_applications() -> Iterator[UUID]:
    """Live applications of one person for one offering, where there is more than one."""
    live = Application.objects.filter(status__in=LIVE, concluded_at=None)
    for row in live.values("person", "offering").annotate(count=Count("pk")).filter(count__gt=1):
        yield from live.filter(person=row["person"], offering=row["offering"]).values_list("pk", flat=True)


def outside_their_window() -> Iterator[UUID]:
    """Submitted applications none of whose submissions lies in the window they were counted to."""
    moments = Submission.objects.only("application_id", "at")
    rows = Application.objects.exclude(submitted_at=None).select_related("window")
    for application in rows.prefetch_related(Prefetch("submissions", moments)).iterator(chunk_size=500):
        window = application.window
        days = [clock.local_day(row.at) for row in application.submissions.all()]
        if window is None or not any(window.opens_on <= day <= window.closes_on for day in days):
            yield application.pk


def barred_but_admitted() -> Iterator[UUID]:
    """Applications approved on a day on which the person was known to be barred."""
    for bar in Bar.objects.filter(lifted_at=None):
        # A bar imposed afterwards for an earlier day is the decision's to apply, not the approval's fault.
        since = max(clock.start_of(bar.barred_from), bar.created_at)
        until = clock.start_of(bar.barred_until + timedelta(days=1))
        yield from Application.objects.filter(
            person=bar.person_id, status=Status.APPROVED, approved_at__gte=since, approved_at__lt=until
        ).values_list("pk", flat=True)


def wrong_quotes() -> Iterator[UUID]:
    """Quotes whose total is not the sum of their lines, or whose lines are not the pinned schedule's prices."""
    for quote in Quote.objects.select_related("schedule").prefetch_related("schedule__lines").iterator(500):
        prices = {line.subject: line.fen for line in quote.schedule.lines.all()}
        lines = {line["subject"]: line["fen"] for line in quote.lines}
        if sum(lines.values()) != quote.total_fen or not lines.items() <= prices.items():
            yield quote.pk


def approved_without_quote() -> Iterator[UUID]:
    """Approved applications without a live quote, and live quotes of applications that are not approved."""
    priced = Quote.objects.filter(ended_at=None).values("application_id")
    approved = Application.objects.filter(status=Status.APPROVED)
    yield from approved.exclude(pk__in=priced).values_list("pk", flat=True)
    yield from (
        Application.objects.filter(pk__in=priced).exclude(status=Status.APPROVED).values_list("pk", flat=True)
    )


def unforfeited_passes() -> Iterator[UUID]:
    """Passes that an approved application gives up and that still count, or given up without its confirmation."""
    confirmed = Q(pk__in=Application.objects.filter(status=Status.APPROVED).values("forfeitures__given_up"))
    yield from Pass.objects.filter(confirmed, given_up_at=None).values_list("pk", flat=True)
    for row in Pass.objects.exclude(given_up_by=None):
        if not Application.objects.filter(pk=row.given_up_by, forfeitures__given_up=row).exists():
            yield row.pk


def retakes_without_right() -> Iterator[UUID]:
    """Approved retakes of a person who held no pass to keep on the day of approval, or only a competition's."""
    for application in Application.objects.filter(status=Status.APPROVED, kind=Kind.RETAKE).select_related(
        "offering"
    ):
        day = clock.local_day(application.approved_at) if application.approved_at else None
        held = Pass.objects.filter(
            person=application.person_id,
            occupation=application.offering.occupation_id,
            grade=application.offering.grade,
            from_competition=False,
        )
        if day is None or not held.filter(published_on__lte=day, valid_until__gte=day).exists():
            yield application.pk


def passes_out_of_order() -> Iterator[UUID]:
    """Passes valid before they were published, or given up or cancelled without saying by what."""
    yield from Pass.objects.filter(
        Q(valid_until__lt=F("published_on"))
        | Q(given_up_at__isnull=False, given_up_by=None)
        | Q(given_up_at=None, given_up_by__isnull=False)
    ).values_list("pk", flat=True)


INVARIANTS = (
    Invariant("shared_document", "同一证件核对给了不止一人", shared_documents),
    Invariant("unreadable_document", "证件号码不能解密或索引不符", unreadable_documents),
    Invariant("contradicted_document", "证件号码与性别、出生日期不符且无说明", contradicted_documents),
    Invariant("unfolded_status", "申报状态与变更记录不一致", unfolded_statuses),
    Invariant("unlisted_transition", "申报有不允许的状态变更", unlisted_transitions),
    Invariant("approved_without_verdict", "审核通过的申报没有成立的判定", approved_without_verdict),
    Invariant("approved_unchecked", "审核通过的申报有未通过的核对项", approved_unchecked),
    Invariant("approved_by_submitter", "申报由提交人或本人审核", approved_by_submitter),
    Invariant("doubled_application", "同一人同一项目有多份有效申报", doubled_applications),
    Invariant("outside_window", "申报不在所属申报时间内提交", outside_their_window),
    Invariant("barred_but_admitted", "禁考期内审核通过", barred_but_admitted),
    Invariant("wrong_quote", "缴费单合计、明细与收费标准不一致", wrong_quotes),
    Invariant("approved_without_quote", "审核通过与缴费单不对应", approved_without_quote),
    Invariant("unforfeited_pass", "放弃的合格科目与申报确认不一致", unforfeited_passes),
    Invariant("retake_without_right", "补考申报没有可保留的合格科目", retakes_without_right),
    Invariant("pass_out_of_order", "合格科目的日期或放弃记录不完整", passes_out_of_order),
)
