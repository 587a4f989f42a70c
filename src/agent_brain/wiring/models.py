"""Models by name, and the one that is used where none is named."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.ports import DEFAULT_ROLE
from agent_brain.models.circuit import SHARED
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.model_errors import NO_KEY, SECRET_CHARACTERS_MIN
from agent_brain.models.prices import Prices
from agent_brain.models.profiles import Profile
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.timeouts import Timeouts
from agent_brain.wiring.addresses import Address, find_address
from agent_brain.wiring.tables import check_kind

Named = str | ChatModel
"""A model, or the name of one."""
OFFLINE = "offline"
DEFAULT_MODEL = "gpt-4.1-mini"
"""Used where a key is configured, no other server, and no model is named."""
STANDBY = RetryPolicy(attempts_max=2, retry_after_max_seconds=5.0)
"""While another model stands by, a server is not waited for as long."""


def make_models(
    model: Named | Sequence[Named] | None, roles: Mapping[str, Named | Sequence[Named] | None], **settings: Any
) -> dict[str, ChatModel]:
    """The default model, and those of the roles that have one of their own; `settings` as `make_model` has them."""
    named = {role: given for role, given in roles.items() if given is not None}
    return {role: make_model(given, **settings) for role, given in {DEFAULT_ROLE: model, **named}.items()}


def make_model(  # noqa: PLR0913  # one keyword for each thing that all models have in common
    model: Named | Sequence[Named] | None,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    options: Mapping[str, Any] | None = None,
    profile: str | Profile | None = None,
    timeouts: Timeouts | None = None,
    models: Mapping[str, Any] | None = None,
) -> ChatModel:
    """The model of this name; an object is returned as it is; None: the one that the environment configures.

    Of several, each is asked where those before it cannot answer. Those that are named give up sooner while another
    one stands by, and each shares a circuit with whatever else asks its server. `NAME@URL` is on a server of its own;
    `models` says so for further names, as the settings do.
    Raises: SetupError where a server is configured and no model is named.
    """
    if model is None or model == "":
        model = choose_models(os.environ, base_url=base_url, api_key=api_key)
    several: Sequence[Any] = model if isinstance(model, list | tuple) and model else [model]
    default = Address("", base_url, api_key, options or {}, timeouts, profile)
    found = [
        _make_named(
            find_address(each, default, models or {}, os.environ),
            has_circuit=len(several) > 1,
            retry=None if place == len(several) else STANDBY,
        )
        if isinstance(each, str)
        else check_kind("model", each, ChatModel, "OpenAIChat(NAME), or a model's name")
        for place, each in enumerate(several, 1)
    ]
    return found[0] if len(found) == 1 else FallbackModel(found)


def _make_named(address: Address, *, has_circuit: bool, retry: RetryPolicy | None) -> ChatModel:
    if address.model == OFFLINE:
        from agent_brain.models.offline.model import OfflineModel

        return OfflineModel()
    from agent_brain.models.openai_chat import OpenAIChat

    server = address.base_url or os.environ.get("OPENAI_BASE_URL")
    api_key = address.api_key
    if not api_key and not os.environ.get("OPENAI_API_KEY") and server:
        api_key = NO_KEY
    return OpenAIChat(
        address.model,
        base_url=address.base_url,
        api_key=api_key,
        options=address.options,
        circuit=SHARED.get(server or "the default server") if has_circuit else None,
        retry=retry,
        profile=address.profile,
        timeouts=address.timeouts,
    )


def read_secrets(variables: Iterable[str]) -> list[str]:
    """What these variables hold, where it is long enough to be a secret: a stand-in may be a part of any word."""
    found = (os.environ.get(name, "").strip() for name in variables)
    return [value for value in dict.fromkeys(found) if len(value) >= SECRET_CHARACTERS_MIN]


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
            "AGENT_BRAIN_MODEL; `agent-brain models list` tells what the server has"
        )
    return [DEFAULT_MODEL if api_key or environ.get("OPENAI_API_KEY") else OFFLINE]
