"""What calls cost."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import Mistake
from harness.llm.pricing import load

PRICES = load()
COUNTS = st.integers(0, 2_000_000)


def test_the_table_says_when_it_was_taken() -> None:
    assert date(2026, 11, 22) == PRICES.taken
    assert set(PRICES.models) == {"claude-fable-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"}


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("claude-fable-5-2", 74.20),
        ("claude-opus-5-5", 37.20),
        ("claude-sonnet-5-5", 18.60),
        ("claude-haiku-5-5", 4.675),
    ],
)
def test_a_million_of_each(model: str, dollars: float) -> None:
    million = 1_000_000
    usage = {
        "input_tokens": million,
        "output_tokens": million,
        "cache_read_input_tokens": million,
        "cache_creation_input_tokens": 2 * million,
        "cache_creation": {"ephemeral_5m_input_tokens": million, "ephemeral_1h_input_tokens": million},
    }
    assert PRICES.cost(model, usage) == pytest.approx(dollars)


def test_writes_are_split_by_their_life() -> None:
    usage = {"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 1000}
    unsplit = PRICES.cost("claude-sonnet-5-5", usage)
    hour = PRICES.cost("claude-sonnet-5-5", {**usage, "cache_creation": {"ephemeral_1h_input_tokens": 1000}})
    assert unsplit == pytest.approx(0.0025)
    assert hour == pytest.approx(0.004)


def test_fields_may_be_null() -> None:
    usage = {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": None, "cache_creation": None}
    assert PRICES.cost("claude-sonnet-5-5", usage) == pytest.approx(40e-6)


def test_a_long_prompt_costs_more_from_the_first_token() -> None:
    most = {"input_tokens": 60_000, "cache_read_input_tokens": 40_000, "output_tokens": 0}
    more = {**most, "input_tokens": 60_001}
    assert PRICES.cost("claude-haiku-5-5", most) == pytest.approx(0.0064)
    assert PRICES.cost("claude-haiku-5-5", more) == pytest.approx(0.0320005)


def test_a_dated_release_costs_what_the_model_costs() -> None:
    usage = {"input_tokens": 1000, "output_tokens": 1000}
    assert PRICES.cost("claude-opus-5-5-20261001", usage) == PRICES.cost("claude-opus-5-5", usage) == 0.024


@pytest.mark.parametrize("model", ["local-hand", "claude-opus-5-5-mini", ""])
def test_an_unknown_model_costs_an_unknown_amount(model: str) -> None:
    assert PRICES.cost(model, {"input_tokens": 1, "output_tokens": 1}) is None
    assert PRICES.worst(model, 1, 1) is None


@pytest.mark.parametrize("usage", [{}, {"input_tokens": 5}, {"output_tokens": 5}, {"input_tokens": None}])
def test_unknown_counts_cost_an_unknown_amount(usage: dict[str, int]) -> None:
    assert PRICES.cost("claude-opus-5-5", usage) is None


def test_the_reservation_is_at_the_dearest_price_that_can_apply() -> None:
    assert PRICES.worst("claude-opus-5-5", 1_000_000, 1_000_000) == pytest.approx(28)
    assert PRICES.worst("claude-haiku-5-5", 100_000, 0) == pytest.approx(0.02)
    assert PRICES.worst("claude-haiku-5-5", 100_001, 0) == pytest.approx(0.100001)


@given(st.sampled_from(sorted(PRICES.models)), COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_no_call_costs_more_than_its_reservation(
    model: str, fresh: int, short: int, hour: int, read: int, out: int
) -> None:
    usage = {
        "input_tokens": fresh,
        "output_tokens": out,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": short + hour,
        "cache_creation": {"ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": hour},
    }
    cost, worst = PRICES.cost(model, usage), PRICES.worst(model, fresh + short + hour + read, out)
    assert cost is not None
    assert worst is not None
    assert cost <= worst * (1 + 1e-9)


OWN = """
taken = 2027-01-05
[models.local-hand]
rates = { input = 1, output = 2, write_5m = 0, write_1h = 0, read = 0 }
[models.claude-opus-5-5]
rates = { input = 40, output = 200, write_5m = 50, write_1h = 80, read = 2 }
"""


def test_a_file_replaces_and_adds(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(OWN)
    prices, usage = load(own), {"input_tokens": 1_000_000, "output_tokens": 0}
    assert prices.cost("local-hand", usage) == 1
    assert prices.cost("claude-opus-5-5", usage) == 40
    assert prices.cost("claude-sonnet-5-5", usage) == 2
    assert prices.taken == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("taken = ", "is not TOML"),
        ("[models]", "taken"),
        (OWN.replace("input = 1,", "input = -1,"), "models.local-hand.rates.input"),
        (OWN.replace("input = 1,", "input = nan,"), "models.local-hand.rates.input"),
        (OWN.replace("input = 1, ", ""), "models.local-hand.rates.input"),
        (OWN.replace("read = 0 ", "reed = 0 "), "models.local-hand.rates"),
    ],
)
def test_a_bad_file_is_a_mistake(tmp_path: Path, text: str, sentence: str) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(text)
    with pytest.raises(Mistake, match=sentence):
        load(own)


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="No such file"):
        load(tmp_path / "none.toml")


def test_prices_and_connect_do_not_import_the_vendors_package() -> None:
    code = "import sys, harness.llm.pricing, harness.llm.connect; print('anthropic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
