"""`manage.py verify_draw FILE|- [FILE …]`: recompute seat draws and samples (the JSON of their pages); no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.arrangement.draw import fewest_pairs, pairs_left, problems, read_lists
from exams.filing.groups.batches import sampling


class Command(BaseCommand):
    help = "按名单与种子重算座位抽签或抽查。参数为其页面上下载的 JSON 文件，“-”为标准输入。"
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
            found, agreed = _recompute(published)
            failed = failed or bool(found)
            for line in found:
                self.stdout.write(f"{name}：{line}")
            if not found:
                self.stdout.write(f"{name}：相符，{agreed}")
        if failed:
            sys.exit(1)


def _recompute(published: Any) -> tuple[list[str], str]:
    """What does not agree, and what to say where all does."""
    if not isinstance(published, dict):
        return ["公布的名单不完整，或格式不对。"], ""
    if "percent" in published:
        found = sampling.problems(published)
        return found, "" if found else f"{len(published['candidates'])} 人中抽 {len(published['drawn'])} 人"
    found = problems(published)
    return found, "" if found else f"共 {len(published['result'])} 人{_apart(published)}"


def _apart(published: dict[str, Any]) -> str:
    """How well institutions were kept apart, where that was chosen."""
    lists = read_lists(published)
    if lists.groups is None:
        return ""
    left, fewest = pairs_left(lists, published["result"]), fewest_pairs(lists)
    return f"；同一机构相邻 {left} 对，按名单和座位最少 {fewest} 对"
