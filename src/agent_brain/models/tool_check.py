"""Whether a model's server takes tools and gives back calls of them, found out by one small request."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent_brain.core.errors import ModelError
from agent_brain.core.items import Message
from agent_brain.core.ports import CallDelta, CallingModel, Delta

PROMPT: Sequence[Message] = (
    {"role": "user", "content": "Call the tool named echo with the text hello. Write nothing else."},
)
TOOLS: Sequence[Mapping[str, Any]] = (
    {
        "type": "function",
        "function": {
            "name": "echo",
            "description": "Repeats a text.",
            "parameters": {
                "type": "object",
                "properties": {"text": {"type": "string"}},
                "required": ["text"],
                "additionalProperties": False,
            },
        },
    },
)
REFUSALS = frozenset({400, 404, 405, 422, 501})
"""What servers answer that take no tools, or not with this model."""
SERVER_ERROR = 500
"""What servers answer that cannot read a call which their own model wrote."""


class ToolSupport(StrEnum):
    """What a server makes of tools."""

    CALLS = "calls"
    NO_CALL = "no_call"
    """It took the tools, and its model called none although it was told to."""
    REFUSED = "refused"
    BROKEN = "broken"
    """It failed on its own model's call."""
    UNKNOWN = "unknown"
    """The request failed for a reason of another kind."""


@dataclass(frozen=True, slots=True)
class ToolCheck:
    """What came of asking."""

    support: ToolSupport
    reason: str = ""
    """The server's words, where it refused or failed."""
    pieces: int = 0
    """In how many pieces the call came; one means that its arguments are not streamed."""


async def check_tools(model: CallingModel) -> ToolCheck:
    """Ask for one call; never raises for what a server answers."""
    pieces: list[CallDelta] = []
    try:
        async with aclosing(model.stream_calls(PROMPT, TOOLS)) as steps:
            async for step in steps:
                pieces = [*pieces, *step.calls] if isinstance(step, Delta) else []
    except ModelError as error:
        return ToolCheck(_judge(error), str(error))
    return ToolCheck(ToolSupport.CALLS if pieces else ToolSupport.NO_CALL, "", len(pieces))


def _judge(error: ModelError) -> ToolSupport:
    if error.status in REFUSALS:
        return ToolSupport.REFUSED
    return ToolSupport.BROKEN if error.status == SERVER_ERROR else ToolSupport.UNKNOWN
