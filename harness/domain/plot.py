"""Draws the latency gate's figures as one SVG: a row for each operation, on one logarithmic axis of milliseconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

FIRST = 0.1
"""Milliseconds at which the first bin begins; smaller values are in it."""
PER_DECADE = 10
MOST_BINS = 60
MOST_ROWS = 200
_LABEL, _PLOT, _FIGURES, _ROW, _HEAD, _FOOT = 300, 380, 190, 34, 34, 26
_FITS = 42
"""Characters of a name that fit into its column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One operation. Milliseconds."""

    name: str
    p50: float
    p95: float
    limit: float
    first: int = 0
    """Number of the first bin."""
    counts: tuple[int, ...] = ()
    """Requests in each bin from the first on."""

    @property
    def slow(self) -> bool:
        return not self.p95 < self.limit


def bin_of(milliseconds: float) -> int:
    """The number of the bin that a time belongs to."""
    if not milliseconds > FIRST:
        return 0
    return min(MOST_BINS - 1, int(PER_DECADE * math.log10(milliseconds / FIRST)))


def spread(times: Iterable[float]) -> str:
    """Times as a figure: `first: count count …`, one count a bin."""
    counts: dict[int, int] = {}
    for time in times:
        number = bin_of(time)
        counts[number] = counts.get(number, 0) + 1
    if not counts:
        return ""
    first, last = min(counts), max(counts)
    return f"{first}: {' '.join(str(counts.get(number, 0)) for number in range(first, last + 1))}"


def rows(figures: Mapping[str, float | int | str]) -> list[Row]:
    """The rows of the latency gate's figures, in their order; an operation without all of them is left out."""
    out = []
    for key in figures:
        name = key.removesuffix(" p95 ms")
        values = [figures.get(f"{name} {word} ms") for word in ("p50", "p95", "limit")]
        p50, p95, limit = (float(v) if isinstance(v, (int, float)) else math.nan for v in values)
        if name == key or math.isnan(p50 + p95 + limit):
            continue
        first, _, counts = str(figures.get(f"{name} spread", "")).partition(": ")
        numbers = tuple(int(word) for word in counts.split()[:MOST_BINS] if word.isdecimal() and len(word) < 9)
        start = int(first) if first.isdecimal() and len(first) < 3 else 0
        out.append(Row(name, p50, p95, limit, start, numbers))
    return out


def plot(rows: Sequence[Row]) -> str:
    """An SVG document; the same rows give the same bytes."""
    shown = rows[:MOST_ROWS]
    low, high = _range(shown)
    width, height = _LABEL + _PLOT + _FIGURES, _HEAD + _ROW * len(shown) + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img" aria-label="Latency by operation">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="16" fill="#555">operation</text>'
        f'<text x="{_LABEL + _PLOT + 20}" y="16" fill="#555">p50 / p95 / limit, ms</text>',
    ]
    for power in range(low, high + 1):
        x = _x(10.0**power, low, high)
        parts.append(
            f'<line x1="{x}" y1="{_HEAD - 8}" x2="{x}" y2="{height - _FOOT}" stroke="#ddd"/>'
            f'<text x="{x}" y="16" text-anchor="middle" fill="#555">{10.0**power:g} ms</text>'
        )
    for number, row in enumerate(shown):
        parts += _drawn(row, _HEAD + _ROW * number, low, high)
    parts.append(
        f'<text x="8" y="{height - 8}" fill="#555">bars: all requests; solid line: p95 of the best round; dot: p50; '
        f"dashed line: limit{_left(rows)}</text>"
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(row: Row, top: int, low: int, high: int) -> list[str]:
    base, tall = top + _ROW - 4, _ROW - 10
    colour = "#c0392b" if row.slow else "#2c6fbb"
    most = max(row.counts, default=0)
    parts = [
        f'<g><title>{_text(row.name)}</title><text x="8" y="{base - 8}" fill="#111">{_text(_short(row.name))}</text>',
        f'<line x1="{_LABEL}" y1="{base}" x2="{_LABEL + _PLOT}" y2="{base}" stroke="#bbb"/>',
    ]
    for number, count in enumerate(row.counts):
        if count:
            left = _x(FIRST * 10 ** ((row.first + number) / PER_DECADE), low, high)
            right = _x(FIRST * 10 ** ((row.first + number + 1) / PER_DECADE), low, high)
            size = max(1.0, round(tall * count / most, 1))
            wide = max(1.0, round(right - left - 1, 1))
            parts.append(
                f'<rect x="{left}" y="{round(base - size, 1)}" width="{wide}" height="{size}" fill="{colour}" '
                'fill-opacity="0.45"/>'
            )
    p50, p95, limit = (_x(value, low, high) for value in (row.p50, row.p95, row.limit))
    parts += [
        f'<line x1="{limit}" y1="{base - tall}" x2="{limit}" y2="{base}" stroke="#111" stroke-dasharray="3 2"/>',
        f'<line x1="{p95}" y1="{base - tall}" x2="{p95}" y2="{base}" stroke="{colour}" stroke-width="2"/>',
        f'<circle cx="{p50}" cy="{base}" r="3.5" fill="{colour}"/>',
        f'<text x="{_LABEL + _PLOT + 20}" y="{base - 8}" fill="{colour}">{_ms(row.p50)} / '
        f'<tspan font-weight="bold">{_ms(row.p95)}</tspan> / {row.limit:g}</text></g>',
    ]
    return parts


def _range(rows: Sequence[Row]) -> tuple[int, int]:
    """The powers of ten that the axis begins and ends with."""
    values = [value for row in rows for value in (row.p50, row.p95, row.limit)]
    for row in rows:
        values += [FIRST * 10 ** ((row.first + end) / PER_DECADE) for end in (0, len(row.counts))]
    finite = [min(max(value, FIRST), 1e5) for value in values if not math.isnan(value)] or [1.0, 100.0]
    low = math.floor(math.log10(min(finite)) + 1e-9)
    return low, max(low + 1, math.ceil(math.log10(max(finite)) - 1e-9))


def _x(value: float, low: int, high: int) -> float:
    part = (math.log10(max(value, 1e-9)) - low) / (high - low)
    return round(_LABEL + 20 + (_PLOT - 40) * min(1.05, max(-0.05, part)), 1)


def _ms(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _left(rows: Sequence[Row]) -> str:
    return f"; {len(rows) - MOST_ROWS} more operations are not drawn" if len(rows) > MOST_ROWS else ""


def _short(name: str) -> str:
    return name if len(name) <= _FITS else f"{name[: _FITS - 13]}…{name[-12:]}"


def _text(text: str) -> str:
    """Escaped, without what XML can't hold."""
    return escape("".join(c if c.isprintable() else "\ufffd" for c in text[:500]))
