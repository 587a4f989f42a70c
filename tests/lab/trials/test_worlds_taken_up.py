"""A trial that is taken on by another process finds its world where the first one has left it."""

from collections.abc import Callable, Sequence

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Action, Message
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from agent_brain.tools.toolbox import Toolbox
from lab.sums import Slate, make_experiment, make_model

repeated: list[list[str]] = []
"""What each world was told to repeat."""


class Watched(Slate):
    """A slate that keeps what it was told to repeat."""

    async def repeat(self, actions: Sequence[Action]) -> None:
        repeated.append([action.args["line"] for action in actions])
        await super().repeat(actions)


class Erasable(Watched):
    """One that can be wiped."""

    def __init__(self) -> None:
        super().__init__()

        @tool(idempotent=True, reset=self._lines.clear)
        def write(line: str) -> str:
            """Write a line down."""
            self._lines.append(line)
            return f"{len(self._lines)} lines"

        self.tools = Toolbox([write])


def write(line: str) -> str:
    """The action that writes a line down."""
    return f'{{"name": "write", "args": {{"line": "{line}"}}}}'


def write_each(messages: Sequence[Message]) -> str:
    """Write down what is asked for, once."""
    asked = next(each["content"] for each in reversed(messages) if each["content"].startswith("Write "))
    is_written = "lines" in messages[-1]["content"]
    return "done" if is_written else write(asked.split()[1])


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
    experiment = make_experiment(
        [TASK], arms=[Arm("a", {"net": "react_brief", "model": make_model(breaking_at(call))})]
    )
    return (await sit_twice(experiment))[1]


async def sit_twice(experiment: Experiment) -> tuple[Trial, Trial]:
    """Its first trial, conducted and then taken up again."""
    repeated.clear()
    arms, store = make_arms(experiment), MemoryStore()
    schedule = Schedule(experiment, arms)
    slot = next(iter(schedule))
    first = await Conductor(arms, store, schedule.splits, 1).conduct(slot)
    return first, await Conductor(arms, store, schedule.splits, 1).conduct(slot)


async def test_one_that_broke_in_its_first_turn_repeats_what_was_done_there() -> None:
    row = await conduct(2)

    assert (row.outcome, row.model_calls, row.tool_calls) == (Outcome.PASSED, 4, 2)
    assert repeated[-1] == ["x"]


async def test_one_that_broke_in_its_second_turn_repeats_both_turns() -> None:
    row = await conduct(4)

    assert (row.outcome, row.tool_calls) == (Outcome.PASSED, 2)
    assert [line for each in repeated for line in each] == ["x", "y"]


async def test_what_a_net_had_undone_before_is_undone_in_the_new_world_too() -> None:
    parts = {"net": "retry(react_brief, tries=2)", "evaluator": lambda _, answer: answer == "right"}
    said: list[Line] = [write("x"), "wrong", write("y"), ModelError(ModelErrorKind.CONNECTION, "down"), "right"]
    task = Task("t", ("Write y",), answer={"state": ["y"]}, evaluator="world", make_world=Erasable)
    experiment = make_experiment([task], arms=[Arm("a", {**parts, "model": ScriptedModel(said)})])

    broken, row = await sit_twice(experiment)

    assert (broken.outcome, row.outcome) == (Outcome.INFRASTRUCTURE, Outcome.PASSED)
    assert [line for each in repeated for line in each] == ["x", "y"]


async def test_one_that_had_ended_is_judged_by_a_world_that_was_brought_to_its_end() -> None:
    row = await conduct(99)

    assert row.outcome is Outcome.PASSED
    assert [line for each in repeated for line in each] == ["x", "y"]
