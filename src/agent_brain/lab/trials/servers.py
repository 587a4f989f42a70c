"""The servers of an experiment as its trials find them, whoever is asked there: who fails again and again is given up.

What a model's own adapter tries again is not seen here: an attempt has failed when that has given up.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from agent_brain.core.counting import count
from agent_brain.core.errors import ModelErrorKind
from agent_brain.core.records import Failed
from agent_brain.models.circuit import COUNTED

FAILING = COUNTED | {ModelErrorKind.PROTOCOL}
"""What shows that a server is down, where it comes again and again; a page in place of a reply too, by then. Nothing
that a model itself has written is among it."""
FAILURES_MAX = 5
"""So many attempts in a row, of any trials, show that a server is down."""
AGAIN_SECONDS = 30.0
"""After this time trials ask again a server that was given up."""


class Servers:
    """Knows what became of the attempts on each server, or on those that a trial asks together.

    One that has never answered is given up when it is down: a wrong address, a server that was not started. One that
    has is given up only when a trial has waited for it as often as it may. Of several that are asked together nobody
    knows which one failed: only trials that ask all of them are left out.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[frozenset[str], _Server] = {}

    def note(self, names: Iterable[str], failed: Failed | None, *, is_last: bool) -> None:
        """How an attempt on these servers has ended; `is_last`: its trial makes no other."""
        asked = frozenset(names)
        if failed is None or failed.kind not in FAILING:
            for fewer in [known for known in self._known if known <= asked]:
                self._known[fewer] = _Server(has_answered=True)
            self._known[asked] = _Server(has_answered=True)
            return
        server = self._known.setdefault(asked, _Server())
        server.failures += 1
        server.failed = failed
        if server.failures >= FAILURES_MAX and (is_last or not server.has_answered):
            server.ask_at = self._clock() + AGAIN_SECONDS
            server.given_up.set()

    def find_given_up(self, names: Iterable[str]) -> Failed | None:
        """Why a trial on these servers is not to be tried; None: it is."""
        for server in self._find_known(names):
            if server.failed is not None and self._clock() < server.ask_at:
                why = f"not asked: its server has failed {count(server.failures, 'attempt')} in a row, at last: "
                return replace(server.failed, message=f"{why}{server.failed.message}")
        return None

    async def wait(self, names: Iterable[str], seconds: float) -> None:
        """Wait before the next attempt on servers that one was made on; no longer, where one of them is given up."""
        servers, now = self._find_known(names), self._clock()
        for server in servers:
            if now >= server.ask_at:  # it is asked again, and may be given up again
                server.given_up.clear()
        waits = [asyncio.ensure_future(server.given_up.wait()) for server in servers]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    def _find_known(self, names: Iterable[str]) -> list["_Server"]:
        """What is known of these servers, and of some of them."""
        asked = frozenset(names)
        return [server for known, server in self._known.items() if known <= asked]


@dataclass(slots=True)
class _Server:
    """What is known of one, or of several."""

    has_answered: bool = False
    failures: int = 0
    """Attempts in a row."""
    failed: Failed | None = None
    """How the last one did."""
    ask_at: float = 0.0
    """From then on trials ask again."""
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
