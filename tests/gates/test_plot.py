"""The latency plot: what the figures hold is drawn, the same every time, whatever an operation is called."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from harness.domain.plot import MOST_ROWS, Row, bin_of, plot, rows, spread

FIGURES = {
    "POST /token p50 ms": 2.0, "POST /token p95 ms": 4.5, "POST /token limit ms": 100,
    "POST /token spread": spread([1.9] * 60 + [2.2] * 30 + [4.4] * 9 + [40.0]), "POST /token statuses": "200: 100",
    "GET /slow p50 ms": 150.0, "GET /slow p95 ms": 260.0, "GET /slow limit ms": 200.0, "exchanges": 7,
    "GET /half p95 ms": 3.0,
}  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


def test_figures_become_rows_and_incomplete_ones_do_not() -> None:
    first, second = rows(FIGURES)
    assert (first.name, first.p50, first.p95, first.limit, first.slow) == ("POST /token", 2.0, 4.5, 100.0, False)
    assert sum(first.counts) == 100
    assert first.first == bin_of(1.9)
    assert second.slow and second.counts == ()


def test_a_row_has_its_limit_its_percentiles_and_a_bar_for_each_bin() -> None:
    text = plot(rows(FIGURES))
    assert text == plot(rows(dict(FIGURES)))
    root = ElementTree.fromstring(text)
    groups = root.findall(f"{SVG}g")
    assert [group.findtext(f"{SVG}title") for group in groups] == ["POST /token", "GET /slow"]
    assert len(groups[0].findall(f"{SVG}rect")) == len([1 for count in rows(FIGURES)[0].counts if count])
    marks = {
        line.get("stroke-dasharray", ""): float(line.get("x1", "0")) for line in groups[1].findall(f"{SVG}line")[1:]
    }
    assert marks["3 2"] < marks[""], "the 95th percentile lies behind the limit"
    assert "#c0392b" in ElementTree.tostring(groups[1]).decode()
    assert "#c0392b" not in ElementTree.tostring(groups[0]).decode()


def test_times_are_counted_by_bins_of_equal_ratio() -> None:
    assert spread([]) == ""
    assert spread([0.0, 0.05]) == "0: 2"
    assert spread([1.01, 1.01, 2.1]) == "10: 2 0 0 1"
    assert bin_of(1e12) == 59
    assert bin_of(math.nan) == 0


def test_hostile_names_and_many_rows_stay_small_and_well_formed() -> None:
    name = 'GET /<script>alert("x")</script>&\x00\x1b[0m' + "y" * 5000
    text = plot([Row(name, 1, 2, 3)] * (MOST_ROWS + 5))
    assert "<script" not in text and "\x1b" not in text
    assert "5 more operations are not drawn" in text
    assert len(text) < 400_000
    assert len(ElementTree.fromstring(text).findall(f"{SVG}g")) == MOST_ROWS
    assert ElementTree.fromstring(plot([])) is not None


@given(
    st.text(max_size=60),
    st.floats(0, 1e9, allow_nan=False), st.floats(0, 1e9, allow_nan=False), st.floats(0, 1e9, allow_nan=False),
    st.lists(st.floats(0, 1e7, allow_nan=False), max_size=30),
)  # fmt: skip
def test_anything_is_drawn(name: str, p50: float, p95: float, limit: float, times: list[float]) -> None:
    figures = {
        f"{name} p50 ms": p50, f"{name} p95 ms": p95, f"{name} limit ms": limit, f"{name} spread": spread(times),
    }  # fmt: skip
    found = rows(figures)
    assert sum(found[0].counts) == len(times)
    ElementTree.fromstring(plot(found))
