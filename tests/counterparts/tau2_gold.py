"""The gold actions of tau2-bench, played by a scripted agent with a scripted customer, in the package's own worlds:
`python -m counterparts.tau2_gold CHECKOUT [PYTHON]` prints how many conversations pass, with the gold actions and with
none. PYTHON is an interpreter that has what its code imports (loguru, docstring-parser, addict, toml, deepdiff,
python-dotenv, pydantic, pyyaml)."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_brain.core.chat import Reply
from agent_brain.core.items import Message, ReplyCall
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.rows import read_rows
from agent_brain.lab.running import run_experiment
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.sources import read_tasks
from agent_brain.lab.trial import Outcome
from agent_brain.models.scripted import ScriptedModel

DOMAINS = ("retail", "airline")
TASKS_MAX = 25
"""Of each domain, spread over its file."""
OPENING, END = "Hello. I have a wish.", "###STOP###"


def say(messages: Sequence[Message]) -> str:
    """A customer who says one thing and leaves."""
    return END if any(message["role"] == "assistant" for message in messages) else OPENING


def play(task: Task, *, is_gold: bool) -> Iterator[Reply | str]:
    """What an agent says that knows what is wanted, or that does nothing."""
    actions = task.answer.get("actions", []) if is_gold else []
    for action in actions:
        yield Reply("", calls=(ReplyCall(action["name"], json.dumps(action["args"])),))
    yield "Done. " + " ".join(task.answer.get("told", ()) if is_gold else ())


async def measure(path: str, python: str, tasks_max: int = TASKS_MAX) -> Mapping[str, tuple[int, int, int]]:
    """For each domain how many of its conversations pass with the gold actions, how many with none, and of how many."""
    found = {}
    for domain in DOMAINS:
        tasks = read_tasks(path, "tau2_bench", domain=domain, user=ScriptedModel(say), python=python)
        tasks = tasks[:: max(1, len(tasks) // tasks_max)]
        gold, idle = [await count_passed(tasks, is_gold=is_gold) for is_gold in (True, False)]
        found[domain] = (gold, idle, len(tasks))
        print(f"{domain:<10} gold actions: {gold} of {len(tasks)}; none: {idle}")
    return found


async def count_passed(tasks: Sequence[Task], *, is_gold: bool) -> int:
    """How many conversations pass, each an experiment of its own: its agent knows one task."""
    passed = 0
    for task in tasks:
        model = ScriptedModel(list(play(task, is_gold=is_gold)))
        arm = Arm("gold", {"net": "react_brief(steps_max=60)", "wire": "native", "model": model})
        with TemporaryDirectory() as folder:
            await run_experiment(Experiment("gold", [task], [arm]), folder)
            passed += [row.outcome for row in read_rows(Path(folder) / "trials.jsonl")] == [Outcome.PASSED]
    return passed


if __name__ == "__main__":
    asyncio.run(measure(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
