"""Whether a model's server takes tools and gives back calls of them, found out by one small request."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent_brain.core.chat import CallDelta, CallingModel, Delta
from agent_brain.core.digest import show_tools
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.usage import Usage, estimate_tokens
from agent_brain.models.tool_faults import REFUSALS

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


JUDGED = {ModelErrorKind.NO_TOOLS: ToolSupport.REFUSED, ModelErrorKind.BROKEN_CALL: ToolSupport.BROKEN}
"""What failures say of tools; any other is about something else."""


@dataclass(frozen=True, slots=True)
class ToolCheck:
    """What came of asking."""

    support: ToolSupport
    reason: str = ""
    """The server's words, where it refused or failed."""
    pieces: int = 0
    """In how many pieces the call came; one means that its arguments are not streamed."""
    usage: Usage | None = field(default=None, compare=False)
    """What an answer has taken in tokens, estimated where the server does not say; a refusal takes none."""


async def check_tools(model: CallingModel) -> ToolCheck:
    """Ask for one call; never raises for what a server answers.

    A server that refuses without a word about tools is asked once more without them: only where that works were the
    tools the reason.
    """
    pieces: list[CallDelta] = []
    usage: Usage | None = None
    try:
        async with aclosing(model.stream_calls(PROMPT, TOOLS)) as steps:
            async for step in steps:
                pieces = [*pieces, *step.calls] if isinstance(step, Delta) else []
                usage = (step.usage or usage) if isinstance(step, Delta) else usage
    except ModelError as error:
        support = JUDGED.get(error.kind, ToolSupport.UNKNOWN)
        if support is ToolSupport.UNKNOWN and error.status in REFUSALS and await _answers(model):
            support = ToolSupport.REFUSED
        return ToolCheck(support, str(error))
    support = ToolSupport.CALLS if pieces else ToolSupport.NO_CALL
    return ToolCheck(support, "", len(pieces), usage or _estimate(pieces))


def _estimate(pieces: Sequence[CallDelta]) -> Usage:
    sent = estimate_tokens(len(PROMPT[0]["content"]) + len(show_tools(TOOLS)))
    received = estimate_tokens(sum(len(piece.name) + len(piece.arguments) for piece in pieces))
    return Usage(input_tokens=sent, output_tokens=received, estimated_tokens=sent + received)


async def _answers(model: CallingModel) -> bool:
    """True where the same question without tools is answered."""
    try:
        async with aclosing(model.stream(PROMPT)) as steps:
            async for _ in steps:
                pass
    except ModelError:
        return False
    return True
