"""The plainest overlay: a slot as it stands."""

from dataclasses import dataclass

from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv


@dataclass(frozen=True, slots=True)
class SlotOverlay:
    """Shows the slot of its name; who writes it is a state's or a tool's business."""

    name: str
    place: Place = Place.TAIL

    def show(self, env: MemoryEnv) -> str:
        """The slot's text."""
        return env.slots.get(self.name, "")
