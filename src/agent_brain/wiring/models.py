"""Models by name, and the one that is used where none is named."""

import os
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from agent_brain.core.errors import SetupError
from agent_brain.core.ports import ChatModel
from agent_brain.models.model_errors import NO_KEY
from agent_brain.models.prices import Prices

OFFLINE = "offline"
DEFAULT_MODEL = "gpt-4.1-mini"
"""Used where a key is configured, no other server, and no model is named."""


def make_model(
    model: str | ChatModel | None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> ChatModel:
    """The model of this name; an object is returned as it is; None: the one that the environment configures.

    Raises: SetupError where a server is configured and no model is named.
    """
    if model is not None and not isinstance(model, str):
        return model
    name = model or choose_model(os.environ, base_url=base_url, api_key=api_key)
    if name == OFFLINE:
        from agent_brain.models.offline.model import OfflineModel

        return OfflineModel()
    from agent_brain.models.openai_chat import OpenAIChat

    is_named_server = base_url or os.environ.get("OPENAI_BASE_URL")
    if not api_key and not os.environ.get("OPENAI_API_KEY") and is_named_server:
        api_key = NO_KEY
    return OpenAIChat(name, base_url=base_url, api_key=api_key, options=options)


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


def choose_model(environ: Mapping[str, str], *, base_url: str | None = None, api_key: str | None = None) -> str:
    """The model's name where none is given: the embedded one only where nothing else is configured."""
    if named := environ.get("AGENT_BRAIN_MODEL"):
        return named
    if server := base_url or environ.get("OPENAI_BASE_URL"):
        host = urlsplit(server).netloc.rpartition("@")[2]  # what stands before it may be a password
        raise SetupError(
            f"a server is configured ({host}), but no model: name one with --model, Brain(model=...) or "
            "AGENT_BRAIN_MODEL; `agent-brain models check` lists what the server has"
        )
    return DEFAULT_MODEL if api_key or environ.get("OPENAI_API_KEY") else OFFLINE
