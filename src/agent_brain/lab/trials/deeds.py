"""What was done to a trial's world, as its journal tells it, and how a new world is brought to the same place."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from itertools import groupby

from agent_brain.core.items import Action
from agent_brain.core.net import Net
from agent_brain.core.records import ActionFinished, ActionStarted, Asked, LimitMet, Record, Started, StateSet
from agent_brain.core.state import StateType
from agent_brain.core.store import Store
from agent_brain.lab.task import World
from agent_brain.lab.trials.past import read_records
from agent_brain.nets.resetting import ResetState

Deed = Action | None
"""An action that a tool has carried out; None: a net had its tools undo what they had changed."""


async def find_deeds(store: Store, run_id: str, net: Net) -> list[Deed]:
    """What a run has done, those before it and inside it too, in the order in which it ended.

    An action in doubt is none: its world is gone, and the new one has not seen it. Raises: StoreError.
    """
    finding = _Finding(dict(_list_states(net)))
    async with aclosing(read_records(store, run_id)) as records:
        async for path, record in records:
            finding.take(path, record)
    return finding.done


async def repeat(world: World, deeds: Sequence[Deed]) -> None:
    """Do it all once more; what a net has undone is undone by the world's own tools, and by no others."""
    for is_reset, group in groupby(deeds, lambda deed: deed is None):
        if not is_reset:
            await world.repeat([deed for deed in group if deed is not None])
            continue
        for spec in world.tools.specs:
            if spec.reset is not None:
                await spec.reset()


class _Finding:
    """Goes through the records of a run."""

    def __init__(self, resets: dict[str, bool]) -> None:
        """`resets`: of each known state, whether it has tools undo what they changed."""
        self.done: list[Deed] = []
        self._resets = resets
        self._begun: dict[str, ActionStarted] = {}
        self._states: dict[str, str] = {}
        """Where each run inside is, by its path; nowhere, once a limit has taken it from there."""

    def take(self, path: str, record: Record) -> None:
        match record:
            case Started(state=state) | Asked(state=state):
                self._states[path] = state
            case LimitMet():
                self._states[path] = ""
            case StateSet(state):
                if self._is_reset(self._states.get(path, "")):
                    self.done.append(None)
                self._states[path] = state
            case ActionStarted(action_id):
                self._begun[action_id] = record
            case ActionFinished(action_id, outcome):
                start = self._begun.pop(action_id, None)
                if start is not None and not start.refused and outcome.fault is None:
                    self.done.append(start.action)

    def _is_reset(self, state: str) -> bool:
        """By its name, where the net is another one than the run was begun with."""
        return self._resets.get(state, state == StateType.RESET)


def _list_states(net: Net) -> Iterator[tuple[str, bool]]:
    """The states of a net and of those inside it."""
    for name, state in net.states.items():
        yield name, isinstance(state, ResetState)
        for inner in state.inner_nets:
            yield from _list_states(inner)
