"""Public verification: what anybody who knows a certificate's number and its holder's name may ask (N2026-5)."""

from django.conf import settings

VERIFY_PATH = "/verify/"


def address_of(number: str) -> str:
    """What a certificate's QR code says: the verification page with the number where no server's log sees it."""
    return f"{settings.PUBLIC_BASE_URL}{VERIFY_PATH}#{number}"
