"""What an MCP server wants to know of a person: as a question that can wait for days, and the reply as it wants it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitRequestURLParams, ElicitResult

from agent_brain.core.tooling import Question
from agent_brain.tools.mcp.schema import find_faults

ACTIONS = ("accept", "decline", "cancel")
OWN_WORDS = frozenset({"action", "content"})


def make_question(server: str, params: ElicitRequestParams, token: Any, faults: str = "") -> Question:
    """The question to a person: a form's schema is what is wanted; for a page elsewhere, a word that it is done."""
    before = f"{faults}\n" if faults else ""
    if isinstance(params, ElicitRequestURLParams):
        text = f"{before}MCP server {server!r} asks: {params.message}"
        return Question(
            f"{text}\nOpen {params.url}, and accept when it is done",
            {"type": "string", "enum": list(ACTIONS)},
            "cancel",
            None,
            token,
        )
    schema = params.requested_schema or {"type": "object"}
    text = f"{before}MCP server {server!r} asks: {params.message}"
    return Question(text, schema, {"action": "cancel"}, None, token)


def read_reply(params: ElicitRequestParams, reply: Any) -> ElicitResult | str:
    """A person's reply as the server wants it, or the words that say why it is none.

    A reply to a form is its content, or an object with `action` (accept, decline, cancel) and perhaps `content`.
    """
    if reply is None:
        return ElicitResult(action="cancel")
    if isinstance(params, ElicitRequestURLParams):
        return ElicitResult(action=reply if reply in ACTIONS else "accept")
    action, content = _split(params, reply)
    if action != "accept":
        return ElicitResult.model_validate({"action": action})
    if not isinstance(content, Mapping):
        return "the reply does not fit:\n- wanted an object"
    content = {**_find_defaults(params.requested_schema), **content}
    faults = find_faults(params.requested_schema, content)
    if faults:
        return "the reply does not fit:\n" + "\n".join(faults)
    return ElicitResult.model_validate({"action": "accept", "content": content})


def digest(params: ElicitRequestParams) -> str:
    """A short hash of a question, to know it again when a call is made anew."""
    where = params.url if isinstance(params, ElicitRequestURLParams) else params.requested_schema
    said = json.dumps([params.mode, params.message, where], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def write(params: ElicitRequestParams) -> dict[str, Any]:
    """As JSON, to be kept with the pause."""
    return params.model_dump(mode="json", by_alias=True, exclude_none=True, include=_KEPT)


def read(kept: Mapping[str, Any]) -> ElicitRequestParams:
    """What `write` wrote."""
    kind = ElicitRequestURLParams if kept.get("mode") == "url" else ElicitRequestFormParams
    return kind.model_validate(kept)


_KEPT = {"mode", "message", "requested_schema", "url", "elicitation_id"}


def _find_defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What counts for the fields that a person left out."""
    fields = schema.get("properties", {})
    return {name: rule["default"] for name, rule in fields.items() if isinstance(rule, Mapping) and "default" in rule}


def _split(params: ElicitRequestFormParams, reply: Any) -> tuple[str, Any]:
    is_wrapped = (
        isinstance(reply, Mapping)
        and reply.get("action") in ACTIONS
        and reply.keys() <= OWN_WORDS
        and "action" not in params.requested_schema.get("properties", {})
    )
    return (reply["action"], reply.get("content") or {}) if is_wrapped else ("accept", reply)
