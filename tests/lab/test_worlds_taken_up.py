"""A trial that is taken on by another process finds its world where the first one has left it."""

from collections.abc import Callable, Sequence

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Action, Message
from agent_brain.lab.arm import Arm
from agent_brain.lab.arm_brains import make_arms
from agent_brain.lab.conducting import Conductor
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.models.scripted import Line
from agent_brain.stores.memory import MemoryStore
from lab.sums import Slate, make_experiment, make_model

repeated: list[list[str]] = []
"""What each world was told to repeat."""


class Watched(Slate):
    """A slate that keeps what it was told to repeat."""

    async def repeat(self, actions: Sequence[Action]) -> None:
        repeated.append([action.args["line"] for action in actions])
        await super().repeat(actions)


def write_each(messages: Sequence[Message]) -> str:
    """Write down what is asked for, once."""
    asked = next(each["content"] for each in reversed(messages) if each["content"].startswith("Write "))
    is_written = "lines" in messages[-1]["content"]
    return "done" if is_written else f'{{"name": "write", "args": {{"line": "{asked.split()[1]}"}}}}'


def breaking_at(call: int) -> Callable[[Sequence[Message]], Line]:
    """The model, whose server breaks at this call, counted from 1."""
    calls = [0]

    def say(messages: Sequence[Message]) -> Line:
        calls[0] += 1
        return ModelError(ModelErrorKind.CONNECTION, "down") if calls[0] == call else write_each(messages)

    return say


TASK = Task("t", ("Write x", "Write y"), answer={"state": ["x", "y"]}, evaluator="world", make_world=Watched)


async def conduct(call: int) -> Trial:
    """The trial in two sittings, the first of which ends where the server breaks."""
    repeated.clear()
    experiment = make_experiment(
        [TASK], arms=[Arm("a", {"net": "react_brief", "model": make_model(breaking_at(call))})]
    )
    arms, store = make_arms(experiment), MemoryStore()
    schedule = Schedule(experiment, arms)
    row = None
    for _ in range(2):
        row = await Conductor(arms, store, schedule.splits, 1).conduct(next(iter(schedule)))
    assert row is not None
    return row


async def test_one_that_broke_in_its_first_turn_repeats_what_was_done_there() -> None:
    row = await conduct(2)

    assert (row.outcome, row.model_calls, row.tool_calls) == (Outcome.PASSED, 4, 2)
    assert repeated[-1] == ["x"]


async def test_one_that_broke_in_its_second_turn_repeats_both_turns() -> None:
    row = await conduct(4)

    assert (row.outcome, row.tool_calls) == (Outcome.PASSED, 2)
    assert [line for each in repeated for line in each] == ["x", "y"]


async def test_one_that_had_ended_is_judged_by_a_world_that_was_brought_to_its_end() -> None:
    row = await conduct(99)

    assert row.outcome is Outcome.PASSED
    assert [line for each in repeated for line in each] == ["x", "y"]
