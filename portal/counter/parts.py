"""How an app adds its part to the counter: queues on the first page, and the trail's deeds and looks in words."""

from types import ModuleType

from portal import registry
from portal.audit import words


def contribute(part: ModuleType) -> None:
    """Take a module's QUEUES, WORDS and LOOKS; apps call it in `AppConfig.ready()`."""
    registry.counter_queues.extend(part.QUEUES)
    words.WORDS.update(part.WORDS)
    words.LOOKS.update(part.LOOKS)
