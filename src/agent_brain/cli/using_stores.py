"""Work on a store in one go: opened, used and closed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agent_brain.cli.options import StoreFlags
from agent_brain.cli.places import Place, find_place
from agent_brain.core.store import Store

T = TypeVar("T")


def use_store(flags: StoreFlags, work: Callable[[Store, Place], Awaitable[T]]) -> T:
    """What `work` comes to on the store that the flags name. Raises: SetupError."""
    place = find_place(flags.read())
    store = place.open_existing()

    async def use() -> T:
        try:
            return await work(store, place)
        finally:
            await store.aclose()

    return asyncio.run(use())
