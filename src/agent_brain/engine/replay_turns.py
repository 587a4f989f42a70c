"""Turns: recorded outcomes are given to the actions of a replay in the order in which they once came."""

import asyncio
from collections.abc import Iterable

from agent_brain.core.items import find_key
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import ActionFinished, Paused, Record

PATIENCE = 1000
"""How many turns of the event loop an outcome waits for one that came before it, and whose action is not there yet."""

Outcome = ActionFinished | Paused


class Turns:
    """The outcomes of a scene, and the actions that wait for theirs.

    An outcome may have started another action, whose own came next; so one that is there waits a moment for those
    before it. Actions are known by their keys: one that a fork goes on with has an older id.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._outcomes = [record for record in records if isinstance(record, Outcome) and _is_outcome(record)]
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._is_holding = False

    def has(self, key: str) -> bool:
        """True where an outcome of this action is still to be given."""
        return self._find(key) is not None

    async def take(self, key: str) -> Outcome | None:
        """The outcome of an action, in its turn; None where there is none."""
        turn = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.sleep(0)  # so that all that were started together are here
            self._give()
            await turn
        finally:
            del self._waiting[key]
        place = self._find(key)
        if place is None:
            return None
        record = self._outcomes.pop(place)
        asyncio.get_running_loop().call_soon(self._give)
        return record

    def drop(self, record: Record) -> None:
        """Wait no longer for an outcome that has come though nobody has asked for it."""
        if self._outcomes and self._outcomes[0] is record:
            del self._outcomes[0]

    def _find(self, key: str) -> int | None:
        return next((place for place, record in enumerate(self._outcomes) if find_key(record.action_id) == key), None)

    def _give(self) -> None:
        """Let the action go whose outcome comes first."""
        if not self._is_holding:
            self._look(PATIENCE)

    def _look(self, patience: int) -> None:
        """As `_give`; where the first does not come, the first of those that are there, or all without one."""
        is_there = not self._outcomes or find_key(self._outcomes[0].action_id) in self._waiting
        self._is_holding = bool(self._waiting) and not is_there and patience > 0
        if self._is_holding:
            asyncio.get_running_loop().call_soon(self._look, patience - 1)
            return
        keys = (find_key(record.action_id) for record in self._outcomes)
        first = next((key for key in keys if key in self._waiting), None)
        for key, turn in self._waiting.items():
            if not turn.done() and first in (None, key):
                turn.set_result(None)


def _is_outcome(record: Outcome) -> bool:
    """What a tool has said last, its question to a person included."""
    return not isinstance(record, Paused) or (record.kind is PauseKind.QUESTION and bool(record.action_id))
