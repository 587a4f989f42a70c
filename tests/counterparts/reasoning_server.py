"""Servers that reason, each family in its own way and with its own demands: what breaks one is refused with a 400.

All of them play the same part: they look at 1, then at 2 and 3 at once, say that it is enough, and answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from call_shapes import fragments
from sse_server import DONE, Connection, Handler, Request, delta, response, send_events, usage

THOUGHTS = (
    "First I look at 1.\nIt is \u201cfirst\u201d.",
    "Then at 2 and 3, both 🙂 at once.",
    "That is enough.",
    "So:",
)
TEXTS = ("I look.", "", "Enough.", "The end.")
CALLS: Sequence[Sequence[int]] = ((1,), (2, 3), (), ())
"""What is looked at in each reply."""
PLAIN = {"role", "content", "tool_calls", "tool_call_id"}

Message = Mapping[str, Any]
Say = Callable[[int], list[bytes]]
Steps = tuple[int, ...]
"""Whose replies one message shows: those that no other voice came between are one."""


def pieces(text: str, size: int = 7) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def in_field(*names: str) -> Say:
    """Reasoning in fields of the delta; under several names it is the same twice."""
    return lambda step: [delta(**dict.fromkeys(names, part)) for part in pieces(THOUGHTS[step])]


def inline(step: int) -> list[bytes]:
    """Reasoning in the text, its tags cut anywhere."""
    return [delta(part) for part in pieces(f"<think>\n{THOUGHTS[step]}\n</think>\n\n", 3)]


def in_parts(step: int) -> list[bytes]:
    """Reasoning in parts of the content."""
    return [
        delta(content=[{"type": "thinking", "thinking": [{"type": "text", "text": part}]}])
        for part in pieces(THOUGHTS[step])
    ]


def make_details(step: int) -> list[dict[str, Any]]:
    """What is demanded back: a text with its signature, and what nobody can read."""
    text = {"type": "reasoning.text", "text": THOUGHTS[step], "format": "f-v1", "index": 0, "signature": f"sig{step}=="}
    return [
        text,
        {"type": "reasoning.encrypted", "data": f"gAAA{step}", "format": "f-v1", "index": 1, "id": f"rs{step}"},
    ]


def in_details(step: int) -> list[bytes]:
    """Reasoning as text and in structured details, which come in pieces."""
    text, encrypted = make_details(step)
    head = {name: text[name] for name in ("type", "format", "index")}
    parts = [
        delta("", reasoning=part, reasoning_details=[{**head, "text": part, "signature": None}])
        for part in pieces(THOUGHTS[step])
    ]
    return [
        *parts,
        delta("", reasoning=None, reasoning_details=[{**head, "signature": text["signature"]}]),
        delta("", reasoning=None, reasoning_details=[encrypted]),
    ]


def in_growing_details(step: int) -> list[bytes]:
    """Each piece holds all that came before."""
    text, whole = "", []
    for part in pieces(THOUGHTS[step], 25):
        text += part
        whole.append(delta(reasoning_details=[{"type": "reasoning.text", "text": text, "index": 0}]))
    return whole


def sign(step: int) -> dict[str, Any]:
    return {"extra_content": {"google": {"thought_signature": f"signed{step}=="}}}


def with_flag(step: int) -> list[bytes]:
    """Reasoning in the text, marked beside it; a reply without calls is signed itself."""
    flag: dict[str, Any] = {"extra_content": {"google": {"thought": True}}}
    parts = [delta(part, **flag) for part in pieces(f"<thought>{THOUGHTS[step]}")]
    return [*parts, delta("</thought>"), *([] if CALLS[step] else [delta("", **sign(step))])]


def say_calls(step: int, *, is_signed: bool = False) -> list[bytes]:
    """The calls of a step, each argument a character at a time; the first may be signed."""
    entries = [
        entry
        for place, at in enumerate(CALLS[step])
        for entry in fragments(place, f"call-{step}-{place}", ("look", {"at": at}))
    ]
    if is_signed and entries:
        entries[0] = {**entries[0], **sign(step)}
    return [delta(tool_calls=[entry]) for entry in entries]


@dataclass(frozen=True)
class Family:
    """How one family speaks, and what it wants to see of its replies."""

    profile: str
    say: Say
    wants: Callable[[Steps], Mapping[str, Any]] = lambda _: {}
    """Of the message that shows some replies, what has to be in it as it was said."""
    of: str = "all"
    """Of which messages: `calls`, `turn` (those after the last user's message) or `all`; others may hold none of it."""
    is_signed: bool = False


def join(texts: Sequence[str], steps: Steps) -> str:
    return "\n\n".join(texts[step] for step in steps)


def text_in(*names: str) -> Callable[[Steps], Mapping[str, Any]]:
    return lambda steps: dict.fromkeys(names, join(THOUGHTS, steps))


def want_inline(steps: Steps) -> Mapping[str, Any]:
    thoughts = "\n\n".join(f"\n{THOUGHTS[step]}\n" for step in steps)
    return {"content": f"<think>{thoughts}</think>\n\n{join(TEXTS, steps)}"}


def want_parts(steps: Steps) -> Mapping[str, Any]:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": join(THOUGHTS, steps)}]}
    text = join(TEXTS, steps)
    return {"content": [thinking, *([{"type": "text", "text": text}] if text else [])]}


def want_details(steps: Steps) -> Mapping[str, Any]:
    return {"reasoning_details": [details for step in steps for details in make_details(step)]}


def want_grown(steps: Steps) -> Mapping[str, Any]:
    return {"reasoning_details": [{"type": "reasoning.text", "text": THOUGHTS[step], "index": 0} for step in steps]}


def want_signature(steps: Steps) -> Mapping[str, Any]:
    return {} if CALLS[steps[-1]] else sign(steps[-1])


CONTENT, REASONING = in_field("reasoning_content"), in_field("reasoning")
FAMILIES: Mapping[str, Family] = {
    "openai": Family("openai", lambda _: []),
    "deepseek": Family("deepseek", CONTENT, text_in("reasoning_content"), "calls"),
    "moonshot": Family("moonshot", CONTENT, text_in("reasoning_content"), "calls"),
    "zai": Family("zai", CONTENT, text_in("reasoning_content")),
    "qwen": Family("qwen", CONTENT, text_in("reasoning_content"), "turn"),
    "minimax inline": Family("minimax", inline, want_inline),
    "minimax split": Family("minimax", in_growing_details, want_grown),
    "mistral": Family("mistral", in_parts, want_parts),
    "gemini": Family("gemini", with_flag, want_signature, is_signed=True),
    "openrouter": Family("openrouter", in_details, want_details),
    "groq": Family("groq", REASONING, text_in("reasoning"), "calls"),
    "xai": Family("xai", CONTENT),
    "ollama": Family("ollama", REASONING, text_in("reasoning"), "calls"),
    "vllm": Family("vllm", in_field("reasoning", "reasoning_content"), text_in("reasoning"), "calls"),
    "sglang": Family("sglang", CONTENT, text_in("reasoning_content"), "calls"),
    "llama.cpp": Family("llama.cpp", CONTENT, text_in("reasoning_content"), "calls"),
    "none": Family("none", CONTENT),
    "any": Family("any", CONTENT, text_in("reasoning_content", "reasoning"), "calls"),
}
"""By name: for each profile at least one."""


@dataclass
class ReasoningServer:
    """Plays its part for whoever shows it what it said as it wants to see it."""

    family: Family
    refused: list[str] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    """The requests that it took."""

    def get_handler(self) -> Handler:
        """The handler for a server."""

        async def handle(request: Request, connection: Connection) -> bool:
            asked = request.json()
            wrong = find_wrong(self.family, asked["messages"])
            if wrong:
                self.refused.append(wrong)
                await connection.send(response(400, {"error": {"message": wrong, "type": "invalid_request_error"}}))
                return True
            self.asked.append(asked)
            return await send_events(*self._speak(find_step(asked)))(request, connection)

        return handle

    def _speak(self, step: int) -> list[bytes]:
        calls = say_calls(step, is_signed=self.family.is_signed)
        words = [delta(part) for part in pieces(TEXTS[step])]
        return [*self.family.say(step), *words, *calls, delta(finish="tool_calls" if calls else "stop"), usage(), DONE]


def find_step(asked: Mapping[str, Any]) -> int:
    """How far the part has been played in the present question."""
    if asked.get("tool_choice") == "none":
        return 3
    last = max(place for place, each in enumerate(asked["messages"]) if each["role"] == "user")
    return {0: 0, 1: 1, 3: 2}[sum(each["role"] == "tool" for each in asked["messages"][last:])]


def find_wrong(family: Family, messages: Sequence[Message]) -> str:
    """What the family refuses about these messages; empty where there is nothing."""
    last = max(place for place, each in enumerate(messages) if each["role"] == "user")
    for place, message in enumerate(messages):
        if message["role"] != "assistant":
            if extra := set(message) - PLAIN:
                return f"property {min(extra)!r} is unsupported"
            continue
        steps = read_steps(message)
        is_wanted = {"calls": "tool_calls" in message, "turn": place > last, "all": True}[family.of]
        wanted = family.wants(steps) if is_wanted else {}
        if extra := set(message) - PLAIN - set(wanted):
            return f"property {min(extra)!r} is unsupported"
        if wrong := next((name for name, value in wanted.items() if message.get(name) != value), ""):
            return f"{wrong} is missing or not as it was said in messages[{place}]: {message.get(wrong)!r}"
        if wrong := _find_wrong_call(family, message, steps[0]):
            return f"{wrong} in messages[{place}]"
    return ""


def read_steps(message: Message) -> Steps:
    """Which of its replies a message shows."""
    if "tool_calls" in message:
        return (0,) if len(message["tool_calls"]) == 1 else (1,)
    content = message["content"]
    text = content if isinstance(content, str) else content[-1]["text"]
    return tuple(step for step in (2, 3) if TEXTS[step] in text)


def _find_wrong_call(family: Family, message: Message, step: int) -> str:
    for place, call in enumerate(message.get("tool_calls", ())):
        wanted = sign(step) if family.is_signed and place == 0 else {}
        if {name: value for name, value in call.items() if name not in {"id", "type", "function"}} != wanted:
            return f"call {place} is missing its own signature, and only that: {call}"
    return ""
