"""The table of worlds by name: a new one is a row here."""

from collections.abc import Mapping
from typing import Any

from agent_brain.lab.task import Task
from agent_brain.wiring.making import call_maker, find_maker

WORLDS: Mapping[str, str] = {
    "keychain": "agent_brain.lab.worlds.keychain:make_tasks",
}
"""By place, as an entry point names it, what makes the tasks of a world of their count, a seed and its own options."""


def make_world_tasks(name: str, **options: Any) -> list[Task]:
    """The tasks of the world of this name. Raises: UnknownName; SetupError for options that do not fit it."""
    made: list[Task] = call_maker("world", name, find_maker("world", name, WORLDS), [], options)
    return made
