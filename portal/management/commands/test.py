"""`manage.py test`: hands every argument as it stands to the class named by TEST_RUNNER."""

import sys
from collections.abc import Sequence

from django.conf import settings
from django.core.management.base import BaseCommand
from django.test.utils import get_runner


class Command(BaseCommand):
    help = (
        "Runs linters, rules, database tests on both databases, and journeys; or pytest with your arguments."
    )
    requires_system_checks = ()

    def run_from_argv(self, argv: Sequence[str]) -> None:
        # Django's parser would refuse what pytest understands (-x, --lf, a node id).
        sys.exit(get_runner(settings)(argv[2:]).run())
