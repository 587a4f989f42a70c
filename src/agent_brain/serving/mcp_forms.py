"""What a run waits for, as forms that MCP clients can show, and what comes back as replies."""

from collections.abc import Iterable, Mapping
from typing import Any

from mcp_types import ElicitRequestFormParams, ElicitResult

from agent_brain.core.pauses import Pause, PauseKind

PRIMITIVES = ("string", "number", "integer", "boolean")
"""What a form may have fields of."""
ONLY = "reply"
"""The field of a form that asks one thing."""
VERDICT = {
    "type": "object",
    "properties": {"approve": {"type": "boolean"}, "reason": {"type": "string"}},
    "required": ["approve"],
}


def make_form(pause: Pause) -> ElicitRequestFormParams | None:
    """The form that asks for it; None where no form can."""
    schema = _make_schema(pause)
    return None if schema is None else ElicitRequestFormParams(message=pause.text, requested_schema=schema)


def read_replies(pauses: Iterable[Pause], said: Mapping[str, Any]) -> dict[str, Any]:
    """Replies by their pauses' ids; what a person left open stays open, and what they decline to allow is refused."""
    found: dict[str, Any] = {}
    for pause in pauses:
        result = said.get(pause.pause_id)
        if not isinstance(result, ElicitResult):
            continue
        if result.action == "accept":
            found[pause.pause_id] = _read(pause, dict(result.content or {}))
        elif result.action == "decline" and pause.kind in (PauseKind.APPROVAL, PauseKind.DOUBT):
            found[pause.pause_id] = False
    return found


def _read(pause: Pause, content: dict[str, Any]) -> Any:
    if pause.kind in (PauseKind.APPROVAL, PauseKind.DOUBT):
        return content
    return content if _is_flat(pause.wanted) else content.get(ONLY)


def _make_schema(pause: Pause) -> dict[str, Any] | None:
    if pause.kind in (PauseKind.APPROVAL, PauseKind.DOUBT):
        return VERDICT
    if pause.kind is PauseKind.BUDGET:
        return _wrap({"type": "number", "minimum": 0})
    wanted = pause.wanted
    if not wanted:
        return _wrap({"type": "string"})
    if wanted.get("type") in PRIMITIVES:
        return _wrap(dict(wanted))
    return dict(wanted) if _is_flat(wanted) else None


def _wrap(field: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {ONLY: field}, "required": [ONLY]}


def _is_flat(wanted: Mapping[str, Any] | None) -> bool:
    """True for an object with fields that a form may have."""
    fields = (wanted or {}).get("properties")
    return isinstance(fields, Mapping) and all(
        isinstance(field, Mapping) and field.get("type") in PRIMITIVES for field in fields.values()
    )
