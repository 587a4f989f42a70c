"""Experiments for tests: sums that a scripted model does with a tool, in arms that are right in different ways."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent_brain.core.items import Action, Message
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.progress import Progress
from agent_brain.lab.rows import read_rows
from agent_brain.lab.running import run_experiment
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Trial
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.tools.function_tool import tool
from agent_brain.tools.toolbox import Toolbox

BRIEF = "Be brief."
"""The instructions of the arm that errs more often."""


@tool(read_only=True)
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Slate:
    """A world: what was written down in it, in order."""

    def __init__(self) -> None:
        self._lines: list[str] = []

        @tool(idempotent=True)
        def write(line: str) -> str:
            """Write a line down."""
            if line not in self._lines:
                self._lines.append(line)
            return f"{len(self._lines)} lines"

        self.tools = Toolbox([write])

    async def repeat(self, actions: Sequence[Action]) -> None:
        """Write the same lines."""
        self._lines += [action.args["line"] for action in actions]

    async def read(self) -> Any:
        """All lines."""
        return self._lines


def make_tasks(count: int) -> list[Task]:
    """Sums whose right answers are known."""
    return [Task(f"sum {i}", (f"What is {i} + {i + 1}?",), answer=str(2 * i + 1), tools=(add,)) for i in range(count)]


def play(messages: Sequence[Message]) -> str:
    """A call of the tool, then its result; now and then a wrong one, by the words of the prompt alone."""
    shown = "\n".join(message["content"] for message in messages)
    numbers = re.findall(r"What is (\d+) \+ (\d+)\?", shown)[-1]
    seen = re.findall(r"<observation[^>]*>\s*(\d+)", shown)
    if not seen:
        return json.dumps({"name": "add", "args": {"a": int(numbers[0]), "b": int(numbers[1])}})
    luck = hashlib.sha256(f"{numbers}{BRIEF in shown}".encode()).digest()[0]
    return str(int(seen[-1]) + (luck < (160 if BRIEF in shown else 40)))


def make_model(script: Callable[[Sequence[Message]], Line] = play) -> ScriptedModel:
    """A model that says what the script says."""
    return ScriptedModel(script, chunk_size=1000)


def make_experiment(tasks: Sequence[Task] | int = 6, model: Any = None, **given: Any) -> Experiment:
    """Two arms, of which one is told to be brief."""
    model = model or make_model()
    parts = {"net": "react_brief", "model": model}
    arms = given.pop("arms", [Arm("plain", parts), Arm("brief", {**parts, "instructions": BRIEF})])
    tasks = make_tasks(tasks) if isinstance(tasks, int) else tasks
    return Experiment(given.pop("name", "sums"), tasks, arms, **given)


async def run(experiment: Experiment, folder: Path, **given: Any) -> tuple[Progress, list[Trial]]:
    """Run it, and read its rows."""
    progress = await run_experiment(experiment, folder, **given)
    return progress, list(read_rows(folder / "trials.jsonl"))


def untime(rows: Sequence[Trial]) -> list[dict[str, Any]]:
    """What two undisturbed runs would have alike."""
    return [row.untimed() for row in rows]
