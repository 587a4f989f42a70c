"""BFCL's descriptions of functions as tools: its types are those of Python, Java and JavaScript, and not JSON's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.tasks.fields import check, check_list, take, take_or

TYPES: Mapping[str, str] = {"dict": "object", "float": "number", "tuple": "array", "HashMap": "object"}
"""The others are JSON's own, or, where it has none such, left out."""
JSON_TYPES = frozenset({"object", "number", "array", "integer", "string", "boolean", "null"})
KEPT = ("description", "enum", "default")


@dataclass(frozen=True, slots=True)
class Language:
    """In which language the functions of a category are described."""

    name: str
    is_spelled: bool
    """Its values are written as that language has them, in a text."""


PYTHON, JAVA, JAVASCRIPT = Language("Python", False), Language("Java", True), Language("JavaScript", True)


def find_language(category: str) -> Language:
    """That of a category of tasks."""
    words = category.split("_")
    return JAVA if "java" in words else JAVASCRIPT if "javascript" in words else PYTHON


def check_docs(docs: Sequence[Any], what: str) -> list[dict[str, Any]]:
    """Let descriptions pass of which tools can be made. Raises: SetupError, which says `what` they are."""
    for place, doc in enumerate(docs):
        where = f"{what}[{place}]"
        for name in ("name", "description"):
            take(doc, name, str, where)
        rule = take(doc, "parameters", dict, where)
        for name, part in take_or(rule, "properties", dict, f"{where}: parameters").items():
            check(part, dict, f"{where}: {name}")
        check_list(rule.get("required") or [], str, f"{where}: required")
    return list(docs)


def make_specs(docs: Sequence[Mapping[str, Any]], language: Language) -> list[ToolSpec]:
    """What a model is told of these functions; a server takes no points in names, so they are underscores."""
    return [
        ToolSpec(
            make_name(doc["name"]), doc["description"], _make_parameters(doc["parameters"], language), parallel=False
        )
        for doc in docs
    ]


def make_name(name: str) -> str:
    """A function's name as the model sees it."""
    return name.replace(".", "_")


def _make_parameters(rule: Mapping[str, Any], language: Language) -> dict[str, Any]:
    make = _spell if language.is_spelled else _convert
    properties = {name: make(part, language) for name, part in rule.get("properties", {}).items()}
    return {"type": "object", "properties": properties, "required": list(rule.get("required", ()))}


def _convert(rule: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A rule in JSON's types."""
    kind = TYPES.get(rule.get("type", ""), rule.get("type", ""))
    made = {key: rule[key] for key in KEPT if key in rule}
    if kind in JSON_TYPES:
        made["type"] = kind
    if isinstance(rule.get("items"), Mapping):
        made["items"] = _convert(rule["items"], language)
    if isinstance(rule.get("properties"), Mapping):
        made["properties"] = {name: _convert(part, language) for name, part in rule["properties"].items()}
        if isinstance(rule.get("required"), list):
            made["required"] = rule["required"]
    return made


def _spell(rule: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A rule for a text with a value of that language in it."""
    kind = rule.get("type", "any")
    said = f"{rule.get('description', '')} Write a {language.name} value"
    said += "" if kind == "any" else f" of type {kind}"
    if isinstance(rule.get("items"), Mapping):
        said += f" of {rule['items'].get('type', 'any')}"
    if isinstance(rule.get("properties"), Mapping):
        said += f" with {json.dumps(rule['properties'], ensure_ascii=False)}"
    return {"type": "string", "description": f"{said}.".strip()}
