"""`manage.py issue_due_tickets`: one sweep now, and the completeness report; exit code 1 where it does not add up."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from exams.tickets.due import sweep
from exams.tickets.queries import completeness
from portal import clock


class Command(BaseCommand):
    help = "制作到期的准考证并核对是否齐全。可随时、重复、与后台任务同时运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        counts = sweep()
        self.stdout.write(
            "新列入 {added}，制作 {made}，受阻 {held}，因变更结束 {ended}，开放 {opened}".format(**counts)
        )
        report = completeness(clock.today())
        self.stdout.write(
            f"已安排 {report.seated} ＝ 已制作 {report.ready} ＋ 有原因 {len(report.explained)}"
        )
        for application, reason in report.explained:
            self.stdout.write(f"  {application.number}：{reason}")
        for application in report.unexplained:
            self.stdout.write(f"  {application.number}：没有准考证，且没有原因")
        if not report.holds:
            sys.exit(1)
