"""ActionState: carry out what was asked for."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, Self

from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import Action, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Parts
from agent_brain.core.state import State, StateType
from agent_brain.nets.merging import merge


@dataclass(frozen=True)
class ActionState(State):
    """Carries out `env.next_actions`, several at the same time, and goes on to `then`.

    Every action's intent is written before it runs and its outcome as soon as it is known; a failure is an outcome.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.ACTION

    then: str = StateType.REASONING
    parts: Parts | None = None

    @property
    def targets(self) -> frozenset[str]:
        """Where it goes."""
        return frozenset({self.then})

    def aimed_at(self, target: str) -> Self:
        """The same state going to `target`."""
        return self.changed(then=target)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts."""
        return self.changed(parts=parts)

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if self.parts is None:
            raise SetupError("ActionState has no parts: put its net into a Brain, or call net.bind(parts)")
        actions = list(env.next_actions)
        started = {env.start_action(action): action for action in actions}
        for action_id, action in started.items():
            yield Chunk(describe(action), ChunkKind.ACTION, env.state, action_id)
        calls = {action_id: self.parts.tools.call(action, action_id) for action_id, action in started.items()}
        async with aclosing(merge(calls)) as pieces:
            async for action_id, piece in pieces:
                if isinstance(piece, Observation):
                    env.finish_action(action_id, piece)
                    yield Chunk(piece.text, ChunkKind.OBSERVATION, env.state, action_id)
                else:
                    yield Chunk(piece, ChunkKind.PROGRESS, env.state, action_id)
        env.settle("the tool ended without an outcome")

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the action has its outcome")


def describe(action: Action) -> str:
    """An action as a call: `add(a=2, b=3)`."""
    return f"{action.name}({', '.join(f'{name}={value!r}' for name, value in action.args.items())})"
