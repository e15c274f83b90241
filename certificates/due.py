"""Who is due a certificate: every subject passed and valid on the day the last was sat (N2026-4, N2026-5); else why not.

Looked up for many applications at once, by the person's last concluded application of an occupation and grade: the
passes it rests on may have been won by earlier ones.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, QuerySet

from applicants.records.models import DocumentClaim
from applicants.standing.models import Bar
from certificates.models import Certificate, IssueBatch
from certificates.queries import live_certificates, open_batches
from exams.arrangement.queries import live_seats
from exams.catalogue.models import Offering, Scheme, Subject
from exams.catalogue.queries import scheme_on
from exams.conduct.models import Case, Decision
from exams.filing.models import Application, Status
from exams.passes.models import Pass
from exams.passes.queries import as_rule, credited_passes
from exams.results.queries import open_corrections, open_rechecks
from exams.tickets.sources import reviewed_photos
from portal import clock
from portal.crypto import Unreadable
from portal.files.models import StoredFile
from portal.rules import retakes
from portal.rules.findings import Finding
from portal.rules.validity import Period
from portal.rules.wording import day_text


@dataclass
class Standing:
    """One application's claim to a certificate. `findings`: why there is none yet; none where it is due.

    `passes` are those it would rest on, `remarks` what staff should know before they tick it.
    """

    application: Application
    passes: tuple[Pass, ...] = ()
    document: DocumentClaim | None = None
    photo: StoredFile | None = None
    findings: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def due(self) -> bool:
        return not self.findings

    @property
    def failed(self) -> bool:
        """Only more passes would help: nothing for staff to do."""
        return any(finding.code == "not_passed" for finding in self.findings)


def candidates() -> QuerySet[Application]:
    """The last concluded application of everybody who holds a pass of an offering and has no certificate of it."""
    same = {"person": OuterRef("person"), "offering": OuterRef("offering")}
    later = _concluded().filter(**same, concluded_at__gt=OuterRef("concluded_at"))
    holds = Pass.objects.filter(
        person=OuterRef("person"),
        occupation=OuterRef("offering__occupation"),
        grade=OuterRef("offering__grade"),
        given_up_at=None,
    )
    return (
        _concluded()
        .filter(Exists(holds))
        .exclude(Exists(later))
        .exclude(Exists(live_certificates().filter(**same)))
        .order_by("concluded_at", "number")
    )


def _concluded() -> QuerySet[Application]:
    return Application.objects.filter(status=Status.APPROVED, concluded_at__isnull=False)


def standing_of(application: Application, on: date) -> Standing:
    """The claim of one application on the day."""
    (row,) = read_standings([application], on)
    return row


def read_standings(
    applications: Sequence[Application], on: date, *, batch: IssueBatch | None = None
) -> list[Standing]:
    """The claims of these applications, in their order, in a fixed number of queries.

    `batch`: the open batch they are looked at for; being in another one is a reason to wait.
    """
    rows = _Rows(applications, on, batch)
    return [_standing(application, rows) for application in applications]


class _Rows:
    """Everything the claims read, fetched for all of them at once."""

    def __init__(self, applications: Sequence[Application], on: date, batch: IssueBatch | None) -> None:
        keys = [one.pk for one in applications]
        people = {one.person_id for one in applications}
        self.last_sat: dict[UUID, datetime] = dict(
            live_seats()
            .filter(application__in=keys)
            .values("application")
            .annotate(last=Max("ends_at"))
            .values_list("application", "last")
        )
        concluded = _concluded().filter(person__in=people).order_by("concluded_at")
        self.latest: dict[tuple[UUID, int], Application] = {
            (one.person_id, one.offering_id): one for one in concluded
        }
        self.passes: dict[tuple[UUID, str, int], list[Pass]] = defaultdict(list)
        for row in (
            Pass.objects.filter(person__in=people).select_related("scheme").order_by("published_on", "pk")
        ):
            self.passes[row.person_id, row.occupation_id, row.grade].append(row)
        self.schemes: dict[int, list[Scheme]] = defaultdict(list)
        for scheme in Scheme.objects.filter(offering__in={one.offering_id for one in applications}):
            self.schemes[scheme.offering_id].append(scheme)
        won_by = {row.application_id for rows in self.passes.values() for row in rows}
        open_questions = (
            open_rechecks().filter(score__application__in=won_by),
            open_corrections().filter(score__application__in=won_by),
        )
        self.questioned: set[tuple[UUID, str]] = {
            key for rows in open_questions for key in rows.values_list("score__application", "score__subject")
        }
        self.bars: dict[UUID, Bar] = {
            bar.person_id: bar
            for bar in Bar.objects.filter(
                person__in=people, lifted_at=None, barred_from__lte=on, barred_until__gte=on
            ).order_by("barred_until")
        }
        verified = DocumentClaim.objects.filter(person__in=people, state=DocumentClaim.State.VERIFIED)
        self.documents: dict[UUID, DocumentClaim] = {claim.person_id: claim for claim in verified}
        self.photos = reviewed_photos(keys)
        self.certificates: dict[tuple[UUID, int], list[Certificate]] = defaultdict(list)
        for certificate in Certificate.objects.filter(person__in=people).order_by("issued_at"):
            self.certificates[certificate.person_id, certificate.offering_id].append(certificate)
        others = open_batches().filter(applications__in=keys)
        if batch is not None:
            others = others.exclude(pk=batch.pk)
        self.batches: dict[UUID, str] = dict(others.values_list("applications", "number"))
        undecided = ~Exists(Decision.objects.filter(case=OuterRef("pk"), reversed_at=None))
        cases = Case.objects.filter(undecided, application__in=won_by | set(keys), dropped_at=None)
        self.cases: dict[UUID, str] = dict(cases.values_list("person", "number"))
        self.subjects = cache(_subjects)


def _subjects(offering: Offering, on: date) -> tuple[Scheme | None, tuple[str, ...]]:
    scheme = scheme_on(offering, on)
    return scheme, tuple(row.subject for row in scheme.subjects.all()) if scheme else ()


def _standing(application: Application, rows: _Rows) -> Standing:
    person, offering = application.person, application.offering
    photo = rows.photos.get(application.pk, person.photo)
    found = Standing(
        application,
        document=rows.documents.get(person.pk),
        photo=photo.print_copy if photo else None,
    )
    if application.status != Status.APPROVED or application.concluded_at is None:
        found.findings = [Finding("N2026-5", "not_concluded", "还有科目的成绩没有公布，申报尚未办结。")]
        return found
    latest = rows.latest.get((person.pk, offering.pk), application)
    if latest.concluded_at is not None and latest.concluded_at > application.concluded_at:
        # Judged by the day of this one, a pass would count that had ended when the later one was sat.
        sentence = f"之后另有申报 {latest.number} 已经办结，按那一份判断能否发证。"
        found.findings = [Finding("N2026-4", "not_the_latest", sentence)]
        return found
    found.passes, found.findings = _passes(application, rows)
    if any((row.application_id, row.subject) in rows.questioned for row in found.passes):
        sentence = "有科目的成绩正在复核或更正，答复以后再发证。"
        found.findings.append(Finding("N2026-3", "score_frozen", sentence))
    if bar := rows.bars.get(person.pk):
        sentence = f"在禁考期内（至 {day_text(bar.barred_until)}，含当日）。"
        found.findings.append(Finding(bar.clause, "barred", sentence))
    if found.document is None:
        sentence = "身份证件尚未在窗口核对原件。"
        found.findings.append(Finding("N2026-6", "no_document", sentence))
    elif not _readable(found.document):
        sentence = "证件号码无法解密，请联系管理员。"
        found.findings.append(Finding("", "unreadable_document", sentence))
    if found.photo is None:
        found.findings.append(Finding("N2026-5", "no_photo", "没有可用的照片。"))
    earlier = rows.certificates[person.pk, offering.pk]
    if live := [one.number for one in earlier if one.state == Certificate.State.VALID]:
        sentence = f"已有这个职业和等级的有效证书 {live[0]}。"
        found.findings.append(Finding("N2026-5", "has_certificate", sentence))
    if number := rows.batches.get(application.pk):
        sentence = f"已列入待签发的批次 {number}。"
        found.findings.append(Finding("", "in_batch", sentence))
    found.remarks = [
        f"曾有证书 {one.number}，{day_text(clock.local_day(one.ended_at))}作废：{one.end_reason}"
        for one in earlier
        if one.state == Certificate.State.VOID and one.ended_at
    ]
    if case := rows.cases.get(person.pk):
        found.remarks.append(f"有违纪违规案件 {case} 正在办理，尚未作出决定。")
    return found


def _passes(application: Application, rows: _Rows) -> tuple[tuple[Pass, ...], list[Finding]]:
    """The passes a certificate would rest on, one a subject; and what is missing."""
    offering, last = application.offering, rows.last_sat.get(application.pk)
    assert application.concluded_at is not None
    day = clock.local_day(last or application.concluded_at)
    scheme, subjects = rows.subjects(offering, day)
    if scheme is None:
        return (), [Finding("N2026-7", "no_scheme", "考核当日没有已公布的考核方案。")]
    # Whoever failed in the competition cannot retake: what was passed there is added to nothing (N2026-4.4).
    held = [
        row
        for row in rows.passes[application.person_id, offering.occupation_id, offering.grade]
        if not row.from_competition
    ]
    counting = [row for row in held if _as_sat(row, day).counts(day)]
    credited, _, published = credited_passes(counting, scheme, rows.schemes[offering.pk])
    if not published:
        sentence = "考核模式已有变化，补考方案尚未公布，不能确定之前的合格科目抵哪一科。"
        return (), [Finding("N2026-4.3", "waits_for_plan", sentence)]
    rules = [_as_sat(row, day, subject) for row, subject in credited]
    # Its own passes last, so that they take the place of what earlier applications won.
    ordered = sorted(credited, key=lambda pair: pair[0].application_id == application.pk)
    by_subject = {subject: row for row, subject in ordered}
    chosen = tuple(by_subject[subject] for subject in subjects if subject in by_subject)
    if retakes.certificate_due(subjects, rules, day):
        return chosen, []
    missing = retakes.subjects_to_sit(subjects, rules, day)
    return chosen, [_missing(subject, held, day) for subject in missing]


def _as_sat(row: Pass, day: date, credited_to: str | None = None) -> retakes.Pass:
    """The pass as it counts on the day the last subject was sat, also where it was published later (N2026-4.1)."""
    rule = as_rule(row, credited_to)
    first = min(rule.period.first_day, day)
    return retakes.Pass(
        rule.subject, Period(first, rule.period.last_day), rule.cancelled, rule.given_up, rule.credited_to
    )


def _missing(subject: str, held: Iterable[Pass], day: date) -> Finding:
    label = Subject(subject).label
    last = max(
        (row for row in held if row.subject == subject), key=lambda row: row.published_on, default=None
    )
    if last is None:
        return Finding("N2026-4.1", "not_passed", f"{label}未合格。")
    if last.cancelled_at is not None:
        return Finding("A3-end", "not_passed", f"{label}的成绩已被取消。")
    if last.given_up_at is not None:
        return Finding("N2026-4.2", "not_passed", f"{label}的合格成绩因重新申报而不再保留。")
    if last.valid_until < day:
        sentence = f"{label}的合格成绩到 {day_text(last.valid_until)} 为止，考最后一科时已过有效期。"
        return Finding("N2026-4.1", "not_passed", sentence)
    return Finding("N2026-4.3", "not_passed", f"{label}的合格成绩按补考方案不抵现行科目。")


def _readable(claim: DocumentClaim) -> bool:
    try:
        return bool(claim.number)
    except Unreadable:
        return False
