"""Filling in: from the first click to the undertaking. Nothing here is judged yet; submission judges."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.catalogue.models import Offering, Subject
from exams.catalogue.queries import open_offerings
from exams.filing import transitions
from exams.filing.models import LIVE, Application, Forfeiture, Kind, SpecialArrangement, Status, Transition
from exams.filing.numbers import draw_number
from exams.filing.telling import tell_those_who_filed_it
from exams.filing.transitions import note
from exams.filing.undertaking import CURRENT, undertaking
from exams.passes.queries import retake_possibility, scheme_subjects, valid_passes
from portal import clock
from portal.rules.dated import value_for
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.routes import EDITIONS

NUMBERS_TRIED = 20
Hold = Callable[[Person, Offering], list[Finding]]
holds: list[Hold] = []
"""Later slices' reasons for which a person may file nothing new for an offering yet; filled in `ExamsConfig.ready`."""


@transaction.atomic
def start_application(
    *, actor: Account | None, person: Person, offering: Offering, at: datetime | None = None
) -> Application:
    """Open a draft, or hand back the draft there is: two clicks or two tabs make one application with one number.

    `at`: the moment of the act, where an institution's submission is worked off after it.

    Raises `Refused` where the offering takes no applications today, another application for it is live, or a later
    slice holds the person back (`holds`).
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    today = clock.local_day(at or clock.now())
    if not open_offerings(today).filter(pk=offering.pk).exists():
        sentence = f"{offering}目前不受理申报。开放情况以通知为准。"
        raise Refused(Finding("N2026-7", "not_offered", sentence, field="offering"))
    live = person.applications.filter(offering=offering, status__in=LIVE, concluded_at=None).first()
    if live is not None:
        if live.status == Status.DRAFT:
            return live
        sentence = f"您已有一份{offering}的申报（申报号 {live.number}，{live.get_status_display()}），办结前不能再报。"
        raise Refused(Finding("N2026-2.2", "another_live_application", sentence, found=live.number))
    refuse_if_any([finding for hold in holds for finding in hold(person, offering)])
    application = _create_numbered(person, offering)
    Transition.objects.create(
        id=uuid4(),
        application=application,
        before="",
        after=Status.DRAFT,
        at=application.created_at,
        actor=actor,
    )
    note("start_application", application, actor=actor, detail={"offering": offering.pk})
    return application


def _create_numbered(person: Person, offering: Offering) -> Application:
    now = clock.now()
    for _ in range(NUMBERS_TRIED):
        number = draw_number(now.year)
        if Application.objects.filter(number=number).exists():
            continue
        try:
            with transaction.atomic():
                return Application.objects.create(
                    id=uuid4(),
                    number=number,
                    person=person,
                    offering=offering,
                    subjects=list(scheme_subjects(offering, now.date())),
                    created_at=now,
                )
        except IntegrityError:
            if not Application.objects.filter(number=number).exists():
                raise  # not the number but another rule of the table
    raise RuntimeError("no free application number was found")


@transaction.atomic
def choose(
    *,
    actor: Account,
    application: Application,
    kind: str,
    route: str = "",
    subjects: Collection[str] = (),
) -> Application:
    """Choose regular or retake, the route (a clause of the grade; regular only) and, for a retake, the subjects.

    A regular application is always for every subject; a retake without `subjects` is for all that may be retaken. A
    route not met yet may be chosen: the page shows its verdict, submission decides. Raises `Refused`.
    """
    application = transitions.lock_for(application, "choose")
    transitions.refuse_if_an_institutions(application)
    today, offering = clock.today(), application.offering
    if kind == Kind.RETAKE:
        route = ""
        application.subjects = list(_retake_subjects(application, subjects))
        application.forfeitures.all().delete()
    elif kind == Kind.REGULAR:
        if route not in value_for(EDITIONS, at=today).value[offering.grade]:
            sentence = "请选择一条所申报等级的申报条件。"
            raise Refused(Finding("N2026-2.1", "no_route", sentence, found=route, field="route"))
        application.subjects = list(scheme_subjects(offering, today))
    else:
        raise Refused(Finding("N2026-2.4", "no_kind", "请选择正考或补考。", found=kind, field="kind"))
    application.kind, application.route = kind, route
    application.save(update_fields=["kind", "route", "subjects"])
    detail = {"kind": kind, "route": route, "subjects": application.subjects}
    note("choose", application, actor=actor, detail=detail)
    return application


def _retake_subjects(application: Application, wanted: Collection[str]) -> tuple[str, ...]:
    possible = retake_possibility(application.person, application.offering, clock.today())
    if possible.findings:
        raise Refused(*possible.findings)
    for subject in wanted:
        if subject not in possible.subjects:
            known = subject in Subject.values
            sentence = f"{Subject(subject).label if known else '所选科目'}不在可以补考的科目之内。"
            raise Refused(Finding("N2026-4.1", "not_to_retake", sentence, found=subject, field="subjects"))
    return tuple(subject for subject in possible.subjects if not wanted or subject in wanted)


@transaction.atomic
def ask_special_arrangement(
    *, actor: Account, application: Application, needs: Collection[str], note_text: str = ""
) -> Application:
    """Ask for 合理便利, or take the request back with no needs. A changed request is open for decision again."""
    application = transitions.lock_for(application, "ask_special_arrangement")
    transitions.refuse_if_an_institutions(application)
    put_special_arrangement(
        actor=actor, application=application, needs=checked_needs(needs, note_text), note_text=note_text
    )
    return application


def put_special_arrangement(
    *, actor: Account | None, application: Application, needs: list[str], note_text: str
) -> None:
    """Put the request in the place of what a locked application asked for before; no needs: nothing is asked for."""
    SpecialArrangement.objects.filter(application=application).delete()
    if needs:
        SpecialArrangement.objects.create(
            id=uuid4(), application=application, needs=needs, note=note_text.strip() or None
        )
    # What somebody needs tells of their health: it stays out of the plain part of the trail.
    note("ask_special_arrangement", application, actor=actor, personal={"needs": needs, "note": note_text})


def checked_needs(needs: Collection[str], note_text: str) -> list[str]:
    """The needs asked for, in their order. Raises `Refused` for an unknown one, and for another without a note."""
    known = [need for need in SpecialArrangement.Need.values if need in needs]
    if len(known) != len(set(needs)):
        raise Refused(
            Finding(
                "", "unknown_need", "请从列出的合理便利中选择。", list(needs), field="special_arrangement"
            )
        )
    if SpecialArrangement.Need.OTHER in known and not note_text.strip():
        sentence = "选择“其他”时，请写明需要什么安排。"
        raise Refused(Finding("", "no_note", sentence, field="special_arrangement.note"))
    return known


@transaction.atomic
def confirm_forfeiture(*, actor: Account, application: Application, passes: Iterable[UUID]) -> Application:
    """Confirm, each by name, the passes this regular application gives up once it is approved (N2026-4.2).

    `passes` are the keys of the passes shown; they must be all that count today. Raises `Refused`.
    """
    application = transitions.lock_for(application, "confirm_forfeiture")
    if application.kind != Kind.REGULAR:
        sentence = "补考申报不涉及放弃合格科目，无需确认。"
        raise Refused(Finding("N2026-4.2", "nothing_to_give_up", sentence, field="forfeiture"))
    at_stake = {row.pk: row for row in valid_passes(application.person, application.offering, clock.today())}
    named = set(passes)
    if named != set(at_stake):
        subjects = "、".join(row.get_subject_display() for row in at_stake.values()) or "无"
        sentence = f"请逐科确认：重新申报将放弃的合格科目是{subjects}。"
        raise Refused(Finding("N2026-4.2", "not_all_named", sentence, field="forfeiture"))
    now = clock.now()
    application.forfeitures.all().delete()
    Forfeiture.objects.bulk_create(
        Forfeiture(application=application, given_up=row, confirmed_at=now) for row in at_stake.values()
    )
    note("confirm_forfeiture", application, actor=actor, detail={"passes": sorted(map(str, named))})
    return application


@transaction.atomic
def give_undertaking(
    *, actor: Account, application: Application, version: str = CURRENT.version
) -> Application:
    """Give the undertaking in the version that was shown (N2026-7). Raises `Refused` where it is not the present one."""
    application = transitions.lock_for(application, "give_undertaking")
    transitions.refuse_if_an_institutions(application)
    if undertaking(version) is not CURRENT:
        sentence = "承诺书已有新版本，请重新阅读后确认。"
        raise Refused(
            Finding("N2026-7", "old_undertaking", sentence, version, CURRENT.version, "undertaking")
        )
    application.undertaking_version, application.undertaken_at = version, clock.now()
    application.save(update_fields=["undertaking_version", "undertaken_at"])
    note("give_undertaking", application, actor=actor, detail={"version": version})
    return application


@transaction.atomic
def discard_draft(*, actor: Account, application: Application) -> Application:
    """Throw a draft away. Its number is not used again; what was typed into the record stays in the record.

    An institution's draft that waits for the person may be refused by them so; the institution is told.
    """
    application = transitions.lock_for(application, "discard_draft")
    transition = transitions.move(application, "discard_draft", actor=actor)
    application.save(update_fields=["status"])
    if actor.pk == application.person.account_id:
        tell_those_who_filed_it(application, "filing_withdrawn", key=transition.pk)
    return application
