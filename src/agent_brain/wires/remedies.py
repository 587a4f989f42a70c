"""The words that tell a model what was wrong with its action and how to write it."""

import json
from collections.abc import Sequence
from typing import Any

from agent_brain.core.tooling import ToolSpec

EXCERPT_CHARACTERS_MAX = 120
_EXAMPLES: dict[str, Any] = {"integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}, "null": None}


def explain_unreadable(excerpt: str, position: int, wrong: str, specs: Sequence[ToolSpec]) -> str:
    """For an action that cannot be read."""
    return (
        f"Your action could not be read: {wrong or 'it is not valid JSON'}. At character {position} stands: "
        f"{shorten(excerpt)}\nNothing was run. Write the action again as one JSON object, in this form, then stop:\n"
        f"{show_form(specs)}"
    )


def explain_cut_short(excerpt: str, position: int, specs: Sequence[ToolSpec]) -> str:
    """For an action that the token limit cut."""
    return (
        f"Your reply reached its length limit inside the action that begins at character {position}: "
        f"{shorten(excerpt)}\nNothing was run. Write it again, shorter: no other text, short values, in this form:\n"
        f"{show_form(specs)}"
    )


def explain_empty(specs: Sequence[ToolSpec]) -> str:
    """For a reply without a word."""
    if not specs:
        return "Your reply was empty. Write your answer as plain text."
    return f"Your reply was empty. Write your answer as plain text, or use a tool in this form:\n{show_form(specs)}"


def explain_call(name: str, arguments: str, wrong: str, spec: ToolSpec | None) -> str:
    """For a tool call that cannot be read."""
    form = f" in this form: {json.dumps(get_example(spec), ensure_ascii=False)}" if spec else ""
    whose = f" of {name}" if name else ""
    what = f"its arguments cannot be read: {wrong}" if name else wrong
    return (
        f"Your call{whose} was not run: {what}. They were: {shorten(arguments) or 'nothing'}\n"
        f"Call the tool again, with one JSON object as its arguments{form}"
    )


def explain_cut_call(name: str, arguments: str) -> str:
    """For a tool call that the token limit cut."""
    whose = f" of {name}" if name else ""
    return (
        f"Your reply reached its length limit inside your call{whose}: {shorten(arguments)}\n"
        "It was not run. Call the tool again, with shorter values and no other text."
    )


def explain_silence(specs: Sequence[ToolSpec]) -> str:
    """For a reply without a word and without a call."""
    return f"Your reply was empty. Write your answer as plain text{', or call a tool' if specs else ''}."


def get_example(spec: ToolSpec) -> dict[str, Any]:
    """Arguments of the right form: those that the tool requires, else its first one."""
    properties = spec.parameters.get("properties") or {}
    names = spec.parameters.get("required") or list(properties)[:1]
    return {name: _get_example(properties.get(name)) for name in names}


def show_form(specs: Sequence[ToolSpec]) -> str:
    """The right form of an action, with the first tool and its required arguments as the example."""
    if not specs:
        return '```json\n{"name": "TOOL", "args": {}}\n```'
    args = get_example(specs[0])
    return "```json\n" + json.dumps({"name": specs[0].name, "args": args}, ensure_ascii=False) + "\n```"


def shorten(text: str) -> str:
    """The beginning and the end of a text, on one line."""
    line = " ".join(text[: 4 * EXCERPT_CHARACTERS_MAX].split())
    if len(text) <= 4 * EXCERPT_CHARACTERS_MAX and len(line) <= EXCERPT_CHARACTERS_MAX:
        return line
    half = EXCERPT_CHARACTERS_MAX // 2
    return f"{line[:half]} ... {' '.join(text[-half:].split())}"


def _get_example(schema: Any) -> Any:
    kind = schema.get("type") if isinstance(schema, dict) else None
    return _EXAMPLES.get(kind, "...") if isinstance(kind, str) else "..."
