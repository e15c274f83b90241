"""How the log-in library meets our accounts: phones are encrypted, found by blind index; codes go by the outbox."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Phones as E.164 strings."""
