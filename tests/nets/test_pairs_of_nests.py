"""Nets that work in runs inside their own come to their end beside every memory, over both wires, also when killed."""

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import pytest

from agent_brain import Brain, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.chat import Reply
from agent_brain.core.items import Message, ReplyCall
from agent_brain.models.scripted import Line
from nets.people import Person
from nets.planners import show
from nets.walking import check_resumes

NETS = [
    "plan_execute",
    "plan_execute(refact, view='question+plan+results')",
    "adapt",
    "reflexion(memory='both')",
    "reflexion(plan_execute)",
    "ask(react)",
    "ask(reflexion)",
]
MEMORIES = [
    "messages",
    "whole",
    "window(1)",
    "budget(600)",
    "mask(1)",
    "summary",
    "fold",
    "state",
    "mask(1)+todo+notes",
    "window(2)+goal+plan+lessons",
]
SAID = (
    ("Before you go on", "QUESTION: Which box?"),
    ("Write the plan", "1. Look into box 1\n2. Look into box 2"),
    ("Look at what came", "ANSWER: 11"),
    ("Take it apart", "ALL\n1. Look into box 1"),
    ("was judged, and it failed", "Look into both."),
    ("Verdict", "Verdict: go on"),
    ("final answer", "It is 11."),
)


@tool(read_only=True)
def look(box: int) -> str:
    """Look into a box."""
    return f"box {box} holds {box * 11}"


def make_model(*, native: bool) -> ScriptedModel:
    """Looks into a box where it is shown no result, fails at the whole and succeeds at steps."""

    def reply(messages: Sequence[Message]) -> Line:
        _, is_asked, directive = messages[-1]["content"].rpartition("<instruction>")
        shown = show(messages)
        for words, said in SAID:
            if is_asked and words in directive:
                return said
        is_done = "</observation>" in shown or any(message["role"] == "tool" for message in messages)
        if is_done or "I looked" in shown:
            return "FAILED: too much" if "(If this cannot be done" in shown else "It is 11."
        args = {"box": 1}
        if native:
            return Reply("I looked", calls=(ReplyCall("look", json.dumps(args)),))
        return f"I looked {json.dumps({'name': 'look', 'args': args})}"

    return ScriptedModel(reply)


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("net", NETS)
async def test_a_net_comes_to_its_end_beside_a_memory_also_when_killed(net: str, memory: str, wire: str) -> None:
    store, person = MemoryStore(), Person({"Which": "The first one"})

    def judge(question: str, answer: str) -> Any:
        return False, "Both were wanted."

    def make() -> Brain:
        model = make_model(native=wire == "native")
        return Brain(net=net, memory=memory, model=model, evaluator=judge, tools=[look], store=store, wire=wire)

    whole = await person.talk(make(), "What do the boxes hold?")

    assert whole.status is Status.ANSWERED
    assert "11" in whole.answer
    await check_resumes(make, whole, person.go_on, draw=crc32(f"{net} {memory} {wire}".encode()))
