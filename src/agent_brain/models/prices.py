"""What models cost: the user's own prices, then those of `genai-prices` where it is installed, then a small table.

A price belongs to a model at a server: the same name elsewhere (a local server, a reseller) has none in the tables.
What has no price is unknown, never free. `prices.json` holds US dollars for a million tokens, by host and model;
`tests/models/test_prices.py` compares it with `genai-prices`.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.usage import Usage
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.served import describe_model, find_host, find_server

REPORTING = frozenset({"openrouter.ai"})
"""Hosts that tell with each reply what it has cost: https://openrouter.ai/docs (usage accounting)."""
EMBEDDED = frozenset({"offline"})
"""Models that no server is asked for."""
MILLION = 1_000_000
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens of one model. Raises: SetupError for what is no amount."""

    input: float
    output: float
    cached: float | None = None
    """Those of the input that came from the server's cache; None: they cost as much as the others."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            is_amount = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
            if not is_amount and (value is not None or field.name != "cached"):
                raise SetupError(
                    f"the price {field.name} is {value!r:.60}; wanted US dollars for a million tokens, 0 or more"
                )

    def charge(self, usage: Usage) -> float:
        """What these tokens cost."""
        cached = min(usage.cached_tokens, usage.input_tokens)
        cached_price = self.input if self.cached is None else self.cached
        amount = (usage.input_tokens - cached) * self.input + cached * cached_price + usage.output_tokens * self.output
        return amount / MILLION


class Prices:
    """Finds what a call has cost; `Prices({"qwen3-8b": Price(input=0.1, output=0.4)})` overrules the tables by name.

    Raises: SetupError for what is no price.
    """

    def __init__(self, own: Mapping[str, Price | Mapping[str, float]] | None = None) -> None:
        self._own = {name: read_price(name, price) for name, price in (own or {}).items()}

    def charge(self, model: ChatModel, usage: Usage) -> Usage:
        """The same usage with its cost, where that is known: what the server has told comes first."""
        if usage.priced_tokens or not usage.tokens:
            return usage
        cost = self.find(model, usage)
        return usage if cost is None else replace(usage, cost_usd=cost, priced_tokens=usage.tokens)

    def find(self, model: ChatModel, usage: Usage) -> float | None:
        """What this costs of this model, in US dollars; None where nobody knows."""
        server = find_server(model)
        if model.name in self._own:
            return self._own[model.name].charge(usage)
        if not server:
            return 0.0 if model.name in EMBEDDED else None
        cost = _ask_package(model.name, server, usage)
        return _ask_table(model.name, server, usage) if cost is None else cost

    def find_unknown(self, models: Iterable[ChatModel]) -> list[str]:
        """Those of these models whose calls would have no known cost, in words."""
        unknown = []
        for model in models:
            if isinstance(model, FallbackModel):
                unknown += self.find_unknown(model.models)
            elif (
                find_host(find_server(model)) not in REPORTING
                and self.find(model, Usage(input_tokens=1, output_tokens=1)) is None
            ):
                unknown.append(describe_model(model))
        return list(dict.fromkeys(unknown))


def read_price(name: str, given: object) -> Price:
    """The price in a table such as `{"input": 0.1, "output": 0.4}`. Raises: SetupError for what is none."""
    if isinstance(given, Price):
        return given
    names = {field.name for field in fields(Price)}
    if not isinstance(given, Mapping) or not {"input", "output"} <= given.keys() <= names:
        raise SetupError(
            f"the price of {name!r} is {given!r:.80}; wanted input and output, and perhaps cached: US dollars for a "
            "million tokens"
        )
    return Price(**given)


def drop_date(name: str) -> str:
    """A model's name without the date of its version."""
    return _DATE.sub("", name)


def _ask_table(name: str, server: str, usage: Usage) -> float | None:
    """By the own table; a version with a date costs what its model does, unless it has a row of its own."""
    models = _load_table().get(find_host(server), {})
    price = models.get(name, models.get(drop_date(name)))
    return None if price is None else price.charge(usage)


@cache
def _load_table() -> Mapping[str, Mapping[str, Price]]:
    table = json.loads(files("agent_brain.models").joinpath("prices.json").read_text(encoding="utf-8"))
    return {host: {name: Price(**price) for name, price in models.items()} for host, models in table.items()}


def _ask_package(name: str, server: str, usage: Usage) -> float | None:
    """By `genai-prices`, which is loaded on first use: it is large."""
    try:
        import genai_prices
    except ImportError:
        return None
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens),
        output_tokens=usage.output_tokens,
    )
    try:
        return float(genai_prices.calc_price(counted, name, provider_api_url=server).total_price)
    except (LookupError, ValueError):  # it knows no such server, no such model, or no price for such tokens
        return None
