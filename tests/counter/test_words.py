"""The trail and the access log speak Chinese: every deed and look that the code records has its words."""

import re
from itertools import chain

from portal.audit.words import LOOKS, WORDS

RECORDED = re.compile(r"""(?:trail\.record|_note)\(\s*["']([a-z_]+(?:\.[a-z_]+)?)["']""")
LOOKED = re.compile(r"""(?:record_access|_log(?:_look)?)\(\s*(?:request, \w+, )?["']([a-z_.]+)["']""")


def sources(root) -> str:
    files = chain.from_iterable(
        (root / app).rglob("*.py") for app in ("portal", "applicants", "exams", "certificates")
    )
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_deed_has_its_words(project_root):
    recorded = set(RECORDED.findall(sources(project_root)))
    assert len(recorded) > 40
    assert recorded - set(WORDS) == set()


def test_every_look_has_its_words(project_root):
    looked = set(LOOKED.findall(sources(project_root)))
    assert len(looked) > 5
    assert looked - set(LOOKS) == set()
