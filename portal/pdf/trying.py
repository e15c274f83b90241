"""Printing rows in the background: what cannot be printed is set aside with a reason that staff can act on."""

import logging
from collections.abc import Callable

from portal.pdf.problems import MissingGlyph

logger = logging.getLogger(__name__)

ATTEMPTS = 3


def print_or_say_why(render: Callable[[], bytes | str], *, attempts: int, what: str) -> bytes | str:
    """The PDF, or the reason why there is none: one bad row must neither stop nor delay the others.

    `render` may find a reason itself. `attempts` counts this one: a row at which workers died ATTEMPTS times is not tried
    again. `what` is for the log.
    """
    if attempts > ATTEMPTS:
        return "制作多次中断，已停止重试"
    try:
        return render()
    except MissingGlyph as fault:
        return f"{fault}。请核对姓名用字，或联系管理员补充字体。"
    except Exception as error:
        logger.exception("%s cannot be printed", what)
        return f"制作失败：{type(error).__name__}"
