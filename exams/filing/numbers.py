"""Application numbers: ten digits that can be read over the telephone, the last one a check digit.

Two digits of the year, seven at random, one by Damm's algorithm, which catches every single wrong digit and every
swap of neighbours. Random, so that a number tells nobody how many applications there are, and no row need be locked.
"""

import re
import secrets

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def draw_number(year: int) -> str:
    """A number not yet checked against those in use."""
    digits = f"{year % 100:02d}{secrets.randbelow(10**7):07d}"
    return f"{digits}{_fold(digits)}"


def is_number(text: str) -> bool:
    """Could this be an application number: ten digits whose check digit fits?"""
    return re.fullmatch(r"[0-9]{10}", text) is not None and _fold(text) == 0


def _fold(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim
