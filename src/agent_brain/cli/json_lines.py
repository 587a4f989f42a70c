"""Events as JSON, one a line."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, TextIO

from pydantic import BaseModel

from agent_brain.cli.plain_text import replace_surrogates
from agent_brain.core.errors import ModelError, RunError
from agent_brain.core.events import Ended, Event, SubEvent
from agent_brain.core.judgements import find_oracles, find_passed
from agent_brain.core.usage import Usage

UNPRICED = tuple(field.name for field in fields(Usage) if field.name not in ("cost_usd", "priced_tokens"))
"""What is told of a usage whose cost nobody knows: a cost of 0 would be taken for one."""


class JsonLines:
    """Writes every event of a run as a JSON object in a line of its own, in UTF-8, at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, event: Event) -> None:
        """Write one event."""
        write_json(self._stream, describe_event(event))


def write_json(stream: TextIO, value: object) -> None:
    """One value in one line, whatever the stream's own encoding."""
    line = json.dumps(to_json(value), ensure_ascii=(stream.encoding or "").lower().replace("-", "") != "utf8")
    stream.write(line + "\n")
    stream.flush()


def describe_event(event: Event) -> dict[str, Any]:
    """An event's name and fields; the last event carries the run's usage in place of its env.

    What happens in a run inside the run is such an object too, under `inside`.
    """
    if isinstance(event, Ended):
        env = event.env
        return {
            "event": "Ended",
            "run_id": event.run_id,
            "status": event.status,
            "answer": event.answer,
            "limit": env.limit,
            "passed": find_passed(env),
            "oracles": find_oracles(env),
            "usage": env.usage,
            "pauses": env.open_pauses,
            "error": None if event.error is None else describe_error(event.error),
        }
    if isinstance(event, SubEvent):
        return {"event": "SubEvent", "path": event.path, "inside": describe_event(event.event)}
    return {"event": type(event).__name__, **{entry.name: getattr(event, entry.name) for entry in fields(event)}}


def describe_error(error: RunError) -> dict[str, Any]:
    """An error's type and message, and for a model's error what a caller can act on."""
    told: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, ModelError):
        told |= {"kind": error.kind, "status": error.status, "retryable": error.retryable}
    return told


def to_json(value: object) -> Any:  # noqa: PLR0911  # one flat case for each type
    """The value in JSON's own types: what JSON cannot say (NaN, half a character, an object) becomes text."""
    match value:
        case Enum():
            return to_json(value.value)
        case None | bool() | int():
            return value
        case str():
            return replace_surrogates(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Usage() if not value.priced_tokens:
            return {name: to_json(getattr(value, name)) for name in UNPRICED}
        case BaseModel():
            return to_json(value.model_dump())
        case Mapping():
            return {replace_surrogates(str(key)): to_json(entry) for key, entry in value.items()}
        case Sequence() | set() | frozenset():
            return [to_json(entry) for entry in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {entry.name: to_json(getattr(value, entry.name)) for entry in fields(value)}
        case _:
            return replace_surrogates(str(value))
