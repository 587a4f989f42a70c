"""What memories share that have a model asked: calls whose replies are read and kept on the board, or that failed."""

from collections.abc import Callable
from typing import Any

from agent_brain.core.errands import Brought, find_brought
from agent_brain.core.lens import FAILED_UPKEEP, Upkeep
from agent_brain.core.memory_env import MemoryEnv

Keep = Callable[[MemoryEnv, str], None]
AGAIN_AFTER = 8
"""So many further items are waited for after an attempt that came to nothing."""


def ask(name: str, prompt: str, told: str, keep: Keep) -> Upkeep:
    """A call with a prompt, about what is told."""
    return Upkeep(name, [{"role": "system", "content": prompt}, {"role": "user", "content": told}], keep)


def keep_as(key: str, mark: int, read: Callable[[str], Any]) -> Keep:
    """Keeps a reply under a key, as `read` has it, for the question at `mark`."""
    return lambda env, text: env.put_board(key, Brought(mark, read(text)).data())


def has_failed_lately(env: MemoryEnv, name: str) -> bool:
    """True where a call of this name failed a short while ago: it is not made again at each step."""
    failed = env.board.get(FAILED_UPKEEP, {})
    return failed.get("name") == name and len(env.log) < int(failed["at"]) + AGAIN_AFTER


def get_found(env: MemoryEnv, key: str) -> Any:
    """What was kept under a key; None where there is nothing, or where that failed."""
    brought = find_brought(env, key)
    return None if brought is None or brought.error else brought.found
