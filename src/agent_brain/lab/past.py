"""What the journal of a trial knows and its env does not: what was done to its world, and went wrong in runs inside."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from agent_brain.brain import Brain
from agent_brain.core.items import Action
from agent_brain.core.net import Net
from agent_brain.core.records import ActionFinished, ActionStarted, Faulted, Record, find_innermost
from agent_brain.core.store import Store
from agent_brain.lab.digests import name_turn


@dataclass(frozen=True, slots=True)
class Inside:
    """What was done, and went wrong, in the runs inside a trial's own."""

    faults: Mapping[str, int] = field(default_factory=dict)
    tool_calls: int = 0
    """One that was in doubt and is carried out again is the same call."""
    tool_failures: int = 0


async def find_actions(store: Store, run_id: str) -> list[Action]:
    """The actions that a run's tools have carried out, those of runs before it and inside it too, as they ended.

    One in doubt is none: its world is gone, and the new one has not seen it.
    Raises: StoreError.
    """
    begun: dict[str, ActionStarted] = {}
    done: list[Action] = []
    async with aclosing(_read(store, run_id)) as records:
        async for _, record in records:
            if isinstance(record, ActionStarted):
                begun[record.action_id] = record
            elif isinstance(record, ActionFinished):
                start = begun.pop(record.action_id, None)
                if start is not None and not start.refused and record.outcome.fault is None:
                    done.append(start.action)
    return done


async def count_inside(brain: Brain, trial_id: str, turns: int, after: int = 0) -> Inside:
    """The calls of tools, their failures and the faults in runs inside a trial's turns; their own are in their envs.

    `after`: how many records were taken over, of which nothing counts.
    Raises: StoreError.
    """
    if not turns or (not _nests(brain.net) and not any(spec.nests for spec in brain.tools.specs)):
        return Inside()
    faults: Counter[str] = Counter()
    called: set[str] = set()
    failures = 0
    async with aclosing(_read(brain.store, name_turn(trial_id, turns - 1), after)) as records:
        async for path, record in records:
            if path and isinstance(record, ActionStarted):
                called.add(record.action_id)
            elif path and isinstance(record, Faulted):
                faults[str(record.kind)] += 1
            elif path and isinstance(record, ActionFinished) and record.outcome.fault is not None:
                faults[str(record.outcome.fault)] += 1
            elif path and isinstance(record, ActionFinished):
                failures += record.outcome.is_error
    return Inside(faults, len(called), failures)


def _nests(net: Net) -> bool:
    return any(state.inner_nets for state in net.states.values())


async def _read(store: Store, run_id: str, after: int = 0) -> AsyncGenerator[tuple[str, Record], None]:
    """The records of a run and of those before it, each with the path of the run inside that wrote it."""
    async with aclosing(store.read(run_id, after)) as commits:
        async for commit in commits:
            for path, record in map(find_innermost, commit.records):
                yield path, record
