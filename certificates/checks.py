"""The filed code of the body must be one, before anybody issues a certificate with it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from certificates.numbers import BODY_CODE


@register
def check_body_code(app_configs: Any, **options: Any) -> list[CheckMessage]:
    if BODY_CODE.fullmatch(settings.CERTIFICATE_BODY_CODE):
        return []
    return [
        Error(
            "CERTIFICATE_BODY_CODE must be Y or S and twelve digits, as filed with the authority.",
            hint=f"It is {settings.CERTIFICATE_BODY_CODE!r}; see docs/operations.md.",
            id="certificates.E001",
        )
    ]
