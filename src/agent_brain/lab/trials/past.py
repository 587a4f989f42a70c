"""What the journal of a trial knows and its env does not: what was done, and went wrong, in runs inside."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.errands import STORE, is_brought
from agent_brain.core.errors import ModelError
from agent_brain.core.lens import FAILED_UPKEEP, find_kind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.records import (
    ActionFinished,
    ActionStarted,
    Asked,
    BoardPut,
    Failed,
    Faulted,
    Record,
    Resumed,
    find_innermost,
)
from agent_brain.core.store import Store
from agent_brain.lab.digests import name_turn
from agent_brain.lab.trials.failures import ARCHIVE, Blame, find_blame


@dataclass(frozen=True, slots=True)
class Inside:
    """What was done, and went wrong, in the runs inside a trial's own."""

    faults: Mapping[str, int] = field(default_factory=dict)
    tool_calls: int = 0
    """One that was in doubt and is carried out again is the same call."""
    tool_failures: int = 0
    broken: Failed | None = None
    """Something outside broke in them, or in a memory's call or errand, and the run went on without what it lacks."""


async def count_inside(brain: Brain, trial_id: str, envs: Sequence[MemoryEnv], after: int = 0) -> Inside:
    """The calls of tools, their failures and the faults in runs inside a trial's turns; their own are in their envs.

    `after`: how many records were taken over, of which nothing counts.
    Raises: StoreError.
    """
    has_left = any(FAILED_UPKEEP in env.board or any(map(_has_failed, env.board.values())) for env in envs)
    if not envs or not (has_left or _nests(brain.net) or any(spec.nests for spec in brain.tools.specs)):
        return Inside()
    counting = _Counting()
    async with aclosing(read_records(brain.store, name_turn(trial_id, len(envs) - 1), after)) as records:
        async for path, record in records:
            counting.take(path, record)
    return counting.sum_up()


class _Counting:
    """Goes through a trial's records."""

    def __init__(self) -> None:
        self._faults: Counter[str] = Counter()
        self._called: set[str] = set()
        self._failures = 0
        self._failed: dict[str, Failed] = {}
        """What runs inside have ended with, by their paths; those that went on have not ended."""
        self._left: list[Failed] = []
        self._errands: dict[tuple[str, str], Failed] = {}
        """What each was sent for in vain, by its run and key; one that has brought it since has not failed."""

    def take(self, path: str, record: Record) -> None:
        match record:
            case BoardPut(key, value) if key == FAILED_UPKEEP and value is not None:
                self._left.append(Failed(ModelError.__name__, f"{value['name']}: {value['error']}", find_kind(value)))
            case BoardPut(key, value) if is_brought(value):
                self._errands.pop((path, key), None)
                if _has_failed(value):
                    self._errands[path, key] = _describe(key, value)
            case Asked() if not path:  # paths are those of a question
                self._left += [*self._failed.values(), *self._errands.values()]
                self._failed.clear()
                self._errands.clear()
            case _ if path:
                self._take_inside(path, record)

    def _take_inside(self, path: str, record: Record) -> None:
        match record:
            case Failed():
                self._failed[path] = record
            case Resumed():
                self._failed.pop(path, None)
            case ActionStarted(action_id):
                self._called.add(action_id)
            case Faulted(kind):
                self._faults[str(kind)] += 1
            case ActionFinished(outcome=outcome) if outcome.fault is not None:
                self._faults[str(outcome.fault)] += 1
            case ActionFinished(outcome=outcome):
                self._failures += outcome.is_error

    def sum_up(self) -> Inside:
        """What it has come to."""
        ended = (*self._left, *self._failed.values(), *self._errands.values())
        broken = next((failed for failed in ended if find_blame(failed) is not Blame.ARM), None)
        return Inside(self._faults, len(self._called), self._failures, broken)


def _has_failed(value: Any) -> bool:
    """Whether this is of an errand that something outside broke."""
    return is_brought(value) and bool(value.get("kind"))


def _describe(key: str, value: Any) -> Failed:
    is_store = value["kind"] == STORE
    return Failed(
        ARCHIVE if is_store else ModelError.__name__, f"{key}: {value['error']}", "" if is_store else value["kind"]
    )


def _nests(net: Net) -> bool:
    return any(state.inner_nets for state in net.states.values())


async def read_records(store: Store, run_id: str, after: int = 0) -> AsyncGenerator[tuple[str, Record], None]:
    """The records of a run and of those before it, each with the path of the run inside that wrote it.

    Raises: StoreError.
    """
    async with aclosing(store.read(run_id, after)) as commits:
        async for commit in commits:
            for path, record in map(find_innermost, commit.records):
                yield path, record
