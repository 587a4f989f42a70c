"""The end of a world as what is judged: where a run has left what its tools act upon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Score
from agent_brain.core.items import Action, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Closable
from agent_brain.core.run_evaluating import Readable
from agent_brain.evaluators.json_value import is_equal
from agent_brain.evaluators.run_only import RunOnly

KEYS = ("state", "actions", "told")
WANTED = f"an object with {', '.join(KEYS)}: the state, or the calls that lead to it, and texts that have to be told"


@dataclass(frozen=True)
class FinalState(RunOnly):
    """A run that has left its world as the task's answer has it: in its `state`, or where its `actions` lead in a new
    one; `told` are texts, each of which has to be in an answer of the run.

    With `part`, objects of the world may have more keys than the right ones.
    """

    right: Any
    make_world: Callable[[], Any] | None
    part: bool = False
    name: str = "world"
    oracle: bool = True

    def __post_init__(self) -> None:
        right = self.right
        if not isinstance(right, Mapping) or not right or right.keys() - set(KEYS):
            raise SetupError(f"world compares with the task's answer, which is {right!r:.80}; wanted {WANTED}")
        if "actions" in right and self.make_world is None:
            raise SetupError("world was given actions, and the task has no world to carry them out in")

    async def judge_run(self, question: str, env: MemoryEnv, world: Readable | None) -> Score:
        """Whether the world is where it should be, and all was told."""
        missing = [text for text in self.right.get("told", ()) if not self.is_told(str(text), env)]
        is_there = True
        if "state" in self.right or "actions" in self.right:
            if world is None:
                raise EvaluatorFailed(self.name, "it compares the state of a world, and the trial had none")
            is_there = is_equal(await world.read(), await self._find_state(), part=self.part)
        if is_there and not missing:
            return Score(True, 1.0)
        why = ["the world is not in the state that was wanted"] * (not is_there)
        why += [f"{len(missing)} of what had to be told is not in any answer"] * bool(missing)
        return Score(False, feedback="; ".join(why))

    def is_told(self, text: str, env: MemoryEnv) -> bool:
        """Whether it is a part of an answer, whatever the case, and with or without commas."""
        wanted = text.casefold().replace(",", "")
        answers = [item.text for item in env.log if item.kind is ItemKind.ANSWER]
        return any(wanted in each.casefold().replace(",", "") for each in (*answers, env.answer or ""))

    async def _find_state(self) -> Any:
        if "state" in self.right:
            return self.right["state"]
        assert self.make_world is not None  # it was checked above
        gold = self.make_world()
        try:
            await gold.repeat([Action(name=each["name"], args=each.get("args", {})) for each in self.right["actions"]])
            return await gold.read()
        finally:
            if isinstance(gold, Closable):
                await gold.aclose()
