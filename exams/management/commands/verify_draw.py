"""`manage.py verify_draw FILE|- [FILE …]`: recompute published seat draws (the JSON of the draw's page); no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.arrangement.draw import fewest_pairs, pairs_left, problems, read_lists


class Command(BaseCommand):
    help = "按公布的名单与种子重算座位抽签。参数为抽签页下载的 JSON 文件，“-”为标准输入。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = False
        for name in options["files"]:
            try:
                text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
                published = json.loads(text)
            except (OSError, ValueError) as error:
                raise CommandError(f"{name}：读不出抽签数据（{error}）") from None
            found = problems(published) if isinstance(published, dict) else ["公布的名单不完整，或格式不对。"]
            failed = failed or bool(found)
            for line in found:
                self.stdout.write(f"{name}：{line}")
            if not found:
                self.stdout.write(f"{name}：相符，共 {len(published['result'])} 人{_apart(published)}")
        if failed:
            sys.exit(1)


def _apart(published: dict[str, Any]) -> str:
    """How well institutions were kept apart, where that was chosen."""
    lists = read_lists(published)
    if lists.groups is None:
        return ""
    left, fewest = pairs_left(lists, published["result"]), fewest_pairs(lists)
    return f"；同一机构相邻 {left} 对，按名单和座位最少 {fewest} 对"
