"""`manage.py check_invariants`: does the data keep its promises? Prints keys of records only, nothing personal."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from portal import registry

CLEAN, VIOLATED, COULD_NOT_RUN = 0, 1, 2


class Command(BaseCommand):
    help = "Checks every invariant; exit code 0: all hold, 1: some are broken, 2: the check could not run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            broken = {
                invariant: [str(key) for key in invariant.offenders()] for invariant in registry.invariants
            }
        except Exception as error:  # whatever stops a check, its text may quote a row: only its kind is told
            self.stderr.write(f"无法检查：{type(error).__name__}")
            sys.exit(COULD_NOT_RUN)
        if options["json"]:
            found = {invariant.code: keys for invariant, keys in broken.items() if keys}
            self.stdout.write(json.dumps({"checked": len(broken), "broken": found}, ensure_ascii=False))
        else:
            for invariant, keys in broken.items():
                if keys:
                    self.stdout.write(f"{invariant.code} {invariant.title}：{' '.join(keys)}")
            self.stdout.write(f"检查 {len(broken)} 项，{sum(map(bool, broken.values()))} 项有问题。")
        sys.exit(VIOLATED if any(broken.values()) else CLEAN)
