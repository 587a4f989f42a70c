"""The embedded model: of which nets it comes to an answer, and which are refused to it before anything begins."""

import pytest

from agent_brain import Brain, MemoryStore
from agent_brain.wiring.needs import PLAYABLE, PLAYABLE_MEMORIES
from agent_brain.wiring.tables import BEYOND_OFFLINE, MEMORIES, MEMORIES_BEYOND_OFFLINE, NETS, OVERLAYS
from cli.processes import Invoke

QUESTION = "What is 6 * 7?"
AROUND = ["retry", "warming", "self_consistency", "verifier", "reflexion"]
WITHOUT_TOOLS = {"direct"}
"""It says that it has none."""
SEVERAL_MODELS = {"escalation"}


@pytest.mark.parametrize("net", [*PLAYABLE, *(f"{name}(react)" for name in AROUND), "ask(think(refact))"])
async def test_it_answers_in_the_nets_that_it_is_said_to_play(net: str) -> None:
    judge = (lambda question, answer: "42" in answer) if net.partition("(")[0] in AROUND else None
    brain = Brain(net, model="offline", tools=["builtin"], evaluator=judge, store=MemoryStore())
    assert "42" in (await brain.run(QUESTION)).answer


def test_each_net_is_played_refused_or_without_tools() -> None:
    told = {*PLAYABLE, *AROUND, *WITHOUT_TOOLS, *SEVERAL_MODELS, *BEYOND_OFFLINE}
    assert told <= set(NETS)
    missing = ", ".join(sorted(set(NETS) - told))
    assert not missing, (
        f"does the embedded model come to an answer in {missing}? Where it does, name it in PLAYABLE of "
        "wiring/needs.py, else in BEYOND_OFFLINE of wiring/tables.py"
    )


@pytest.mark.parametrize("net", [*sorted(BEYOND_OFFLINE), "ask(rewoo)", "retry(think(plan_execute), tries=2)"])
def test_any_other_is_refused_before_it_begins(invoke: Invoke, net: str) -> None:
    outcome = invoke("ask", "--model", "offline", "--net", net, QUESTION)
    assert outcome.code == 2
    assert "wants more of its model than the embedded offline one can write" in outcome.err
    assert "choose of: react, react_brief, refact, think, ask" in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize("memory", [*sorted(MEMORIES_BEYOND_OFFLINE), "messages+goal+notes", "window(2)+playbook"])
def test_a_memory_that_it_cannot_read_is_refused_before_it_begins(invoke: Invoke, memory: str) -> None:
    outcome = invoke("ask", "--model", "offline", "--memory", memory, QUESTION)
    assert outcome.code == 2
    assert "shows a question otherwise than the embedded offline model can read it" in outcome.err
    assert "choose of: messages, whole, window" in outcome.err


def test_each_memory_is_played_or_refused() -> None:
    assert {*PLAYABLE_MEMORIES} ^ MEMORIES_BEYOND_OFFLINE == {*MEMORIES, *OVERLAYS}


@pytest.mark.parametrize("memory", PLAYABLE_MEMORIES)
async def test_it_answers_again_and_again_with_the_memories_that_it_is_said_to_play(memory: str) -> None:
    spec = f"{memory}(file='memory')" if memory in ("playbook", "keyfacts") else memory
    brain = Brain("react", memory=spec, model="offline", tools=["builtin"], store=MemoryStore())
    assert ["42" in (await brain.run(QUESTION)).answer for _ in range(2)] == [True, True]


def test_more_at_once_than_the_limit_has_room_for_is_told_before_it_begins(invoke: Invoke) -> None:
    crowd = ("ask", "--model", "offline", "--net", "self_consistency(react, samples=3)")
    assert (
        "self_consistency begins 3 runs at once in attempt" in invoke(*crowd, "--limit", "model_calls=3", QUESTION).err
    )
    assert "at once" not in invoke(*crowd, QUESTION).err
