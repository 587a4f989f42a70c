"""Lessons: what earlier attempts have taught, as nets with trials write it."""

import re
from dataclasses import dataclass

from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv

SLOT = "lessons"
KEEP = 3
"""As Reflexion does for acting and for question answering. Source: Shinn et al., 2023, arXiv 2303.11366."""

_GAP = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Lessons:
    """Shows the last lessons of the slot `lessons` before the log: one lesson a paragraph, the newest last.

    They change between attempts alone, so that within one the prompts keep their beginning.
    Raises: SetupError where it should show none.
    """

    keep: int = KEEP
    name: str = SLOT
    place: Place = Place.HEAD

    def __post_init__(self) -> None:
        if self.keep < 1:
            raise SetupError(f"lessons({self.keep}) would show none; wanted at least 1")

    def show(self, env: MemoryEnv) -> str:
        """The last lessons; empty while there are none."""
        lessons = _GAP.split(env.slots.get(SLOT, "").strip())
        return "\n\n".join(lessons[-self.keep :])
