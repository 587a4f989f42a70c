"""What the servers of one process make of tools: each is asked once for each model, however many runs want to know."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from agent_brain.core.chat import CallingModel, ChatModel, takes_tools
from agent_brain.core.wire_choice import WireChoice
from agent_brain.models.served import find_server
from agent_brain.models.tool_check import ToolCheck, ToolSupport, check_tools

CHECK_SECONDS = 60.0
"""How long a server has for the answer, its retries included: a local one may have to load its model first."""
CLOSE_SECONDS = 0.5
"""How long a request may take to close that nobody waits for any more."""
KNOWN_MAX = 1000
"""Models that a process remembers; the one found out first goes first."""

Key = tuple[str, str]
"""A model's name and its server."""


class ToolSupports:
    """Finds out what servers make of tools, and remembers it; runs that want to know at once share one request.

    What could not be found out (no key, no connection, no answer in time) is not remembered: the next run asks again.
    """

    def __init__(self, *, seconds: float = CHECK_SECONDS) -> None:
        self._seconds = seconds
        self._known: dict[Key, ToolCheck] = {}
        self._running: dict[tuple[Key, AbstractEventLoop], _Shared] = {}

    async def find(self, model: CallingModel) -> ToolCheck:
        """What the server of this model makes of tools; what asking has taken is told to one of those who waited."""
        key = _make_key(model)
        known = self._known.get(key)
        if known is not None:
            return known
        place = (key, asyncio.get_running_loop())
        shared = self._running.get(place)
        if shared is None:
            shared = self._running[place] = _Shared(self._check(model))
        try:
            check = await shared.wait()
        finally:
            if shared.is_over and self._running.get(place) is shared:
                del self._running[place]
        if check.support is not ToolSupport.UNKNOWN:
            self._remember(key, check)
        return check

    def recall(self, model: ChatModel) -> WireChoice | None:
        """What follows from a refusal of tools by this model's server; None where none is known."""
        known = self._known.get(_make_key(model))
        return judge(known) if known is not None and known.support is ToolSupport.REFUSED else None

    def note_refusal(self, model: ChatModel, why: str) -> None:
        """Remember that this model's server has refused tools, whatever it was known for; of no server, nothing."""
        if find_server(model):
            self._remember(_make_key(model), ToolCheck(ToolSupport.REFUSED, why))

    def forget(self) -> None:
        """Know nothing of any server."""
        self._known.clear()

    async def _check(self, model: CallingModel) -> ToolCheck:
        try:
            async with asyncio.timeout(self._seconds):
                return await check_tools(model)
        except TimeoutError:
            return ToolCheck(ToolSupport.UNKNOWN, f"no answer to a request with tools within {self._seconds:g} s")

    def _remember(self, key: Key, check: ToolCheck) -> None:
        if key not in self._known and len(self._known) >= KNOWN_MAX:
            del self._known[next(iter(self._known))]
        self._known[key] = replace(check, usage=None)


def _make_key(model: ChatModel) -> Key:
    return model.name, find_server(model).rstrip("/")


class _Shared:
    """Work that several wait for: it ends when the last of them has gone, and its cost is told once."""

    def __init__(self, work: Coroutine[Any, Any, ToolCheck]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)
        self._waiting = 0
        self._is_paid = False

    @property
    def is_over(self) -> bool:
        return self._task.done() or not self._waiting

    async def wait(self) -> ToolCheck:
        self._waiting += 1
        try:
            check = await asyncio.shield(self._task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self._task.done():
                self._task.cancel()
                await asyncio.wait([self._task], timeout=CLOSE_SECONDS)
        is_paid, self._is_paid = self._is_paid, True
        return replace(check, usage=None) if is_paid else check


SHARED = ToolSupports()
"""Those of all brains of a process."""


async def choose_way(model: ChatModel, supports: ToolSupports = SHARED) -> WireChoice:
    """The wire that goes with a model, found out where it has a server to ask."""
    if not takes_tools(model) or not isinstance(model, CallingModel):
        return WireChoice("text", f"model {model.name!r} takes no tools")
    if not find_server(model):
        return WireChoice("native", f"model {model.name!r} takes tools, and has no server that could be asked")
    return judge(await supports.find(model))


def judge(check: ToolCheck) -> WireChoice:
    """The wire that goes with what a server makes of tools: tool calls only where one has come."""
    match check.support:
        case ToolSupport.CALLS:
            return WireChoice("native", "its server took tools and gave back a call", spent=check.usage)
        case ToolSupport.NO_CALL:
            why = "its server took tools, and its model called none when it was told to"
            return WireChoice("text", why, spent=check.usage)
        case ToolSupport.REFUSED:
            return WireChoice("text", f"its server refuses tools: {check.reason}")
        case ToolSupport.BROKEN:
            return WireChoice("text", f"its server cannot read its own model's calls: {check.reason}")
        case ToolSupport.UNKNOWN:
            return WireChoice("text", f"what its server makes of tools could not be found out: {check.reason}")
