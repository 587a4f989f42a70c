"""An env as JSON: a snapshot, from which a run is read back without its first records.

It has a version, as records have: a change of the format raises `ENV_VERSION` and adds an entry to `UPGRADES`, because
of a compacted run nothing else is left (`tests/data/records`).
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Any

from agent_brain.core.context import Context
from agent_brain.core.errors import StoreBroken
from agent_brain.core.fold import UNKEPT, Fold
from agent_brain.core.items import FaultKind, Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind, ReplySource
from agent_brain.core.record_json import decode_action, decode_outcome, decode_usage, encode_value, to_text
from agent_brain.core.records import Status

ENV_VERSION = 2
VERSION = "version"

UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {
    1: lambda data: {**data, "_sub_runs": {}, "_called": {}, "_contexts": {}},
}
"""How the data of a version becomes that of the next version."""


def encode_env(env: MemoryEnv) -> bytes:
    """All that the run knows, in UTF-8."""
    return to_text({VERSION: ENV_VERSION, **_encode(env)}).encode()


def decode_env(snapshot: bytes) -> MemoryEnv:
    """The env of a snapshot. Raises: StoreBroken for what is none, and for a newer version."""
    try:
        data = json.loads(snapshot)
        version = data.pop(VERSION)
        if version > ENV_VERSION:
            raise StoreBroken(f"this snapshot is of version {version}; this agent-brain reads up to {ENV_VERSION}")
        for step in range(version, ENV_VERSION):
            data = UPGRADES[step](data)
        return _decode(data)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreBroken(f"no snapshot of a run: {snapshot[:100]!r}: {error}") from error


def _encode(env: MemoryEnv) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in _NAMES:
        encode: Callable[[Any], Any] = _ENCODERS.get(name, encode_value)
        data[name] = encode(getattr(env, name))
    return data


def _decode(data: Mapping[str, Any]) -> MemoryEnv:
    env = MemoryEnv()
    for name in _NAMES:
        setattr(env, name, _DECODERS.get(name, _as_it_is)(data[name]))
    return env


def _as_it_is(value: Any) -> Any:
    return value


def _encode_noun(noun: Item | Pause) -> dict[str, Any]:
    """The fields that are not at their default."""
    return {
        field.name: encode_value(value)
        for field in fields(noun)
        if (value := getattr(noun, field.name)) != field.default
    }


def _decode_item(seq: int, data: dict[str, Any]) -> Item:
    data["kind"] = ItemKind(data["kind"])
    for name, decode in (("action", decode_action), ("outcome", decode_outcome), ("asked", decode_action)):
        if name in data:
            data[name] = decode(data[name])
    return Item(seq, **data)


def _decode_pause(data: dict[str, Any]) -> Pause:
    source = data.pop("source", None)
    kind = PauseKind(data.pop("kind"))
    return Pause(**data, kind=kind, source=None if source is None else ReplySource(source))


def _encode_log(log: list[Item]) -> list[dict[str, Any]]:
    encoded = [_encode_noun(item) for item in log]
    for data in encoded:
        del data["seq"]  # its place says it
    return encoded


def _encode_pauses(pauses: Mapping[str, Pause]) -> list[dict[str, Any]]:
    return [_encode_noun(pause) for pause in pauses.values()]


_NAMES = tuple(name for name in Fold.__slots__ if name not in UNKEPT)

_ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "_log": _encode_log,
    "_pauses": _encode_pauses,
    "_contexts": lambda contexts: {model: asdict(context) for model, context in contexts.items()},
    "_sub_runs": lambda sub_runs: {key: _encode(sub_run) for key, sub_run in sub_runs.items()},
}

_DECODERS: Mapping[str, Callable[[Any], Any]] = {
    "_status": Status,
    "_log": lambda found: [_decode_item(place, data) for place, data in enumerate(found)],
    "_pauses": lambda found: {pause.pause_id: pause for pause in map(_decode_pause, found)},
    "_sub_runs": lambda found: {key: _decode(data) for key, data in found.items()},
    "_next": lambda found: tuple(map(decode_action, found)),
    "_visits": Counter,
    "_called": Counter,
    "_contexts": lambda found: {model: Context(**data) for model, data in found.items()},
    "_faults": lambda found: Counter({FaultKind(kind): count for kind, count in found.items()}),
    "usage": decode_usage,
}
