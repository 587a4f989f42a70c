"""How large models' contexts are and how they count: the user's word, the model's own, then tables.

A window belongs to a model at a server, as a price does. What nobody knows is unknown: nothing is cut for it before a
server refuses. `contexts.json` holds tokens by host and model, as `genai-prices` has them.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from urllib.parse import urlsplit

from agent_brain.core.chat import ChatModel
from agent_brain.core.context import choose_reply
from agent_brain.core.errors import SetupError
from agent_brain.core.ports import Room
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.families import find_weights
from agent_brain.models.prices import drop_date
from agent_brain.models.served import find_host, find_server

MODELS_MAX = 256
"""Models that one gauge remembers."""
TOKENS_MIN = 64
"""No window is smaller."""

CountTokens = Callable[[str, str], int]
"""A model's name and a text: how many tokens it is."""


class ModelGauge:
    """Knows windows by the user's word (`own`), by the model's attribute `context_tokens`, and by the tables.

    `count` replaces the counting by characters: `lambda model, text: len(encoding.encode(text))`.
    Raises: SetupError for a window that is no number of tokens.
    """

    def __init__(self, own: int | Mapping[str, int] | None = None, count: CountTokens | None = None) -> None:
        self._own = _check(own)
        self._count = count
        self._found: dict[int, tuple[ChatModel, Room | None]] = {}
        """By the model's identity, which is kept alive with it: asking what a model can do takes long."""

    def find_room(self, model: ChatModel) -> Room | None:
        """The window, and what of it is kept back for the reply; None where nobody knows."""
        known = self._found.get(id(model))
        if known is None:
            if len(self._found) >= MODELS_MAX:
                self._found.clear()
            known = self._found[id(model)] = (model, self._find_room(model))
        return known[1]

    def count(self, model: ChatModel, text: str) -> int:
        """Tokens of a text: by the counter that was given, else by characters as the model's family needs them."""
        return find_weights(model.name).count(text) if self._count is None else self._count(model.name, text)

    def _find_room(self, model: ChatModel) -> Room | None:
        while isinstance(model, FallbackModel):
            model = model.models[0]
        window = self._find_window(model)
        if window is None:
            return None
        reply = getattr(model, "reply_tokens", None) or choose_reply(window)
        return Room(window, min(reply, window // 2))

    def _find_window(self, model: ChatModel) -> int | None:
        own = self._own.get(model.name) if isinstance(self._own, Mapping) else self._own
        if own is not None:
            return own
        told = getattr(model, "context_tokens", None)
        return told if isinstance(told, int) else look_up_window(model.name, find_server(model))


def look_up_window(name: str, server: str) -> int | None:
    """The window that the tables have for a model at a server; None where they have none."""
    if not server or _is_local(server):
        return None
    models = _load_table().get(find_host(server), {})
    return models.get(name) or models.get(drop_date(name)) or _ask_package(name, server)


def _check(own: int | Mapping[str, int] | None) -> int | Mapping[str, int] | None:
    for name, tokens in own.items() if isinstance(own, Mapping) else [("", own)]:
        is_number = isinstance(tokens, int) and not isinstance(tokens, bool) and tokens >= TOKENS_MIN
        if not is_number and (tokens is not None or name):
            of = f" of {name!r}" if name else ""
            raise SetupError(
                f"context_tokens{of} is {tokens!r:.60}; wanted a whole number of at least {TOKENS_MIN}: tokens of "
                "prompt and reply together, or a mapping from models' names to such numbers"
            )
    return own


def _is_local(server: str) -> bool:
    """True for this machine and private networks: no table knows what is served there."""
    host = urlsplit(server).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan"))


@cache
def _load_table() -> Mapping[str, Mapping[str, int]]:
    table: Mapping[str, Mapping[str, int]] = json.loads(
        files("agent_brain.models").joinpath("contexts.json").read_text(encoding="utf-8")
    )
    return table


def _ask_package(name: str, server: str) -> int | None:
    """By `genai-prices`, which is loaded on first use: it is large."""
    try:
        from genai_prices.data_snapshot import get_snapshot
    except ImportError:
        return None
    try:
        _, found = get_snapshot().find_provider_model(name, None, None, server)
    except LookupError:  # it knows no such server, or no such model there
        return None
    return found.context_window
