"""What a model call costs, from a table of prices. An unknown price is None and never 0."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from harness.domain.frozen import Frozen
from harness.errors import Mistake

SHIPPED = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"-\d{8}$")
_MILLION = 1_000_000

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Rates(Frozen):
    """US dollars per million tokens."""

    input: Dollars
    output: Dollars
    write_5m: Dollars
    """Written to the prompt cache for five minutes."""
    write_1h: Dollars
    """Written to the prompt cache for one hour."""
    read: Dollars
    """Read from the prompt cache."""


class Long(Frozen):
    """The rates of every token of a request whose prompt is longer than `above` tokens."""

    above: int = Field(gt=0)
    rates: Rates


class Price(Frozen):
    """What one model costs."""

    rates: Rates
    long: Long | None = None

    def at(self, prompt: int) -> Rates:
        """The rates of a request with `prompt` tokens of prompt, cached or not."""
        return self.long.rates if self.long and prompt > self.long.above else self.rates


class Prices(Frozen):
    """The price table."""

    taken: date
    """The day on which the prices were read from the vendor's list."""
    models: dict[str, Price] = {}

    def find(self, model: str) -> Price | None:
        """The model's price; a dated release such as `name-20261001` costs what `name` costs."""
        return self.models.get(model) or self.models.get(_DATED.sub("", model))

    def cost(self, model: str, usage: Mapping[str, Any]) -> float | None:
        """US dollars of one answer's `usage`; None if the model's price or the token counts are unknown."""
        price, tokens, output = self.find(model), usage.get("input_tokens"), usage.get("output_tokens")
        if price is None or tokens is None or output is None:
            return None
        short, hour = _writes(usage)
        read = usage.get("cache_read_input_tokens") or 0
        rates = price.at(tokens + short + hour + read)
        spent = tokens * rates.input + short * rates.write_5m + hour * rates.write_1h + read * rates.read
        return float(spent + output * rates.output) / _MILLION

    def worst(self, model: str, input_tokens: int, max_tokens: int) -> float | None:
        """The most that a call can cost in US dollars, for reserving; None if the model's price is unknown.

        `input_tokens` is an upper bound of the prompt, priced as if all of it went at the dearest rate.
        """
        price = self.find(model)
        if price is None:
            return None
        able = (price.rates, price.at(input_tokens))
        dearest = max(rate for r in able for rate in (r.input, r.write_5m, r.write_1h, r.read))
        return (input_tokens * dearest + max_tokens * max(r.output for r in able)) / _MILLION


def load(override: Path | None = None) -> Prices:
    """The shipped prices, with the models of the file `override` replaced or added; Mistake if it can't be used."""
    shipped = _parse(SHIPPED)
    if override is None:
        return shipped
    own = _parse(override)
    return Prices(taken=own.taken, models={**shipped.models, **own.models})


def _writes(usage: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens written to the cache for 5 minutes and for an hour; without a split they count as 5-minute writes."""
    split = usage.get("cache_creation") or {}
    short, hour = split.get("ephemeral_5m_input_tokens") or 0, split.get("ephemeral_1h_input_tokens") or 0
    total = max(usage.get("cache_creation_input_tokens") or 0, short + hour)
    return total - hour, hour


def _parse(path: Path) -> Prices:
    try:
        return Prices.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise Mistake(f"the price file {path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Mistake(f"the price file {path} can't be used: {where}: {first['msg']}") from error
    except ValueError as error:
        raise Mistake(f"the price file {path} is not TOML: {error}") from error
