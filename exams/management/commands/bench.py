"""`manage.py bench TOPIC`: measure a part of the portal on this machine."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand

from exams.filing.groups.rosters import bench as rosters
from exams.tickets import bench as tickets


def _tickets(count: int | None) -> Iterable[str]:
    """20 tickets a round against the naive way; with --count, that many in one process, for its memory."""
    return tickets.compare(20) if count is None else tickets.endure(count)


def _rosters(count: int | None) -> Iterable[str]:
    """Rosters of up to 5,000 rows, or of --count."""
    return rosters.measure(count or 5000)


# Topic → what measures it: called with --count (None if not given), yields the lines of its report.
TOPICS: dict[str, Callable[[int | None], Iterable[str]]] = {"rosters": _rosters, "tickets": _tickets}


class Command(BaseCommand):
    help = "Measure how fast a part of the portal works on this machine."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("topic", choices=sorted(TOPICS))
        parser.add_argument(
            "--count", type=int, help="tickets: run this many instead of comparing; rosters: rows"
        )

    def handle(self, *args: Any, topic: str, count: int | None, **options: Any) -> None:
        for line in TOPICS[topic](count):
            self.stdout.write(line)
