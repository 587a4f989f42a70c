"""Types of answers by name or object: a Python type, a JSON schema, or where one of them stands."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_brain.core.answer_type import AnswerType
from agent_brain.core.errors import SetupError


def find_answer_type(given: Any) -> AnswerType | None:
    """The answer type of a Python type, of a JSON schema, or of a name; an object is returned as it is; None: words.

    A name is `FILE.py:NAME`, `package.module:NAME`, or `FILE.json`, which holds a JSON schema.
    Raises: SetupError.
    """
    if given is None:
        return None
    if isinstance(given, AnswerType) and not isinstance(given, type):
        return given
    from agent_brain.wires.answer_type import make_answer_type  # a brain whose answers are words need not load it

    return make_answer_type(_load(given) if isinstance(given, str) else given)


def check_repairs(repairs_max: Any) -> int:
    """Let a number of corrections pass. Raises: SetupError."""
    if not isinstance(repairs_max, int) or isinstance(repairs_max, bool) or repairs_max < 0:
        raise SetupError(f"answer_repairs_max is {repairs_max!r:.60}; wanted a whole number of at least 0")
    return repairs_max


def _load(name: str) -> Any:
    if name.endswith(".json"):
        return _read_schema(Path(name).expanduser())
    place, _, attribute = name.rpartition(":")
    if not place or not attribute:
        raise SetupError(
            f"answer_type is {name!r:.100}; wanted FILE.py:NAME or package.module:NAME, which name a type, or "
            "FILE.json, which holds a JSON schema"
        )
    from agent_brain.tools.load import load_object

    return load_object(place, attribute)


def _read_schema(file: Path) -> Mapping[str, Any]:
    try:
        schema = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"{file} cannot be read as a JSON schema: {error}") from error
    if not isinstance(schema, dict):
        raise SetupError(f"{file} holds a {type(schema).__name__}; wanted a JSON schema, which is an object")
    return schema
