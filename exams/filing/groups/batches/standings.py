"""Where each application of a batch stands before the counter: who was drawn, who may be approved together, who not.

Approval together takes what speaks for itself: a verdict that stands, evidence the institution's reviewer saw, a person
who confirmed, the signed original at the counter, an identity nobody disputes (docs/adr/0066). Everything is read for
the whole batch at once, in a number of queries that does not grow with it, and of each row what the reasons ask for.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from applicants.identity import documents
from applicants.records.models import DocumentClaim
from applicants.standing.models import Bar
from exams.filing.actions.amending import AT_THE_DOCUMENT_DESK
from exams.filing.answers import plain
from exams.filing.checks import CHECK_TITLES, latest_submissions
from exams.filing.eligibility import ON_PAPER
from exams.filing.groups.batches.models import SampleDraw
from exams.filing.groups.models import (
    Confirmation,
    GroupFiling,
    GroupSubmission,
    PreliminaryReview,
    RosterEntry,
)
from exams.filing.models import Amendment, Application, Check, Kind, Status, Submission, Transition
from exams.filing.verdicts import stored_verdict
from portal import clock
from portal.rules.findings import Finding
from portal.rules.wording import EVIDENCE_NAMES, cite

LIVE = (DocumentClaim.State.CLAIMED, DocumentClaim.State.VERIFIED)
JUDGED_AT_THE_COUNTER = ("conditions", "photo", *ON_PAPER)
"""Checks that no original seen by the institution answers: judgement, the portrait, and what is signed on paper."""

REASONS = {
    "original_unconfirmed": "签名原件未确认",
    "not_handed_in": "签名原件未交",
    "after_the_draw": "抽查以后才建档",
    "mended": "退回补正后重新提交",
    "revoked": "撤销过审核通过",
    "amended": "窗口更正过内容",
    "route_not_met": "系统判定不符合",
    "not_confirmed": "本人未确认",
    "not_reviewed": "没有初审通过",
    "not_seen": "初审没有核对原件",
    "no_photo": "没有照片",
    "photo_hints": "照片有提示",
    "check_failed": "核对不符合",
    "claim_conflict": "证件冲突",
    "identity_differs": "身份信息不一致",
    "barred": "禁考期内",
}
"""Every code of a reason for looking at somebody alone, in the words of the list's filter."""


@dataclass(frozen=True)
class Standing:
    """One application still to be decided. No `reasons` and not `drawn`: it may be approved together with others."""

    entry: RosterEntry
    application: Application
    serial: int
    drawn: bool
    reasons: tuple[Finding, ...]


@dataclass(frozen=True)
class Approvable:
    """The batch's open applications in three lists, each in the order of the numbers."""

    drawn: list[Standing]
    complete: list[Standing]
    single: list[Standing]

    def reason_counts(self) -> dict[str, int]:
        """How many are held back by what, in the order of `REASONS`, without zeros."""
        found = Counter(code for one in self.single for code in {reason.code for reason in one.reasons})
        return {code: found[code] for code in REASONS if code in found}


@dataclass(frozen=True)
class SampleOutcome:
    """What became of those drawn for a look, by where their applications stand now; in people."""

    drawn: int
    approved: int
    returned: int
    rejected: int

    @property
    def passed(self) -> bool:
        """Whether everybody drawn is approved."""
        return self.approved == self.drawn

    @property
    def other(self) -> int:
        """None of the three: still or again to be decided, or ended otherwise."""
        return self.drawn - self.approved - self.returned - self.rejected

    def __str__(self) -> str:
        words = [f"通过 {self.approved} 人", f"退回 {self.returned} 人"]
        words += [f"不通过 {self.rejected} 人"] if self.rejected else []
        words += [f"其他 {self.other} 人"] if self.other else []
        return f"抽中 {self.drawn} 人：{'，'.join(words)}"


def outcome_of(sample: SampleDraw) -> SampleOutcome:
    """Count where those drawn stand now."""
    stand = Counter(Application.objects.filter(number__in=sample.drawn).values_list("status", flat=True))
    return SampleOutcome(
        len(sample.drawn), stand[Status.APPROVED], stand[Status.RETURNED], stand[Status.REJECTED]
    )


def approvable(submission: GroupSubmission) -> Approvable:
    """Sort the open applications of a submission: drawn for a look, complete, and each other with all its reasons."""
    lists = Approvable([], [], [])
    for one in _standings(submission):
        (lists.drawn if one.drawn else lists.single if one.reasons else lists.complete).append(one)
    return lists


def open_entries(submission: GroupSubmission) -> QuerySet[RosterEntry]:
    """The people of a submission whose applications wait for the counter, in the order of their numbers."""
    return RosterEntry.objects.filter(
        submission=submission, removed_at=None, application__status=Status.SUBMITTED
    ).order_by("application__number")


def drawn_numbers(filing: GroupFiling) -> set[str]:
    """Application numbers drawn in any sample of the filing: who was drawn and returned is looked at again."""
    samples = SampleDraw.objects.filter(submission__filing=filing).values_list("drawn", flat=True)
    return {number for drawn in samples for number in drawn}


def confirmed_by_the_person(entry: RosterEntry) -> bool:
    """Whether the person confirmed the present row; read from the prefetched links."""
    return any(one.row_id == entry.row_id and one.confirmed_at for one in entry.confirmations.all())


def review_of(entry: RosterEntry) -> PreliminaryReview | None:
    """The institution's latest review of the present row; read from the prefetched reviews."""
    of_row = [one for one in entry.reviews.all() if one.row_id == entry.row_id]
    return of_row[-1] if of_row else None


def with_their_reviews(entries: QuerySet[RosterEntry]) -> QuerySet[RosterEntry]:
    """Fetch along what `review_of` and `confirmed_by_the_person` read."""
    reviews = PreliminaryReview.objects.select_related("reviewer").order_by("at")
    return entries.prefetch_related(
        Prefetch("reviews", reviews), Prefetch("confirmations", Confirmation.objects.defer("phone"))
    )


def _standings(submission: GroupSubmission) -> Iterator[Standing]:
    entries = list(
        with_their_reviews(open_entries(submission))
        .select_related("row", "application__person", "application__offering__occupation")
        .defer("row__content")
        .prefetch_related(
            Prefetch("application__transitions", Transition.objects.only("application", "before", "after")),
            Prefetch("application__amendments", Amendment.objects.only("application")),
        )
    )
    around = _Around(submission, [entry.application_id for entry in entries])
    for entry in entries:
        application = entry.application
        assert application is not None
        filed = around.submissions[application.pk]
        yield Standing(
            entry,
            application,
            filed.serial,
            application.number in around.drawn,
            tuple(_reasons(entry, application, filed, around)),
        )


class _Around:
    """What is read once for the whole batch."""

    def __init__(self, submission: GroupSubmission, applications: Collection[UUID]) -> None:
        sample = SampleDraw.objects.filter(submission=submission).first()
        self.candidates = set(sample.candidates) if sample else None
        self.drawn = drawn_numbers(submission.filing)
        checks = Check.objects.only("submission", "code", "result", "note")
        latest = latest_submissions(applications).defer("facts").prefetch_related(Prefetch("checks", checks))
        self.submissions = {one.application_id: one for one in latest}
        of_them = {"person__applications__in": applications}
        claims = DocumentClaim.objects.filter(state__in=LIVE, **of_them).distinct()
        self.claims = {claim.person_id: claim for claim in claims}
        others = DocumentClaim.objects.filter(
            state__in=LIVE, number_index__in=[claim.number_index for claim in self.claims.values()]
        )
        holders: dict[str, set[UUID]] = {}
        for index, person in others.values_list("number_index", "person_id"):
            holders.setdefault(index, set()).add(person)
        self.disputed = {index for index, persons in holders.items() if len(persons) > 1}
        today = clock.today()
        bars = Bar.objects.filter(lifted_at=None, barred_from__lte=today, barred_until__gte=today, **of_them)
        self.barred = set(bars.values_list("person_id", flat=True))


def _reasons(
    entry: RosterEntry, application: Application, filed: Submission, around: _Around
) -> Iterator[Finding]:
    checks = {check.code: check for check in filed.checks.all()}
    yield from _paper(entry, checks, filed)
    if around.candidates is not None and application.number not in around.candidates:
        yield _reason("after_the_draw", "抽查名单定下以后才建档，没有参加抽查。")
    yield from _history(application)
    if application.kind == Kind.REGULAR:
        verdict = stored_verdict(filed)
        if not (verdict.eligible and verdict.route(application.route)["met"]):
            sentence = f"系统判定不符合所选申报条件（{cite(application.route)}）。"
            yield _reason("route_not_met", sentence, application.route)
    yield from _institution_side(entry, checks, filed.answers)
    for code, check in checks.items():
        if check.result == Check.Result.FAILED:
            yield _reason("check_failed", f"“{CHECK_TITLES[code]}”：不符合。{check.note}")
    yield from _identity(application, filed.answers, around)


def _paper(entry: RosterEntry, checks: Mapping[str, Check], filed: Submission) -> Iterator[Finding]:
    if checks["signed_form"].result != Check.Result.UNKNOWN:
        return  # passed, or failed and named with the checks
    if entry.handed_in_serial == filed.serial:
        yield _reason("original_unconfirmed", "机构已交出签名原件，窗口还没有确认。", "A3-1")
    else:
        yield _reason("not_handed_in", "签名原件还没有交来。", "A3-1")


def _history(application: Application) -> Iterator[Finding]:
    moves = {(one.before, one.after) for one in application.transitions.all()}
    if any(after == Status.RETURNED for _, after in moves):
        yield _reason("mended", "退回补正后重新提交，请核对补正的内容。")
    if any(before == Status.APPROVED for before, _ in moves):
        yield _reason("revoked", "审核通过后撤销过，请核对撤销的原因。")
    if application.amendments.all():
        yield _reason("amended", "窗口更正过内容，有关核对项须重新核对。")


def _institution_side(
    entry: RosterEntry, checks: Mapping[str, Check], answers: Mapping[str, Any]
) -> Iterator[Finding]:
    if not confirmed_by_the_person(entry):
        yield _reason("not_confirmed", "本人没有确认现在的内容。")
    review = review_of(entry)
    if review is None or review.result != PreliminaryReview.Result.PASSED:
        yield _reason("not_reviewed", "现在的内容没有初审通过。", "N2026-2.2")
    else:
        unseen = [code for code in checks if code not in JUDGED_AT_THE_COUNTER and code not in review.seen]
        if unseen:
            names = "、".join(EVIDENCE_NAMES[code] for code in unseen)
            yield _reason("not_seen", f"机构初审时没有核对原件：{names}。", "N2026-2.2")
    if not answers["photo"]:
        yield _reason("no_photo", "没有照片。", "N2026-2.5")
    elif entry.portrait_hints:
        yield _reason("photo_hints", "照片自动检查有提示，请看一看照片。", "N2026-2.5")


def _identity(application: Application, answers: Mapping[str, Any], around: _Around) -> Iterator[Finding]:
    person = application.person
    claim = around.claims.get(person.pk)
    if person.pk in around.barred:
        yield _reason("barred", "此人在禁考期内。")
    if claim is None:
        yield _reason("identity_differs", "此人没有有效的身份证件记录。", "A3-1")
        return
    if claim.number_index in around.disputed:
        yield _reason("claim_conflict", "这个证件号码还有别人在用。", "A3-1")
    if any(answers["identity"][field] != plain(getattr(person, field)) for field in AT_THE_DOCUMENT_DESK):
        yield _reason("identity_differs", "姓名、性别或出生日期与此人已有的身份资料不同。", "A3-1")
    elif claim.state == DocumentClaim.State.CLAIMED and _contradicts(claim, application):
        yield _reason("identity_differs", "证件号码与性别或出生日期不一致。", "A3-1")


def _contradicts(claim: DocumentClaim, application: Application) -> bool:
    person = application.person
    known = documents.parse(claim.kind, str(claim.number), on=clock.today())
    return bool(documents.agree(known, person.sex or None, person.birth_date))


def _reason(code: str, sentence: str, clause: str = "") -> Finding:
    return Finding(clause, code, sentence)


def batches_waiting() -> QuerySet[GroupSubmission]:
    """Submissions with applications that wait for the counter, the oldest act first."""
    waiting = RosterEntry.objects.filter(removed_at=None, application__status=Status.SUBMITTED)
    return (
        GroupSubmission.objects.filter(pk__in=waiting.values("submission"))
        .select_related("filing__institution")
        .order_by("at", "pk")
    )


def waiting_in_its_batch(application: Application) -> list[UUID] | None:
    """The open applications of the batch this one came with, by number: those drawn as long as there is another of
    them, then all. None where it came with no batch."""
    entry = RosterEntry.objects.filter(application=application).select_related("submission__filing").first()
    if entry is None or entry.submission is None:
        return None
    drawn = drawn_numbers(entry.submission.filing)
    rows = list(open_entries(entry.submission).values_list("application__number", "application"))
    first = [key for number, key in rows if number in drawn]
    return first if set(first) - {application.pk} else [key for _, key in rows]
