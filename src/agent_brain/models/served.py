"""Where a model is served: what tells two servers of one model apart, for prices, circuits and messages."""

from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from agent_brain.core.chat import ChatModel
from agent_brain.core.offers import offers


@runtime_checkable
class Served(Protocol):
    """A model that knows its server; one that does not is none of a server's, as far as anybody can tell."""

    @property
    def server(self) -> str:
        """The server's base URL."""


def find_server(model: ChatModel) -> str:
    """The base URL of a model's server, or an empty text."""
    return model.server if offers(model, Served) else ""


def find_host(server: str) -> str:
    """The host, and the port where one is named: a URL without what may be a password in it."""
    return urlsplit(server).netloc.rpartition("@")[2]


def describe_model(model: ChatModel) -> str:
    """A model's name, and where it is served."""
    host = find_host(find_server(model))
    return f"model {model.name!r} at {host}" if host else f"model {model.name!r}"
