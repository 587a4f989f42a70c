"""Runs without a model whose every step does and writes the same: what grows with a run is its journal alone."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from agent_brain.core.events import Ended, Event, Moved, Piece
from agent_brain.core.items import Action, ItemKind, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.state import END, State, StateType
from agent_brain.core.store import Store
from agent_brain.engine.driver import Driver
from agent_brain.engine.limits import Limits

UNLIMITED = Limits(model_calls=None, tool_calls=None, steps=None, seconds=None)
THOUGHT = "The reading before this one was within its bounds, so the next place is looked at. " * 5
OUTCOME = "The value at this place is 37, with 4 readings since the morning. " * 5
READ, WEIGH = "read", "weigh"


@dataclass(frozen=True)
class WorkState(State):
    """Writes an item and a value of the board in each step; with `acts`, carries out an action before."""

    then: str
    steps: int
    """The step that ends the run."""
    acts: bool

    @property
    def targets(self) -> frozenset[str]:
        """Where it goes."""
        return frozenset({self.then, END})

    @property
    def visits_max(self) -> int:
        """Each visit is a step."""
        return self.steps

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if self.acts:
            action_id = env.start_action(Action(name="measure", args={"place": env.steps % 10}))
            yield "measuring"  # the intent is durable from here on
            env.finish_action(action_id, Observation(OUTCOME))
            yield "measured"
        else:
            yield "looking"
            yield "looked"
        env.add(ItemKind.THOUGHT, THOUGHT)
        env.put_board("place", env.steps % 10)

    async def _transition(self, env: MemoryEnv) -> None:
        if env.steps < self.steps:
            env.set_state(self.then, "there are more places")
        else:
            env.done = True


class StopState(State):
    """Where a limit would send the run."""

    @property
    def targets(self) -> frozenset[str]:
        """Nowhere."""
        return frozenset({END})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield "stopped"

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


def make_driver(store: Store, steps: int, *, acts: bool = True) -> Driver:
    """Drives runs of so many steps."""
    states = {READ: WorkState(WEIGH, steps, acts), WEIGH: WorkState(READ, steps, acts), StateType.ANSWER: StopState()}
    return Driver(Net("steady", states, start=READ), UNLIMITED, store)


async def go(events: AsyncGenerator[Event, None], steps: int) -> None:
    """Take a run on by so many steps, and hold it there."""
    while steps:
        steps -= isinstance(await anext(events), Moved)


async def finish(events: AsyncGenerator[Event, None]) -> MemoryEnv:
    """Take a run to its end. Raises: RunError where it fails."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Ended):
                if event.error is not None:
                    raise event.error
                return event.env
    raise AssertionError("a run without an end")
