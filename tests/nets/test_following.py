"""A state has its wire follow the run, once there is something to be kept."""

from dataclasses import dataclass, field
from typing import Self

from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Derive, Parts
from agent_brain.memories.messages import Messages
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.toolbox import Toolbox
from agent_brain.wires.growing import ITEMS_MIN
from agent_brain.wires.text import TextWire


@dataclass(frozen=True)
class Followed(TextWire):
    """Notes whom it follows."""

    runs: list[Derive] = field(default_factory=list)

    def follow(self, derive: Derive) -> Self:
        self.runs.append(derive)
        return super().follow(derive)


def test_a_long_run_is_followed_and_a_short_one_is_not() -> None:
    wire = Followed()
    state = SpeakingState().bind(Parts({"default": ScriptedModel([])}, Messages(), Toolbox(), wire))
    env = MemoryEnv.begin("r", "n", "f", "reasoning", "What?")
    state.get_messages(env)
    assert wire.runs == []
    for number in range(ITEMS_MIN):
        env.add(ItemKind.THOUGHT, f"thought {number}")
    shown = state.get_messages(env)
    assert wire.runs == [env.derive]
    assert f"thought {ITEMS_MIN - 1}" in shown[-2]["content"]
