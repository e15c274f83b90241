"""Personal values as pages show them where the page does not exist to show them in full."""

import re


def mask_number(number: str) -> str:
    """The first 4 and the last 4 characters of a document number.

    Numbers shorter than 16 characters show a quarter at each end, so that never more than half is seen.
    """
    shown = min(4, len(number) // 4)
    return number[:shown] + "*" * (len(number) - 2 * shown) + number[len(number) - shown :]


def mask_phone(phone: str) -> str:
    """The first 3 and the last 4 digits of a mainland number; elsewhere the country code and the last 4."""
    if mainland := re.fullmatch(r"(?:\+86)?(1[0-9]{10})", phone):
        national = mainland[1]
        return f"{national[:3]}****{national[-4:]}"
    if re.fullmatch(r"\+[0-9]{10,14}", phone):
        return f"{phone[:4]}****{phone[-4:]}"
    return "*" * len(phone)


def mask_name(name: str) -> str:
    """The first character and one star, or two where the name is longer than two characters."""
    return name[:1] + "*" * min(2, len(name) - 1)
