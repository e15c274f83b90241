"""Messages about an application, to the person it belongs to, and about a group filing, to its institution."""

from typing import Any

from applicants.institutions.models import Institution, InstitutionMember
from exams.filing.models import Application
from portal.messages import outbox

FILED_BY_AN_INSTITUTION: dict[str, str | None] = {
    "application_submitted": "group_application_submitted",
    "application_returned": "group_application_returned",
    "application_approved": "group_application_approved",
    "special_arrangement_decided": "group_special_arrangement_decided",
    "quote_reminder": None,
    "quote_lapsed": "group_quote_lapsed",
    "payment_received": "group_payment_received",
    "payment_reversed": None,
    "refunded": "group_refunded",
    "session_rescheduled": "group_session_rescheduled",
    "session_displaced": "group_session_displaced",
    "session_called_off": "group_session_called_off",
    "subject_given_up": "group_subject_given_up",
    "withdrawn_with_refund": "group_withdrawn_with_refund",
    "ticket_open": "group_ticket_open",
    "score_published": "group_score_published",
    "score_retracted": "group_score_retracted",
    "score_corrected": "group_score_corrected",
    "certificate_ready": "group_certificate_ready",
}
"""What a person filed by an institution is told instead, as it is not theirs to mend or to pay; None: nothing."""


def tell(application: Application, event: str, *, key: Any, **values: str) -> None:
    """Write the event's message to the applicant's phone and inbox, once a `key`.

    Without an account it goes to the number they confirmed their group filing with; without either, nowhere. Call it in
    the action's transaction. `values` fill the text in portal/messages/texts.py beside the number.
    """
    person, institution = application.person, application.institution
    wanted: str | None = event
    if institution is not None:
        wanted = FILED_BY_AN_INSTITUTION.get(event, event)
        values["institution"] = institution.name
    address = person.account.phone if person.account else person.phone
    if wanted is not None and address:
        outbox.post(
            wanted,
            account=person.account,
            address=address,
            dedupe_key=f"{event}:{key}",
            number=application.number,
            **values,
        )


def tell_institution(institution: Institution, event: str, *, key: Any, **values: str) -> None:
    """Write the event's message to everyone who fills in or reviews for the institution now, once a `key`."""
    acting = institution.members.filter(ended_at=None).exclude(role=InstitutionMember.Role.VIEWER)
    for member in acting.select_related("account"):
        outbox.post(
            event,
            account=member.account,
            address=member.account.phone,
            dedupe_key=f"{event}:{key}:{member.account_id}",
            institution=institution.name,
            **values,
        )


def tell_those_who_filed_it(application: Application, event: str, *, key: Any) -> None:
    """Write the event's message to the institution of a group application, naming the group filing only."""
    entry = getattr(application, "roster_entry", None)
    if entry is not None:
        tell_institution(entry.filing.institution, event, key=key, number=entry.filing.number)
