"""What would come of every open case on a day, by the catalogue as it stands: in sentences that can be compared.

What is frozen is not here: a quote keeps its price, a published score its validity, a decision its bar; a changed rule
does not reach back. Here is what is still to be judged.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, Model, OuterRef, QuerySet

from exams.arrangement.models import Seat
from exams.arrangement.offers import offers_to_give_up
from exams.arrangement.queries import given_up_subjects, live_seats
from exams.catalogue.models import (
    FeeLine,
    FeeSchedule,
    FilingWindow,
    ListedAct,
    Occupation,
    Offering,
    PolicyValue,
    Scheme,
    SchemeSubject,
    Subject,
)
from exams.catalogue.queries import scheme_on
from exams.conduct.models import Case
from exams.filing.actions.quoting import last_day_to_pay, price_of
from exams.filing.groups.models import RosterEntry
from exams.filing.groups.rosters.checking import Context, check_row, read_context
from exams.filing.models import LIVE, Application, Status
from exams.filing.readiness import readiness
from exams.passes.models import Pass
from exams.passes.queries import retake_possibility
from exams.results.giving_up import terms_of
from exams.results.queries import standing_scores
from exams.results.rechecks import recheck_until
from portal import clock
from portal.rules.findings import Refused
from portal.rules.wording import day_text, money_text

_SCHEMES: tuple[type[Model], ...] = (Scheme, SchemeSubject)
_FEES: tuple[type[Model], ...] = (FeeSchedule, FeeLine)
_WHO_MAY: tuple[type[Model], ...] = (Occupation, Offering, FilingWindow, *_SCHEMES)


@dataclass(frozen=True)
class Aspect:
    """One thing that is still open in a case: what it is called, what would come of it, and what decides it.

    `decided_by`: tables of the catalogue; of those that belong to an offering, only the rows of `offering`.
    """

    label: str
    text: str
    decided_by: tuple[type[Model], ...]
    offering: Offering | None = None


@dataclass(frozen=True)
class Outcome:
    """A case by its kind and number (never a name or document), with all that is open in it."""

    kind: str
    number: str
    aspects: tuple[Aspect, ...]


def outcomes(on: date) -> Iterator[Outcome]:
    """Every open case of every kind, each read as on the day."""
    for read in _KINDS:
        yield from read(on)


def _to_submit(on: date) -> Iterator[Outcome]:
    rows = _applications(Status.DRAFT, Status.RETURNED).filter(roster_entry=None)
    for application in rows:
        findings = readiness(application, on).findings
        text = "".join(one.sentence for one in findings) or "可以提交。"
        yield Outcome(
            "待提交的申报",
            application.number,
            (Aspect("能否提交", text, _WHO_MAY, application.offering), _price(application, on)),
        )


def _to_approve(on: date) -> Iterator[Outcome]:
    for application in _applications(Status.SUBMITTED):
        pay_by = Aspect(
            "如当日通过，最迟缴费日", _told(lambda: day_text(last_day_to_pay(on))), (PolicyValue,)
        )
        yield Outcome("待审核的申报", application.number, (_price(application, on), pay_by))


def _to_sit(on: date) -> Iterator[Outcome]:
    """Approved ones: by which marks each subject will be judged that is not published yet."""
    for application in _applications(Status.APPROVED):
        published = set(standing_scores().filter(application=application).values_list("subject", flat=True))
        seats = {seat.subject: seat for seat in live_seats().filter(application=application)}
        aspects, offering = (
            [_giving_up(offer.seat) for offer in offers_to_give_up(application)],
            application.offering,
        )
        over = published | given_up_subjects([application.pk])[application.pk]
        for subject in application.subjects:
            if subject in over:
                continue
            day = clock.local_day(seats[subject].starts_at) if subject in seats else on
            aspects.append(
                Aspect(str(Subject(subject).label), _marks(application, subject, day), _SCHEMES, offering)
            )
        yield Outcome("待考核的申报", application.number, tuple(aspects))


def _to_file_in_groups(on: date) -> Iterator[Outcome]:
    entries = RosterEntry.objects.filter(application=None, removed_at=None, filing__closed_at=None)
    contexts: dict[str, Context] = {}
    for entry in entries.select_related("filing__occupation", "row").order_by("filing__number", "row__line"):
        occupation = entry.filing.occupation
        context = contexts.setdefault(occupation.pk, read_context(occupation, on))
        done = check_row(entry.row.content["cells"], context=context)
        text = "".join(problem["sentence"] for problem in done.problems) or "没有问题。"
        price = money_text(done.price_fen) if done.price_fen is not None else "没有价格"
        offering = Offering.objects.filter(occupation=occupation, grade=entry.row.grade or 0).first()
        line = f"第 {entry.row.line} 行" if entry.row.line else "逐人填写"
        yield Outcome(
            "团体申报中待提交的人员",
            f"{entry.filing.number} {line}",
            (
                Aspect("花名册核对", text, _WHO_MAY, offering),
                Aspect("费用", price, _FEES, offering),
            ),
        )


def _to_retake(on: date) -> Iterator[Outcome]:
    """Who holds a pass that counts and has nothing under way: what may be retaken, and for how much."""
    under_way = Application.objects.filter(
        person=OuterRef("person"),
        offering__occupation=OuterRef("occupation"),
        offering__grade=OuterRef("grade"),
        status__in=LIVE,
        concluded_at=None,
    )
    held = Pass.objects.filter(~Exists(under_way), given_up_at=None, cancelled_at=None, valid_until__gte=on)
    seen = set()
    for row in held.select_related("person").order_by("published_on", "pk"):
        key = (row.person_id, row.occupation_id, row.grade)
        offering = Offering.objects.filter(occupation=row.occupation_id, grade=row.grade).first()
        won_by = Application.objects.filter(pk=row.application_id).first()
        if key in seen or offering is None or won_by is None:
            continue
        seen.add(key)
        possible = retake_possibility(row.person, offering, on)
        text = "".join(one.sentence for one in possible.findings) or "可以补考：" + "、".join(
            str(Subject(subject).label) for subject in possible.subjects
        )
        yield Outcome(
            "持有合格科目的人员", won_by.number, (Aspect("补考", text, (*_SCHEMES, Offering), offering),)
        )


def _to_recheck(on: date) -> Iterator[Outcome]:
    for score in standing_scores().filter(published_on__lte=on).select_related("application"):
        last_day = recheck_until(score).day
        if last_day >= on:
            label = f"{Subject(score.subject).label}申请复核的最后一日"
            yield Outcome(
                "刚公布的成绩",
                score.application.number,
                (Aspect(label, day_text(last_day), (PolicyValue,)),),
            )


def _to_decide(on: date) -> Iterator[Outcome]:
    """Cases without a decision in force: what the act is, and whether a warning must have come first."""
    rows = Case.objects.exclude(decisions__reversed_at=None, decisions__isnull=False).filter(dropped_at=None)
    for case in rows.select_related("act").order_by("number"):
        warning = "须先提醒" if case.act.needs_warning else "不必先提醒"
        yield Outcome(
            "未决定的违纪违规案件",
            case.number,
            (Aspect("行为", f"{case.act.title}（{warning}）", (ListedAct,)),),
        )


_KINDS: tuple[Callable[[date], Iterator[Outcome]], ...] = (
    _to_submit,
    _to_approve,
    _to_sit,
    _to_file_in_groups,
    _to_retake,
    _to_recheck,
    _to_decide,
)


def _applications(*statuses: str) -> QuerySet[Application]:
    return (
        Application.objects.filter(status__in=statuses, concluded_at=None)
        .select_related("person", "offering__occupation", "window")
        .order_by("number")
    )


def _price(application: Application, on: date) -> Aspect:
    text = _told(lambda: money_text(price_of(application, on).total_fen))
    return Aspect("费用", text, _FEES, application.offering)


def _marks(application: Application, subject: str, day: date) -> str:
    scheme = scheme_on(application.offering, day)
    row = scheme.subjects.filter(subject=subject).first() if scheme else None
    return f"满分 {row.maximum}，{row.pass_mark} 分合格" if row else "当日的考核方案没有这个科目"


def _giving_up(seat: Seat) -> Aspect:
    """What would come back for a subject that was called off or moved after another had begun."""
    text = _told(lambda: f"退还 {money_text(terms_of(seat).refund_fen)}")
    return Aspect(f"放弃{seat.get_subject_display()}", text, (PolicyValue,))


def _told(value: Callable[[], str]) -> str:
    """The value, or why there is none."""
    try:
        return value()
    except Refused as refusal:
        return "".join(one.sentence for one in refusal.findings)
