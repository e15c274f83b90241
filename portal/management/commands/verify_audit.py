"""`manage.py verify_audit`: seal what waits, then recompute the whole chain of the trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.audit import trail
from portal.audit.models import AuditSeal


class Command(BaseCommand):
    help = "检查操作记录链：先封存未封存的记录，再从头核对；有问题时逐条列出，退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        late = trail.unsealed_too_long()
        while trail.seal():
            pass
        problems = trail.verify()
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"操作记录链不完整：{len(problems)} 处问题。", returncode=1)
        self.stdout.write(f"操作记录链完整，共 {AuditSeal.objects.count()} 条。")
        if late:
            self.stdout.write(f"其中 {late} 条超过 5 分钟才封存，请检查定时任务是否在运行。")
