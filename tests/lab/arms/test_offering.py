"""Tools that a task offers from a later turn on."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import Message
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.offering import offer_tools
from agent_brain.lab.digests import digest_task
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool
from lab.sums import add, run, untime

TURNS = ("What is 2 + 3?", "Once more.", "And now?")


@tool(read_only=True)
def double(a: int) -> int:
    """Twice a number."""
    return 2 * a


def make_task(tools_from: Mapping[str, int], turns: Sequence[str] = TURNS, **about: Any) -> Task:
    return Task("sum", tuple(turns), answer="done", tools=(add, double), tools_from=tools_from, **about)


async def test_a_model_is_told_of_a_tool_from_its_turn_on(tmp_path: Path) -> None:
    told: list[set[str]] = []

    def say(messages: Sequence[Message]) -> str:
        shown = "\n".join(str(message["content"]) for message in messages)
        told.append(set(re.findall(r"\b(add|double)\b", shown)))
        return "done"

    arm = Arm("only", {"net": "react_brief", "model": ScriptedModel(say)})
    experiment = Experiment("offers", [make_task({"double": 2})], [arm])
    _, rows = await run(experiment, tmp_path)
    (tmp_path / "trials.jsonl").unlink()
    _, again = await run(experiment, tmp_path)

    assert told == [{"add"}, {"add"}, {"add", "double"}]
    assert [row.outcome for row in rows] == [Outcome.PASSED]
    assert untime(again) == untime(rows)


def test_a_task_that_offers_its_tools_otherwise_is_another_task() -> None:
    tasks = [make_task({}), make_task({"double": 1}), make_task({"double": 2})]
    assert len({digest_task(task) for task in tasks}) == 3
    assert digest_task(make_task({})) == digest_task(Task("sum", TURNS, tools=(add, double)))


@pytest.mark.parametrize(
    ("tools_from", "error", "told"),
    [
        ({"doubel": 1}, UnknownName, "did you mean 'double'"),
        ({"double": 3}, SetupError, "offers double from turn 3, counted from 0; it has 3 turns"),
    ],
)
def test_what_cannot_be_offered_so_is_told(tools_from: Mapping[str, int], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        offer_tools([add, double], make_task(tools_from), 0)
