"""Whole runs with every history: small contexts, both wires, left after any commit, played back."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain import Brain, Message, ModelError, ModelErrorKind, ScriptedModel, Status, tool
from agent_brain.core.chat import Reply
from agent_brain.core.errors import PromptSizes
from agent_brain.core.items import ReplyCall
from agent_brain.core.usage import estimate_tokens

PAGES = 9
SPECS = [
    "messages", "window(4)", "budget(1500)", "mask(2)", "mask(2, polling=3)", "summary(0.6, keep=2)", "fold", "state",
    "summary(0.6, keep=2)+todo", "mask(2)+notes+plan", "window(4, reasoning='none')+consolidate",
]  # fmt: skip
WINDOW = 3000


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}. " + "The harbour lies to the north of the old town, behind the mill. " * 12


class Reader:
    """A model that reads page after page, however little it is shown of those before, then answers.

    It sums up where it is asked to; where it has a window, it refuses what is larger.
    """

    def __init__(self, wire: str, window: int | None = None) -> None:
        self.wire = wire
        self.window = window
        self.model = ScriptedModel(self.say, name="reader")

    def say(self, messages: Sequence[Message]) -> Any:
        text = "\n".join(message["content"] + json.dumps(message.get("tool_calls", "")) for message in messages)
        tokens = estimate_tokens(len(text))
        if self.window is not None and tokens > self.window:
            raise ModelError(ModelErrorKind.CONTEXT_LENGTH, "too long", sizes=PromptSizes(self.window, tokens))
        if messages[0]["role"] == "system" and "keep the memory" in messages[0]["content"]:
            return f"Pages were read; the last one is page <{max(find_numbers(text), default=0)}>."
        number = max(find_numbers(text), default=0) + 1
        if number > PAGES or "Now give the final answer" in text:
            return "It lies to the north."
        said = f"<state>page <{number}></state> I read <{number}>."
        args = json.dumps({"number": number})
        if self.wire == "native":
            return Reply(said, calls=(ReplyCall("read_page", args),), reasoning="Hm.")
        return f'{said}\n{{"name": "read_page", "args": {args}}}'


def find_numbers(text: str) -> list[int]:
    """What was read, as far as it is shown: each page is named in angle brackets by who reads it."""
    parts = [part.partition(">")[0] for part in text.split("<")[1:]]
    return [int(part) for part in parts if part.isdigit()]


def make_brain(memory: str, wire: str, reader: Reader, context_tokens: int | None = WINDOW, **options: Any) -> Brain:
    return Brain("react_brief", memory, reader.model, [read_page], wire=wire, context_tokens=context_tokens, **options)


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("spec", SPECS)
async def test_a_run_in_a_small_context_ends_and_its_replay_is_the_same(spec: str, wire: str) -> None:
    brain = make_brain(spec, wire, Reader(wire))
    result = await brain.run("Where is the harbour?", run_id="r")

    assert (result.status, result.answer) == (Status.ANSWERED, "It lies to the north.")
    silent = make_brain(spec, wire, Reader(wire, 0), None, store=brain.store)
    (await silent.replay("r")).check()


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("spec", SPECS)
async def test_a_run_that_is_refused_learns_ends_and_its_replay_is_the_same(spec: str, wire: str) -> None:
    reader = Reader(wire, 1800)
    brain = make_brain(spec, wire, reader, None)
    result = await brain.run("Where is the harbour?", run_id="r")

    assert (result.status, result.answer) == (Status.ANSWERED, "It lies to the north."), result.env.error
    silent = make_brain(spec, wire, Reader(wire, 0), None, store=brain.store)
    (await silent.replay("r")).check()


@pytest.mark.parametrize("spec", SPECS)
async def test_a_run_left_after_any_commit_comes_to_the_same_end(spec: str) -> None:
    brain = make_brain(spec, "native", Reader("native"))
    whole = await brain.run("Where is the harbour?", run_id="r")
    async with aclosing(brain.store.read("r")) as commits:
        heads = [commit.last async for commit in commits]

    for head in heads[:-1]:
        result = await brain.go_on(await brain.fork("r", head))
        assert result.answer == whole.answer, head
        assert list(map(_strip, result.env.log)) == list(map(_strip, whole.env.log)), head
        assert result.env.slots == whole.env.slots, head


def _strip(item: Any) -> tuple[Any, ...]:
    """An item without what bears its run's name."""
    return item.kind, item.text, item.action, item.outcome
