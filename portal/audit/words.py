"""The trail in words: what each recorded action is called on the screen. Apps add theirs in `AppConfig.ready()`."""

WORDS: dict[str, str] = {}
LOOKS: dict[str, str] = {}
"""The same for the access log: what kind of look it was."""


def in_words(action: str) -> str:
    """The Chinese name of an action; its own name where nobody gave one."""
    return WORDS.get(action, action)


def look_in_words(kind: str) -> str:
    """The Chinese name of a kind of look or download."""
    return LOOKS.get(kind, kind)
