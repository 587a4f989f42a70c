"""The reward of tau-bench and its successor: the database as the gold actions leave it, and all told that had to be."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from agent_brain.core.chat import ChatModel
from agent_brain.core.evaluating import Score
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.run_evaluating import Readable
from agent_brain.evaluators.final_state import FinalState
from agent_brain.evaluators.model import ModelEvaluator

NAME = "tau_bench"
SAID = (ItemKind.ANSWER, ItemKind.QUESTION)
"""What a customer hears of an agent."""
HEARD = (ItemKind.GOAL, ItemKind.REPLY)


@dataclass(frozen=True)
class TauBench(FinalState):
    """A run that leaves its world where the task's `actions` lead, and has said each text of `told` to the customer.

    As there, commas are taken out of what was said, and not out of what had to be: `1,000` is never found. A `judge` is
    asked about the whole conversation where all else is as it should be.
    """

    name: str = NAME
    judge_model: ModelEvaluator | None = None

    @property
    def models(self) -> tuple[ChatModel, ...]:
        """Whom it asks."""
        return () if self.judge_model is None else self.judge_model.models

    @property
    def model_calls(self) -> int:
        """How many calls one verdict takes at most."""
        return 0 if self.judge_model is None else self.judge_model.model_calls

    async def judge_run(self, question: str, env: MemoryEnv, world: Readable | None) -> Score:
        """Whether the world is where it should be, all was told, and what is said of the conversation is true."""
        score = await super().judge_run(question, env, world)
        if not score.passed or self.judge_model is None:
            return score
        said = await self.judge_model.judge(question, tell_conversation(env))
        return Score(said.passed, float(said.passed), said.feedback, said.spent)

    async def aclose(self) -> None:
        """Close what its model has opened."""
        if self.judge_model is not None:
            await self.judge_model.aclose()

    def is_told(self, text: str, env: MemoryEnv) -> bool:
        """Whether it is a part of one message, whatever the case."""
        said = [item.text for item in env.log if item.kind in SAID]
        return any(text.lower() in each.lower().replace(",", "") for each in (*said, env.answer))


def tell_conversation(env: MemoryEnv) -> str:
    """What was said and done, a paragraph each."""
    return "\n\n".join(told for item in env.log for told in _tell(item))


def _tell(item: Item) -> Iterator[str]:
    if item.kind in HEARD:
        yield f"customer: {item.text}"
    elif item.kind in SAID:
        yield f"agent: {item.text}"
    elif item.action is not None:
        came = "" if item.outcome is None else f" -> {item.outcome.text}"
        yield f"agent calls {item.action.name} {json.dumps(item.action.args, ensure_ascii=False)}{came}"
