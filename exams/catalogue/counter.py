"""The catalogue's deeds in words; nothing of it waits."""

from portal.registry import Queue

QUEUES: tuple[Queue, ...] = ()
WORDS = {
    "catalogue.notice_loaded": "载入通知",
    "catalogue.row_set": "登记目录或规定",
    "passes.give_up": "合格科目放弃",
    "passes.restore": "合格科目恢复",
}
LOOKS: dict[str, str] = {}
