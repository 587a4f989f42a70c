"""Stores by URL."""

from agent_brain.core.store import Store
from agent_brain.stores.memory import MemoryStore


def make_store(url: str | Store | None) -> Store:
    """The store of this URL; None: a new one in memory."""
    return url if isinstance(url, Store) else MemoryStore()
