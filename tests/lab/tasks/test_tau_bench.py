"""tau-bench's tasks, and worlds whose state a child process keeps."""

import asyncio
import itertools
import re
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain import Brain, ScriptedModel
from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Score
from agent_brain.core.items import Action, Message, Observation, OutcomeStatus
from agent_brain.core.run_evaluating import judge_run
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.rows import read_rows
from agent_brain.lab.running import run_experiment
from agent_brain.lab.task import Task, World
from agent_brain.lab.tasks.sources import read_tasks
from agent_brain.lab.trial import Outcome, Trial
from counterparts.worlds import close_world
from lab.tasks.tau_double import write_checkout

CANCEL = Action(name="cancel_order", args={"order_id": "#1"})
GONE = {"orders": {"#1": {"status": "cancelled", "total": 1_200}}}


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    return read_tasks(write_checkout(tmp_path), "tau_bench", domain="shop", seconds=2.0)


@pytest.fixture
async def world(tasks: list[Task]) -> AsyncGenerator[World, None]:
    assert tasks[0].make_world is not None
    made = tasks[0].make_world()
    yield made
    await close_world(made)


async def do(world: World, name: str, **args: object) -> Observation:
    pieces = [piece async for piece in world.tools.call(Action(name=name, args=args), "a1")]
    assert isinstance(pieces[-1], Observation)
    return pieces[-1]


async def changes(world: World) -> Any:
    return (await world.read())["changed"]


async def run(task: Task, calls: Sequence[Action], answer: str) -> Score:
    """What is said of a run that makes these calls and then answers."""
    assert task.make_world is not None
    world = task.make_world()
    said = [f'{{"name": "{call.name}", "args": {{"order_id": "{call.args["order_id"]}"}}}}' for call in calls]
    try:
        brain = Brain("react_brief", "messages", ScriptedModel([*said, answer]), world.tools)
        env = (await brain.run(task.prompt)).env
        return await judge_run(make_task_evaluator("exact", task), task.prompt, env, world)
    finally:
        await close_world(world)


def test_tasks_are_read_with_their_policy_and_never_run(tasks: list[Task]) -> None:
    first, second = tasks
    assert (first.task_id, first.family, first.evaluator) == ("shop-test-0", "ann", "tau_bench")
    assert first.prompt.startswith("# Policy")
    assert "Cancel #1." in first.prompt
    assert [call["name"] for call in first.answer["actions"]] == ["look_at_order", "cancel_order"]
    assert second.answer == {"actions": [], "told": ["1200"]}


def test_older_files_of_tasks_are_read_alike(tmp_path: Path) -> None:
    (task,) = read_tasks(write_checkout(tmp_path), "tau_bench", domain="shop", split="dev", policy=False)
    assert task.answer == {"actions": [{"name": "cancel_order", "args": {"order_id": "#2"}}]}
    assert "Policy" not in task.prompt


async def test_a_world_tells_what_was_changed_in_it(world: World) -> None:
    assert await changes(world) == {}
    assert await do(world, "cancel_order", order_id="#1") == Observation("done")
    assert await changes(world) == GONE


async def test_a_new_world_is_brought_to_where_actions_have_led_before(world: World) -> None:
    await world.repeat([CANCEL, Action(name="cancel_order", args={"order_id": "no such order"})])
    assert await changes(world) == GONE


async def test_of_a_call_that_was_cut_nothing_is_left_and_what_was_before_it_is(world: World) -> None:
    await world.repeat([CANCEL])
    cut = await do(world, "hang", order_id="#2")
    assert (cut.text, cut.status) == ("hang was cut and has not been done: it took over 2 s", OutcomeStatus.FAILED)
    assert await changes(world) == GONE


async def test_worlds_know_nothing_of_each_other(tasks: list[Task], world: World) -> None:
    assert tasks[1].make_world is not None
    other = tasks[1].make_world()
    await world.repeat([CANCEL])
    assert await changes(other) == {}
    await close_world(other)


@pytest.mark.parametrize(
    ("calls", "passed"),
    [([CANCEL], True), ([], False), ([CANCEL, Action(name="cancel_order", args={"order_id": "#2"})], False)],
)
async def test_a_run_passes_that_leaves_the_database_as_the_gold_actions_do(
    tasks: list[Task], calls: list[Action], passed: bool
) -> None:
    assert (await run(tasks[0], calls, "It is done.")).passed is passed


async def test_databases_are_compared_by_the_digest_that_tells_a_whole_number_from_one_with_a_point(
    tasks: list[Task],
) -> None:
    same = Action(name="set_total", args={"order_id": "#2"})
    assert not (await run(tasks[0], [CANCEL, same], "It is done.")).passed


@pytest.mark.parametrize(("answer", "passed"), [("It was $1,200.", True), ("It was much.", False)])
async def test_what_the_customer_wants_to_know_has_to_be_told(tasks: list[Task], answer: str, passed: bool) -> None:
    assert (await run(tasks[1], [], answer)).passed is passed


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"domain": "bank"}, "holds no tau_bench/envs/bank; wanted .* one of its domains: shop"),
        ({"domain": "shop", "split": "train"}, "has no tasks_train.py; there is tasks_dev.py, tasks_test.py"),
    ],
)
def test_what_a_checkout_does_not_have_is_told(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(SetupError, match=told):
        read_tasks(write_checkout(tmp_path), "tau_bench", **options)


def test_a_task_that_would_have_to_be_run_is_named_with_its_line(tmp_path: Path) -> None:
    file = write_checkout(tmp_path) / "tau_bench/envs/shop/tasks_dev.py"
    file.write_text("tasks = [\n    {'instruction': open('secret').read()},\n]\n")
    with pytest.raises(SetupError, match=r"tasks_dev.py, line 2: open\('secret'\)"):
        read_tasks(tmp_path, "tau_bench", domain="shop", split="dev")


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("3", "line 2 is 3; wanted an object with instruction"),
        ("{'user_id': 'ann'}", "line 2: there is no instruction; found: user_id"),
        ("{'instruction': 3}", "line 2: instruction is 3; wanted a text"),
        ("{'instruction': 'a', 'actions': {}}", "line 2: actions is {}; wanted a list"),
        ("{'instruction': 'a', 'actions': [{'kwargs': {}}]}", "line 2: actions: there is no name; found: kwargs"),
        (
            "{'instruction': 'a', 'actions': [{'name': 'f', 'kwargs': 1}]}",
            "line 2: actions: kwargs is 1; wanted an obj",
        ),
        ("{'instruction': 'a', 'outputs': [10]}", r"line 2: outputs\[0\] is 10; wanted a text"),
        ("(" * 1_000, "tasks_dev.py is no Python"),
    ],
    ids=itertools.count(),
)
def test_a_field_of_another_kind_is_named_with_its_line(tmp_path: Path, entry: str, told: str) -> None:
    file = write_checkout(tmp_path) / "tau_bench/envs/shop/tasks_dev.py"
    file.write_text(f"tasks = [\n    {entry},\n]\n")
    with pytest.raises(SetupError, match=told):
        read_tasks(tmp_path, "tau_bench", domain="shop", split="dev")


class Talk:
    """An agent and a customer that say what they are told to, and an experiment of the two."""

    def __init__(self, tmp_path: Path, customer: Sequence[str], agent: Sequence[str], task: int = 0) -> None:
        self.folder, self.heard = tmp_path / "talk", list[str]()
        self.lines = list(customer)
        tasks = read_tasks(write_checkout(tmp_path), "tau_bench", domain="shop", user=ScriptedModel(self._say))
        arm = Arm("only", {"net": "react_brief", "model": ScriptedModel(agent)})
        self.experiment = Experiment("talk", tasks[task : task + 1], [arm])

    def _say(self, messages: Sequence[Message]) -> str:
        self.heard.append("\n".join(str(message["content"]) for message in messages))
        return self.lines[len(self.heard) - 1]

    async def run(self) -> Trial:
        """Its only trial."""
        await run_experiment(self.experiment, self.folder)
        (row,) = read_rows(self.folder / "trials.jsonl")
        return row


CALL = '{"name": "cancel_order", "args": {"order_id": "#1"}}'


def write_call(name: str) -> str:
    return f'{{"name": "{name}", "args": {{"order_id": "#1"}}}}'


async def test_a_customer_who_is_played_talks_with_the_agent_until_the_wish_is_done(tmp_path: Path) -> None:
    talk = Talk(
        tmp_path,
        ["I want to cancel something.", "It is #1.", "###STOP###"],
        ["Which order?", write_call("cancel_order"), "It is done."],
    )
    row = await talk.run()
    assert (row.outcome, row.turns, row.user_calls, row.tool_calls) == (Outcome.PASSED, 2, 3, 1)
    assert "Cancel #1." in talk.heard[0]
    assert "Which order?" in talk.heard[1]


async def test_a_customer_who_leaves_too_early_has_got_nothing(tmp_path: Path) -> None:
    row = await Talk(tmp_path, ["Hello.", "###STOP###"], ["Hello."]).run()
    assert (row.outcome, row.feedback) == (Outcome.WRONG, "the world is not in the state that was wanted")


async def test_where_the_agent_hands_a_customer_on_nobody_asks_the_customer_again(tmp_path: Path) -> None:
    talk = Talk(tmp_path, ["A person, please."], [write_call("transfer_to_human_agents"), "You are handed on."])
    row = await talk.run()
    assert (row.turns, row.user_calls) == (1, 1)


async def test_what_had_to_be_told_counts_in_whatever_turn_it_was_told(tmp_path: Path) -> None:
    talk = Talk(tmp_path, ["What did #2 cost?", "Thanks.", "###STOP###"], ["It was $1,200.", "Bye."], task=1)
    assert (await talk.run()).outcome is Outcome.PASSED


@pytest.mark.parametrize("left_at", [3, 4, 5])
async def test_a_conversation_that_was_left_finds_the_database_as_the_agent_had_left_it(
    tmp_path: Path, left_at: int
) -> None:
    calls = itertools.count(1)

    def leave() -> None:
        if next(calls) == left_at:
            sitting.cancel()

    def customer(messages: Sequence[Message]) -> str:
        leave()
        return ("Hello.", "Cancel #1.", "###STOP###")[sum(message["role"] == "assistant" for message in messages)]

    def agent(messages: Sequence[Message]) -> str:
        leave()
        shown = "\n".join(str(message["content"]) for message in messages)
        return (
            "Done."
            if re.search(r"<observation[^>]*>\s*done", shown)
            else CALL
            if "Cancel #1." in shown
            else "Which order?"
        )

    tasks = read_tasks(write_checkout(tmp_path), "tau_bench", domain="shop", user=ScriptedModel(customer), count=1)
    arm = Arm("only", {"net": "react_brief", "model": ScriptedModel(agent)})
    experiment = Experiment("talk", tasks, [arm])
    sitting = asyncio.create_task(run_experiment(experiment, tmp_path / "talk"))
    with pytest.raises(asyncio.CancelledError):
        await sitting
    await run_experiment(experiment, tmp_path / "talk")

    (row,) = read_rows(tmp_path / "talk" / "trials.jsonl")
    assert (row.outcome, row.turns, row.tool_calls, row.user_calls) == (Outcome.PASSED, 2, 1, 3)
