"""Messages about an application, to the person it belongs to."""

from typing import Any

from exams.filing.models import Application
from portal.messages import outbox


def tell(application: Application, event: str, *, key: Any, **values: str) -> None:
    """Write the event's message to the applicant's phone and inbox, once a `key`; nothing without an account.

    Call it in the action's transaction. `values` fill the text in portal/messages/texts.py beside the number.
    """
    account = application.person.account
    if account is not None:
        outbox.post(
            event,
            account=account,
            address=account.phone,
            dedupe_key=f"{event}:{key}",
            number=application.number,
            **values,
        )
