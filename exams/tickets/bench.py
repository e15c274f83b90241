"""How fast tickets are made: the naive way and ours, side by side (`manage.py bench tickets`).

Naive: everything new for each ticket (font configuration, template, style sheets) in the machine's CJK collection
font, tagged like ours. Each way has a process of its own, warm before its first round, and the two take turns, so that
what else the machine does falls on both. Time is the processor's, so a ticket a second means a ticket a second on one
core, whatever runs beside. Memory is the peak of the process (VmHWM), Django and all, in MB as `top` counts them.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median
from time import process_time

from exams.tickets.face import TicketFace
from exams.tickets.samples import face

ROUNDS = 5
SYSTEM_FACE = '"Noto Sans CJK SC"'
LEAST_RATIO, MOST_BYTES, MOST_MEMORY = 1.9, 170_000, 130 * 2**20


@dataclass(frozen=True)
class Round:
    """One round of one way: tickets made, processor seconds, bytes of all files, resident and peak memory in bytes."""

    tickets: int
    seconds: float
    size: int
    resident: int
    peak: int


def compare(count: int) -> Iterator[str]:
    """Run both ways ROUNDS times with `count` tickets a round; lines of a report, the verdict last."""
    with _worker(_naively) as naive, _worker(_as_we_do) as ours:
        yield f"{count} tickets a round, {ROUNDS} rounds, the two ways taking turns"
        pairs = []
        for number in range(ROUNDS):
            faces = [face(index) for index in range(number * count, (number + 1) * count)]
            pairs.append((naive(faces), ours(faces)))
            yield f"  round {number + 1}: naive {_rate(pairs[-1][0]):.2f}/s, ours {_rate(pairs[-1][1]):.2f}/s"
    for name, rounds in (("naive", [pair[0] for pair in pairs]), ("ours", [pair[1] for pair in pairs])):
        yield (
            f"{name:>6}: {median(map(_rate, rounds)):6.2f} tickets a second and core, "
            f"{_size(rounds) / 1000:6.1f} kB a ticket, peak {rounds[-1].peak / 2**20:5.0f} MB"
        )
    ratio = median(_rate(ours) / _rate(naive) for naive, ours in pairs)
    ours_rounds = [pair[1] for pair in pairs]
    held = ratio >= LEAST_RATIO and _size(ours_rounds) <= MOST_BYTES and ours_rounds[-1].peak < MOST_MEMORY
    yield (
        f" ratio: {ratio:.2f} (at least {LEAST_RATIO}; at most {MOST_BYTES // 1000} kB, "
        f"under {MOST_MEMORY // 2**20} MB): {'holds' if held else 'DOES NOT HOLD'}"
    )


def endure(count: int) -> Iterator[str]:
    """Make `count` tickets our way in one process, telling its memory as it goes: it must stay flat."""
    step = 50
    with _worker(_as_we_do) as ours:
        for start in range(0, count, step):
            done = ours([face(index) for index in range(start, min(start + step, count))])
            yield (
                f"  {start + done.tickets:>5} tickets: {_rate(done):5.2f}/s, "
                f"resident {done.resident / 2**20:5.1f} MB, peak {done.peak / 2**20:5.1f} MB"
            )


def _rate(done: Round) -> float:
    return done.tickets / done.seconds


def _size(rounds: list[Round]) -> float:
    return sum(done.size for done in rounds) / sum(done.tickets for done in rounds)


Way = Callable[[list[TicketFace]], Iterator[bytes]]


@contextmanager
def _worker(way: Way) -> Iterator[Callable[[list[TicketFace]], Round]]:
    """A warm process that makes tickets `way`; what is given has it make some."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_work, args=(way, there), daemon=True)
    process.start()
    there.close()

    def ask(faces: list[TicketFace]) -> Round:
        here.send(faces)
        return here.recv()

    try:
        ask([face(0)])
        yield ask
    finally:
        here.close()
        process.join()


def _work(way: Way, asked: Connection) -> None:
    import django

    django.setup()
    while True:
        try:
            faces = asked.recv()
        except EOFError:
            return
        before = process_time()
        size = sum(map(len, way(faces)))
        seconds = process_time() - before
        asked.send(Round(len(faces), seconds, size, _memory("VmRSS"), _memory("VmHWM")))


def _memory(entry: str) -> int:
    """Of this process, in bytes. Not getrusage: what that reports outlives exec and may be the parent's."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(f"{entry}:"))


def _as_we_do(faces: list[TicketFace]) -> Iterator[bytes]:
    from exams.tickets import documents

    return map(documents.render_ticket, faces)


def _naively(faces: list[TicketFace]) -> Iterator[bytes]:
    from django.conf import settings
    from django.template import engines
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from exams.tickets import documents
    from portal.pdf.sealed import SealedFetcher

    forget_templates = engines["django"].engine.template_loaders[0].reset  # type: ignore[attr-defined]
    for one in faces:
        forget_templates()
        template = engines["django"].get_template(documents.TEMPLATE)
        page = template.render(
            {"association": settings.ASSOCIATION_NAME, "title": one.number, **documents.context(one)}
        )
        fonts = FontConfiguration()
        sheets = [
            CSS(
                string=engines["django"].get_template(name).render({"families": SYSTEM_FACE}),
                font_config=fonts,
            )
            for name in ("pdf/base.css", documents.TEMPLATE.replace(".html", ".css"))
        ]
        html = HTML(string=page, url_fetcher=SealedFetcher(documents.pictures(one)))
        yield html.write_pdf(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1")
