"""The process that opens an uploaded file: `python -I child.py JOB [ARGUMENT…]`, the file on standard input.

The answer on standard output is one line of JSON and then the blobs whose sizes it lists. A refusal is an answer, too.
Whatever else happens ends the process, and the parent says that the file cannot be opened.
"""

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def main() -> None:
    sys.path.insert(0, str(PROJECT))
    from portal.files.confinement import confine
    from portal.files.errors import UnusableFile

    work, limits = _job(*sys.argv[1:])
    confine(**limits)
    try:
        facts, blobs = work(sys.stdin.buffer.read())
    except UnusableFile as refusal:
        facts, blobs = {"refused": refusal.sentence}, []
    except MemoryError:
        facts, blobs = {"refused": "文件展开后过大，无法处理。请缩小或拆分后再上传。"}, []
    header = json.dumps({**facts, "blobs": [len(blob) for blob in blobs]}).encode()
    sys.stdout.buffer.write(b"\n".join([header, b"".join(blobs)]))
    sys.stdout.buffer.flush()


def _job(name: str, *arguments: str) -> tuple[Callable[[bytes], tuple[dict, list[bytes]]], dict[str, int]]:
    """The work and what limits it has of its own.

    Only the library that the job needs is imported, and all of it: nothing can be opened later.
    """
    if name == "pdf":
        from portal.files.documents import clean_pdf

        return clean_pdf, {}
    if name == "preview":
        from portal.files.preview import draw_first_page

        return draw_first_page, {}
    if name in ("list-archive", "unpack"):
        from portal.files import unzip

        if name == "unpack":
            return unzip.unpack, {}
        return lambda tail: unzip.list_entries(tail, *arguments), {}
    if name == "sheet":
        from portal.workbook import limits, parsing

        return partial(parsing.parse, titles=arguments), limits.CHILD_LIMITS
    from portal.files import images

    return {"photo": images.fit_photo, "evidence": images.encode_evidence}[name], {}


if __name__ == "__main__":
    main()
