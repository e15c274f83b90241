"""`manage.py rules TOPIC`: asks the law in JSON lines. Reads the shipped notices and the calendar, no database."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.rules.findings import canonical_json
from portal.rules.notice import NoticeError, shipped
from portal.rules.topics import TOPICS, Sources, answer_line
from portal.workdays import is_working_day


class Command(BaseCommand):
    help = "逐行回答规则问题：标准输入每行一个 JSON 对象，标准输出每行一个答案；有一行出错则退出码为 1。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("topic", choices=TOPICS, metavar="TOPIC", help="、".join(TOPICS))

    def handle(self, *, topic: str, **options: Any) -> None:
        try:
            sources = Sources(shipped(), is_working_day)
        except NoticeError as error:
            raise CommandError(f"通知数据有误：{error}") from error
        if sys.stdin is None or sys.stdout is None:
            raise CommandError("标准输入或标准输出没有打开。")
        failed = False
        try:
            for line in sys.stdin.buffer:
                if line.strip():
                    answer = answer_line(topic, line, sources)
                    failed = failed or "error" in answer
                    sys.stdout.buffer.write(canonical_json(answer) + b"\n")
                    sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The reader went away (`| head`): nobody is left to answer, and nothing to complain about.
            _discard_output()
        except OSError as error:
            _discard_output()
            raise CommandError(f"读写中断：{error.strerror}。") from error
        except KeyboardInterrupt:
            failed = True
        if failed:
            sys.exit(1)


def _discard_output() -> None:
    """What is still buffered would fail again when the interpreter closes its standard output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
