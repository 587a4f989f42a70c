"""The gold chains over tool calls: a model that knows them alone, and calls all hops at once that need no other."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.items import Message
from call_shapes import ENDS, SHAPES, Shape, piece, write
from counterparts.chains import Chain, Hop
from counterparts.gold_player import deal
from counterparts.reading import is_told, read_answer
from counterparts.rules import RuleBroken, strip_instruction
from durability.pairing import check_calls
from sse_server import delta

Place = tuple[str, int]
"""A question, and the place of a hop in its chain."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: its text, its calls with their arguments as they are written, and how the server puts them."""

    text: str = ""
    calls: Sequence[tuple[str, str]] = ()
    finish: str = ""
    """In place of the server's own."""


Spoil = Callable[[str, str], Said]
"""What becomes of a call of this name with these arguments."""

MENDED: Mapping[str, Callable[[str], str]] = {
    "quoted": json.dumps,
    "fenced": lambda text: f"```json\n{text}\n```",
    "a trailing comma": lambda text: f"{text[:-1]},}}",
    "no last bracket": lambda text: text[:-1],
    "blanks": lambda text: f"\n  {text} \n",
    "prose around it": lambda text: f"Here: {text} Done.",
}
"""Ways to write arguments that are read all the same."""

SPOILT: Mapping[str, Spoil] = {
    "an unknown tool": lambda name, text: Said("", [(f"{name}_of", text)]),
    "a name that no tool has": lambda name, text: Said("", [(f"{name} <of>", text)]),
    "an unknown argument": lambda name, text: Said("", [(name, '{"nothing_of_the_kind": 1}')]),
    "a list of arguments": lambda name, text: Said("", [(name, "[1, 2, 3]")]),
    "no JSON": lambda name, text: Said("", [(name, "{]")]),
    "no name": lambda name, text: Said("", [("", text)]),
    "cut by the limit": lambda name, text: Said("", [(name, text[: text.rindex('"')])], "length"),
    "silence": lambda name, text: Said(" "),
}
"""Ways to call that the run has to correct."""


@dataclass
class CallingPlayer:
    """Replies to a run's requests as the gold chain of its question would have it.

    A share of the calls is sent in another way than it should be when it is sent for the first time; a call that is
    spoilt is sent alone.
    """

    chains: Sequence[Chain]
    ways: Sequence[str] = ()
    share: float = 0.0
    sent: Counter[str] = field(default_factory=Counter)
    """How calls were sent for the first time."""
    together: Counter[int] = field(default_factory=Counter)
    """How many calls came in one reply."""

    def __post_init__(self) -> None:
        self._chains = {chain.question: chain for chain in self.chains}
        places = [(chain.question, place) for chain in self.chains for place in range(len(chain.hops))]
        self._plan = deal(places, {way: lambda text, _: text for way in self.ways}, self.share)
        self._done: set[Place] = set()
        self._shown: dict[str, list[Message]] = {}

    def reply(self, asked: Mapping[str, Any]) -> Said:
        """What the model says next. Raises: RuleBroken; ValueError where it was not shown what it needs."""
        messages = asked["messages"]
        question = next(message["content"] for message in messages if message["role"] == "user")
        question = strip_instruction(question.partition("\n\n<correction>")[0])
        self._check(question, asked)
        chain, results = self._chains[question], read_results(messages)
        known = [results.get((hop.tool, write(hop.arguments))) for hop in chain.hops]
        if asked.get("tool_choice") == "none":
            return Said(read_answer(question, chain.hops[-1].arguments, known[-1] or ""))
        ready = [place for place, hop in enumerate(chain.hops) if known[place] is None and _is_ready(hop, chain, known)]
        return self._call(chain, ready) if ready else Said("Nothing is missing.")

    def _call(self, chain: Chain, ready: Sequence[int]) -> Said:
        calls: list[tuple[str, str]] = []
        for place in ready:
            hop, key = chain.hops[place], (chain.question, place)
            way = "plain" if key in self._done else self._plan.get(key, "plain")
            text = write(hop.arguments)
            if way in SPOILT and calls:
                continue  # it comes in a reply of its own
            if key not in self._done:
                self._done.add(key)
                self.sent[way] += 1
            if way in SPOILT:
                return SPOILT[way](hop.tool, text)
            calls.append((hop.tool, MENDED.get(way, str)(text)))
        self.together[len(calls)] += 1
        return Said("I look." if len(calls) % 2 else "", calls)

    def _check(self, question: str, asked: Mapping[str, Any]) -> None:
        """What was shown stays, and tools and calls have their forms."""
        messages = asked["messages"]
        try:
            check_calls(messages)
        except AssertionError as error:
            raise RuleBroken(f"{error}: {messages}") from error
        names = [tool["function"]["name"] for tool in asked["tools"]]
        if names != [function.spec.name for function in self._chains[question].functions]:
            raise RuleBroken(f"the tools are {names}")
        shown = self._shown.get(question, [])
        last = messages[len(shown) - 1] if shown else {}
        has_grown = last.get("role") == "user" and last["content"].startswith(shown[-1]["content"])
        if messages[: len(shown)] != shown and not (has_grown and messages[: len(shown) - 1] == shown[:-1]):
            raise RuleBroken(f"what was shown has changed: {shown}, {messages}")
        is_directed = messages[-1]["role"] == "user" and "<instruction>" in messages[-1]["content"]
        self._shown[question] = messages[:-1] if is_directed else messages


def read_results(messages: Sequence[Message]) -> dict[tuple[str, str], str]:
    """For each call that finished, by its name and arguments, what came of it."""
    told = {message["tool_call_id"]: message["content"] for message in messages if message["role"] == "tool"}
    made = [call for message in messages for call in message.get("tool_calls", ())]
    return {
        (call["function"]["name"], call["function"]["arguments"]): told[call["id"]]
        for call in made
        if not told[call["id"]].startswith("[failed]")
    }


def _is_ready(hop: Hop, chain: Chain, known: Sequence[str | None]) -> bool:
    """All that its arguments come from was shown. Raises: ValueError where it was shown and does not tell it."""
    for earlier in hop.depends_on:
        result = known[earlier]
        if result is None:
            return False
        if not is_told(chain.hops[earlier].sub_answer, result):
            raise ValueError(f"{result!r} does not tell {chain.hops[earlier].sub_answer!r}")
    return True


class Shaper:
    """Puts replies into events, in each of the shapes and with each of the ends in turn."""

    def __init__(self, shapes: Mapping[str, Shape] = SHAPES) -> None:
        self.used: Counter[tuple[str, str]] = Counter()
        self._next = itertools.cycle(itertools.product(shapes.items(), ENDS))

    def shape(self, said: Said) -> list[bytes]:
        """The events of a reply."""
        (name, shape), end = next(self._next)
        text = [delta(letter) for letter in said.text]
        if any(not call_name or not _is_object(arguments) for call_name, arguments in said.calls):
            calls = _write_raw(said.calls)
        else:
            calls = shape([(call_name, json.loads(arguments)) for call_name, arguments in said.calls])
            self.used[name, end] += bool(said.calls)
        return [*text, *calls, *(ENDS[end] if not said.finish else [delta(finish=said.finish)])]


def _is_object(arguments: str) -> bool:
    """True where a shape that knows values alone says the same."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return False
    return isinstance(value, dict) and write(value) == arguments


def _write_raw(calls: Sequence[tuple[str, str]]) -> list[bytes]:
    """Arguments that only a text can hold, a character at a time."""
    return [
        delta(
            tool_calls=[piece(name if start == 0 else None, arguments[start : start + 1], index=place, id=f"c{place}")]
        )
        for place, (name, arguments) in enumerate(calls)
        for start in range(max(1, len(arguments)))
    ]
