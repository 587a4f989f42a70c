"""Nets with runs inside, asked of a model that goes wrong on purpose: each run ends, within its bounds, and replays."""

import pytest

from agent_brain import Brain, ChaosModel, Faults, Limits, MemoryStore, ScriptedModel, Status, tool
from nets.people import Person
from nets.test_compositions import COLOUR, answer

ENDS = {Status.ANSWERED, Status.LIMITED, Status.FAILED}
FAULTS = Faults(error=0.04, cut=0.04, again=0.1, mangled=0.2, empty=0.1, wrong_action=0.15, resplit=0.5)


@tool(read_only=True)
def look() -> str:
    """Look what is there."""
    return "a book"


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "net", ["plan_execute", "adapt", "reflexion(memory='both')", "reflexion(plan_execute)", "ask(reflexion)"]
)
async def test_a_run_ends_within_its_bounds_and_replays(net: str, seed: int, wire: str) -> None:
    brain = Brain(
        net=net,
        model=ChaosModel(ScriptedModel(answer), FAULTS, seed=seed),
        evaluator=lambda question, answered: answered == "Right.",
        tools=[look],
        limits=Limits(model_calls=30),
        store=MemoryStore(),
        wire=wire,
    )
    result = await Person({"": COLOUR}).talk(brain, "Fetch it.")
    assert result.status in ENDS
    assert result.usage.model_calls <= 30
    assert result.status is Status.FAILED or result.answer
    (await brain.replay("r")).check()
