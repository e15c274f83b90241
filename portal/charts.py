"""Charts as SVG, made on the server: for people who would rather look than read. A table with the same figures stands
beside each, for those who would rather read.

Pure functions of data; `code` names the chart on its page. Colours and type come from classes in static/css/charts.css,
as the content policy forbids styles in the markup. Colour is never alone: totals and parts are written out, the
description speaks them, and the table has them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from django.utils.safestring import SafeString, mark_safe

WIDTH = 640
VALUE = 136
FIGURE, LETTER = 13, 22
"""The widest a figure or a Chinese letter gets beside the bars: on a phone, where the type is larger (charts.css)."""
ROW, BAR = 34, 20
LINE_HEIGHT = 240
LONGEST_LABEL = 11
ROOM_FOR_A_FIGURE = 32
KINDS, DARK = 7, (0, 2, 4, 5)
"""As many series as charts.css tells apart, and those of them on which a figure is written in white."""


@dataclass(frozen=True)
class Series:
    """One set of values, one for each label; None where there is nothing to show."""

    name: str
    values: Sequence[float | None]


def bars(
    *,
    code: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    unit: str,
    most: float | None = None,
) -> SafeString:
    """Horizontal bars, one a label; several series are laid end to end. `unit` follows each total.

    `most` is the value that fills the width, the largest total where it is not given.
    """
    totals = [_total([one.values[row] for one in series]) for row in range(len(labels))]
    full = most or max((total for total in totals if total is not None), default=0) or 1
    margin = label_width(labels)
    room = WIDTH - margin - VALUE
    body = []
    for row, label in enumerate(labels):
        top = row * ROW
        body.append(_text(margin - 10, top + ROW / 2, _short(label), "chart-label chart-label--end"))
        left = margin
        for kind, one in enumerate(series):
            value = one.values[row]
            if value:
                width = room * value / full
                body.append(
                    f'<rect class="chart-bar chart-kind-{kind % KINDS}" x="{left:.1f}"'
                    f' y="{top + (ROW - BAR) / 2:.1f}" width="{width:.1f}" height="{BAR}"/>'
                )
                if len(series) > 1 and width >= ROOM_FOR_A_FIGURE:
                    shade = "dark" if kind % KINDS in DARK else "light"
                    middle = left + width / 2
                    body.append(
                        _text(middle, top + ROW / 2, _figure(value), f"chart-inside chart-on-{shade}")
                    )
                left += width
        total = totals[row]
        said = "—" if total is None else f"{_figure(total)}{unit}"
        body.append(_text(left + 8, top + ROW / 2, said, "chart-value"))
    height = max(len(labels), 1) * ROW
    spoken = "；".join(
        _spoken(label, [one.values[row] for one in series], series, unit) for row, label in enumerate(labels)
    )
    return _svg(code, title, spoken, height, body)


def line(
    *, code: str, title: str, labels: Sequence[str], values: Sequence[float | None], unit: str
) -> SafeString:
    """One line over the labels in order; a gap where there is no value. Every point is written out."""
    known = [value for value in values if value is not None]
    full = max(known, default=0) or 1
    left, right, top, bottom = 32, WIDTH - 32, 32, LINE_HEIGHT - 36
    step = (right - left) / max(len(labels) - 1, 1)
    points = [
        None if value is None else (left + step * place, bottom - (bottom - top) * value / full)
        for place, value in enumerate(values)
    ]
    body = [f'<path class="chart-axis" d="M{left} {bottom}H{right}"/>']
    body += [
        f'<path class="chart-line" d="M{one[0]:.1f} {one[1]:.1f}L{two[0]:.1f} {two[1]:.1f}"/>'
        for one, two in pairwise(points)
        if one and two
    ]
    for place, label in enumerate(labels):
        body.append(_text(left + step * place, LINE_HEIGHT - 14, label, "chart-label chart-label--middle"))
        point, value = points[place], values[place]
        if point is not None and value is not None:
            body.append(f'<circle class="chart-point" cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="4"/>')
            body.append(_text(point[0], point[1] - 14, _figure(value), "chart-value chart-label--middle"))
    spoken = "；".join(
        f"{label} {'没有' if value is None else f'{_figure(value)}{unit}'}"
        for label, value in zip(labels, values, strict=True)
    )
    return _svg(code, title, spoken, LINE_HEIGHT, body)


def _svg(code: str, title: str, spoken: str, height: float, body: Sequence[str]) -> SafeString:
    name = f"chart-{escape(code)}"
    return mark_safe(  # noqa: S308  every text in it is escaped
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(spoken)}</desc>'
        f"{''.join(body)}</svg>"
    )


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" dominant-baseline="central">{escape(words)}</text>'


def _spoken(label: str, values: Sequence[float | None], series: Sequence[Series], unit: str) -> str:
    if len(series) == 1:
        return f"{label} {'没有' if values[0] is None else f'{_figure(values[0])}{unit}'}"
    parts = "、".join(
        f"{one.name} {_figure(value)}" for one, value in zip(series, values, strict=True) if value
    )
    return f"{label} {parts or '没有'}"


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _figure(value: float) -> str:
    """Whole numbers with thousands set apart, others to one place."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def label_width(labels: Sequence[str]) -> float:
    """Room to the left of the bars for the longest of the labels, as they are shown."""
    shown = [_short(label) for label in labels]
    return 10 + max((sum(FIGURE if sign.isascii() else LETTER for sign in one) for one in shown), default=0.0)


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
