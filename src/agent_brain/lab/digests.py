"""Digests of tasks and of arms, and the names of trials that are made of them: equal in every process, for ever."""

import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any

from agent_brain.core.net import Net
from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.task import Task

_PASSWORD = re.compile(r"//[^/\s@]+:[^/\s@]+@")
"""A URL's name and password: a configuration is kept, and shown."""
_KEY = r"(?:[\w-]*[-_])?(?:api[-_]?key|key|token|secret|password|authorization|cookie)"
_KEY_NAME = re.compile(_KEY, re.IGNORECASE)
"""What a setting, or a header, is called that holds a key."""
_KEY_IN_URL = re.compile(rf"([?&]{_KEY}=)([^&#\s]+)", re.IGNORECASE)
_FILE = re.compile(r"""[^"'(),=]+\.py(?=:)""")
"""The file in `FILE.py:NAME`, which may be inside of another name: `noisy(FILE.py:NAME, fp=0.1)`."""
ID_BYTES = 10
DIGEST_BYTES = 8


def name_trial(experiment: str, arm: str, task: str, repeat: int, seed: int) -> str:
    """The name of a trial's first run; `arm` and `task` are digests."""
    return digest([experiment, arm, task, repeat, seed], ID_BYTES)


def name_turn(trial_id: str, turn: int) -> str:
    """The name of the run of a trial's turn, counted from 0."""
    return trial_id if not turn else f"{trial_id}-{turn + 1}"


def name_said(run_id: str, pause_id: str = "") -> str:
    """The name of the run in which a user says what this run is asked, or replies to a pause of it."""
    return f"{run_id}-{pause_id}-user" if pause_id else f"{run_id}-user"


def name_verdict(trial_id: str, right: str = "") -> str:
    """The name of the run in which a trial is judged by what is right; without that, how all such begin."""
    return f"{trial_id}-judged-{right}"


def digest_task(task: Task) -> str:
    """Of all that an arm is given with a task: what tells whether it was done is no part of that."""
    begun = [] if task.origin is None else [describe(task.origin)]
    later = [describe(part) for part in (task.tools_from, task.user) if part]
    return digest([task.task_id, task.turns, describe(task.tools), describe(task.make_world), *begun, *later])


def digest_right(task: Task, evaluator: str) -> str:
    """Of what says whether a task was done."""
    return digest([describe_name(task.evaluator or evaluator), describe(task.answer), describe(task.data)])


def describe_name(name: str) -> str:
    """The name of a part; of a file in it what it is called and holds, wherever it is: moved, it is the same part."""
    return _FILE.sub(lambda found: _describe_file(Path(found[0])), name)


def digest(value: object, size: int = DIGEST_BYTES) -> str:
    """Of what `describe` gives, in hexadecimal digits."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=size).hexdigest()


def chance(*key: object) -> int:
    """A whole number that looks drawn, the same for one key wherever it is asked for: what orders are made of."""
    return int.from_bytes(blake2b(json.dumps(key).encode(errors="surrogatepass"), digest_size=8).digest())


def describe(part: Any) -> Any:  # noqa: PLR0911  # one flat case for each kind of part
    """A part as JSON that tells it from others, without what differs from one process to the next."""
    match part:
        case Enum():
            return describe(part.value)
        case str():
            return _KEY_IN_URL.sub(lambda found: found[1] + _hide(found[2]), _PASSWORD.sub("//", part))
        case None | bool() | int() | float():
            return part
        case Net():
            return {"net": part.name, "fingerprint": part.fingerprint}
        case partial():
            return [describe(part.func), describe(part.args), describe(part.keywords)]
        case Path():
            return part.name
        case Mapping():
            return {str(name): _describe_value(str(name), value) for name, value in part.items()}
        case Set():
            return sorted(json.dumps(describe(each), sort_keys=True) for each in part)
        case Sequence():
            return list(map(describe, part))
    return _describe_object(part)


def _describe_value(name: str, value: Any) -> Any:
    """What stands under a name; of a key only what tells it from another one."""
    return _hide(value) if isinstance(value, str) and _KEY_NAME.fullmatch(name) else describe(value)


def _hide(key: str) -> str:
    return f"[key {digest(key, 4)}]"


def _describe_object(part: Any) -> Any:
    if callable(part) and hasattr(part, "__qualname__"):
        return f"{part.__module__}:{part.__qualname__}"
    kind = type(part).__qualname__
    spec = getattr(part, "spec", None)
    if isinstance(spec, ToolSpec):
        source = getattr(part, "source", None)
        told = {"source": digest(source)} if isinstance(source, str) else {}
        return {"tool": spec.name, "description": spec.description, "parameters": describe(spec.parameters)} | told
    if is_dataclass(part):
        shown = {field.name: getattr(part, field.name) for field in fields(part) if field.repr}
        return {"kind": kind, **describe(shown)}
    told = {name: value for name in ("name", "server") if isinstance(value := getattr(part, name, None), str)}
    return {"kind": kind, **told}


def _describe_file(file: Path) -> str:
    return f"{file.name} {digest_file(file)}".strip()


def digest_file(file: Path) -> str:
    """Of what a file holds; empty where there is none."""
    if not file.is_file():
        return ""
    with file.open("rb") as data:
        return file_digest(data, partial(blake2b, digest_size=DIGEST_BYTES)).hexdigest()
