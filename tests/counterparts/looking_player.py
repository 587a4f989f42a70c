"""The gold chains for a model that forgets: it knows of earlier results what its memory shows it, and no more."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.chat import Reply
from agent_brain.core.items import Action, Message, ReplyCall
from call_shapes import write
from counterparts.chains import Chain, Hop
from counterparts.reading import is_told, read_answer

FILED = "\n\nFiled under: "
"""What stands between a result and the words that make it long."""
LOST = "I do not know that any more."
CALL_CHARACTERS = 200
"""How much of a call a summary's lines begin with."""
PLACEHOLDER = re.compile(r"\(\d+ lines? not shown any more; recall\(id=(?P<id>\d+)\) shows them\)")
MEMORY = re.compile(r"<memory [^>]*>\n(.*?)\n</memory>", re.DOTALL)


@dataclass
class Seen:
    """A request, understood."""

    question: str = ""
    results: dict[tuple[str, str], str] = field(default_factory=dict)
    """By the tool and the arguments of each call that is shown: what came of it, or what stands in its place."""
    recalled: dict[str, str] = field(default_factory=dict)
    """What was brought back, by its id."""
    told: list[str] = field(default_factory=list)
    """The lines that a memory shows beside the messages."""

    def find(self, hop: Hop) -> str | None:
        """What came of a hop, where that is shown, brought back or told; None: nobody could say from this."""
        own = self.results.get((hop.tool, write(hop.arguments)), "")
        texts = [own, self.recalled.get(self.find_id(hop) or "", ""), self._find_told(hop)]
        return next((text for text in texts if text and not PLACEHOLDER.fullmatch(text)), None)

    def find_id(self, hop: Hop) -> str | None:
        """Under which id a hop's result can be brought back."""
        hidden = PLACEHOLDER.fullmatch(self.results.get((hop.tool, write(hop.arguments)), ""))
        return hidden["id"] if hidden else None

    def is_made(self, hop: Hop) -> bool:
        """True where it can be seen that a hop's call was made."""
        return (hop.tool, write(hop.arguments)) in self.results or bool(self._find_told(hop))

    def _find_told(self, hop: Hop) -> str:
        begin = " ".join(Action(name=hop.tool, args=dict(hop.arguments)).describe().split())[:CALL_CHARACTERS]
        lines = (line.partition("] ")[2] for line in self.told)
        return next((line[len(begin) :].removeprefix("...").removeprefix(": ") for line in lines
                     if line.startswith(begin) and is_told(hop.sub_answer, line[len(begin) :])), "")  # fmt: skip


def read_seen(messages: Sequence[Message]) -> Seen:
    """Understand a request over tool calls from its messages alone."""
    seen = Seen()
    said = [message["content"] for message in messages if message["role"] == "user"]
    seen.question = re.split(r"\s*<(?:memory|instruction|correction)\b", said[0], maxsplit=1)[0]
    seen.told = [line for text in said for block in MEMORY.findall(text) for line in block.splitlines()]
    results = {message["tool_call_id"]: message["content"] for message in messages if message["role"] == "tool"}
    for call in (call for message in messages for call in message.get("tool_calls", ())):
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        text = results[call["id"]]
        if name != "recall":
            seen.results[name, arguments] = text
        elif not PLACEHOLDER.fullmatch(text):
            seen.recalled[str(json.loads(arguments)["id"])] = text
    return seen


@dataclass(frozen=True)
class LookingPlayer:
    """Makes the next call of a question's chain when all that its arguments come from is before its eyes.

    Where something is hidden that can be brought back, it has it brought back, if it `recalls`; else it gives up.
    """

    chains: Mapping[str, Chain]
    """By question."""
    recalls: bool = False

    def reply(self, messages: Sequence[Message]) -> Reply:
        """What it says next."""
        seen = read_seen(messages)
        hops = self.chains[seen.question].hops
        place = 1 + max((place for place, hop in enumerate(hops) if seen.is_made(hop)), default=-1)
        is_over = place == len(hops)
        wanted = [hops[earlier] for earlier in ([place - 1] if is_over else hops[place].depends_on)]
        if any(seen.find(hop) is None for hop in wanted):
            return self._bring_back(seen, wanted)
        if is_over:
            last = hops[-1]
            result = (seen.find(last) or "").partition(FILED)[0]
            return Reply(read_answer(seen.question, last.arguments, result))
        return make_reply([(hops[place].tool, hops[place].arguments)])

    def _bring_back(self, seen: Seen, wanted: Sequence[Hop]) -> Reply:
        """All that is hidden at once: a call at a time, the second would hide what the first has shown."""
        ids = [found for hop in wanted if (found := seen.find_id(hop)) is not None]
        return make_reply([("recall", {"id": int(found)}) for found in ids]) if ids and self.recalls else Reply(LOST)


def make_reply(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> Reply:
    """A reply that makes these calls and says nothing."""
    return Reply("", calls=tuple(ReplyCall(name, write(arguments)) for name, arguments in calls))
