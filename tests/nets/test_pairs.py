"""Nets that need nothing but a model and tools come to their end beside every memory, over both wires."""

import json
from collections.abc import Sequence
from zlib import crc32

import pytest

from agent_brain import Brain, ChaosModel, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.chat import Reply
from agent_brain.core.items import Message, ReplyCall
from agent_brain.models.chaos import Faults
from agent_brain.models.scripted import Line
from nets.walking import check_resumes

NETS = [
    "refact",
    "refact_inline",
    "refact(when=2)",
    "think",
    "think(refact)",
    "plan_solve",
    "budget_forcing",
    "self_refine",
    "self_refine(keep='best', critique_as='assistant')",
]
MEMORIES = [
    "messages",
    "whole",
    "window(1)",
    "budget(400)",
    "mask(1)",
    "summary",
    "fold",
    "state",
    "mask(1)+todo+notes",
]

FAULTS = Faults(again=0.1, mangled=0.2, wrong_action=0.25, resplit=0.3)


@tool(read_only=True)
def look(box: int) -> str:
    """Look into a box."""
    return f"box {box} holds {box * 11}"


def make_model(*, native: bool) -> ScriptedModel:
    """Looks into boxes as long as it is shown few results, and ends every reply with all words that end something."""

    def reply(messages: Sequence[Message]) -> Line:
        directive = messages[-1]["content"].rpartition("<instruction>")[2]
        if "Verdict" in directive:
            return "Score: 5\nVerdict: revise"
        if directive.strip() and "Use no tool" in directive:
            return "Answer: 11"
        done = sum(m["content"].count("</observation>") + (m["role"] == "tool") for m in messages[1:])
        shown = str(messages[1:]).count("looked ")
        if max(done, shown) >= 3:
            return "Answer: 33"
        args = {"box": max(done, shown) + 1}
        if native:
            return Reply(f"looked {shown}", calls=(ReplyCall("look", json.dumps(args)),))
        return f"looked {shown} " + json.dumps({"name": "look", "args": args})

    return ScriptedModel(reply)


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("net", NETS)
async def test_a_net_comes_to_its_end_beside_a_memory_also_when_killed(net: str, memory: str, wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        model = make_model(native=wire == "native")
        return Brain(net=net, memory=memory, model=model, tools=[look], store=store, wire=wire)

    whole = await make().run("What do the boxes hold?", run_id="r")

    assert whole.status in (Status.ANSWERED, Status.LIMITED)
    assert whole.answer
    await check_resumes(make, whole, draw=crc32(f"{net} {memory} {wire}".encode()))


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("net", NETS)
async def test_a_model_that_goes_wrong_ends_no_run_and_every_replay_is_the_same(net: str, wire: str) -> None:
    for seed in range(4):
        model = ChaosModel(make_model(native=wire == "native"), FAULTS, seed=seed)
        brain = Brain(net=net, model=model, tools=[look], store=MemoryStore(), wire=wire)

        result = await brain.run("What do the boxes hold?", run_id="r")

        assert result.status in (Status.ANSWERED, Status.LIMITED), (seed, result.error)
        (await brain.replay("r")).check()


@pytest.mark.parametrize("net", ["refact", "refact_inline", "plan_solve", "budget_forcing", "self_refine"])
async def test_the_reasoning_model_does_all_but_the_answer(net: str) -> None:
    reasoning, answering = make_model(native=False), make_model(native=False)
    brain = Brain(net=net, model=ScriptedModel([]), tools=[look], reasoning_model=reasoning, answering_model=answering)

    result = await brain.run("What do the boxes hold?")

    assert len(answering.calls) == (net == "plan_solve")
    assert len(reasoning.calls) + len(answering.calls) == result.usage.model_calls
