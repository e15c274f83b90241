"""`manage.py backup [FILE]`: database and files into one archive."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import backups, clock


class Command(BaseCommand):
    help = "把数据库和文件备份为一个文件（含清单和校验值）。运行中也可备份。密钥不在其中，须另行保管。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="备份文件；省略则放在 PORTAL_VAR/backups 下")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        now = clock.now()
        target = file or settings.VAR_DIR / "backups" / f"portal-{now:%Y%m%d-%H%M%S}.tar"
        try:
            contents = backups.make(target, now)
        except (backups.BackupError, OSError) as error:
            raise CommandError(f"没有备份成：{error}") from None
        self.stdout.write(f"已备份到 {target}：数据库和 {contents.files} 个文件。")
        self.stdout.write(
            "密钥不在备份里。没有密钥，备份中的证件号码和文件无法读出："
            "请把 PORTAL_VAR/secrets.json（正式环境为 .env）另存一处，不要与备份放在一起。"
        )
