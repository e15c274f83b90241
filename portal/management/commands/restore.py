"""`manage.py restore FILE`: an archive of `backup` into an empty database and folder, then the checks."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal import backups

CHECKS = {"check_invariants": "数据核对", "verify_audit": "操作记录核对"}


class Command(BaseCommand):
    help = "从 backup 所做的备份恢复到空的数据库和空的 PORTAL_VAR，然后核对数据和操作记录。"
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            contents = backups.restore(file)
        except (backups.BackupError, OSError) as error:
            raise CommandError(f"没有恢复：{error}") from None
        self.stdout.write(
            f"已恢复 {contents.made_at} 的备份：数据库和 {contents.files} 个文件，校验值全部相符。"
        )
        # A backup of an older version is brought up to this one's tables.
        call_command("migrate", interactive=False, verbosity=0)
        failed = [title for name, title in CHECKS.items() if not self._holds(name)]
        if failed:
            raise CommandError(f"数据已恢复，但{'、'.join(failed)}没有通过，见上。", returncode=2)
        self.stdout.write("数据核对和操作记录核对均已通过，可以启动。")

    def _holds(self, name: str) -> bool:
        """Run a check; each says itself what it found, and ends in its own way where something is wrong."""
        try:
            call_command(name, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stderr.write(str(error))
            return False
        except SystemExit as end:
            return not end.code
        return True
