"""What an authority must be told, what it was told by which document, and the withdrawal of what fell since (A3-end).

A duty arises with a decision or with the end of a certificate. Told, it leaves the open list; taken back after that, its
reversal must be told in turn; taken back before, nobody needs to hear of it (docs/adr/0086).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.records.own import refuse_own
from exams.conduct.models import Case, Decision, Telling, ToldItem
from exams.filing.models import Application
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import day_text

Kind = ToldItem.Kind


@dataclass(frozen=True)
class Duty:
    """Something an authority must be told since a day, in a sentence; `taken_back`: what it must hear since that fell.

    `about` as in ToldItem. `title` names the case or the certificate, `case` where a decision is behind it.
    """

    kind: str
    about: UUID
    person: Person
    title: str
    since: date
    text: str
    taken_back: str = ""
    case: Case | None = None


@dataclass(frozen=True)
class Open:
    """A duty nobody has told yet, or the reversal of one that was told."""

    duty: Duty
    reversal: bool

    @property
    def key(self) -> str:
        """As forms name it."""
        return f"{self.duty.kind}.{self.duty.about}.{int(self.reversal)}"

    @property
    def text(self) -> str:
        return self.duty.taken_back if self.reversal else self.duty.text


sources: list[Callable[[], Iterable[Duty]]] = []
"""Where duties come from; certificates stand to the right of this slice and add theirs."""


def open_items() -> list[Open]:
    """What is to be told now, the newest first."""
    rows = ToldItem.objects.filter(withdrawn_at=None)
    told = set(rows.values_list("kind", "about", "reversal"))
    found = [one for source in sources for duty in source() for one in _open(duty, told)]
    return sorted(found, key=lambda one: (one.duty.since, one.duty.title, one.key), reverse=True)


def tellings() -> Iterable[Telling]:
    """What was told, the latest act first, withdrawn items among the others."""
    return Telling.objects.select_related("recorded_by").prefetch_related(
        "items__person", "items__withdrawn_by"
    )


def chosen_items(keys: Collection[str]) -> list[Open]:
    """Those of the open items that the keys name. Raises `Refused` where one is open no more, or none is named."""
    found = [one for one in open_items() if one.key in set(keys)]
    if not keys:
        raise Refused(Finding("", "none_chosen", "请先勾选已经报送的事项。"))
    if len(found) < len(set(keys)):
        raise Refused(
            Finding("", "not_open", "勾选的事项中有的已经登记，或者已不用报送。请返回清单重新勾选。")
        )
    return found


@transaction.atomic
def mark_told(
    *, actor: Account, keys: Collection[str], office: str, reference: str, told_on: date
) -> Telling:
    """Record that an office was told of these open items by one document on that day. Raises `Refused`."""
    people = {one.duty.person.pk for one in chosen_items(keys)}
    list(Person.objects.select_for_update().filter(pk__in=people).order_by("pk"))
    items = chosen_items(keys)
    refuse_own(actor, people, "own_report")
    refuse_if_any(_findings(items, office, reference, told_on))
    telling = Telling.objects.create(
        id=uuid4(),
        office=office.strip(),
        reference=reference.strip(),
        told_on=told_on,
        recorded_by=actor,
        recorded_at=clock.now(),
    )
    for one in items:
        row = ToldItem.objects.create(
            id=uuid4(),
            telling=telling,
            person=one.duty.person,
            kind=one.duty.kind,
            about=one.duty.about,
            reversal=one.reversal,
            text=f"{one.duty.title}：{one.text}",
        )
        _note("conduct.told", row, actor)
    return telling


@transaction.atomic
def withdraw_told(*, actor: Account, item: ToldItem, reason: str) -> ToldItem:
    """Take back an entry made by mistake: the item is to be told again. Raises `Refused`."""
    Person.objects.select_for_update().get(pk=item.person_id)
    item = ToldItem.objects.select_for_update(of=("self",)).select_related("telling").get(pk=item.pk)
    refuse_own(actor, [item.person_id], "own_report")
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明理由。", field="reason"))
    if item.withdrawn_at is not None:
        raise Refused(Finding("", "withdrawn", "这一项的登记已经撤回。"))
    same = ToldItem.objects.filter(kind=item.kind, about=item.about, reversal=True, withdrawn_at=None)
    if not item.reversal and same.exists():
        sentence = "这一项的撤销也已登记报送，请先撤回那一项登记。"
        raise Refused(Finding("", "reversal_told", sentence))
    item.withdrawn_by, item.withdrawn_at, item.withdrawn_reason = actor, clock.now(), reason.strip()
    item.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    _note("conduct.told_withdrawn", item, actor)
    return item


def decision_duties() -> Iterator[Duty]:
    """Of decisions: a grave one is referred (A3-4), and results that were sent in are cancelled there (A3-end).

    Exports stand to the right of this slice: they are read through the relation.
    """
    known = list(
        Decision.objects.select_related(
            "case__person", "case__act", "case__application__offering__occupation"
        )
    )
    sent: dict[UUID, list[datetime]] = defaultdict(list)
    exported = Application.objects.filter(pk__in=[one.case.application_id for one in known])
    for key, made_at in exported.values_list("pk", "outcome_exports__made_at"):
        if made_at is not None:
            sent[key].append(made_at)
    for decision in known:
        number = decision.case.application.number
        if decision.effects["refer"]:
            text = "情节严重，依照有关法律法规移送有关部门（附件3 四）。"
            yield _duty(Kind.REFERRAL, decision, text, "此前的移送一并撤回")
        if any(made_at < decision.decided_at for made_at in sent[decision.case.application_id]):
            text = f"申报 {number} 的成绩已经报送，报告主管部门予以取消（附件3 末段）。"
            yield _duty(Kind.RESULTS, decision, text, f"报告主管部门恢复申报 {number} 的成绩")


sources.append(decision_duties)


def _duty(kind: str, decision: Decision, text: str, back: str) -> Duty:
    case = decision.case
    day = decision.reversed_at and day_text(clock.local_day(decision.reversed_at))
    return Duty(
        kind=kind,
        about=decision.pk,
        person=case.person,
        title=f"案件 {case.number}",
        since=clock.local_day(decision.reversed_at or decision.decided_at),
        text=text,
        taken_back=f"处理决定已于 {day} 撤销，{back}。" if day else "",
        case=case,
    )


def _open(duty: Duty, told: set[tuple[str, UUID, bool]]) -> Iterator[Open]:
    was_told = (duty.kind, duty.about, False) in told
    if duty.taken_back:
        if was_told and (duty.kind, duty.about, True) not in told:
            yield Open(duty, reversal=True)
    elif not was_told:
        yield Open(duty, reversal=False)


def _findings(items: list[Open], office: str, reference: str, told_on: date) -> list[Finding]:
    found = []
    if not office.strip():
        found.append(Finding("", "no_office", "请填写报送的单位。", field="office"))
    if not reference.strip():
        found.append(Finding("", "no_reference", "请填写文号，或者回执、系统流水号。", field="reference"))
    earliest = max(one.duty.since for one in items)
    if told_on > clock.today():
        found.append(Finding("", "in_future", "报送日期还没有到，请核对。", field="told_on"))
    elif told_on < earliest:
        sentence = f"所选事项中最晚的发生在 {day_text(earliest)}，报送日期不能更早，请核对。"
        found.append(Finding("", "too_early", sentence, str(told_on), str(earliest), "told_on"))
    return found


def _note(action: str, item: ToldItem, actor: Account) -> None:
    telling = item.telling
    trail.record(
        action,
        actor=actor,
        subject=item,
        person_id=item.person_id,
        detail={
            "telling": str(telling.pk),
            "kind": item.kind,
            "about": str(item.about),
            "reversal": item.reversal,
            "reference": telling.reference,
        },
        personal={"text": item.text, "reason": item.withdrawn_reason or ""},
    )
