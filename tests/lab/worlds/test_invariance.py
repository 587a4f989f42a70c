"""What a simulated run comes to hangs on its task and its key: not on what runs beside it, nor on when it died."""

import asyncio
import random
from typing import Any

import pytest

from agent_brain import Action, Brain
from agent_brain.core.lens import Memory
from agent_brain.core.usage import Usage
from agent_brain.engine.result import Result
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.noisy import noisy
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.simulating import key_evaluator
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.worlds.closed import isolate
from agent_brain.lab.worlds.keychain import make_tasks, open_door
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.graph import Graph
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.messages import Messages
from agent_brain.memories.recalling import Recalling
from agent_brain.models.simulated import Parameters, SimulatedModel
from agent_brain.models.simulated.houses import read_house
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.memory_archive import MemoryArchive
from lab.worlds.playing import ask_all, count_right, make_brain
from nets.walking import check_resumes

TASKS = make_tasks(12, seed=5, doors=4)
CELLS = [
    ("react(steps_max=9)", "summary(tokens=2000)+todo"),
    ("refact(steps_max=9)", "mask(2)"),
    ("reflexion(react_brief)", "window(4)+lessons"),
    ("self_consistency(react_brief, samples=3)", "messages"),
    ("retry(react_brief, tries=3)", "messages+goal"),
]


async def is_right(question: str, answer: str) -> bool:
    """What a house's goal tells itself."""
    found = read_house(question)
    return found is not None and found[0].answer == answer


def make(net: str, memory: str | Memory, key: tuple[Any, ...] = (), **parts: Any) -> Brain:
    """A brain for houses, with an evaluator that errs."""
    evaluator = noisy(FunctionEvaluator(is_right), 0.2, 0.2)
    return make_brain(net, Parameters(), key=key, memory=memory, tools=[open_door], evaluator=evaluator, **parts)


def tell(result: Result) -> list[object]:
    """All that a run came to, but its name and its time."""
    usage = result.usage - Usage(seconds=result.usage.seconds)
    return [result.answer, usage, [(item.kind, item.text, item.action, item.outcome) for item in result.env.log]]


@pytest.mark.parametrize(("net", "memory"), CELLS)
async def test_runs_at_once_and_in_another_order_come_to_the_same(net: str, memory: str) -> None:
    alone = {task.task_id: tell(await make(net, memory).run(task.prompt)) for task in TASKS}
    brain, shuffled = make(net, memory), random.Random(1).sample(TASKS, len(TASKS))

    together = await asyncio.gather(*(brain.run(task.prompt) for task in shuffled))

    assert {task.task_id: tell(each) for task, each in zip(shuffled, together, strict=True)} == alone


@pytest.mark.parametrize(("net", "memory"), CELLS)
@pytest.mark.parametrize("draw", [3, 10, 27])
async def test_a_run_that_is_killed_comes_to_the_same_for_the_same_cost(net: str, memory: str, draw: int) -> None:
    store = MemoryStore()
    whole = await make(net, memory, store=store).run(TASKS[draw % 12].prompt, run_id="r")

    await check_resumes(lambda: make(net, memory, store=store), whole, draw=draw)


async def test_arms_with_one_key_share_their_luck_and_others_do_not() -> None:
    nets = ["react(steps_max=9)", "refact(steps_max=9)"]

    async def find_first(net: str, arm: str) -> list[list[Action]]:
        brains = [make(net, "messages", (task.task_id, arm, 0)) for task in TASKS]
        results = [await brain.run(task.prompt) for brain, task in zip(brains, TASKS, strict=True)]
        return [[item.action for item in result.env.log if item.action][:1] for result in results]

    first, second = [await find_first(net, "shared") for net in nets]
    assert first == second
    assert first != await find_first(nets[0], "an arm of its own")


@pytest.mark.parametrize(
    "memory", ["window(1000)", "mask(1000)", "summary(tokens=1000000)", "budget(1000000)", "whole"]
)
@pytest.mark.parametrize("wire", ["text", "native"])
async def test_memories_without_bounds_change_nothing(memory: str, wire: str) -> None:
    net = "refact(steps_max=9)"
    control = await ask_all(make(net, "messages", wire=wire), TASKS[:6])

    unbounded = await ask_all(make(net, memory, wire=wire), TASKS[:6])

    assert [tell(each)[2] for each in unbounded] == [tell(each)[2] for each in control]


@pytest.mark.parametrize("kind", [Episodic, KeyFacts, Graph])
async def test_a_store_that_is_empty_and_frozen_changes_nothing(kind: type[Recalling]) -> None:
    memory = Composed(Messages(), (kind(MemoryArchive(frozen=True)),))
    control = await ask_all(make("react(steps_max=9)", "messages"), TASKS[:4])

    frozen = await ask_all(make("react(steps_max=9)", memory), TASKS[:4])

    assert [tell(each)[2] for each in frozen] == [tell(each)[2] for each in control]


@pytest.mark.parametrize("memory", ["window(1)", "mask(1)", "summary(tokens=1500)", "state"])
async def test_no_history_changes_what_rewoo_comes_to(memory: str) -> None:
    control = await ask_all(make("rewoo", "messages"), TASKS)

    hidden = await ask_all(make("rewoo", memory), TASKS)

    assert [each.answer for each in hidden] == [each.answer for each in control]
    assert 0 < count_right(control, TASKS) < len(TASKS)


async def test_what_a_memory_drops_the_model_does_not_know() -> None:
    tasks = make_tasks(4, doors=6, filler=0)

    for memory, right in [("messages", 4), ("window(2)", 0), ("state", 4)]:
        brain = make_brain("react", isolate(), memory=memory, tools=[open_door])
        assert count_right(await ask_all(brain, tasks), tasks) == right, memory


async def test_another_seed_is_another_luck() -> None:
    answers = []
    for seed in range(2):
        model = SimulatedModel(Parameters(), seed=seed)
        brain = Brain(net="react(steps_max=9)", model=model, tools=[open_door])
        answers.append([tell(each) for each in await ask_all(brain, TASKS)])

    assert answers[0] != answers[1]


async def test_an_evaluator_of_a_trial_errs_by_the_luck_of_that_trial() -> None:
    experiment = Experiment("luck", TASKS[:1], [Arm("retry", {"net": "retry(react_brief)", "model": "simulated"})])
    evaluator = noisy(FunctionEvaluator(is_right), 0.5, 0.5)

    keyed = [key_evaluator(evaluator, experiment, (TASKS[0].task_id, "retry", repeat)) for repeat in range(20)]

    said = [(await each.judge(TASKS[0].prompt, "?")).passed for each in keyed]
    assert 2 < sum(said) < 18
    assert key_evaluator("task", experiment, ("t", "retry", 0)) == "task"
