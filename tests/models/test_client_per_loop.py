"""One model used by several threads, each with an event loop of its own."""

import ssl
from typing import Any, cast

from openai import AsyncOpenAI

from agent_brain.models.clients import ClientPerLoop, find_trust


class OtherThreads(ClientPerLoop):
    """Gets a further loop's client whenever a loop is asked whether it is closed: another thread had its turn."""

    def add(self) -> None:
        self._clients[cast(Any, Asked(self))] = cast(Any, None)


class Asked:
    """An open event loop as far as it is asked whether it is closed."""

    def __init__(self, clients: OtherThreads) -> None:
        self._clients = clients

    def is_closed(self) -> bool:
        self._clients.add()
        return False


async def test_a_client_is_made_while_other_threads_make_theirs() -> None:
    clients = OtherThreads("http://127.0.0.1:9/v1", "any")
    clients.add()

    assert isinstance(await clients.get(), AsyncOpenAI)
    await clients.aclose()


def test_what_all_clients_trust_is_read_once_and_refuses_strangers() -> None:
    trust = find_trust()
    assert find_trust() is trust
    assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)
