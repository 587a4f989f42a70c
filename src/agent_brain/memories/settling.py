"""What memories share that learn when a run has its answer: calls whose replies are read and kept on the board."""

from collections.abc import Callable
from typing import Any

from agent_brain.core.errands import Brought, find_brought
from agent_brain.core.lens import Upkeep
from agent_brain.core.memory_env import MemoryEnv

Keep = Callable[[MemoryEnv, str], None]


def ask(name: str, prompt: str, told: str, keep: Keep) -> Upkeep:
    """A call with a prompt, about what is told."""
    return Upkeep(name, [{"role": "system", "content": prompt}, {"role": "user", "content": told}], keep)


def keep_as(key: str, mark: int, read: Callable[[str], Any]) -> Keep:
    """Keeps a reply under a key, as `read` has it, for the question at `mark`."""
    return lambda env, text: env.put_board(key, Brought(mark, read(text)).data())


def get_found(env: MemoryEnv, key: str) -> Any:
    """What was kept under a key; None where there is nothing, or where that failed."""
    brought = find_brought(env, key)
    return None if brought is None or brought.error else brought.found
