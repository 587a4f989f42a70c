"""Planned calls: tool calls that a plan names beforehand, which refer to what came of each other by label."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from agent_brain.core.items import Action, Item, Observation
from agent_brain.core.judgements import find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import ToolSpec

CALLS = "planned calls"
"""The board's key of the calls of the present question, and of the place of that question in the log."""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,), "object": (dict,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call of a plan."""

    label: str
    """Its number in the plan."""
    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    """References to other calls stand in their texts."""
    why: str = ""
    """What the plan says to it."""
    text: str = ""
    """What is known without a tool: the plan gave words in the place of a call."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How plans of a net write the beginning of a call, and a reference to what came of one."""

    head: re.Pattern[str]
    """What stands before a call; its group `label` is the number."""
    reference: re.Pattern[str]
    """As `head`: the whole number is read, so that 1 is no part of 10."""
    shape: str

    def show(self, label: str) -> str:
        """A reference."""
        return self.shape.format(label)

    def find_labels(self, value: Any) -> Iterator[str]:
        """Whatever arguments refer to, wherever it stands in them."""
        match value:
            case str():
                yield from (read_label(match) for match in self.reference.finditer(value))
            case list() | tuple():
                for entry in value:
                    yield from self.find_labels(entry)
            case Mapping():
                for entry in value.values():
                    yield from self.find_labels(entry)

    def fill(self, value: Any, texts: Mapping[str, str], schema: Any = None) -> Any:
        """The value with texts in the place of references, all at once: what a text holds is no reference.

        Where a value is a reference and nothing else, and the tool wants no text there, it becomes what it says.
        """
        schema = schema if isinstance(schema, Mapping) else {}
        match value:
            case str():
                whole = self.reference.fullmatch(value.strip())
                if whole is not None and read_label(whole) in texts:
                    return read_value(texts[read_label(whole)], schema)
                return self.reference.sub(lambda match: texts.get(read_label(match), match[0]), value)
            case list():
                return [self.fill(entry, texts, schema.get("items")) for entry in value]
            case Mapping():
                properties = schema.get("properties") or {}
                return {key: self.fill(entry, texts, properties.get(key)) for key, entry in value.items()}
        return value


def read_label(match: re.Match[str]) -> str:
    """The number that a pattern has found, without leading zeros."""
    return str(int(match["label"]))


def read_value(text: str, schema: Mapping[str, Any]) -> Any:
    """A text as the value that a schema wants; the text itself where it is none, or where a text is wanted."""
    options = [schema, *(option for option in schema.get("anyOf") or () if isinstance(option, Mapping))]
    kinds = {kind for option in options for kind in _list_kinds(option.get("type"))}
    if not kinds or "string" in kinds:
        return text
    try:
        value = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    wanted = tuple(kind for name in kinds for kind in _KINDS.get(name, ()))
    is_wanted = isinstance(value, wanted) and (not isinstance(value, bool) or "boolean" in kinds)
    return value if is_wanted else text


def _list_kinds(kind: Any) -> list[str]:
    return [kind] if isinstance(kind, str) else list(kind or ())


def find_wrong(calls: Sequence[PlannedCall], known: Collection[str], notation: Notation) -> str:
    """Why these can never all be carried out, in words for who planned them; empty where they can.

    `known`: the labels of earlier plans.
    """
    labels = [call.label for call in calls]
    twice = next((label for place, label in enumerate(labels) if label in known or label in labels[:place]), None)
    if twice is not None:
        return f"{notation.show(twice)} is there already; wanted a number of its own for each call"
    needs = {call.label: set(notation.find_labels(call.args)) for call in calls}
    for label, others in needs.items():
        missing = sorted(others - needs.keys() - set(known), key=int)
        if missing:
            refers = ", ".join(map(notation.show, missing))
            return f"{notation.show(label)} refers to {refers}, which no call gives"
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return f"these wait for each other: {' -> '.join(map(notation.show, reversed(error.args[1])))}"
    return ""


def put_calls(env: MemoryEnv, calls: Sequence[PlannedCall]) -> None:
    """Add calls to those of the present question; the first ones begin anew."""
    kept = [asdict(call) for call in [*find_calls(env), *calls]]
    env.put_board(CALLS, {"question": find_question(env), "calls": kept})


def find_calls(env: MemoryEnv) -> list[PlannedCall]:
    """All calls that were planned for the present question."""
    kept = env.board.get(CALLS)
    if kept is None or kept["question"] != find_question(env):
        return []
    return [PlannedCall(**call) for call in kept["calls"]]


def find_actions(env: MemoryEnv) -> dict[str, Item]:
    """Those that are actions by now, by label."""
    return {item.label: item for item in env.log[find_question(env) + 1 :] if item.label}


def find_outcomes(env: MemoryEnv) -> dict[str, Observation]:
    """What came of them so far, by label."""
    said = {call.label: Observation(call.text) for call in find_calls(env) if call.text}
    return said | {label: item.outcome for label, item in find_actions(env).items() if item.outcome is not None}


def find_ready(env: MemoryEnv, notation: Notation) -> list[PlannedCall]:
    """Those that are no actions yet, and refer to what is finished alone: what has failed is handed to no tool."""
    begun = find_actions(env)
    finished = {label for label, outcome in find_outcomes(env).items() if not outcome.is_error}
    return [
        call
        for call in find_calls(env)
        if not call.text and call.label not in begun and finished.issuperset(notation.find_labels(call.args))
    ]


def make_action(env: MemoryEnv, call: PlannedCall, notation: Notation, specs: Mapping[str, ToolSpec]) -> Action:
    """The action that a call is, with what it refers to."""
    texts = {label: outcome.text for label, outcome in find_outcomes(env).items()}
    schema = specs[call.name].parameters if call.name in specs else None
    return Action(name=call.name, args=notation.fill(call.args, texts, schema))
