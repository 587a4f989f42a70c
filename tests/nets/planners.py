"""A scripted planner with its executors: what it says follows from what it is shown, so it survives kills and forks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agent_brain import ScriptedModel
from agent_brain.core.items import Message

PLAN, REPLAN, FINAL = "Write the plan", "Look at what came", "final answer"


@dataclass
class Planner:
    """Plans these steps, has them done, and leaves out what is done; then it answers."""

    steps: Sequence[str]
    does: Mapping[str, str] = field(default_factory=dict)
    """What an executor says to a step; to others `STEP is done`."""
    answer: str = "All is done."
    executor: Callable[[Sequence[Message]], str] | None = None

    def reply(self, messages: Sequence[Message]) -> str:
        last, shown = messages[-1]["content"], show(messages)
        if FINAL in last:
            return "So be it."
        if PLAN in last:
            return write(self.steps)
        if REPLAN in last:
            done = re.findall(r"^Step: (.*)\nResult: (?!FAILED)", shown, re.MULTILINE)
            left = [step for step in self.steps if step not in done]
            return write(left) if left else f"ANSWER: {self.answer}"
        if self.executor is not None:
            return self.executor(messages)
        step = find_step(messages)
        return self.does.get(step, f"{step} is done")

    def make_model(self) -> ScriptedModel:
        """It as a model."""
        return ScriptedModel(self.reply)


def write(steps: Sequence[str]) -> str:
    """A numbered list."""
    return "\n".join(f"{place}. {step}" for place, step in enumerate(steps, 1))


def show(messages: Sequence[Message]) -> str:
    """All that a model is shown beside its system prompt."""
    return "\n".join(message["content"] for message in messages if message["role"] != "system")


def find_step(messages: Sequence[Message]) -> str:
    """The step that an executor is given."""
    goal = next(message["content"] for message in messages if message["role"] == "user")
    return goal.split("\n", 1)[0]


def find_prompts(model: ScriptedModel, words: str) -> list[str]:
    """What was shown in the calls whose prompts hold these words."""
    return [show(messages) for messages in model.calls if words in show(messages)]
