"""Sub-runs as a state sees them: their records become its run's own, their events are passed on with their path."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.items import find_key
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Inside

T = TypeVar("T")


def find_inside(env: MemoryEnv, action_id: str) -> Inside:
    """Where the sub-run of an action is, begun or not, or of a key that a state makes; a fork's has another name."""
    key = find_key(action_id)
    return Inside(f"{env.run_id}:{key}", env.sub_runs.get(key), env.allowance)


async def label(
    key: str, pieces: AsyncGenerator[SubEvent | HandedOver | T, None]
) -> AsyncGenerator[SubEvent | HandedOver | T, None]:
    """What comes from a sub-run, with its key at the head of each path."""
    async with aclosing(pieces):
        async for piece in pieces:
            if isinstance(piece, SubEvent):
                yield SubEvent(f"{key}.{piece.path}" if piece.path else key, piece.event)
            else:
                yield piece


def take_over(env: MemoryEnv, key: str, piece: HandedOver) -> None:
    """Write down what a sub-run has recorded; it goes on when that is durable."""
    for record in piece.records:
        env.nest(key, record)
