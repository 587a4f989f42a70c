"""A server with a prefix cache that says what of each prompt it knew, and runs whose memories it judges.

`python -m counterparts.prefix_cache` prints for each memory what a run of many steps sends anew, over either wire.
"""

import argparse
import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

from agent_brain import Brain, Limits, Memory, Message, ScriptedModel, Tool, tool
from agent_brain.core.archive import Archive, Entry
from agent_brain.core.digest import digest_messages
from agent_brain.core.items import Observation
from agent_brain.core.lens import Overlay
from agent_brain.engine.result import Result
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.graph import Graph
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.lessons import Lessons
from agent_brain.memories.looking import MemoryTool, ToolArgs
from agent_brain.memories.messages import Messages
from agent_brain.memories.playbook import Playbook
from agent_brain.memories.reflective import Reflective
from agent_brain.memories.window import Window
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.stores.memory_archive import MemoryArchive
from call_shapes import fragments
from sse_server import DONE, Connection, Request, Server, delta, send_events, usage

BLOCK = 16
"""Tokens that are cached together, as in vLLM."""
STEPS = 40
WORDS = 60
"""Of what each look brings."""
TOKEN = re.compile(r"\w{1,6}|\W")
SHOWN_LAST = re.compile(r"(?:^<\|user\|>|\s*)<(?:memory|instruction)\b")
"""What a request ends in that is no part of the log."""
MESSAGES = Messages()
VARIED = {"text", "task", "result"}
"""Arguments that are others with each reply."""
Call = tuple[str, Mapping[str, Any]]


def read_tokens(asked: Mapping[str, Any]) -> list[str]:
    """A request as its server's template would write it: the tools, then the messages."""
    return TOKEN.findall("".join([json.dumps(asked.get("tools", [])), *map(write_message, asked["messages"])]))


def write_message(message: Mapping[str, Any]) -> str:
    """One message of a template."""
    calls = json.dumps(message["tool_calls"]) if "tool_calls" in message else ""
    return f"<|{message['role']}|>{message['content'] or ''}{calls}"


def count_tail(asked: Mapping[str, Any]) -> int:
    """Tokens of what stands behind the log: overlays and the state's directive."""
    last = write_message(asked["messages"][-1])
    found = SHOWN_LAST.search(last) if asked["messages"][-1]["role"] == "user" else None
    return len(TOKEN.findall(last[found.start() :])) if found else 0


def count_common(before: Sequence[str], after: Sequence[str]) -> int:
    """How many tokens two prompts begin with."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(frozen=True)
class Prompt:
    """What the server has seen of a request."""

    tokens: Sequence[str]
    cached: int
    """Tokens that it did not have to read, in whole blocks."""
    tail: int
    calls: Sequence[str]
    """The tools that its reply calls."""


@dataclass
class CachingServer:
    """Looks at one thing after the other, and keeps all prompts it has seen."""

    play: Callable[[int], Call | None]
    """What is called in the reply of this number; None: it has seen enough."""
    is_native: bool
    prompts: list[Prompt] = field(default_factory=list)

    async def handle(self, request: Request, connection: Connection) -> bool:
        """Answer one request, with the cached tokens in its usage."""
        asked = request.json()
        call, tokens = self.play(len(self.prompts)), read_tokens(asked)
        known = 0
        for prompt in reversed(self.prompts):  # the last ones have most in common
            if len(prompt.tokens) > known and prompt.tokens[: known + 1] == tokens[: known + 1]:
                known = count_common(prompt.tokens, tokens)
        cached = known - known % BLOCK
        self.prompts.append(Prompt(tokens, cached, count_tail(asked), [call[0]] if call else []))
        told = usage(len(tokens), 10, prompt_tokens_details={"cached_tokens": cached})
        return await send_events(*self._say(call), told, DONE)(request, connection)

    def _say(self, call: Call | None) -> list[bytes]:
        if call is None:
            return [delta("It is done."), delta(finish="stop")]
        if not self.is_native:
            return [delta(json.dumps({"name": call[0], "args": call[1]})), delta(finish="stop")]
        pieces = [delta(tool_calls=[piece]) for piece in fragments(0, f"c{len(self.prompts)}", (call[0], call[1]))]
        return [*pieces, delta(finish="tool_calls")]


@tool(read_only=True)
def look(at: int) -> str:
    """Look at something."""
    return " ".join(f"word{at * WORDS + place}" for place in range(WORDS))


def play(case: "Case", number: int) -> Call | None:
    """A look with each reply but those that do something else, and those that answer a question."""
    if number in case.answers or number >= STEPS:
        return None
    place = number % case.every if case.every else number
    name, args = case.others.get(place, ("look", {"at": number}))
    return name, {key: f"{value} {number}" if key in VARIED else value for key, value in args.items()}


@dataclass(frozen=True)
class Case:
    """A memory, and what a model has to do for it."""

    memory: str | Callable[[], Memory]
    others: Mapping[int, Call] = field(default_factory=dict)
    every: int = 0
    """After how many replies they come again; 0: never."""
    answers: tuple[int, ...] = ()
    """The replies that are answers, after which the person asks a further question."""


@dataclass(frozen=True)
class WritableLessons(Lessons):
    """Lessons that the model itself writes, in the place of a net with trials."""

    @property
    def tools(self) -> Sequence[Tool]:
        """What writes them."""
        return (MemoryTool("write_lesson", "Write a lesson.", Lesson, lambda args, _: keep_lesson(args)),)


class Lesson(ToolArgs):
    """What was learnt."""

    text: str


def keep_lesson(args: Lesson) -> Observation:
    """The lesson in its slot."""
    return Observation("kept", slots={"lessons": args.text})


def learn(messages: Sequence[Message]) -> str:
    """A keeper's reply: a summary, a request, a lesson and a rule, as whoever asks reads it."""
    seen = digest_messages(list(messages))
    return json.dumps([{"lesson": "Look twice.", "op": "ADD", "section": "looking", "text": f"{seen[:8]} {seen[8:]}"}])


def make_stored(*stores: Callable[[Archive], Overlay], history: Memory = MESSAGES) -> Memory:
    """A history beside what earlier runs have left."""
    data = {"question": "Look?", "from": "run a", "section": "looking", "kind": "episode", "tags": ["look"]}
    archive = MemoryArchive([Entry("one", "Look at everything around you twice.", data)], frozen=True)
    return Composed(history, tuple(store(archive) for store in stores))


ANSWERS = (9, 19, 29)
TODO: Call = ("write_todo", {"items": [{"text": "look", "status": "in_progress"}]})
FOLD: Mapping[int, Call] = {0: ("branch", {"task": "look"}), 9: ("return_result", {"result": "seen"})}
CASES: Mapping[str, Case] = {
    "messages": Case("messages"),
    "whole": Case("whole"),
    "window": Case("window(10)"),
    "budget": Case("budget(5000)"),
    "mask": Case("mask(10)"),
    "mask, polling": Case("mask(10, polling=5)"),
    "summary": Case("summary(0.8, keep=4, tokens=8000)"),
    "fold": Case("fold", FOLD, 10),
    "state": Case("state"),
    "goal": Case("messages+goal"),
    "plan": Case("messages+plan(tool=True)", {3: ("write_plan", {"text": "look around"})}, 10),
    "todo": Case("messages+todo", {3: TODO}, 10),
    "notes": Case("messages+notes", {3: ("write_note", {"key": "seen", "text": "look at"})}, 10),
    "notes at the head": Case("messages+notes(head)", {3: ("write_note", {"key": "seen", "text": "look at"})}, 10),
    "hierarchical": Case(
        "messages+hierarchical(memory)", {3: ("core_append", {"block": "human", "text": "look at"})}, 10
    ),
    "episodic": Case(partial(make_stored, Episodic)),
    "keyfacts": Case(partial(make_stored, KeyFacts)),
    "reflective": Case(partial(make_stored, Reflective)),
    "graph": Case(partial(make_stored, Graph)),
    "playbook": Case(partial(make_stored, Playbook)),
    "playbook that learns": Case("messages+playbook(memory)", answers=ANSWERS),
    "lessons": Case(lambda: Composed(MESSAGES, (WritableLessons(),)), {3: ("write_lesson", {"text": "look at"})}, 10),
    "consolidate": Case("messages+consolidate", answers=ANSWERS),
    "long_short": Case(partial(make_stored, Episodic, Playbook, history=Window(groups=10))),
}


@dataclass(frozen=True)
class Measured:
    """What a server has seen of a run."""

    prompts: Sequence[Prompt]
    results: Sequence[Result]
    """One for each question."""
    memory_calls: int

    @property
    def tokens(self) -> int:
        """Of all prompts."""
        return sum(len(prompt.tokens) for prompt in self.prompts)

    @property
    def cached(self) -> int:
        """Those that the server knew."""
        return sum(prompt.cached for prompt in self.prompts)

    @property
    def rewrites(self) -> int:
        """How often a prompt did not begin with all that the one before it showed of the log."""
        return len(self.find_rewritten())

    def find_rewritten(self) -> list[int]:
        """The places of those prompts."""
        return self._find_broken(lambda before: len(before.tokens) - before.tail)

    def _find_broken(self, wanted: Callable[[Prompt], int]) -> list[int]:
        return [
            place
            for place, (before, after) in enumerate(pairwise(self.prompts), 1)
            if count_common(before.tokens, after.tokens) < wanted(before)
        ]

    def find_class(self) -> str:
        """K0: each prompt begins with the one before; K1: but for a tail; K2: a rewrite now and then; K3: mostly."""
        if not self.rewrites:
            return "K1" if self._find_broken(lambda before: len(before.tokens)) else "K0"
        return "K2" if self.rewrites <= len(self.prompts) / 4 else "K3"


async def measure(case: Case, wire: str) -> Measured:
    """One run of many steps over a real connection."""
    server = CachingServer(partial(play, case), wire == "native")
    keeper = ScriptedModel(learn)
    memory = case.memory if isinstance(case.memory, str) else case.memory()
    async with Server(server.handle) as served:
        model = OpenAIChat("cached", base_url=served.base_url, api_key="none")
        limits = Limits(model_calls=2 * STEPS, tool_calls=2 * STEPS, steps=4 * STEPS)
        brain = Brain(
            f"react_brief(steps_max={2 * STEPS})", memory, model, [look], memory_model=keeper, wire=wire, limits=limits
        )
        results: list[Result] = []
        try:
            for number in range(len(case.answers) + 1):
                question = f"Look around, {number}."
                results.append(await brain.run(question, after=results[-1].env if results else None))
        finally:
            await model.aclose()
        await served.wait_idle()
    return Measured(server.prompts, results, len(keeper.calls))


async def print_all(wire: str) -> None:
    """The table for a wire."""
    print(f"{wire:<20} calls   tokens   cached  share     anew rewrites of memory  class")
    for name, case in CASES.items():
        seen = await measure(case, wire)
        anew, share = seen.tokens - seen.cached, seen.cached / seen.tokens
        figures = f"{len(seen.prompts):>5} {seen.tokens:>8,} {seen.cached:>8,} {share:>6.1%} {anew:>8,}"
        print(f"{name:<20} {figures} {seen.rewrites:>8} {seen.memory_calls:>9}  {seen.find_class()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m counterparts.prefix_cache", description=__doc__)
    parser.add_argument("--wire", choices=["text", "native"], action="append")
    for chosen in parser.parse_args().wire or ["text", "native"]:
        asyncio.run(print_all(chosen))
