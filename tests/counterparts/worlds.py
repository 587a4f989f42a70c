"""Worlds that tests open themselves, where in an experiment the trial would close them."""

from agent_brain.core.ports import Closable
from agent_brain.lab.task import World


async def close_world(world: World | None) -> None:
    """End what a world holds open."""
    if isinstance(world, Closable):
        await world.aclose()
