"""`manage.py load_notice [FILE …] [--dry-run]`: put notices into the catalogue, and the column mappings
that come with the portal beside it; or show what that would change."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exams.catalogue.loading import load_notice
from exams.filing.groups.exchange.mappings import ensure_mappings
from portal.rules import notice as notices


class Command(BaseCommand):
    help = (
        "载入年度通知（评价项目、收费、时间、联系方式等）和随程序提供的列对照。"
        "可重复执行；--dry-run 只显示将有的变化。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, help="通知文件（TOML）；省略则为随程序提供的各年通知"
        )
        parser.add_argument("--dry-run", action="store_true", help="只显示，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        files = options["files"] or sorted(notices.SHIPPED.glob("*.toml"))
        for file in files:
            try:
                notice = notices.load(file)
            except notices.NoticeError as error:
                raise CommandError(str(error)) from None
            changes = load_notice(notice, dry_run=options["dry_run"])
            self.stdout.write(
                f"{file.name}：{len(changes)} 处变化{'（未写入）' if options['dry_run'] else ''}"
            )
            for change in changes:
                self.stdout.write(f"  {change}")
        for name in ensure_mappings(dry_run=options["dry_run"]):
            self.stdout.write(f"列对照：{name}{'（未写入）' if options['dry_run'] else ''}")
