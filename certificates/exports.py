"""Results and certificates for the authorities' systems: one file by a column mapping, and a record of what was in it.

The official look-up stays with the city and the state (N2026-3): their systems are fed from here. Numbers are whole in
the file; every export is logged, and so is each person in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from applicants.accounts.models import Account
from certificates.models import Certificate, IssueBatch, OutcomeExport
from certificates.outcomes import OUTCOME_FIELDS, Told, latest_outcomes, outcomes
from exams.filing.groups.exchange.fields import LaterWorkbook
from exams.filing.groups.exchange.mappings import columns_of, row_texts, width_of
from exams.filing.groups.models import ColumnMapping
from exams.filing.models import Application
from exams.results.models import Cancellation, Score
from exams.results.queries import standing_scores
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.workbook.writing import Heading, write_sheet

CONFIDENTIAL = "内含个人信息，请妥善保管，用后删除"
MOST_ROWS = 5_000
SHIPPED = Path(__file__).parent / "shipped_mappings"
WORKBOOK = LaterWorkbook(OUTCOME_FIELDS, latest_outcomes, SHIPPED)
About = OutcomeExport.About


@dataclass(frozen=True)
class Wanted:
    """What is asked for: scores or certificates of some days (both included, Shanghai), or one batch's certificates."""

    about: str
    since: date | None = None
    until: date | None = None
    batch: IssueBatch | None = None

    def title(self) -> str:
        """As the file is called."""
        what = "证书" if self.about == About.CERTIFICATES else "成绩"
        if self.batch is not None:
            return f"{what}-批次{self.batch.number}"
        return f"{what}-{self.since:%Y%m%d}-{self.until:%Y%m%d}"


@dataclass(frozen=True)
class OutcomeFile:
    """A file and the record of it."""

    data: bytes
    filename: str
    export: OutcomeExport


def told_of(wanted: Wanted) -> list[Told]:
    """Whose rows the file has: each certificate issued or ended, or each application with news of its scores.

    News are scores published or corrected, those taken back that an export had told, and cancellations made or lifted.
    Raises Refused for days that are none, nobody, or too many at once.
    """
    if wanted.batch is None and (wanted.since is None or wanted.until is None or wanted.until < wanted.since):
        raise Refused(Finding("N2026-3", "bad_days", "止日不能早于起日。", field="until"))
    rows = _certificates(wanted) if wanted.about == About.CERTIFICATES else _applications(wanted)
    if not rows:
        raise Refused(Finding("N2026-3", "nobody", "这段时间没有可以导出的内容。"))
    if len(rows) > MOST_ROWS:
        sentence = f"共 {len(rows)} 行，一次最多导出 {MOST_ROWS} 行，请把时间缩短，分几次导出。"
        raise Refused(Finding("N2026-3", "too_many", sentence, field="since"))
    return rows


def export_outcomes(*, actor: Account, wanted: Wanted, mapping: ColumnMapping) -> OutcomeFile:
    """The file by the mapping's columns in their order, every cell text (S10). Raises Refused as `told_of`."""
    if mapping.purpose != ColumnMapping.Purpose.OUTCOMES:
        raise Refused(Finding("", "other_purpose", "这份列对照不是导出成绩和证书用的。", field="mapping"))
    told = told_of(wanted)
    columns = columns_of(mapping)
    data = write_sheet(
        [Heading(title=column.heading, width=width_of(column)) for column in columns],
        (row_texts(columns, one) for one in outcomes(told)),
        title=f"{mapping.name} {wanted.title()}（{CONFIDENTIAL}）",
        sheet=mapping.sheet,
    )
    export = _record(actor, wanted, mapping, told)
    return OutcomeFile(data, f"{wanted.title()}-{len(told)}行（内含个人信息）.xlsx", export)


def first_rows(mapping: ColumnMapping, told: Sequence[Told], number: int = 3) -> list[list[str]]:
    """How the first of them look in the mapping's columns, masked."""
    columns = columns_of(mapping)
    return [row_texts(columns, one, masked=True) for one in outcomes(told[:number])]


def told_before(wanted: Wanted, told: Sequence[Told]) -> int:
    """How many of these rows an earlier export of the same kind had."""
    earlier = OutcomeExport.objects.filter(about=wanted.about)
    name, keys = "applications", {application.pk for application, _ in told}
    if wanted.about == About.CERTIFICATES:
        name, keys = "certificates", {one.pk for _, one in told if one}
    return len(keys & set(earlier.values_list(name, flat=True)))


@transaction.atomic
def _record(actor: Account, wanted: Wanted, mapping: ColumnMapping, told: Sequence[Told]) -> OutcomeExport:
    export = OutcomeExport.objects.create(
        id=uuid4(),
        about=wanted.about,
        since=None if wanted.batch else wanted.since,
        until=None if wanted.batch else wanted.until,
        batch=wanted.batch,
        mapping=mapping,
        columns=mapping.columns,
        rows=len(told),
        made_by=actor,
        made_at=clock.now(),
    )
    export.applications.set({application for application, _ in told})
    export.certificates.set({one for _, one in told if one})
    detail = {"mapping": mapping.pk, "about": wanted.about, "rows": len(told)}
    trail.record("certificates.outcomes_exported", actor=actor, subject=export, detail=detail)
    people = {application.person_id: application.person for application, _ in told}
    trail.record_accesses(
        "outcomes.exported",
        actor=actor,
        looked_at=[(export, one.pk, one.birth_date) for one in people.values()],
    )
    return export


def _certificates(wanted: Wanted) -> list[Told]:
    rows = Certificate.objects.select_related(
        "application__person", "application__offering__occupation", "application__institution", "replaces"
    ).order_by("issued_at", "number")
    if wanted.batch is not None:
        rows = rows.filter(batch=wanted.batch)
    else:
        first, after = _moments(wanted)
        issued = Q(issued_at__gte=first, issued_at__lt=after)
        rows = rows.filter(issued | Q(ended_at__gte=first, ended_at__lt=after))
    return [(one.application, one) for one in rows[: MOST_ROWS + 1]]


def _applications(wanted: Wanted) -> list[Told]:
    """Each with the certificate it has now, if any."""
    keys = {key for found in _news(wanted) for key in found}
    rows = Application.objects.filter(pk__in=keys).select_related(
        "person", "offering__occupation", "institution"
    )
    held: dict[UUID, Certificate] = {
        one.application_id: one
        for one in Certificate.objects.filter(application__in=keys)
        .select_related("replaces")
        .order_by("issued_at")
    }
    return [(one, held.get(one.pk)) for one in rows.order_by("number")[: MOST_ROWS + 1]]


def _news(wanted: Wanted) -> Iterator[QuerySet]:
    first, after = _moments(wanted)
    published = standing_scores().filter(published_at__gte=first, published_at__lt=after)
    yield published.values_list("application", flat=True)
    # Told once, a result stands there until the next file has nothing in its place.
    told = Application.objects.filter(outcome_exports__about=About.SCORES)
    taken_back = Score.objects.filter(retracted_at__gte=first, retracted_at__lt=after, application__in=told)
    yield taken_back.values_list("application", flat=True)
    made = Q(cancelled_at__gte=first, cancelled_at__lt=after)
    lifted = Q(lifted_at__gte=first, lifted_at__lt=after)
    yield Cancellation.objects.filter(made | lifted).values_list("application", flat=True)


def _moments(wanted: Wanted) -> tuple[datetime, datetime]:
    """From the first moment of the first day to the first after the last."""
    assert wanted.since is not None
    assert wanted.until is not None
    return clock.start_of(wanted.since), clock.start_of(wanted.until + timedelta(days=1))
