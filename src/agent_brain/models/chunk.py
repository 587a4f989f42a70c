"""What a chunk of a chat completion says, read from its JSON with every deviation that servers are known for."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic_core import from_json

from agent_brain.core.chat import CallDelta, Delta
from agent_brain.core.usage import Usage
from agent_brain.models.reasoning_fields import ReasoningFields

COUNT_MAX = 2**53
"""A token count beyond this is nonsense."""
COST_MAX_USD = 10_000.0
"""So is a call that costs more."""


def parse_json(data: bytes) -> Any:
    """The JSON value of these bytes.

    A half of a surrogate pair, which some servers send when an emoji spans two tokens, is tolerated.
    Raises: ValueError.
    """
    try:
        return from_json(data)
    except ValueError:
        if b"\\u" not in data:
            raise
    try:
        return replace_surrogates(json.loads(data.decode()))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def replace_surrogates(value: Any) -> Any:
    """The same JSON value with text that UTF-8 can carry."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {key: replace_surrogates(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [replace_surrogates(entry) for entry in value]
    return value


def find_choice(chunk: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first choice; `choices` may be missing, null or empty, and further choices are passed over."""
    choices = chunk.get("choices")
    if not isinstance(choices, list):
        return None
    for choice in choices:
        if isinstance(choice, dict) and not choice.get("index"):
            return choice
    return None


def read_finish(choice: Mapping[str, Any]) -> str | None:
    """Why the model stopped, or None while it goes on."""
    finish = choice.get("finish_reason")
    return finish if isinstance(finish, str) and finish not in {"", "null"} else None


def read_delta(said: Any, finish: str | None, calls: tuple[CallDelta, ...], fields: ReasoningFields) -> Delta | None:
    """What a delta, or a whole message, adds; None where it adds nothing."""
    if not isinstance(said, dict):
        return Delta(finish=finish) if finish else None
    if calls and len(said) == 1:  # nothing else is in it
        return Delta("", "", finish, None, calls)
    content = said.get("content")
    text = content if isinstance(content, str) else _join(content or said.get("refusal"))
    reasoning = "" if len(said) == 1 and text is content else fields.read(said)
    if not (text or reasoning or finish or calls):
        return None
    return Delta(text, reasoning, finish, None, calls)


def read_usage(value: Any) -> Usage | None:
    """Token counts, and what they cost where the server says so (OpenRouter's `cost`, in US dollars).

    None where there is no count to be read.
    """
    if not isinstance(value, dict):
        return None
    usage = Usage(
        input_tokens=_count(value, "prompt_tokens"),
        output_tokens=_count(value, "completion_tokens"),
        cached_tokens=_count(value.get("prompt_tokens_details"), "cached_tokens"),
        reasoning_tokens=_count(value.get("completion_tokens_details"), "reasoning_tokens"),
    )
    cost = value.get("cost")
    if usage.tokens and isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < COST_MAX_USD:
        usage = replace(usage, cost_usd=float(cost), priced_tokens=usage.tokens)
    return usage if usage.tokens else None


def _join(parts: Any) -> str:
    """The text of a text, or of a list of content parts; thinking parts have none."""
    if isinstance(parts, str):
        return parts
    if not isinstance(parts, list):
        return ""
    texts = (part.get("text") for part in parts if isinstance(part, dict))
    return "".join(text for text in texts if isinstance(text, str))


def _count(counts: Any, name: str) -> int:
    value = counts.get(name) if isinstance(counts, dict) else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 17:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return 0
    return int(value) if 0 < value < COUNT_MAX else 0
