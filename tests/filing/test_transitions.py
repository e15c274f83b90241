"""Every action in every status: either it does what the table says, or it is refused in a sentence."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction

from exams.catalogue.models import Offering
from exams.filing import transitions
from exams.filing.actions import amending, drafting, leaving, quoting, reviewing, submitting
from exams.filing.checks import latest_submission
from exams.filing.models import Application, Status
from exams.filing.transitions import REACHES_CONCLUDED, TABLE
from exams.tickets import leaving as leaving_after_payment
from portal import clock
from portal.rules.findings import Refused
from tests.filing.conftest import approve, pass_checks, ready_person

RETURN = [{"code": "photo_unfit", "field": "photo", "note": ""}]


def ready_draft(offering: Offering) -> Application:
    person = ready_person()
    account = person.account
    application = drafting.start_application(actor=account, person=person, offering=offering)
    drafting.choose(actor=account, application=application, kind="regular", route="TR2023-2.1")
    drafting.ask_special_arrangement(actor=account, application=application, needs=["wheelchair"])
    return drafting.give_undertaking(actor=account, application=application)


def reach(status: str, offering: Offering, staff) -> Application:
    """An application in that status, by the actions that lead there."""
    application = ready_draft(offering)
    account = application.person.account
    if status == Status.DRAFT:
        return application
    if status == Status.CANCELLED:
        return leaving.cancel_application(actor=staff, application=application, reason="重复建立")
    application = submitting.submit_application(actor=account, application=application)
    match status:
        case Status.RETURNED:
            application = reviewing.return_application(actor=staff, application=application, reasons=RETURN)
            return drafting.give_undertaking(actor=account, application=application)
        case Status.REJECTED:
            return reviewing.reject_application(
                actor=staff, application=application, clause="TR2023-2.1", reason="工作不满五年"
            )
        case Status.WITHDRAWN:
            return leaving.withdraw_application(actor=account, application=application)
        case Status.APPROVED:
            return approve(application, staff)
        case Status.LAPSED:
            approve(application, staff)
            application.quotes.update(pay_by=date(2026, 10, 9))
            quoting.lapse_unpaid_quotes()
            application.refresh_from_db()
    return application


def perform(action: str, application: Application, staff) -> object:
    """Do the action as well as it can be done in the status."""
    account = application.person.account
    by_person: dict[str, Callable[[], object]] = {
        "choose": lambda: drafting.choose(
            actor=account, application=application, kind="regular", route="TR2023-2.3"
        ),
        "ask_special_arrangement": lambda: drafting.ask_special_arrangement(
            actor=account, application=application, needs=[]
        ),
        "confirm_forfeiture": lambda: drafting.confirm_forfeiture(
            actor=account, application=application, passes=[]
        ),
        "give_undertaking": lambda: drafting.give_undertaking(actor=account, application=application),
        "discard_draft": lambda: drafting.discard_draft(actor=account, application=application),
        "submit_application": lambda: submitting.submit_application(actor=account, application=application),
        "withdraw_application": lambda: leaving.withdraw_application(actor=account, application=application),
        "leave_after_payment": lambda: leaving_after_payment.leave_after_payment(
            actor=account, application=application, reason="搬离本市"
        ),
    }
    by_staff: dict[str, Callable[[], object]] = {
        "record_check": lambda: reviewing.record_check(
            actor=staff, application=application, code="photo", result="passed"
        ),
        "amend_field": lambda: amending.amend_field(
            actor=staff,
            application=application,
            field=f"jobs.{application.person.jobs.get().pk}.position",
            value="健康管理专员",
            reason="以劳动合同为准",
        ),
        "decide_special_arrangement": lambda: reviewing.decide_special_arrangement(
            actor=staff, application=application, granted_needs=["wheelchair"]
        ),
        "set_assess_by": lambda: reviewing.set_assess_by(
            actor=staff, application=application, assess_by=date(2027, 1, 31), citation="2027 年通知附件2"
        ),
        "return_application": lambda: reviewing.return_application(
            actor=staff, application=application, reasons=RETURN
        ),
        "approve_application": lambda: _approve(application, staff),
        "reject_application": lambda: reviewing.reject_application(
            actor=staff, application=application, clause="N2026-2.1", reason="学历不符"
        ),
        "revoke_approval": lambda: reviewing.revoke_approval(
            actor=staff, application=application, reason="点错"
        ),
        "reopen_rejected": lambda: reviewing.reopen_rejected(
            actor=staff, application=application, reason="点错"
        ),
        "cancel_application": lambda: leaving.cancel_application(
            actor=staff, application=application, reason="本人来电要求"
        ),
        "cancel_after_payment": lambda: leaving_after_payment.cancel_after_payment(
            actor=staff, application=application, reason="本人来电要求"
        ),
    }
    by_decision: dict[str, Callable[[], object]] = {
        name: lambda: _move_by_decision(action, application, staff) for name in REACHES_CONCLUDED
    }
    return (by_person | by_staff | by_decision)[action]()


def _move_by_decision(action: str, application: Application, staff) -> Application:
    """What a decision's effect on admission does to the application itself."""
    application = transitions.lock_for(application, action)
    transitions.move(application, action, actor=staff, reasons=[{"code": "decision", "clause": "A3-1"}])
    application.save(update_fields=["status"])
    return application


def _approve(application: Application, staff) -> Application:
    if application.status == Status.SUBMITTED:
        pass_checks(application, staff)
    submission = latest_submission(application)
    serial = submission.serial if submission else 0
    return reviewing.approve_application(actor=staff, application=application, seen_serial=serial)


# Starting looks at the person, not at an application; lapsing is a sweep that passes by what is not due.
SEPARATE = {"start_application", "lapse_application"}


@pytest.mark.parametrize("status", list(Status))
def test_every_action_in_this_status(status, offering, staff):
    application = reach(status, offering, staff)
    assert application.status == status
    for action, rule in TABLE.items():
        if action in SEPARATE:
            continue
        with transaction.atomic():
            expected = rule.moves.get(status)
            if expected is None:
                with pytest.raises(Refused) as refused:
                    perform(action, application, staff)
                (finding,) = refused.value.findings
                assert (action, finding.code) == (action, "wrong_status")
                assert application.number in finding.sentence
            else:
                perform(action, application, staff)
            found = Application.objects.get(pk=application.pk)
            assert (action, found.status) == (action, expected or status)
            _assert_folded(found)
            transaction.set_rollback(True)


@pytest.mark.parametrize("status", list(Status))
def test_the_sweep_ends_only_what_is_approved_and_overdue(status, offering, staff, frozen_day):
    application = reach(status, offering, staff)
    frozen_day(date(2026, 12, 31))
    quoting.lapse_unpaid_quotes()
    application.refresh_from_db()
    assert application.status == (Status.LAPSED if status == Status.APPROVED else status)
    _assert_folded(application)


@pytest.mark.parametrize(
    "action", [action for action in TABLE if action not in SEPARATE and action not in REACHES_CONCLUDED]
)
def test_nothing_happens_to_a_concluded_application(action, offering, staff):
    application = concluded(reach(Status.APPROVED, offering, staff))
    with pytest.raises(Refused) as refused:
        perform(action, application, staff)
    assert [finding.code for finding in refused.value.findings] == ["concluded"]


@pytest.mark.parametrize("action", REACHES_CONCLUDED)
@pytest.mark.parametrize("status", [Status.APPROVED, Status.CANCELLED])
def test_a_decision_reaches_a_concluded_application(status, action, offering, staff):
    application = concluded(reach(status, offering, staff))
    expected = TABLE[action].moves.get(status)
    assert transitions.allowed(application, action) == (expected is not None)
    if expected is None:
        with pytest.raises(Refused) as refused:
            perform(action, application, staff)
        assert [finding.code for finding in refused.value.findings] == ["wrong_status"]
    else:
        perform(action, application, staff)
    found = Application.objects.get(pk=application.pk)
    assert found.status == (expected or status)
    assert found.concluded_at is not None
    _assert_folded(found)


def test_the_table_moves_only_between_known_statuses():
    for rule in TABLE.values():
        assert rule.title
        assert set(rule.moves) <= {"", *Status.values}
        assert set(rule.moves.values()) <= set(Status.values)


def test_allowed_says_what_require_does(offering, staff):
    application = reach(Status.SUBMITTED, offering, staff)
    for action in TABLE:
        if transitions.allowed(application, action):
            transitions.require(application, action)
        else:
            with pytest.raises(Refused):
                transitions.require(application, action)


def concluded(application: Application) -> Application:
    application.concluded_at = clock.now()
    application.save(update_fields=["concluded_at"])
    return application


def _assert_folded(application: Application) -> None:
    status = ""
    for step in application.transitions.all():
        assert step.before == status
        status = step.after
    assert status == application.status


def test_nobody_cancelled_by_a_decision_is_reminded_to_pay_or_lapses(offering, staff, frozen_day):
    application = reach(Status.APPROVED, offering, staff)
    _move_by_decision("cancel_by_decision", application, staff)
    assert application.quotes.filter(ended_at=None).exists(), "the decision left the quote as it was"
    pay_by = application.quotes.get().pay_by
    frozen_day(pay_by)
    assert quoting.remind_unpaid() == 0
    frozen_day(date(2026, 12, 31))
    assert quoting.lapse_unpaid_quotes() == 0
    application.refresh_from_db()
    assert application.status == Status.CANCELLED
