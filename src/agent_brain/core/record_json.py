"""Records as JSON: what a store keeps of them.

A record is an object with its kind under `k` and those of its fields that are not at their default. Whatever a model or
a tool may have written can be said: NaN, a NUL, half a character. What is stored has a version; a change of the format
raises `RECORDS_VERSION` and adds an entry to `UPGRADES`, and the oldest kept records stay readable
(`tests/data/records`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any, get_args

from agent_brain.core.errors import StoreBroken
from agent_brain.core.items import Action, FaultKind, ItemKind, Observation, OutcomeStatus, ReplyCall
from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.records import Record
from agent_brain.core.usage import Usage

RECORDS_VERSION = 1

UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""How a record of a version becomes one of the next version."""

KIND = "k"
_CLASSES: Mapping[str, type[Record]] = {kind.__name__: kind for kind in get_args(Record)}


def encode_records(records: Sequence[Record]) -> str:
    """A JSON array with one object for each record; may be encoded in UTF-8."""
    return to_text([encode_record(record) for record in records])


def decode_records(text: str, version: int = RECORDS_VERSION) -> tuple[Record, ...]:
    """The records of such an array. Raises: StoreBroken for what is none, and for a newer version."""
    if version > RECORDS_VERSION:
        raise StoreBroken(f"these records are of version {version}; this agent-brain reads up to {RECORDS_VERSION}")
    try:
        return tuple(decode_record(data, version) for data in json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreBroken(f"no records of version {version}: {text:.100}: {error}") from error


def to_text(value: object) -> str:
    """Compact JSON that can always be encoded in UTF-8: half a character is written as its escape."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def encode_record(record: Record) -> dict[str, Any]:
    """One record in JSON's types."""
    kind = type(record)
    data: dict[str, Any] = {KIND: kind.__name__}
    for name, default in _DEFAULTS[kind]:
        value = getattr(record, name)
        if value is not default and value != default:
            data[name] = encode_value(value)
    return data


def decode_record(data: Mapping[str, Any], version: int = RECORDS_VERSION) -> Record:
    """The record in such an object. Raises: KeyError, TypeError, ValueError for what is none."""
    given = dict(data)
    for step in range(version, RECORDS_VERSION):
        given = UPGRADES[step](given)
    kind = _CLASSES[given.pop(KIND)]
    decoders = _DECODERS[kind.__name__]
    for name in decoders.keys() & given.keys():
        given[name] = decoders[name](given[name])
    return kind(**given)


def encode_value(value: object) -> Any:
    """One of the nouns inside records and envs in JSON's types."""
    match value:
        case Enum():
            return value.value
        case Action(name=name, args=args):
            return {"name": name, "args": args} if args else {"name": name}
        case ReplyCall(name=name, arguments=arguments):
            return {"name": name, "arguments": arguments}
        case Observation() | Usage():
            return {
                field.name: encode_value(found)
                for field in fields(value)
                if (found := getattr(value, field.name)) != field.default
            }
        case tuple():
            return [encode_value(entry) for entry in value]
        case Mapping() if not isinstance(value, dict):
            return dict(value)
        case _:
            return encode_record(value) if type(value) in _DEFAULTS else value  # type: ignore[arg-type]  # a record


def decode_action(data: Mapping[str, Any]) -> Action:
    """The action in an object."""
    return Action.model_construct(name=data["name"], args=data.get("args", {}))


def decode_outcome(data: Mapping[str, Any]) -> Observation:
    """The observation in an object."""
    fault = data.get("fault")
    status = OutcomeStatus(data.get("status", OutcomeStatus.FINISHED))
    return Observation(data["text"], status, None if fault is None else FaultKind(fault), data.get("slots"))


def decode_calls(data: Sequence[Mapping[str, str]] | None) -> tuple[ReplyCall, ...] | None:
    """The tool calls in an array."""
    return None if data is None else tuple(ReplyCall(found["name"], found["arguments"]) for found in data)


def decode_usage(data: Mapping[str, Any]) -> Usage:
    """The usage in an object."""
    return Usage(**data)


def _find_default(field: Any) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


_DEFAULTS = {kind: [(field.name, _find_default(field)) for field in fields(kind)] for kind in get_args(Record)}
"""Each field's default; MISSING, which is equal to nothing else, where there is none."""

_DECODERS: Mapping[str, Mapping[str, Callable[[Any], Any]]] = {
    **{name: {} for name in _CLASSES},
    "ItemAdded": {"kind": ItemKind},
    "Faulted": {"kind": FaultKind},
    "ActionsChosen": {"actions": lambda found: tuple(map(decode_action, found))},
    "ActionStarted": {"action": decode_action, "asked": decode_action},
    "ActionFinished": {"outcome": decode_outcome},
    "Paused": {"kind": PauseKind, "action": decode_action, "asked": decode_action},
    "Replied": {"source": ReplySource},
    "Refused": {"told": tuple},
    "Called": {"calls": decode_calls},
    "Charged": {"usage": decode_usage},
    "SubRecord": {"record": decode_record},
}
"""The fields that JSON has no type for."""
