"""Staff are people too: what concerns themselves is done by somebody else. The one rule of every such act."""

from collections.abc import Iterable
from uuid import UUID

from applicants.accounts.models import Account
from applicants.records.models import Person
from portal.rules.findings import Finding, Refused

WORDS = {
    "own_attendance": "到考情况",
    "own_case": "案件",
    "own_certificate": "证书",
    "own_excuse": "缺考事由",
    "own_incident": "现场记录",
    "own_report": "报送事项",
    "own_score": "成绩",
}
"""By the finding's code, what of their own somebody may not handle."""


def is_among(actor: Account, people: Iterable[UUID]) -> bool:
    """Whether one of these people is the one who acts."""
    return Person.objects.filter(account=actor.pk, pk__in=list(people)).exists()


def refuse_own(actor: Account, people: Iterable[UUID], code: str) -> None:
    """Raise `Refused` with the code of `WORDS` where one of these people (keys) is the one who acts."""
    if is_among(actor, people):
        raise Refused(Finding("", code, f"不能办理涉及自己的{WORDS[code]}，请由其他人办理。"))
