"""The table of worlds: a new one is a function that makes tasks, and a row here."""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import signature
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.lab.task import Task

WORLDS: Mapping[str, str] = {
    "keychain": "agent_brain.lab.worlds.keychain:make_tasks",
    "chain": "agent_brain.lab.worlds.closed:make_chain",
    "votes": "agent_brain.lab.worlds.closed:make_votes",
    "trials": "agent_brain.lab.worlds.closed:make_trials",
    "corrections": "agent_brain.lab.worlds.closed:make_corrections",
    "facts": "agent_brain.lab.worlds.closed:make_facts",
}
"""By name, what makes its tasks: `make_tasks(count, seed, **options)`."""


def make_world_tasks(name: str, *, count: Any, seed: int = 0, **options: Any) -> list[Task]:
    """So many tasks of a world. Raises: UnknownName; SetupError for options that it does not have."""
    if name not in WORLDS:
        raise UnknownName("world", name, WORLDS)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise SetupError(f"count of world {name!r} is {count!r:.60}; wanted a whole number of at least 1")
    module, _, function = WORLDS[name].partition(":")
    make: Callable[..., list[Task]] = getattr(import_module(module), function)
    known = [each for each in signature(make).parameters if each != "count"]
    unknown = sorted(options.keys() - set(known))
    if unknown:
        raise UnknownName(f"option of world {name!r}", unknown[0], known)
    return make(count, seed, **options)
