"""Models by name, and the one that is used where none is named."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from agent_brain.core.errors import SetupError
from agent_brain.core.ports import ChatModel
from agent_brain.models.circuit import SHARED, Circuit
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.model_errors import NO_KEY
from agent_brain.models.prices import Prices
from agent_brain.models.profiles import Profile
from agent_brain.models.retry import RetryPolicy
from agent_brain.wiring.tables import check_kind

Named = str | ChatModel
"""A model, or the name of one."""
OFFLINE = "offline"
DEFAULT_MODEL = "gpt-4.1-mini"
"""Used where a key is configured, no other server, and no model is named."""
STANDBY = RetryPolicy(attempts_max=2, retry_after_max_seconds=5.0)
"""While another model stands by, a server is not waited for as long."""


def make_model(
    model: Named | Sequence[Named] | None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    options: Mapping[str, Any] | None = None,
    profile: str | Profile | None = None,
) -> ChatModel:
    """The model of this name; an object is returned as it is; None: the one that the environment configures.

    Of several, each is asked where those before it cannot answer. Those that are named give up sooner while another
    one stands by, and all of them share a circuit with whatever else asks their server.
    Raises: SetupError where a server is configured and no model is named.
    """
    if model is None or model == "":
        model = choose_models(os.environ, base_url=base_url, api_key=api_key)
    several: Sequence[Any] = model if isinstance(model, list | tuple) and model else [model]
    server = base_url or os.environ.get("OPENAI_BASE_URL") or "the default server"
    circuit = SHARED.get(server) if len(several) > 1 else None
    found = [
        _make_named(
            each,
            base_url=base_url,
            api_key=api_key,
            options=options,
            circuit=circuit,
            retry=None if place == len(several) else STANDBY,
            profile=profile,
        )
        if isinstance(each, str)
        else check_kind("model", each, ChatModel)
        for place, each in enumerate(several, 1)
    ]
    return found[0] if len(found) == 1 else FallbackModel(found)


def _make_named(  # noqa: PLR0913  # as OpenAIChat takes them
    name: str,
    *,
    base_url: str | None,
    api_key: str | None,
    options: Mapping[str, Any] | None,
    circuit: Circuit | None,
    retry: RetryPolicy | None,
    profile: str | Profile | None,
) -> ChatModel:
    if name == OFFLINE:
        from agent_brain.models.offline.model import OfflineModel

        return OfflineModel()
    from agent_brain.models.openai_chat import OpenAIChat

    is_named_server = base_url or os.environ.get("OPENAI_BASE_URL")
    if not api_key and not os.environ.get("OPENAI_API_KEY") and is_named_server:
        api_key = NO_KEY
    return OpenAIChat(
        name, base_url=base_url, api_key=api_key, options=options, circuit=circuit, retry=retry, profile=profile
    )


def split_names(names: str) -> list[str]:
    """The models' names in a variable, which commas part."""
    return [name.strip() for name in names.split(",") if name.strip()]


def check_prices(prices: Prices, models: Iterable[ChatModel]) -> None:
    """Let models pass whose price is known: a limit on money can be kept for no other.

    Raises: SetupError, which says how a price is given.
    """
    unknown = prices.find_unknown(models)
    if unknown:
        raise SetupError(
            f"there is a limit on money (usd), and nobody knows what these cost: {', '.join(unknown)}; give their "
            "prices with Brain(prices={NAME: Price(input=..., output=...)}) or the setting [prices], install "
            "agent-brain[prices], or limit tokens instead"
        )


def choose_models(environ: Mapping[str, str], *, base_url: str | None = None, api_key: str | None = None) -> list[str]:
    """The models' names where none is given: the embedded one only where nothing else is configured."""
    if named := split_names(environ.get("AGENT_BRAIN_MODEL", "")):
        return named
    if server := base_url or environ.get("OPENAI_BASE_URL"):
        host = urlsplit(server).netloc.rpartition("@")[2]  # what stands before it may be a password
        raise SetupError(
            f"a server is configured ({host}), but no model: name one with --model, Brain(model=...) or "
            "AGENT_BRAIN_MODEL; `agent-brain models check` lists what the server has"
        )
    return [DEFAULT_MODEL if api_key or environ.get("OPENAI_API_KEY") else OFFLINE]
