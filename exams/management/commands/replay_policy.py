"""`manage.py replay_policy --notice FILE [--on DAY] [--json]`: whose open cases a notice would change, and why."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.replay.comparing import Difference, Replay, day_to_replay, replay
from portal.rules import notice as notices
from portal.rules.wording import day_text


class Command(BaseCommand):
    help = (
        "公布新通知或新的规定数值之前，逐件比较未结事项：哪些的结果会变，因为哪一条。不写入任何内容；"
        "计算期间占用一个事务，事项很多时请在闲时进行。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--notice", type=Path, required=True, help="通知文件（TOML）")
        parser.add_argument(
            "--on",
            type=date.fromisoformat,
            help="按哪一天判断（2027-01-01）；省略则为新内容全部生效的第一天，不早于今天",
        )
        parser.add_argument("--json", action="store_true", help="每处变化输出一行 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            notice = notices.load(options["notice"])
        except notices.NoticeError as error:
            raise CommandError(str(error)) from None
        done = replay(notice, options["on"] or day_to_replay(notice))
        if options["json"]:
            for one in done.differences:
                self.stdout.write(json.dumps({"on": done.on.isoformat(), **asdict(one)}, ensure_ascii=False))
            return
        self._tell(done)

    def _tell(self, done: Replay) -> None:
        self.stdout.write(f"按 {day_text(done.on)} 判断。通知带来 {len(done.changes)} 处变化：")
        for change in done.changes:
            self.stdout.write(f"  {change}")
        self.stdout.write(f"未结事项 {done.cases} 件，结果会变的 {done.changed} 件。")
        for one in done.differences:
            for line in _lines(one):
                self.stdout.write(line)


def _lines(one: Difference) -> list[str]:
    lines = [f"{one.kind} {one.number}，{one.label}："]
    lines.append(f"  现在：{one.before or '没有这一项'}")
    lines.append(f"  以后：{one.after or '没有这一项'}")
    return lines + [f"  因为：{reason}" for reason in one.because]
