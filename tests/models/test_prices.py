"""What a call has cost: the server's word, the user's prices, the tables; what nobody knows is unknown."""

import json
import math
import sys
from importlib.resources import files

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.usage import Usage
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.offline.model import OfflineModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.prices import MILLION, Price, Prices
from agent_brain.models.scripted import ScriptedModel

OPENAI = "https://api.openai.com/v1"
LOCAL = "http://127.0.0.1:8080/v1"
USED = Usage(model_calls=1, input_tokens=1_000, output_tokens=500, cached_tokens=400)
TABLE: dict[str, dict[str, dict[str, float]]] = json.loads(
    files("agent_brain.models").joinpath("prices.json").read_text(encoding="utf-8")
)


def at(server: str, name: str = "gpt-4.1-mini") -> OpenAIChat:
    return OpenAIChat(name, base_url=server, api_key="any")


@pytest.mark.parametrize(("host", "name"), [(host, name) for host, models in TABLE.items() for name in models])
def test_the_own_table_says_what_genai_prices_says(host: str, name: str) -> None:
    price, server = Price(**TABLE[host][name]), f"https://{host}/v1"
    counted = genai_prices.Usage(input_tokens=MILLION, cache_read_tokens=MILLION // 4, output_tokens=MILLION)
    told = genai_prices.calc_price(counted, name, provider_api_url=server).total_price

    assert price.charge(Usage(input_tokens=MILLION, cached_tokens=MILLION // 4, output_tokens=MILLION)) == float(told)


def test_where_genai_prices_is_missing_the_own_table_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Prices().charge(at(OPENAI), USED)
    monkeypatch.setitem(sys.modules, "genai_prices", None)

    assert Prices().find(at(OPENAI), USED) == pytest.approx(whole.cost_usd)
    assert Prices().find(at(OPENAI, "gpt-4.1-mini-2025-04-14"), USED) == pytest.approx(whole.cost_usd)
    assert Prices().find(at(OPENAI, "gpt-4.1-mini-else"), USED) is None


def test_a_model_at_another_server_has_no_price_in_the_tables() -> None:
    charged = Prices().charge(at(LOCAL), USED)

    assert charged == USED
    assert charged.unpriced_tokens == 1_500


def test_the_user_s_price_overrules_the_tables_wherever_the_model_is() -> None:
    prices = Prices({"gpt-4.1-mini": Price(input=1, output=2), "free": {"input": 0, "output": 0}})

    assert prices.find(at(OPENAI), USED) == prices.find(at(LOCAL), USED) == 0.002
    assert prices.charge(at(LOCAL, "free"), USED).unpriced_tokens == 0


def test_what_the_server_has_told_stands() -> None:
    told = Usage(input_tokens=10, cost_usd=0.5, priced_tokens=10)

    assert Prices({"gpt-4.1-mini": Price(9, 9)}).charge(at(OPENAI), told) == told


def test_tokens_from_the_cache_have_a_price_of_their_own() -> None:
    usage = Usage(input_tokens=MILLION, cached_tokens=MILLION)

    assert (Price(2, 8, 0.5).charge(usage), Price(2, 8).charge(usage)) == (0.5, 2.0)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=9))
def test_the_price_of_a_sum_is_the_sum_of_the_prices(calls: list[tuple[int, int, int]]) -> None:
    price = Price(1.1, 4.4, 0.275)
    spent = [Usage(input_tokens=a + cached, output_tokens=b, cached_tokens=cached) for a, b, cached in calls]

    assert math.isclose(price.charge(sum(spent, Usage())), sum(map(price.charge, spent)), abs_tol=1e-9)


def test_the_embedded_model_costs_nothing_and_a_scripted_one_nobody_knows() -> None:
    models: list[ChatModel] = [
        OfflineModel(),
        ScriptedModel([]),
        at(OPENAI),
        at(LOCAL),
        at("https://openrouter.ai/api/v1", "x"),
    ]

    assert Prices().find_unknown([*models, FallbackModel(models)]) == [
        "model 'scripted'",
        "model 'gpt-4.1-mini' at 127.0.0.1:8080",
    ]


@pytest.mark.parametrize("wrong", [{"input": 1}, {"input": 1, "output": 1, "else": 1}, 5, "1/2"])
def test_what_is_no_price_is_refused(wrong: object) -> None:
    with pytest.raises(SetupError, match="wanted input and output"):
        Prices({"m": wrong})  # type: ignore[dict-item]  # wrong on purpose


@pytest.mark.parametrize("amount", [-1, math.nan, math.inf, "1", True, None])
def test_an_amount_that_makes_no_sense_is_refused(amount: object) -> None:
    with pytest.raises(SetupError, match="wanted US dollars for a million tokens"):
        Price(input=1, output=amount)  # type: ignore[arg-type]  # wrong on purpose
