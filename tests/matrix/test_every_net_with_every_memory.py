"""Every net runs with every memory, over both wires, whatever its models say: to an end, resumable and replayable."""

import random
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from agent_brain import Brain, Limits, MemoryStore, RunError, Status, Tool, tool
from agent_brain.core.events import Ended
from agent_brain.core.store import Commit
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.asking import ask_person
from agent_brain.wiring.tables import MEMORIES, NETS, OVERLAYS
from durability.pairing import check_calls, check_roles
from matrix.wild_model import make_wild

SPECS = [
    *MEMORIES,
    *(f"messages+{name}" for name in OVERLAYS),
    "mask(2)+todo+notes",
    "summary(0.5)+lessons",
    "window(3)+goal",
]
WITH_OPTIONS = {"escalation": "escalation(roles='default reasoning')"}
"""Nets that have no meaning without some."""
INSIDE = ["ask(react_brief)", "reflexion(plan_execute)", "retry(refact)", "self_consistency(rewoo)"]
"""Nets with another net inside than their own."""
NAMES = [*(WITH_OPTIONS.get(name, name) for name in NETS), *INSIDE]
LIMITS = Limits(model_calls=25, tool_calls=20, steps=60)
ENDS = {Status.ANSWERED, Status.LIMITED, Status.FAILED}


@tool(read_only=True)
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@tool(read_only=True)
def fail() -> str:
    """Fail."""
    raise ValueError("it does not work")


def judge(question: str, answer: str) -> tuple[bool, str]:
    """Lets some answers pass."""
    return "5" in answer, "it is not 5"


def make_brain(net: str, memory: str, wire: str, seed: int, store: MemoryStore) -> Brain:
    model = make_wild(seed, is_native=wire == "native")
    tools: list[Tool] = [add, fail, ask_person]
    return Brain(
        net, memory, model, tools, reasoning_model=make_wild(seed + 100, is_native=wire == "native"), wire=wire,
        evaluator=judge, limits=LIMITS, store=store,
    )  # fmt: skip


async def run_to_end(brain: Brain, run_id: str) -> Result:
    """The run, with every question to a person answered."""
    result = await brain.go_on(run_id)
    for _ in range(30):
        if result.status is not Status.WAITING:
            break
        result = await brain.go_on(run_id, {pause.pause_id: _reply(pause.kind) for pause in result.pauses})
    return result


def _reply(kind: str) -> object:
    return True if kind in {"approval", "doubt"} else 0 if kind == "budget" else "Ann"


def check(brain: Brain, result: Result, wire: str) -> None:
    assert result.status in ENDS, result.status
    assert result.error is None or isinstance(result.error, RunError)
    assert result.usage.model_calls <= (LIMITS.model_calls or 0) + 2  # a finishing state may have its answer mended
    for model in brain.models.values():
        assert isinstance(model, ScriptedModel)
        for messages in model.calls:
            (check_calls if wire == "native" else check_roles)(messages)


async def read_commits(store: MemoryStore, run_id: str) -> Sequence[Commit]:
    async with aclosing(store.read(run_id)) as commits:
        return [commit async for commit in commits]


async def try_pair(net: str, memory: str, wire: str, seed: int) -> None:
    """One run to its end; played back; and once more from a random commit of it, as after a kill."""
    store, rng = MemoryStore(keep=10_000), random.Random(f"{net} {memory} {wire} {seed}")
    brain = make_brain(net, memory, wire, seed, store)
    run_id = await brain.submit("What is 1 + 2 + 2?", run_id="r")
    result = await run_to_end(brain, run_id)
    check(brain, result, wire)
    (await brain.replay(run_id)).check()

    commits = await read_commits(store, run_id)
    again = make_brain(net, memory, wire, seed, store)
    fork_id = await again.fork(run_id, rng.choice(commits).last)
    check(again, await run_to_end(again, fork_id), wire)


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("net", NAMES)
async def test_it_runs_to_its_end_is_played_back_and_goes_on_from_anywhere(net: str, wire: str) -> None:
    for memory in SPECS:
        for seed in range(2):
            try:
                await try_pair(net, memory, wire, seed)
            except Exception as error:
                error.add_note(f"net {net}, memory {memory}, wire {wire}, seed {seed}")
                raise


async def test_the_last_event_of_every_pair_is_its_end() -> None:
    brain = make_brain("react", "messages", "text", 0, MemoryStore())
    async with aclosing(brain.stream("What is 1 + 2?")) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Ended)
