"""States that bring the world to where a branch begins: what a reset has undone on the way there is done again."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from agent_brain.core.errors import RunError
from agent_brain.core.events import Piece
from agent_brain.core.fold import Fold
from agent_brain.core.hidden import find_secret_names
from agent_brain.core.items import Action, Item, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.ports import Parts
from agent_brain.core.records import Status
from agent_brain.core.state import END, StateType
from agent_brain.core.tooling import Tools
from agent_brain.nets.acting import ActionState
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.search_tree import SEARCH, find_search
from agent_brain.nets.sub_run import NestingState, Task

TRAIL = "trail"
"""The slot of what is to be done again, turn by turn, as JSON; no model is asked there."""
NEXT = "next"
MOVES: Moves = {
    NEXT: {StateType.ACTION, StateType.ANSWER},
    StateType.ACTION: {NEXT},
    StateType.ANSWER: {END},
}


def make_restorer(depth: int) -> Net:
    """Do again what a slot says, a turn at a time; no model calls."""
    return Net(
        name="restore",
        states={
            NEXT: NextState(depth),
            StateType.ACTION: ActionState(then=NEXT),
            StateType.ANSWER: RestoredState(),
        },
        moves=MOVES,
        start=NEXT,
    )


def list_undone(env: MemoryEnv, tools: Tools) -> list[dict[str, Any]]:
    """The actions of a run that a reset undoes, but for those that failed, and so changed nothing.

    Raises: RunError where one has a secret, which no journal has.
    """
    specs = {spec.name: spec for spec in tools.specs if spec.reset is not None}
    found = [
        item.action
        for item in env.log
        if item.action is not None and item.action.name in specs and not _has_failed(item)
    ]
    for action in found:
        if find_secret_names(specs[action.name].parameters):
            raise RunError(f"{action.name} cannot be done again: its arguments hold a secret, which is not kept")
    return [{"name": action.name, "args": dict(action.args)} for action in found]


def _has_failed(item: Item) -> bool:
    return item.outcome is not None and item.outcome.status is OutcomeStatus.FAILED


@dataclass(frozen=True)
class NextState(LinkedState):
    """Chooses the actions of the next turn, and goes to `otherwise` where there is none left."""

    depth: int
    """How many turns there are at most."""
    then: str = field(default=StateType.ACTION, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """One for each turn, and one that finds none left."""
        return self.depth + 1

    @property
    def last_targets(self) -> frozenset[str]:
        """It leaves its cycle."""
        return frozenset({self.otherwise})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        turns = json.loads(env.slots.get(TRAIL, "[]"))[: self.depth]
        place = env.visits[env.state] - 1
        turn = turns[place] if place < len(turns) else ()
        env.choose([Action(name=each["name"], args=each["args"]) for each in turn])
        return
        yield

    async def _transition(self, env: MemoryEnv) -> None:
        if env.next_action:
            env.set_state(self.then, "there is something to be done again")
        else:
            env.set_state(self.otherwise, "all is as it was")


@dataclass(frozen=True)
class RestoredState(AnswerState):
    """Ends the run without a word of a model."""

    model_calls: ClassVar[int] = 0

    def bind(self, parts: Parts) -> Self:
        """The same state, which takes no model call."""
        return super().bind(parts).changed(model_calls=0)

    def _quote(self, env: MemoryEnv) -> str:
        return env.limit or "done"


@dataclass(frozen=True)
class RestoreState(NestingState):
    """After a reset, does again what led to the node that the search is at, in a run of its own.

    What is done again is what a reset undoes: other tools have changed nothing, or traces that do not matter. Goes on
    to `then`, to `otherwise` where an answer is looked for from here, and to `stopped` where it could not be done.
    Where nobody knows whether something was done, because a process died over it, it goes to `again`, for a reset.
    """

    net: Net
    visits: int
    then: str = field(kw_only=True)
    otherwise: str = field(kw_only=True)
    stopped: str = field(kw_only=True)
    again: str = field(default=StateType.RESET, kw_only=True)

    reads = frozenset({SEARCH})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise, self.stopped, self.again})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle through another reset."""
        return self.visits

    @property
    def last_targets(self) -> frozenset[str]:
        """There is no further reset."""
        return frozenset({self.then, self.otherwise, self.stopped})

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The net that does it."""
        return (self.net,)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its net has too."""
        return self.changed(parts=parts, net=self._bind_net(self.net, parts))

    def _plan(self, env: MemoryEnv) -> list[Task]:
        trail = [node.actions for node in find_search(env).find_path() if node.actions]
        return [Task(self.net, env.goal, {TRAIL: json.dumps(trail)})] if trail else []

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        for inner in done:
            if inner.status is Status.FAILED:
                raise RunError(f"what a branch begins with could not be restored: {inner.error}")
            if inner.status is not Status.ANSWERED:
                env.meet_limit("calls", f"what a branch begins with was not restored: {inner.limit or 'no more calls'}")

            elif _is_in_doubt(inner) and env.visits[env.state] >= self.visits:
                env.meet_limit("resets", "what a branch begins with is in doubt, and was reset too often")

    async def _transition(self, env: MemoryEnv) -> None:
        if env.limit:
            env.set_state(self.stopped, env.limit)
        elif any(map(_is_in_doubt, env.sub_runs.values())):
            env.set_state(self.again, "nobody knows whether all was done again")
        elif find_search(env).is_walking:
            env.set_state(self.otherwise, "an answer is looked for from here")
        else:
            env.set_state(self.then, "a branch begins here")


def _is_in_doubt(env: Fold) -> bool:
    """True where something was begun and nobody knows what came of it."""
    return any(item.outcome is not None and item.outcome.status is OutcomeStatus.UNKNOWN for item in env.log)
