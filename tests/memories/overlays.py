"""What the tests of overlays share: a model that says what it is told to, by what it is shown."""

import json
from collections.abc import Sequence
from typing import Any

from agent_brain import MemoryStore, ScriptedModel
from agent_brain.core.errors import StoreError
from agent_brain.core.items import Action, ItemKind, Message, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Finished
from agent_brain.core.state import StateType


def call(name: str, **args: Any) -> str:
    """A reply that asks for one action."""
    return json.dumps({"name": name, "args": args})


def play(*actions: str, answer: str = "Done.") -> ScriptedModel:
    """A model that asks for these actions in turn, then answers; it goes by how many outcomes it is shown."""

    def reply(messages: Sequence[Message]) -> str:
        done = sum(
            1 if message["role"] == "tool" else message["content"].count("</observation>") for message in messages[1:]
        )
        return actions[done] if done < len(actions) else answer

    return ScriptedModel(reply)


def make_env(goal: str = "Count the ships.") -> MemoryEnv:
    return MemoryEnv.begin("r", "net", "f", StateType.REASONING, goal)


SHIP = Observation("a ship")


def act(env: MemoryEnv, name: str = "look", found: Observation = SHIP, **args: Any) -> None:
    """One action with its outcome."""
    action_id = env.start_action(Action(name=name, args=args))
    env.finish_action(action_id, found)


def think(env: MemoryEnv, times: int = 1) -> None:
    for _ in range(times):
        env.add(ItemKind.THOUGHT, "Hm.")


def get_last(model: ScriptedModel) -> str:
    """The end of the last prompt."""
    return model.calls[-1][-1]["content"]


class DyingStore(MemoryStore):
    """Fails where a run would end, once."""

    dies = True

    async def append(
        self, lease: Any, head: int, records: Any, position: Any = None, *, is_barrier: bool = False
    ) -> None:
        if self.dies and any(isinstance(record, Finished) for record in records):
            self.dies = False
            raise StoreError("the process died")
        await super().append(lease, head, records, position, is_barrier=is_barrier)
